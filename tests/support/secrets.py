"""The forms in which a secret may come back: encoded, escaped, within something else."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from urllib.parse import quote, quote_plus


def swapped(text: str) -> str:
    """UTF-16 units in the byte order of the network."""
    data = text.encode("utf-16-be")
    units = [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]
    return "".join(f"\\u{unit:04x}" for unit in units)


FORMS: Mapping[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "every byte percent-encoded, in small letters": lambda secret: "".join(f"%{byte:02x}" for byte in secret.encode()),
    "every byte percent-encoded": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "as of a form": quote_plus,
    "percent-encoded twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "in JSON": json.dumps,
    "in JSON, readable": lambda secret: json.dumps(secret, ensure_ascii=False),
    "in JSON, slashes escaped": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "in JSON within JSON": lambda secret: json.dumps(json.dumps(secret)),
    "every character escaped": swapped,
    "in Python": repr,
    "in HTML": html.escape,
    "in Base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in Base64 within something longer": lambda secret: base64.b64encode(f"user:{secret} etc".encode()).decode(),
    "in the Base64 of addresses": lambda secret: base64.urlsafe_b64encode(f"xy{secret}".encode()).decode(),
}
"""By what each is called."""
