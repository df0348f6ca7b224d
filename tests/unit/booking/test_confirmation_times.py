"""How long guests waited for their confirmation: until the answer that stood, or the look that showed the table."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bookingflow.booking.tracked_booking import confirmation_times


def booking(outcome: str, *seen: tuple[float, str, int], answered_ms: float = 20.0) -> Any:
    """What the flow keeps of a booking that was answered after so long, and seen at these seconds after the submit."""
    confirmed = outcome.startswith("confirmed_")
    return SimpleNamespace(
        outcome=outcome, confirmed=confirmed, seen=list(seen), metrics=SimpleNamespace(submit_ms=answered_ms)
    )


def test_what_the_answer_said_does_not_wait_for_the_look_that_agrees() -> None:
    late_look = booking("confirmed_inline_api", (2.5, "confirmed", 1), answered_ms=31.0)
    assert confirmation_times([late_look]) == {"confirmed_inline_api": [31.0]}


def test_an_answer_that_came_before_the_table_counts_from_the_table() -> None:
    early = booking("confirmed_inline_api", (0.03, "confirmed", 0), (1.5, "confirmed", 1), answered_ms=25.0)
    assert confirmation_times([early]) == {"confirmed_inline_api": [1500.0]}


def test_a_confirmation_that_was_taken_back_counts_from_the_one_that_stood() -> None:
    wavering = ((0.1, "pending", 0), (0.5, "confirmed", 1), (0.6, "pending", 0), (3.0, "confirmed", 2))
    assert confirmation_times([booking("confirmed_background", *wavering)]) == {"confirmed_background": [3000.0]}


def test_an_answer_whose_confirmation_was_taken_back_is_not_when_the_wait_ended() -> None:
    wavering = ((0.1, "confirmed", 1), (0.2, "pending", 0), (3.0, "confirmed", 1))
    taken_back = booking("confirmed_inline_api", *wavering, answered_ms=25.0)
    assert confirmation_times([taken_back]) == {"confirmed_inline_api": [3000.0]}


def test_who_was_not_confirmed_is_not_counted() -> None:
    assert confirmation_times([booking("refused"), booking("pending_timeout", (0.1, "pending", 0))]) == {}
    assert confirmation_times([]) == {}


def test_the_fastest_way_comes_first() -> None:
    seen = (1.0, "confirmed", 1)
    later, soon = booking("confirmed_background", seen), booking("confirmed_inline_poll", seen)
    assert list(confirmation_times([later, soon, later])) == ["confirmed_inline_poll", "confirmed_background"]
