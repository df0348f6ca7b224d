"""The switches of the catalogue's defects."""

from __future__ import annotations

from collections.abc import Iterable

from demo.defects.catalogue import NAMES


class Switchboard:
    """Which defects are on."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._on: frozenset[str] = frozenset()
        self.set(names)

    def set(self, names: Iterable[str]) -> None:
        """Switch these on and all others off; raises ValueError for a name that is none."""
        names = frozenset(names)
        unknown = sorted(names - NAMES)
        if unknown:
            raise ValueError(f"unknown defects: {', '.join(unknown)}; --list-defects names them")
        self._on = names

    def on(self, name: str) -> bool:
        """Whether this promise is broken now."""
        if name not in NAMES:
            raise KeyError(name)
        return name in self._on

    def names(self) -> list[str]:
        """What is on."""
        return sorted(self._on)
