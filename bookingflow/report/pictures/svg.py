"""What the report's pictures are drawn with: SVG files that stand alone, readable in light and dark.

No fonts, scripts or references from outside. Every visible word is escaped here and nowhere else.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Sequence
from typing import Literal

from bookingflow.core.text import for_markup

Anchor = Literal["start", "middle", "end"]

WIDTH, MARGIN = 860.0, 12.0
FONT, HEADLINE_FONT = 12.0, 15.0
NARROWEST = 0.42
"""Of a font's size: what the narrowest characters take of it."""
LONGEST_TOOLTIP, LONGEST_DESCRIPTION = 100, 800
"""In bytes, escaped: whatever a picture is given, its hidden texts stay small."""

STYLE = """
.bf-pic text{font:12px system-ui,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;fill:#1f2933;
paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}
.bf-pic .head{font-size:15px;font-weight:600}
.bf-pic .soft{fill:#52606d}
.bf-pic path{fill:none;stroke:#52606d}
.bf-pic .page{fill:#fff;stroke:#cbd2d9}
.bf-pic .grid{stroke:#e4e7eb}
@media (prefers-color-scheme:dark){
.bf-pic text{fill:#e6edf3;stroke:#141a21}
.bf-pic .soft{fill:#a9b7c4}
.bf-pic path{stroke:#a9b7c4}
.bf-pic .page{fill:#141a21;stroke:#3b4754}
.bf-pic .grid{stroke:#2a343f}
}"""
"""What all pictures share. Every rule is bound to their class: pasted into a page, it changes nothing else there."""


def svg(height: float, title: str, description: str, style: str, parts: Sequence[str]) -> str:
    """A picture of the usual width; title and description tell it to those who cannot see it."""
    size = f'viewBox="0 0 {px(WIDTH)} {px(height)}" width="{px(WIDTH)}" height="{px(height)}"'
    page = f'<rect class="page" x=".5" y=".5" width="{px(WIDTH - 1)}" height="{px(height - 1)}" rx="6"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="bf-pic" role="img" {size}>',
            f"<title>{clip(title, LONGEST_TOOLTIP)}</title>",
            f"<desc>{clip(description, LONGEST_DESCRIPTION)}</desc>",
            f"<style>{STYLE}{style}</style>",
            page,
            *parts,
            "</svg>\n",
        ]
    )


def label(x: float, y: float, words: str, style: str = "", anchor: Anchor = "start") -> str:
    """The one way a visible text gets into a picture: escaped."""
    look = f' class="{style}"' if style else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{px(x)}" y="{px(y)}"{look}{side}>{for_markup(words)}</text>'


def path(course: str, style: str = "") -> str:
    """A line or outline."""
    look = f' class="{style}"' if style else ""
    return f'<path{look} d="{course}"/>'


def clip(words: str, most: int) -> str:
    """Escaped words of at most so many bytes."""
    if len(for_markup(words).encode()) <= most:
        return for_markup(words)
    words = words[:most]
    while len(for_markup(words + "…").encode()) > most:
        words = words[:-1]
    return for_markup(words + "…")


def fit(text: str, width: float, font: float = FONT) -> str:
    """The text, cut to this width; an ellipsis says so."""
    if len(text) <= width / (NARROWEST * font) and width_of(text, font) <= width:
        return text
    text = text[: int(width / (NARROWEST * font))]
    while text and width_of(text + "…", font) > width:
        text = text[:-1]
    return text.rstrip() + "…"


@functools.lru_cache(maxsize=1024)
def width_of(text: str, font: float = FONT) -> float:
    """Pixels the text takes at most in the widest of the usual fonts (DejaVu Sans); others are narrower."""
    return sum(_em(mark) for mark in text) * font


@functools.lru_cache(maxsize=1024)
def _em(mark: str) -> float:
    if unicodedata.combining(mark):
        return 0.0
    if mark in " .,:;|!'()[]-/fijlrtI·":
        return NARROWEST
    if mark in "%@mwMWÆŒæœ…—→<>=+~&#":
        return 1.0
    if mark.isupper():
        return 0.79
    return 0.65 if ord(mark) < 0x530 else 1.1


def px(value: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{value:.1f}".removesuffix(".0")
