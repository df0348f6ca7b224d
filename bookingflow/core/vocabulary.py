"""The suite's own words: what its features and its sentences say anyway, so that nobody learns a secret from them."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from bookingflow.core.patterns import pattern

_PACKAGE = Path(__file__).resolve().parents[1]
_WRITTEN = ((_PACKAGE, ".py"), (_PACKAGE.parent / "features", ".feature"), (_PACKAGE.parent / "steps", ".py"))
_WORD = pattern(r"[^\W\d_]+")
_WORD_AND_NUMBER = pattern(r"([^\W\d_]+)[\d!?.]*")


@functools.lru_cache(maxsize=32)
def is_own(text: str) -> bool:
    """Whether every line of a text stands in the suite's own files, backslashes aside, or is blank."""
    return all(line.strip().replace("\\", "") in _own_text() for line in text.splitlines())


def is_ordinary(value: str) -> bool:
    """Whether a value is one word that the suite itself uses, digits at its end aside: `demo`, `password1`."""
    found = _WORD_AND_NUMBER.fullmatch(value)
    return found is not None and found[1].lower() in _own_words()


@functools.cache
def _own_text() -> str:
    written = []
    for top, ending in _WRITTEN:
        for folder, _, names in os.walk(top):  # pathlib's rglob and read_text would take twice the time
            for name in names:
                if name.endswith(ending):
                    with open(os.path.join(folder, name), "rb") as file:
                        written.append(file.read())
    return b"\n".join(written).decode("utf-8", "replace").replace("\\", "")


@functools.cache
def _own_words() -> frozenset[str]:
    return frozenset(word.lower() for word in _WORD.findall(_own_text()))
