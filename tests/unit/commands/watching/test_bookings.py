"""Attempts through the suite's own session and flow, at a platform in memory."""

from __future__ import annotations

import datetime
from typing import Any

import httpx
import pytest

from bookingflow.commands.watching.bookings import BookingAttempts, Pace
from bookingflow.commands.watching.states import State
from bookingflow.core.errors import NotReady, SettingsError, TargetUnreachable
from bookingflow.core.known_breaches import KnownBreach, KnownBreaches
from bookingflow.core.problems import Problem
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.stop_signals import StopSignals
from bookingflow.platform import slots
from bookingflow.world import World
from tests.support.fakes import FakeClock
from tests.support.simulated_platform import SimulatedPlatform

SETTINGS = Settings(target="live", database_url="postgresql://x@y/z")
DAY_S = 86_400.0


class Rig:
    """Attempts at a simulated platform, and what they complained of."""

    def __init__(self, platform: SimulatedPlatform, *, every_s: float = 300.0, slow_s: float = 10.0) -> None:
        self.platform = platform
        self.complaints: list[str] = []
        self.trouble: Exception | None = None
        self.known: list[KnownBreach] = []
        self.joined: list[Sanitizer] = []
        self.attempt = BookingAttempts(
            self._join,
            pace=Pace(slow_s, every_s),
            clock=platform.clock,
            signals=StopSignals(),
            show_by=self.joined.append,
            complain=self.complaints.append,
        )

    def _join(self, _: Sanitizer) -> World:
        if self.trouble is not None:
            raise self.trouble
        world = self.platform.world(SETTINGS)
        return World(world.session, KnownBreaches(self.known, self.platform.clock.now().date()))


def rig(health: Any = "well", **how: Any) -> Rig:
    return Rig(SimulatedPlatform(FakeClock(), lambda _: health), **how)


def test_a_booking_is_made_judged_and_undone() -> None:
    made = rig()
    attempt = made.attempt()
    assert (attempt.state, attempt.seconds, attempt.code) == (State.UP, 0.2, "")
    assert attempt.booked.startswith("Booking R000000001 for 4 guests, ")
    assert attempt.reference == "R000000001"
    assert len(attempt.trace_id) == 32
    assert list(attempt.phases) == ["submit", "inline_poll"]
    assert attempt.phases["submit"] > 0
    assert (attempt.restaurant, attempt.zone) == ("Demo Restaurant", "Europe/London")
    assert (made.platform.made, made.platform.rows, made.complaints) == (1, {}, [])
    assert len(made.joined) == 1


@pytest.mark.parametrize(
    ("health", "state", "code"),
    [
        ("slow", State.DEGRADED, "slow_to_a_table"),
        ("failing", State.DOWN, "platform_error"),
        ("unreachable", State.BLIND, "unreachable"),
    ],
)
def test_what_an_attempt_says(health: str, state: State, code: str) -> None:
    made = rig(health)
    attempt = made.attempt()
    assert (attempt.state, attempt.code) == (state, code)
    assert attempt.title in attempt.sentence
    assert f"Who can act: {attempt.who_can_act}." in attempt.sentence
    assert made.platform.rows == {}


def test_a_guests_contact_is_masked_in_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rig("failing")
    answer = made.platform._answer

    def shows_the_guest(request: httpx.Request) -> httpx.Response:
        email = "" if request.method == "GET" else request.content.decode()
        return answer(request) if not email else httpx.Response(500, json={"error": f"no room for {email}"})

    monkeypatch.setattr(made.platform, "_answer", shows_the_guest)
    sentence = made.attempt().sentence
    assert "acceptance+" not in sentence


def test_a_known_breach_keeps_nobody_awake() -> None:
    made = rig("failing")
    made.known = [
        KnownBreach(
            scenario="BOOK-004",
            code="platform_error",
            reason="Known.",
            link="https://t.example/1",
            expires=datetime.date(2999, 1, 1),
        )
    ]
    assert made.attempt().state is State.UP


