"""The one typed object that steps and hooks work with: `context.world`.

It holds what a run is made of and what the current scenario is about; the thinking is in the modules it joins.
"""

from __future__ import annotations

import datetime
import ipaddress
import itertools
import random
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bookingflow.api import Accepted, AnswerLost, BookingApi
from bookingflow.casefile import CaseFile, gather
from bookingflow.cleanup import Cleaner, DatabaseCleaner, DemoCleaner, Keep
from bookingflow.contract import CONFIRMED, BookingRequest
from bookingflow.controls import DemoControls, Target
from bookingflow.database import BookingDatabase, BookingRow
from bookingflow.diagnosis import Diagnosis, diagnose
from bookingflow.errors import BrokenPromise, NotJudged, ScenarioNotPossible, SettingsError, SuiteError
from bookingflow.flow import DIAGNOSIS_S, BookingFlow, Followed
from bookingflow.guests import GuestBook
from bookingflow.job import BackgroundJob, CommandJob, DisabledJob, HttpJob
from bookingflow.pace import RateBudget
from bookingflow.phases import EventStream
from bookingflow.polling import Clock, Deadline, SystemClock
from bookingflow.privacy import Sanitizer
from bookingflow.settings import Settings
from bookingflow.slots import Slot, SlotFinder, today, tomorrow_at

WITHIN = re.compile(r"\bwithin (\d+(?:\.\d+)?) ?s(?:econds)?\b")
CLIENT_ADDRESSES = tuple(
    str(address)
    for network in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    for address in ipaddress.ip_network(network).hosts()
)
"""Addresses set aside for documentation (RFC 5737): on the demo every scenario sends one of its own."""


@dataclass
class BookingReport:
    """What the run's summary keeps of one booking."""

    scenario: str
    followed: Followed
    diagnosis: Diagnosis | None = None


@dataclass
class Scene:
    """The scenario that runs now."""

    name: str
    deadlines: Sequence[float | None] = ()
    step: int = 0
    slot: Slot | None = None
    booking: Followed | None = None
    diagnosis: Diagnosis | None = None
    case: CaseFile | None = None
    created: list[str] = field(default_factory=list)
    flags_touched: bool = False


