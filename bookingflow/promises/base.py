"""Raising verdicts: what every kind of promise shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bookingflow.booking.diagnosis import PLATFORM_TEAM, diagnose
from bookingflow.booking.failure_context import DIAGNOSIS_S, gather
from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import BrokenPromise, NotJudged
from bookingflow.core.text import counted
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import AnswerLost, NotSent, RateLimited
from bookingflow.platform.database_models import BookingRow

if TYPE_CHECKING:
    from bookingflow.scenario.state import ScenarioState
    from bookingflow.world import World

ROW_S = 5.0
"""Seconds for reading one booking again; it decides nothing about time."""


class Promise:
    """Knows the scenario at hand, and turns breaches into verdicts."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def scene(self) -> ScenarioState:
        """The scenario at hand."""
        return self._world.scene

    def row(self, followed: TrackedBooking) -> BookingRow:
        """The booking as it is stored now; raises the verdict when there is none."""
        row = None
        if followed.booking_id:
            row = self._world.database.look(followed.booking_id, Deadline(self._world.clock, ROW_S))
        if row is None and followed.confirmed:
            raise self.broken(followed, ["it was confirmed, and now there is no such booking any more"], "booking_lost")
        if row is None:
            raise self.verdict(self._world.follow(followed))
        return row

    def demand(self, followed: TrackedBooking, breaches: Sequence[str], code: str) -> None:
        """Raise the verdict when there are breaches."""
        if breaches:
            raise self.broken(followed, breaches, code)

    def demand_answer(self, followed: TrackedBooking) -> None:
        """Raise the verdict when the request never reached the platform, or was not let in."""
        if isinstance(followed.submitted, NotSent | RateLimited):
            raise self.verdict(self._world.follow(followed))

    def demand_readable_answer(self, followed: TrackedBooking) -> None:
        """Raise the verdict when the guest can't read an answer, though the booking may have been made."""
        self.demand_answer(followed)
        if isinstance(followed.submitted, AnswerLost):
            self._world.locate(followed)
            followed.outcome = Outcome.ANSWER_LOST
            made = "; the booking was made all the same" if followed.booking_id is not None else ""
            raise self.broken(followed, [f"the guest got no answer ({followed.submitted.reason}){made}"], "answer_lost")

    def broken(self, followed: TrackedBooking, breaches: Sequence[str], code: str) -> BrokenPromise:
        """A broken promise of this booking, in a sentence."""
        request, row = followed.request, followed.row
        name = f"Booking {row.reference}" if row is not None else "The booking"
        if row is None and self.scene.mistake:
            return self.breach(f"A booking with {self.scene.mistake}: {'; '.join(breaches)}", code)
        asked = f"{name} for {counted(request.party, 'guest')} on {request.date:%a %d %b} at {request.time:%H:%M}"
        return self.breach(f"{asked}: {'; '.join(breaches)}", code)

    def breach(self, told: str, code: str) -> BrokenPromise:
        """A broken promise of no single booking."""
        return BrokenPromise(self._world.sanitizer.text(f"{told}. Can act: {PLATFORM_TEAM}."), code=code)

    def verdict(self, followed: TrackedBooking) -> BrokenPromise | NotJudged:
        """Why a booking did not end as promised, from the evidence."""
        world = self._world
        asked, allowed = world.scene.asked_in_window, world.scene.bookings_a_minute
        if followed.outcome is Outcome.RATE_LIMITED and world.settings.on_demo and asked <= allowed:
            # Of a live platform others may ask from this address too.
            told = f"the guest was told to wait, though an address may book {allowed} times a minute"
            told += f" and this was no more than number {max(asked, 1)}"
            if world.scene.waited_s is not None:
                told = f"the guest waited the {world.scene.waited_s:g} s that were told, and is told to wait again"
            return self.broken(followed, [told], "limited_too_early")
        with followed.log.phase("diagnostics", "looking for the cause") as phase:
            case = gather(world.database, followed, world.guests.pattern, Deadline(world.clock, DIAGNOSIS_S))
            diagnosis = diagnose(case)
            if diagnosis.code == "no_room_left_by_tests":
                followed.outcome = Outcome.NO_ROOM_LEFT_BY_TESTS
            phase.complete(diagnosis.sentence, code=diagnosis.code, evidence=case.as_json())
        world.scene.diagnosis, world.scene.case = diagnosis, case
        world.report_of(followed).diagnosis = diagnosis
        kind = BrokenPromise if diagnosis.judged else NotJudged
        return kind(world.sanitizer.text(diagnosis.sentence), code=diagnosis.code)
