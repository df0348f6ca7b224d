"""The one sanitizer that every sink goes through: secrets never, personal data masked.

Records, attachments, console lines and error messages are sanitized where they leave the library, so that no
sink has to remember to. Two kinds of rules: values known to be secret or personal (registered when the suite learns
them) and shapes that give themselves away (a key named `password`, a URL with a password, an address with an @).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

from bookingflow.core.patterns import EMAIL, pattern

HIDDEN = "***"

_SECRET_KEY = pattern(
    r"passw|secret|token|authori[sz]ation|cookie|api[-_]?key|service[-_]?role|private[-_]?key|credential|dsn|"
    r"database[-_]?url|pepper",
    re.IGNORECASE,
    adversarial=("passw", "api_", "database_"),
)
_EMAIL_KEY = pattern(r"e-?mail(?!_?variant)|^actor$", re.IGNORECASE, adversarial=("email_variant",))
_PHONE_KEY = pattern(r"phone", re.IGNORECASE)
_NAME_KEY = pattern(r"^(customer|guest|full|contact)[-_]?name$", re.IGNORECASE)

_PHONE = pattern(
    r"(?<![\w.:+-])(?:\+|00|0)\d(?:[ ()-]?\d){7,13}(?![\w:-]|\.\d)", adversarial=("0", "00 ", "+0", "(0", "01234567.8")
)
_URL_PASSWORD = pattern(
    r"(?<![a-z0-9+.-])([a-z0-9+.-]++://[^\s:/@]*+):([^\s/@]++)@",
    re.IGNORECASE,
    adversarial=("a", "a:", "a://", "a://a:", ":", "a://:a"),
)
_URL_USER = pattern(r"^[a-z0-9+.-]++://[^:/?#@]*+:(?P<password>.+)@", re.IGNORECASE | re.DOTALL, adversarial=("a", ":"))
_URL_MARK = pattern(r"[@:/?#]")
_BEARER = pattern(
    r"\b(Bearer|Basic)\s++[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE, adversarial=("Basic", "Basic ", "Bearer a")
)
_JWT = pattern(
    r"(?<![\w-])eyJ[\w-]{8,}+(?:\.[\w-]++){1,2}", adversarial=("eyJ", "eyJ-", "eyJaaaaaaaa-", "-eyJ", "eyJaaaaaaaa.")
)
_PAIR = pattern(
    r"(?<![\w-])(?=[\w-]*(?:passw(?:or)?d|secret|token|api[-_]?key|service[-_]?role[-_]?key|authorization|sr_confirm))"
    r"(?P<key>[\w-]++)(?P<eq>\\?[\"']?\s*+[=:]\s*+\\?[\"']?)"
    r"(?P<value>(?<=\")[^\"]+|(?<=')[^']+|[^\s\"',;&}]+)",
    re.IGNORECASE,
    adversarial=("token", "token-", "passw", "secret ", "token=", 'token="', "token= ", "a-"),
)

_MAY_BE_CONTACT = pattern(r"[@\d]")
"""In every e-mail address, in every phone number: without one no registered contact has to be searched for."""
_TAIL = 3
"""Characters: the shortest contact, `a@b`, has as many."""
_SHORTEST_SECRET = 4
"""Registered secrets shorter than this are not searched for in text: they would blank out ordinary words."""
_REMEMBERED, _LONGEST_REMEMBERED = 2000, 200
"""Texts, and characters of each, that are remembered: names of fields and statuses come again in every record."""


def mask_email(address: str) -> str:
    """First two letters of the local part, its last one, and the domain: enough to recognise a test guest."""
    local, at, domain = address.partition("@")
    if not at:
        return HIDDEN
    shown = f"{local[:2]}{HIDDEN}{local[-1]}" if len(local) > 3 else f"{local[:1]}{HIDDEN}"
    return f"{shown}@{domain}"


def mask_phone(number: str) -> str:
    """Only the last two digits stay."""
    digits = [character for character in number if character.isdigit()]
    return f"{HIDDEN}{''.join(digits[-2:])}" if len(digits) > 4 else HIDDEN


def mask_name(name: str) -> str:
    """Only the first letter stays."""
    return f"{name[:1]}{HIDDEN}"


class Sanitizer:
    """Masks personal data and removes secrets from text and JSON-like values."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._contacts: dict[str, dict[str, str]] = {}
        """Guests' contacts and their masks, by the last characters of each: a text is searched for those only whose
        end stands in it, since a run has hundreds of guests.
        """
        self._done: dict[str, str] = {}

    def register_secret(self, value: str | None) -> None:
        """Make sure that this value never leaves the library; None and very short values are ignored."""
        if value and len(value) >= _SHORTEST_SECRET:
            self._secrets.add(value)
            self._done = {}

    def register_url(self, url: str | None) -> None:
        """Register the password of a URL, as it is written and as it is meant (percent-encoding).

        Where it was not encoded as it should be, programs quote parts of it: these are registered too.
        """
        if not url:
            return
        written = _URL_USER.search(url)
        if written is None:
            return
        self.register_secret(written["password"])
        for part in (unquote(written["password"]), *_URL_MARK.split(written["password"])):
            self.register_secret(part)

    def register_guest(self, *, email: str, phone: str) -> None:
        """Register a guest's contact, so that it is masked in any text, in any spelling the platform stores."""
        self._register_contact(email, mask_email(email))
        self._register_contact(email.lower(), mask_email(email))
        digits = "".join(character for character in phone if character.isdigit())
        for spelling in (phone, digits):
            if len(spelling) >= 7:
                self._register_contact(spelling, mask_phone(phone))

    def _register_contact(self, contact: str, mask: str) -> None:
        self._contacts.setdefault(contact[-_TAIL:], {})[contact] = mask

    def knows_secret_in(self, text: str) -> bool:
        """Whether a registered secret stands in this text."""
        return any(secret in text for secret in self._secrets)

    def text(self, value: str) -> str:
        """The text without secrets, with personal data masked."""
        if _MAY_BE_CONTACT.search(value):
            return _without_shapes(self._without_contacts(self._without_secrets(value)))
        done = self._done  # what is registered meanwhile starts a new one: nothing is remembered as it was before
        if (known := done.get(value)) is not None:
            return known
        clean = _without_shapes(self._without_secrets(value))
        if len(value) <= _LONGEST_REMEMBERED and len(done) < _REMEMBERED:
            done[value] = clean
        return clean

    def _without_secrets(self, value: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            if secret in value:
                value = value.replace(secret, HIDDEN)
        return value

    def _without_contacts(self, value: str) -> str:
        """Longest first, as one may hold another."""
        tails = {value[at : at + _TAIL] for at in range(len(value) - _TAIL + 1)} & self._contacts.keys()
        masks = {contact: mask for tail in tails for contact, mask in self._contacts[tail].items()}
        for contact in sorted(masks, key=lambda contact: (-len(contact), contact)):
            value = value.replace(contact, masks[contact])
        return value

    def value(self, value: Any, key: str = "") -> Any:
        """A JSON-like value of the same shape, sanitized; what `key` names decides where its text alone can't."""
        if isinstance(value, Mapping):
            guest = any(_kind_of(str(name)) in ("email", "phone") for name in value)
            return {
                self.text(str(name)): self.value(item, "guest_name" if guest and name == "name" else str(name))
                for name, item in value.items()
            }
        if value is not None and not isinstance(value, bool) and _kind_of(key) == "secret":
            return HIDDEN
        if isinstance(value, str):
            return self._keyed_text(value, key)
        if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
            return [self.value(item, key) for item in value]
        if isinstance(value, bytes | bytearray):
            return self.text(bytes(value).decode("utf-8", "replace"))
        return value

    def _keyed_text(self, value: str, key: str) -> str:
        mask = _MASKS.get(_kind_of(key))
        return self.text(value) if mask is None else mask(value)


def _without_shapes(value: str) -> str:
    """What gives itself away, though nobody registered it."""
    if "@" in value:
        value = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", value)
        value = EMAIL.sub(lambda match: mask_email(match.group()), value)
    value = _BEARER.sub(rf"\1 {HIDDEN}", value)
    value = _JWT.sub(HIDDEN, value)
    if "=" in value or ":" in value:
        value = _PAIR.sub(rf"\g<key>\g<eq>{HIDDEN}", value)
    return _PHONE.sub(lambda match: mask_phone(match.group()), value)


_MASKS: Mapping[str, Callable[[str], str]] = {"email": mask_email, "phone": mask_phone, "name": mask_name}


@functools.lru_cache(maxsize=1024)
def _kind_of(key: str) -> str:
    """What a key's value is, by its name alone: "secret", "email", "phone", "name", or nothing special."""
    kinds = {"secret": _SECRET_KEY, "email": _EMAIL_KEY, "phone": _PHONE_KEY, "name": _NAME_KEY}
    return next((kind for kind, names in kinds.items() if names.search(key)), "")
