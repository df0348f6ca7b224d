"""The known name that somebody meant who wrote another one."""

from __future__ import annotations

from collections.abc import Iterable


def most_alike(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The name that begins as this one does, else the one most like it; None where nothing is like it enough."""
    import difflib  # only for what is wrong

    candidates = sorted(known)
    longer = [candidate for candidate in candidates if candidate.startswith(f"{name}_")] if name else []
    close = longer or difflib.get_close_matches(name, candidates, n=1, cutoff=cutoff)
    return close[0] if close else None
