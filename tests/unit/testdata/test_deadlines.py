"""Deadlines as sentences state them: read alike by the step and ahead of the POST."""

from __future__ import annotations

import pytest

from bookingflow.testdata.deadlines import seconds_of, stated_seconds


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("it is confirmed with a table within 90s", 90.0),
        ("both are confirmed with a table within 60 s", 60.0),
        ("it stays pending within 1.5 seconds", 1.5),
        ("within 5s it stays pending with a reason", 5.0),
        ("it stays so for 3s", None),
        ("it is confirmed with a table", None),
        ("it is confirmed within 90 minutes", None),
        ("it is confirmed within 90sec", None),
        ("it is confirmed within s", None),
        ("it stays pending within 0.25s", 0.25),
        ("it is confirmed within 0s", None),
        ("it is confirmed within 0.0s", None),
    ],
)
def test_only_a_deadline_in_seconds_is_one(sentence: str, seconds: float | None) -> None:
    assert stated_seconds(sentence) == seconds


@pytest.mark.parametrize("words", ["within 90s", "within 90 s", "within 90 seconds", "within 90.0s"])
def test_the_step_reads_what_is_read_ahead_of_it(words: str) -> None:
    assert seconds_of(words) == stated_seconds(f"it is confirmed {words}") == 90.0


def test_words_without_a_number_are_no_deadline() -> None:
    with pytest.raises(ValueError, match="no number of seconds in 'within s'"):
        seconds_of("within s")
