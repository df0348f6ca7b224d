"""The switches of the listed defects and of what is not listed."""

from __future__ import annotations

from collections.abc import Iterable

from demo.defects.catalogue import DEFECTS
from demo.defects.unlisted import SETS, SWITCHES

SINGLE = frozenset([*(defect.name for defect in DEFECTS), *(switch.name for switch in SWITCHES)])
NAMES = SINGLE | frozenset(SETS)
"""All that can be switched on by name."""


class Switchboard:
    """Which defects and other switches are on."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._on: frozenset[str] = frozenset()
        self.set(names)

    def set(self, names: Iterable[str]) -> None:
        """Switch these on and all others off; a set's name stands for its members. Raises ValueError for an unknown
        name.
        """
        names = frozenset(names)
        unknown = sorted(names - NAMES)
        if unknown:
            raise ValueError(f"unknown defects: {', '.join(unknown)}; --list-defects and docs/demo.md name them")
        self._on = frozenset().union(*(SETS.get(name, {name}) for name in names))

    def on(self, name: str) -> bool:
        """Whether this one is on; raises KeyError for an unknown name."""
        if name not in SINGLE:
            raise KeyError(name)
        return name in self._on

    def names(self) -> list[str]:
        """The names of what is on, sorted; those of a set's members, not the set's."""
        return sorted(self._on)