def test_an_unreachable_platform_blinds_and_is_tried_again() -> None:
    made = rig()
    made.trouble = TargetUnreachable("The API does not answer.", hint="Is it running?")
    attempt = made.attempt()
    assert (attempt.state, attempt.code) == (State.BLIND, "unreachable")
    assert "The API does not answer. Is it running?" in attempt.sentence
    made.trouble = None
    assert made.attempt().state is State.UP


def test_wrong_use_ends_it_before_the_first_booking_and_blinds_it_later() -> None:
    wrong = NotReady([Problem("login_refused", "BOOKING_DATABASE_URL", "The log-in is refused.", "Check it.")])
    made = rig()
    made.trouble = wrong
    with pytest.raises(NotReady):
        made.attempt()
    made.trouble = None
    made.attempt()
    made.trouble = wrong
    attempt = made.attempt()
    assert (attempt.state, attempt.code) == (State.BLIND, "login_refused")
    assert attempt.sentence.count("Who can act") == 1


def test_nothing_is_booked_while_an_earlier_booking_can_not_be_undone() -> None:
    made, obeys = rig(), False
    made.platform.obeys = lambda: obeys
    assert made.attempt().state is State.UP
    assert made.complaints == [f"The booking {next(iter(made.platform.rows))} could not be cancelled (locked)."]
    attempt = made.attempt()
    assert (attempt.state, attempt.code, made.platform.made) == (State.BLIND, "cleaner", 1)
    assert "Nothing is booked while an earlier booking stands." in attempt.sentence
    obeys = True
    assert made.attempt().state is State.UP
    assert (made.platform.rows, made.platform.most_held) == ({}, 1)


def test_a_signal_puts_back_what_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = rig()

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(made.platform, "look", interrupted)
    with pytest.raises(KeyboardInterrupt):
        made.attempt()
    assert (made.platform.made, made.platform.rows) == (1, {})


@pytest.mark.parametrize(
    ("trouble", "code"),
    [(OSError(28, "No space left on device", "made.jsonl"), "wrong_file"), (KeyError("x"), "suite_defect")],
)
def test_what_nobody_expected_blinds_it_and_does_not_end_it(trouble: Exception, code: str) -> None:
    made = rig()
    made.trouble = trouble
    attempt = made.attempt()
    assert (attempt.state, attempt.code) == (State.BLIND, code)
    assert "Who can act" in attempt.sentence
    made.trouble = None
    assert made.attempt().state is State.UP


# The simulated restaurant is open on six days a week, with two service periods each: 12 in 7 days, one in 14 hours.


@pytest.mark.parametrize("every_s", [300.0, 13 * 3600.0])
def test_bookings_that_are_kept_come_no_more_often_than_the_house_can_bear(every_s: float) -> None:
    made = rig(every_s=every_s)
    made.platform.cancels = False
    with pytest.raises(SettingsError, match=r"at most 1\.7 bookings a day, --every 14h at the shortest") as refused:
        made.attempt()
    assert refused.value.is_wrong_use
    assert made.platform.made == 0


@pytest.fixture
def two_weeks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Test bookings are spread over 14 days only."""
    monkeypatch.setattr(slots, "FARTHEST_DAY", slots.NEAREST_DAY + 13)


@pytest.mark.usefixtures("two_weeks")
def test_bookings_that_are_kept_never_take_a_second_table_of_a_service_period() -> None:
    made = rig(every_s=14 * 3600.0)
    made.platform.cancels = False
    for _ in range(60):
        attempt = made.attempt()
        assert attempt.state is State.UP, attempt.sentence
        made.platform.clock.sleep(14 * 3600)
    assert (made.platform.made, made.platform.most_held) == (60, 1)


@pytest.mark.usefixtures("two_weeks")
def test_a_house_full_of_kept_bookings_blinds_instead_of_taking_a_second_table() -> None:
    made = rig(every_s=14 * 3600.0)
    made.platform.cancels = False
    ends = [made.attempt().state for _ in range(26)]
    assert ends == [State.UP] * 24 + [State.BLIND] * 2
    assert (made.platform.made, made.platform.most_held) == (24, 1)