class World:
    """Everything a run is made of."""

    def __init__(self, settings: Settings, *, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.run_id = uuid.uuid4().hex[:10]
        self.sanitizer = Sanitizer()
        self.stream = EventStream(run_id=self.run_id, clock=self.clock, sanitizer=self.sanitizer)
        self.rng = random.Random(settings.seed if settings.seed is not None else self.run_id)
        # Contacts must differ between runs even when a seed makes everything else repeat.
        self.guests = GuestBook(settings, self.run_id, random.Random())
        self.scene = Scene("")
        self.reports: list[BookingReport] = []
        self.deadlines_used: set[float | None] = set()
        self._client_addresses = itertools.cycle(CLIENT_ADDRESSES)
        self.promise_withdrawn = False
        self._target: Target | None = None

    # -- building and taking down ------------------------------------------------------------------------------

    def connect(self, target: Target) -> None:
        """Join the platform; raises SuiteError, having booked nothing, when it can't be watched as it must be."""
        self._target = target
        for url in (target.database_url, self.settings.cleanup_database_url):
            self.sanitizer.register_url(url)
        for secret in (target.job_token, self.settings.job_token, self.settings.demo_admin_token):
            self.sanitizer.register_secret(secret)
        self.api = BookingApi(target.api_base_url, clock=self.clock)
        self.database = BookingDatabase(target.database_url, clock=self.clock)
        self.flow = BookingFlow(
            self.api,
            self.database,
            self._job(target),
            self.stream,
            self.clock,
            poll_interval=self.settings.poll_interval,
        )
        self.api.check_reachable()
        self.database.check_evidence()
        self.restaurant = self.database.restaurant(
            slug=self.settings.restaurant_slug, restaurant_id=self.settings.restaurant_id
        )
        self.cleaner = self._cleaner()
        limit = 0 if self.settings.on_demo else self.settings.rate_budget
        self.budget = RateBudget(self.settings.output_dir / "reports" / "pace.json", limit, self.clock)
        self.slots = SlotFinder(self.api, self.database, self.restaurant, self.clock, self.rng)
        self._check_requested_date()

    def _job(self, target: Target) -> BackgroundJob:
        if self.settings.job_command:
            return CommandJob(self.settings.job_command, clock=self.clock)
        url, token = self.settings.job_url or target.job_url, self.settings.job_token or target.job_token
        return HttpJob(url, token, clock=self.clock) if url else DisabledJob()

    def _cleaner(self) -> Cleaner:
        settings = self.settings
        if settings.cleanup == "keep":
            return Keep()
        if self.controls is not None:
            return DemoCleaner(self.controls)
        if settings.cleanup is not None and settings.cleanup_database_url:
            return DatabaseCleaner(settings.cleanup_database_url, delete=settings.cleanup == "delete")
        return Keep()

    def _check_requested_date(self) -> None:
        date = self.settings.date
        if date is not None and date < today(self.clock, self.restaurant.timezone):
            raise SettingsError([f"BOOKING_DATE={date}: must not lie in the past ({self.restaurant.timezone})."])

    def close(self) -> None:
        """Take down what was built; safe to call at any point."""
        if self._target is None:
            return
        for part in ("api", "database"):
            if hasattr(self, part):
                getattr(self, part).close()
        self._target.close()

    # -- the scenario ------------------------------------------------------------------------------------------

    def enter(self, name: str, sentences: Iterable[str]) -> None:
        """A scenario begins; its sentences are read for the deadlines they state."""
        stated = [WITHIN.search(sentence) for sentence in sentences]
        self.scene = Scene(name, [float(match.group(1)) if match else None for match in stated])
        self.stream.scenario = name
        if self.settings.on_demo:
            self.api.client_address = next(self._client_addresses)

    def leave(self) -> None:
        """A scenario ends: its confirmed bookings must still stand, then what it changed is put back."""
        try:
            self._check_still_confirmed([report for report in self.reports if report.scenario == self.scene.name])
        finally:
            self._put_back()
            self.stream.scenario = None

    def _put_back(self) -> None:
        """Undo what the scenario made, also after a failure; what could not be undone is told with its id."""
        left: list[str] = []
        for booking_id in self.scene.created:
            try:
                self.cleaner.undo(booking_id)
            except SuiteError as error:
                left.append(str(error))
        if self.scene.flags_touched:
            self.demo().reset()
        if left:
            raise SuiteError(" ".join(left))

    def check_all_still_confirmed(self) -> None:
        """At the run's end: no booking that was confirmed may have lost its confirmation or its tables."""
        if isinstance(self.cleaner, Keep):
            self._check_still_confirmed(self.reports)

    def _check_still_confirmed(self, reports: Sequence[BookingReport]) -> None:
        expected = {r.followed.booking_id: r for r in reports if r.followed.confirmed and r.followed.booking_id}
        for row in self.database.reread(list(expected)):
            if row.status != CONFIRMED or not row.tables:
                self.promise_withdrawn = True
                raise BrokenPromise(
                    f"Booking {row.reference} was confirmed with a table and did not stay so: now it is {row.status} "
                    f"with {len(row.tables)} tables. Can act: the platform's team.",
                    code="confirmation_withdrawn",
                )

    @property
    def controls(self) -> DemoControls | None:
        """The demo's switches; None on a live platform."""
        return self._target.controls if self._target else None

    def demo(self) -> DemoControls:
        """The demo's switches, for scenarios that declare `@uses.demo`."""
        if self.controls is None:
            raise ScenarioNotPossible("This scenario needs the demo platform's switches.", hint="Tag it @uses.demo.")
        return self.controls

    def switch(self, **flags: Any) -> None:
        """Switch features of the demo for this scenario; they are put back at its end."""
        self.scene.flags_touched = True
        self.demo().set_flags(**flags)

    # -- booking -----------------------------------------------------------------------------------------------

    def tomorrow_at(self, time: datetime.time) -> Slot:
        """Tomorrow at the restaurant."""
        return tomorrow_at(self.clock, self.restaurant.timezone, time)

    def request(self, party: int, slot: Slot, **wishes: Any) -> BookingRequest:
        """A complete, valid request of a guest of its own."""
        guest = self.guests.next()
        self.sanitizer.register_guest(email=guest.email, phone=guest.phone)
        wanted: dict[str, Any] = {
            "booking_type": self.settings.booking_type,
            "seating": "any",
            "marketing_opt_in": False,
            "name": guest.name,
            "email": guest.email,
            "phone": guest.phone,
            **wishes,
        }
        return BookingRequest(
            restaurant_slug=self.restaurant.slug, date=slot.date, time=slot.time, party=party, **wanted
        )

    def requested(self) -> BookingRequest:
        """The booking that the settings ask for."""
        settings = self.settings
        date = settings.date or today(self.clock, self.restaurant.timezone) + datetime.timedelta(days=1)
        return self.request(
            settings.party_size,
            Slot(date, settings.time, self.restaurant.timezone),
            booking_type=settings.booking_type,
            seating=settings.seating,
            notes=settings.notes,
            marketing_opt_in=settings.marketing_opt_in,
        )

    def book(self, request: BookingRequest) -> Followed:
        """Submit a booking; the deadline is the first "within N s" that follows in the scenario."""
        stated = next((seconds for seconds in self.scene.deadlines[self.scene.step :] if seconds is not None), None)
        self.deadlines_used.add(stated)
        waited = self.budget.take()
        if waited:
            self.stream.note(f"waited {waited:.0f} s, to stay below the platform's rate limit")
        followed = self.flow.submit(request, restaurant_id=self.restaurant.id, seconds=self.settings.deadline(stated))
        self.scene.booking = followed
        self.reports.append(BookingReport(self.scene.name, followed))
        if isinstance(followed.submitted, Accepted) and not followed.submitted.duplicate:
            self.scene.created.append(followed.submitted.booking_id)
        return followed

    @property
    def booking(self) -> Followed:
        """The booking this scenario is about."""
        if self.scene.booking is None:
            raise ScenarioNotPossible("No booking was made yet in this scenario.", hint="A When sentence comes first.")
        return self.scene.booking

    def follow(self) -> Followed:
        """Follow the booking to its end, without judging it."""
        followed = self.booking
        window = self.settings.inline_window_within(followed.deadline.seconds)
        self.flow.follow(followed, inline_window=window)
        if followed.booking_id and followed.booking_id not in self.scene.created and not followed.metrics.duplicate:
            self.scene.created.append(followed.booking_id)
        return followed

    def confirmed(self) -> BookingRow:
        """Follow the booking; raises the verdict unless it ends confirmed with a table."""
        followed = self.follow()
        if followed.confirmed and followed.row is not None:
            return followed.row
        raise self._verdict(followed)

    def expect_answer(self, status: str) -> None:
        """Raise the verdict unless the answer to the guest says this status."""
        followed = self.booking
        if isinstance(followed.submitted, AnswerLost):
            raise BrokenPromise(
                f"The guest got no answer ({followed.submitted.reason}). Can act: the platform's team.",
                code="answer_lost",
            )
        if not isinstance(followed.submitted, Accepted):
            raise self._verdict(self.follow())
        said = followed.submitted.status
        if said != status:
            raise BrokenPromise(f'The guest was told "{said}" instead of "{status}".', code="wrong_answer")

    def run_job(self, times: int) -> None:
        """Start the background job for the booking so many times, one after the other."""
        followed = self.booking
        if followed.booking_id is None:
            raise self._verdict(self.follow())
        for _ in range(times):
            result = self.flow.job.run(followed.booking_id, followed.deadline)
            followed.log.note(f"the job was run: {result.said}", result=result.state, **result.evidence)

    def expect_tables_once(self) -> None:
        """Raise BrokenPromise when the booking holds more tables than seat its party, or one of them twice."""
        row = self.database.look(self.booking.booking_id or "", self.booking.deadline)
        if row is None:
            raise self._verdict(self.booking)
        seats = sorted(table.capacity for table in row.tables)
        numbers = [table.number for table in row.tables]
        if len(set(numbers)) < len(numbers) or sum(seats) - seats[0] >= row.party_size:
            raise BrokenPromise(
                f"Booking {row.reference} for {row.party_size} holds the tables {', '.join(numbers)}: more than it "
                "needs. Can act: the platform's team.",
                code="tables_twice",
            )

    def expect_outcome(self, outcome: str) -> None:
        """Raise BrokenPromise unless the booking ended this way."""
        followed = self.booking
        if followed.outcome != outcome:
            raise BrokenPromise(
                f"The booking ended as {followed.outcome}, not as {outcome}: {followed.story()}.", code="wrong_path"
            )

    def _verdict(self, followed: Followed) -> BrokenPromise | NotJudged:
        with followed.log.phase("diagnostics", "looking for the cause") as phase:
            case = gather(self.database, followed, self.guests.pattern, Deadline(self.clock, DIAGNOSIS_S))
            diagnosis = diagnose(case)
            if diagnosis.code == "no_room_left_by_tests":
                followed.outcome = diagnosis.code
            phase.complete(diagnosis.sentence, code=diagnosis.code, evidence=case.as_json())
        self.scene.diagnosis, self.scene.case = diagnosis, case
        self.reports[-1].diagnosis = diagnosis
        kind = BrokenPromise if diagnosis.judged else NotJudged
        return kind(self.sanitizer.text(diagnosis.sentence), code=diagnosis.code)

    def unused_timeout(self) -> bool:
        """Whether a timeout was set that no booking of this run used."""
        return (
            "timeout" in self.settings.model_fields_set
            and bool(self.deadlines_used)
            and None not in self.deadlines_used
        )
