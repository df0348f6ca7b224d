"""Texts as they are written with escapes, and what they mean: percent-encoding, JSON, Python, HTML, and Base64.

A secret is looked for in what a text means, and hidden where it is written.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bookingflow.core.patterns import pattern

_ESCAPED = pattern(
    r"(?:%[0-9A-Fa-f]{2})++|(?<!\\)\\++(?:u[dD][89abAB][0-9A-Fa-f]{2}\\++u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|"
    r"x[0-9A-Fa-f]{2})|(?:\\[\\\"'/])++|&(?:\#\d{1,7}|\#[xX][0-9A-Fa-f]{1,6}|quot|apos|amp|lt|gt);",
    adversarial=("%4", "%40", "\\", "\\u", "\\ud800", "&", "&#", "&#1", "\\\\u004"),
)
_ESCAPE_ROUNDS = 3
"""How often a text may have been escaped: JSON within JSON within an address."""
_SHORTEST_IN_BASE64 = 8
"""Characters of Base64 below which a part of it says nothing of what it stands for."""
_URL_SAFE = str.maketrans("+/", "-_")


def in_base64(value: str) -> Iterator[str]:
    """What a value looks like in Base64, alone or within something longer, wherever it begins there."""
    data = value.encode("utf-8", "surrogatepass")
    for before in range(3):
        written = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # The first and the last character may hold bits of what stands beside the value.
        inner = written[(0, 2, 3)[before] : (len(data) + before) * 8 // 6]
        if len(inner) >= _SHORTEST_IN_BASE64:
            yield inner
            yield inner.translate(_URL_SAFE)


@dataclass(frozen=True)
class Meant:
    """What an escaped text means, and where each of its characters is written."""

    written: str
    text: str
    starts: Sequence[int]

    def replaced(self, found: Iterable[tuple[int, int, str]]) -> str:
        """The text as it is written, but for these places of its meaning; of two that overlap the first one counts."""
        shown, at = [], 0
        for since, until, mask in sorted(found, key=lambda place: (place[0], -place[1])):
            if self.starts[since] >= at:
                shown += [self.written[at : self.starts[since]], mask]
                at = self.starts[until]
        return "".join([*shown, self.written[at:]])


def unescaped(written: str) -> Meant | None:
    """What a text means without its escapes, however often it was escaped; None where it has none."""
    meant: Meant | None = None
    if not any(sign in written for sign in "%\\&"):
        return None
    for _ in range(_ESCAPE_ROUNDS):
        text = written if meant is None else meant.text
        parts: list[str] = []
        starts: list[int] = []
        at = 0
        for escape in _ESCAPED.finditer(text):
            parts.append(text[at : escape.start()])
            starts += range(at, escape.start())
            characters, places = _characters(escape.group())
            parts.append(characters)
            starts += [escape.start() + place for place in places]
            at = escape.end()
        if not at:
            break
        parts.append(text[at:])
        starts += range(at, len(text) + 1)
        meant = Meant(written, "".join(parts), starts if meant is None else [meant.starts[place] for place in starts])
    return meant


def _characters(escape: str) -> tuple[str, Iterable[int]]:
    """The characters that an escape stands for, and where in it each begins."""
    if escape[0] == "%":
        text = bytes.fromhex(escape.replace("%", "")).decode("utf-8", "surrogateescape")
        sizes = (3 * len(character.encode("utf-8", "surrogateescape")) for character in text[:-1])
        return text, accumulate(sizes, initial=0)
    if escape[0] == "&":
        return html.unescape(escape) or "\ufffd", (0,)
    if escape.lstrip("\\")[:1] in {"u", "x"}:
        units = escape.replace("\\", " ").split()
        code = b"".join(bytes.fromhex(unit[1:].rjust(4, "0")) for unit in units)
        return code.decode("utf-16-be", "surrogatepass"), (0,)
    return escape[1::2], range(0, len(escape), 2)
