"""What must not be shown though nobody registered it: it gives itself away by the key it stands under, or by its form.

A key named `password`, a URL with a password, an address with an @.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

from bookingflow.core.masks import HIDDEN, mask_email, mask_name, mask_notes, mask_phone
from bookingflow.core.patterns import EMAIL, pattern

_SECRET_KEY = pattern(
    r"passw|secret|token|authori[sz]ation|cookie|api[-_]?key|service[-_]?role|private[-_]?key|credential|dsn|"
    r"database[-_]?url|pepper|protection[-_]bypass",
    re.IGNORECASE,
    adversarial=("passw", "api_", "database_"),
)
_EMAIL_KEY = pattern(r"e-?mail(?!_?variant)|^actor$", re.IGNORECASE, adversarial=("email_variant",))
_PHONE_KEY = pattern(r"phone", re.IGNORECASE)
_NAME_KEY = pattern(r"^(customer|guest|full|contact)[-_]?name$", re.IGNORECASE)
_NOTES_KEY = pattern(r"^((booking|customer|guest)[-_]?)?notes?$|^special[-_]?requests?$", re.IGNORECASE)

_PHONE = pattern(
    r"(?<![\w.:+-])(?:\+|00|0)\d(?:[ ()-]?\d){7,13}(?![\w:-]|\.\d)", adversarial=("0", "00 ", "+0", "(0", "01234567.8")
)
_URL_PASSWORD = pattern(
    r"(?<![a-z0-9+.-])([a-z0-9+.-]++://[^\s:/@]*+):([^\s/@]++)@",
    re.IGNORECASE,
    adversarial=("a", "a:", "a://", "a://a:", ":", "a://:a"),
)
_BEARER = pattern(
    r"\b(Bearer|Basic)\s++[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE, adversarial=("Basic", "Basic ", "Bearer a")
)
_JWT = pattern(
    r"(?<![\w-])eyJ[\w-]{8,}+(?:(?:\.[\w-]++){1,2}|\.?\Z)",
    adversarial=("eyJ", "eyJ-", "eyJaaaaaaaa-", "-eyJ", "eyJaaaaaaaa."),
)
"""A JSON web token, also one that was cut off."""
_PAIR = pattern(
    r"(?<![\w-])(?=[\w-]*(?:passw(?:or)?d|secret|token|api[-_]?key|service[-_]?role[-_]?key|authorization|credential|"
    r"private[-_]?key|sr_confirm))"
    r"(?P<key>[\w-]++)(?P<eq>\\*+[\"']?\s*+[=:]\s*+\\*+[\"']?)"
    r"(?P<value>(?<=\")[^\"]+|(?<=')[^']+|[^\s\"',;&}]+)",
    re.IGNORECASE,
    adversarial=("token", "token-", "passw", "secret ", "token=", 'token="', "token= ", "a-", "token\\"),
)
"""A key that names a secret, and the value behind it."""

CONTACT_SHAPES = ((EMAIL, mask_email), (_PHONE, mask_phone))
"""What a guest's contact looks like, and what is shown instead."""

MASKS: Mapping[str, Callable[[str], str]] = {
    "secret": lambda _: HIDDEN,
    "email": mask_email,
    "phone": mask_phone,
    "name": mask_name,
    "notes": mask_notes,
}


@functools.lru_cache(maxsize=1024)
def kind_of(key: str) -> str:
    """What a key's value is, by its name alone: "secret", "email", "phone", "name", "notes", or nothing special."""
    kinds = {"secret": _SECRET_KEY, "email": _EMAIL_KEY, "phone": _PHONE_KEY, "name": _NAME_KEY, "notes": _NOTES_KEY}
    return next((kind for kind, names in kinds.items() if names.search(key)), "")


def without_shapes(value: str) -> str:
    """Hide what gives itself away by its form, though nobody registered it."""
    if "@" in value:
        value = _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", value)
        value = EMAIL.sub(lambda match: mask_email(match.group()), value)
    value = _BEARER.sub(rf"\1 {HIDDEN}", value)
    if "eyJ" in value:
        value = _JWT.sub(HIDDEN, value)
    if "=" in value or ":" in value:
        value = _PAIR.sub(rf"\g<key>\g<eq>{HIDDEN}", value)
    return _PHONE.sub(lambda match: mask_phone(match.group()), value)
