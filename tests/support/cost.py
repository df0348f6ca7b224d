"""What a piece of work costs, in CPU time, and whether that grows faster than its text."""

from __future__ import annotations

import time
from collections.abc import Callable

MEASURABLE_S = 0.005
MOST = 6.0
"""How much a text four times as long may cost: four, and what a busy machine adds."""


def cost(work: Callable[[str], object], text: str, times: int = 5) -> float:
    """Seconds of CPU, the best of so many times."""
    spent = []
    for _ in range(times):
        began = time.process_time()
        work(text)
        spent.append(time.process_time() - began)
    return min(spent)


def superlinear(
    work: Callable[[str], object], text_of: Callable[[int], str], *, smallest: int, largest: int
) -> str | None:
    """How the cost grows where it grows faster than the text; None where it does not, or can't be measured.

    `text_of` makes a text of so many characters; the first length that costs enough decides.
    """
    length = smallest
    while length <= largest:
        texts = text_of(length), text_of(4 * length)
        before = cost(work, texts[0], times=1)
        if before >= MEASURABLE_S:
            after = cost(work, texts[1], times=1)
            if after > MOST * before:  # a busy machine, or a pattern that is too slow
                before, after = (cost(work, text) for text in texts)
            said = f"{length} characters {before:.3f} s, four times as many {after:.3f} s"
            return said if after > MOST * before else None
        length *= 4
    return None


def repeated(piece: str, length: int) -> str:
    """A text of about this many characters: the piece again and again, but what stands before a NUL only once."""
    head, _, rest = piece.rpartition("\0")
    return head + rest * (length // len(rest))
