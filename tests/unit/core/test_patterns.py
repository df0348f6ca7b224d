"""No pattern costs more than linear time, whatever the text: an answer can't hold the run past its deadline."""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable, Iterator

import pytest

import bookingflow
from bookingflow.core.patterns import EMAIL, MADE, Made, pattern

for module in pkgutil.walk_packages(bookingflow.__path__, "bookingflow."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

OURS = list(MADE)
EVERYWHERE = ("a", "A", "1", " ", "\n", "-", ".", '"', "\\", "<", ":", "=", "@", "a ", "a-", "a.", 'a"', '\\"', "é")
"""Pieces that any pattern is tried with, beside its own."""
SMALL, LARGE = 2_000, 8_000
"""Characters. The square of the larger number takes a pattern 50 ms at least: what costs less is no square."""
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


def superlinear(work: Callable[[str], object], text_of: Callable[[int], str]) -> str | None:
    """How the cost grows where it grows faster than the text; None where it does not."""
    length = SMALL
    while length <= LARGE:
        if cost(work, text_of(length), times=1) >= MEASURABLE_S:
            before, after = cost(work, text_of(length)), cost(work, text_of(4 * length))
            if before >= MEASURABLE_S:
                grows = after / before
                return f"{length} characters {before:.3f} s, four times as many {after:.3f} s" if grows > MOST else None
        length *= 4
    return None


def found(made: Made) -> list[str]:
    """The pieces that make the pattern slow, in each of the ways in which patterns are used."""

    def everything(text: str) -> None:
        for _ in made.pattern.finditer(text):
            pass

    ways: dict[str, Callable[[str], object]] = {"found": everything, "matched": made.pattern.fullmatch}
    return [
        f"{piece!r} {way}: {slow}"
        for piece in texts(made)
        for way, work in ways.items()
        if (slow := superlinear(work, lambda length, piece=piece: repeated(piece, length)))  # type: ignore[misc]
    ]


def texts(made: Made) -> Iterator[str]:
    """The pattern's own pieces, those for all, and each of its own followed by one for all, once at the beginning."""
    yield from made.adversarial
    yield from EVERYWHERE
    for head in made.adversarial:
        for piece in ("a", " ", "-", ".", '"', ":", "1"):
            yield f"{head}\0{piece}"


def repeated(piece: str, length: int) -> str:
    """A text of this many characters: the piece again and again, but what stands before a NUL only once."""
    head, _, rest = piece.rpartition("\0")
    return head + rest * (length // len(rest))


@pytest.mark.parametrize("made", OURS, ids=[made.pattern.pattern[:60] for made in OURS])
def test_the_cost_of_a_pattern_grows_no_faster_than_the_text(made: Made) -> None:
    assert found(made) == []


@pytest.mark.parametrize(
    ("expression", "piece"),
    [(r"\w+@", "a"), (r"=\s*'?\s*x", "=\0 ")],
)
def test_a_pattern_that_is_too_slow_is_noticed(expression: str, piece: str) -> None:
    slow = pattern(expression)
    MADE.pop()
    assert superlinear(slow.search, lambda length: repeated(piece, length))


def test_every_pattern_is_among_those_that_are_tried() -> None:
    assert EMAIL in [made.pattern for made in OURS]
    assert len(OURS) > 40


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("from jane.doe+1@example.com.", ["jane.doe+1@example.com"]),
        ("<a@b-c.example>, zoë@exämple.org", ["a@b-c.example", "zoë@exämple.org"]),
        ("a@b", []),
        ("@example.com and a@@example.com", []),
        ("one@a.example,two@b.example", ["one@a.example", "two@b.example"]),
    ],
)
def test_addresses_are_found_in_any_text(text: str, addresses: list[str]) -> None:
    assert EMAIL.findall(text) == addresses
