"""What is shown instead of personal data: enough to recognise a test guest, too little to know a person."""

from __future__ import annotations

from bookingflow.core.patterns import pattern
from bookingflow.core.text import visible
from bookingflow.core.vocabulary import is_own

HIDDEN = "***"
_MASKED = pattern(r"\*\*\*(?:\d\d?| \(\d+ characters\))?")
"""A phone number, or notes, that were masked before: results are made from records."""


def mask_email(address: str) -> str:
    """First two letters of the local part, its last one, and the domain; of a short part the first letter."""
    local, at, domain = visible(address).partition("@")
    if not at:
        return HIDDEN
    shown = f"{local[:2]}{HIDDEN}{local[-1]}" if len(local) > 3 else f"{local[:1]}{HIDDEN}"
    return f"{shown}@{domain}"


def mask_phone(number: str) -> str:
    """Only the last two digits stay."""
    if _MASKED.fullmatch(number):
        return number
    digits = [character for character in number if character.isdigit()]
    return f"{HIDDEN}{''.join(digits[-2:])}" if len(digits) > 4 else HIDDEN


def mask_name(name: str) -> str:
    """Only the first letter stays."""
    return f"{visible(name[:1])}{HIDDEN}"


def mask_notes(notes: str) -> str:
    """How long they are; the suite's own stay."""
    return visible(notes) if _MASKED.fullmatch(notes) or is_own(notes) else f"{HIDDEN} ({len(notes)} characters)"
