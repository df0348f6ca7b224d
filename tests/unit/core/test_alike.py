"""Which known name was meant."""

from __future__ import annotations

import pytest

from bookingflow.core.alike import alike, most_alike

KNOWN = ("notes_not_stored", "notes_differ", "party_not_stored", "email_not_stored", "note")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("notes", "notes_differ"),
        ("party_not_storde", "party_not_stored"),
        ("nothing like it", None),
        ("", None),
    ],
)
def test_one_that_begins_alike_is_meant_or_else_the_likest(name: str, meant: str | None) -> None:
    assert most_alike(name, KNOWN) == meant


def test_several_may_be_meant() -> None:
    assert alike("notes", KNOWN, most=3) == ["notes_differ", "notes_not_stored"]
    assert alike("email_not_storde", KNOWN, most=2)[0] == "email_not_stored"
    assert len(alike("email_not_storde", KNOWN, most=2)) == 2
    assert alike("zzz", KNOWN, most=3) == []
