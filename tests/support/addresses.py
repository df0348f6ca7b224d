"""Addresses as nobody writes them on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

CANARY = "zq7canary"
_PIECES = st.sampled_from(
    [*"@:/?#%[]<>=&,.;'\"\\ \t\n\0", "%40", "%2F", "%", "%zz", "%ff", "::1", "[::1]", "..", "localhost", "127.0.0.1",
     "999.1.1.1", "bücher", "\u2024", "5432", "0", "99999", "postgres", "host=", "port=", "sslmode=", "options=-c",
     "pgbouncer=true", "service=", "\udcff", "\u202e", CANARY, f"?{CANARY}=", f"{CANARY}.example"]
)  # fmt: skip


def odd_text(*beginnings: str) -> st.SearchStrategy[str]:
    """Texts that begin like an address, then go on with what addresses are made of, in any order."""
    rest = st.lists(_PIECES | st.text(max_size=3), max_size=8).map("".join)
    return st.tuples(st.sampled_from(["", *beginnings]), rest).map("".join)


def taken(read: Callable[[str], T], text: str) -> T | None:
    """What was read; None where it was refused, in a sentence that shows nothing of the text."""
    try:
        return read(text)
    except ValueError as error:
        said = str(error)
    assert said.startswith("must ")
    assert CANARY not in said.lower()
    return None
