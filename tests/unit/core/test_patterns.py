"""No pattern costs more than linear time, whatever the text: an answer can't hold the run past its deadline."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Iterator

import pytest

import bookingflow
from bookingflow.core.patterns import EMAIL, MADE, Made, pattern
from tests.support.cost import repeated, superlinear

for module in pkgutil.walk_packages(bookingflow.__path__, "bookingflow."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

OURS = list(MADE)
EVERYWHERE = ("a", "A", "1", " ", "\n", "-", ".", '"', "\\", "<", ":", "=", "@", "a ", "a-", "a.", 'a"', '\\"', "é")
"""Pieces that any pattern is tried with, beside its own."""
SMALL, LARGE = 2_000, 8_000
"""Characters. The square of the larger number takes a pattern 50 ms at least: what costs less is no square."""


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
        if (slow := superlinear(work, functools.partial(repeated, piece), smallest=SMALL, largest=LARGE))
    ]


def texts(made: Made) -> Iterator[str]:
    """The pattern's own pieces, those for all, and each of its own followed by one for all, once at the beginning."""
    yield from made.adversarial
    yield from EVERYWHERE
    for head in made.adversarial:
        for piece in ("a", " ", "-", ".", '"', ":", "1"):
            yield f"{head}\0{piece}"


@pytest.mark.parametrize("made", OURS, ids=[made.pattern.pattern[:60] for made in OURS])
def test_the_cost_of_a_pattern_grows_no_faster_than_the_text(made: Made) -> None:
    assert found(made) == []


def test_a_pattern_that_is_too_slow_is_noticed() -> None:
    slow = pattern(r"\w+@")
    MADE.pop()
    assert superlinear(slow.search, lambda length: "a" * length, smallest=SMALL, largest=LARGE)


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
