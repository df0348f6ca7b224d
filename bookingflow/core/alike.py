"""The known name that somebody meant who wrote another one."""

from __future__ import annotations

from collections.abc import Iterable


def most_alike(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The name that begins as this one does, else the one most like it; None where nothing is like it enough."""
    return next(iter(alike(name, known, most=1, cutoff=cutoff)), None)


def alike(name: str, known: Iterable[str], *, most: int, cutoff: float = 0.6) -> list[str]:
    """The names that begin as this one does, else those like it enough, the likest first; at most so many."""
    import difflib  # only for what is wrong

    candidates = sorted(known)
    longer = [candidate for candidate in candidates if candidate.startswith(f"{name}_")] if name else []
    return longer[:most] or difflib.get_close_matches(name, candidates, n=most, cutoff=cutoff)
