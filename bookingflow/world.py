"""The one typed object that steps and hooks work with: `context.world`.

It holds what a run is made of and what the current scenario is about; the thinking is in the modules it joins.
"""

from __future__ import annotations

import datetime
import itertools
import random
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bookingflow.audit.run import RunAudit
from bookingflow.audit.teardown import Teardown
from bookingflow.booking.diagnosis import Diagnosis
from bookingflow.booking.observation import Observation
from bookingflow.booking.submission import Submission
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.opening_hours import is_offered
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible, SettingsError, SuiteError
from bookingflow.core.events import EventStream
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Clock, SystemClock
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import BookingRequest
from bookingflow.platform.background_job import BackgroundJob, CommandJob, DisabledJob, HttpJob
from bookingflow.platform.business_rules import STAY_MINUTES, stored_type
from bookingflow.platform.cancellation import Cleaner, DatabaseCleaner, DemoCleaner, Keep
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Restaurant, Table
from bookingflow.platform.rate_budget import RateBudget
from bookingflow.platform.slots import ONE_DAY, Slot, SlotFinder, later
from bookingflow.platform.target import DemoControls, Target
from bookingflow.promises import Promises
from bookingflow.scenario.arrange import Arrange
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.booking_details import wishes
from bookingflow.testdata.guests import GuestBook
from bookingflow.testdata.parties import Party

WITHIN = re.compile(r"\bwithin (\d+(?:\.\d+)?) ?s(?:econds)?\b")


GIVE_UP_AFTER = 2
"""Scenarios in a row without an answer, after which the rest is not asked: each would wait for its own time-outs."""
TOLD_FROM_S = 1.0
"""Seconds from which on a pause is worth a line."""
HANG_UP_S = 0.01
"""Seconds until an impatient guest hangs up: long enough to send a request, too short for any answer."""


@dataclass
class BookingReport:
    """What the run's summary keeps of one booking."""

    scenario: str
    followed: TrackedBooking
    diagnosis: Diagnosis | None = None


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
        self.scene = ScenarioState("")
        self.promises = Promises(self)
        self.crowds = Arrange(self)
        self.leftovers = Teardown(self)
        self.whole_run = RunAudit(self)
        self.reports: list[BookingReport] = []
        self.deadlines_used: set[float | None] = set()
        # Of those set aside for documentation (RFC 3849); none is another run's, whose requests would count too.
        network = f"2001:db8:{self.run_id[:4]}:{self.run_id[4:8]}"
        self._client_addresses = (f"{network}::{number:x}" for number in itertools.count(1))
        self.known_breaches = KnownBreaches([], self.clock.now().date())
        self._target: Target | None = None
        self._unreached = 0

    # -- building and taking down ------------------------------------------------------------------------------

    def connect(self, target: Target) -> None:
        """Join the platform; raises SuiteError, having booked nothing, when it can't be watched as it must be."""
        self._target = target
        for url in (target.database_url, self.settings.cleanup_database_url):
            self.sanitizer.register_url(url)
        for secret in (target.job_token, self.settings.job_token, self.settings.demo_admin_token):
            self.sanitizer.register_secret(secret)
        self.api = BookingApi(target.api_base_url, clock=self.clock)
        self.database = BookingDatabase(target.database_url, clock=self.clock, prepare=self.settings.on_demo)
        self.submission = Submission(self.api, self.stream, self.clock)
        self.observation = Observation(
            self.database, self._job(target), self.stream, self.clock, poll_interval=self.settings.poll_interval
        )
        self.api.check_reachable()
        self.database.check_evidence()
        self.home = self.database.restaurant(
            slug=self.settings.restaurant_slug, restaurant_id=self.settings.restaurant_id
        )
        self.stays = {**STAY_MINUTES, **self.database.stay_minutes()}
        self.cleaner = self._cleaner()
        self.cleaner.check()
        limit = 0 if self.settings.on_demo else self.settings.rate_budget
        self.budget = RateBudget(self.settings.output_dir / "reports" / "pace.json", limit, self.clock)
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
        if date is not None and date < self.slots.today:
            raise SettingsError([f"BOOKING_DATE={date}: must not lie in the past ({self.home.timezone})."])

    def close(self) -> None:
        """Cancel what was left, take down what was built; safe to call at any point."""
        if self._target is None:
            return
        if hasattr(self, "budget") and not self.settings.starts_demo:  # a demo of our own goes with its bookings
            try:
                self.leftovers.leave_nothing()
            except Exception as error:  # noqa: BLE001 - whatever it is, the rest is taken down all the same
                print(f"Left behind: {error}")
        for part in ("api", "database"):
            if hasattr(self, part):
                getattr(self, part).close()
        self._target.close()

    # -- the scenario ------------------------------------------------------------------------------------------

    def enter(self, name: str, sentences: Iterable[str]) -> None:
        """A scenario begins; its sentences are read for the deadlines they state."""
        stated = [WITHIN.search(sentence) for sentence in sentences]
        self.scene = ScenarioState(name, [float(match.group(1)) if match else None for match in stated])
        self.stream.scenario = name
        if self.settings.on_demo:
            self.api.client_address = next(self._client_addresses)

    def leave(self, *, failed: bool, excused: bool = False) -> None:
        """A scenario ends: its bookings are judged as a whole, then what it changed is put back."""
        try:
            try:
                self.whole_run.scenario_over(failed=failed, excused=excused)
            finally:
                self.leftovers.put_back()
            self.crowds.leave_minute()
        finally:
            self.stream.scenario = None
            self.scene = ScenarioState("")

    @property
    def inside(self) -> bool:
        """Whether a scenario was entered and not left yet."""
        return bool(self.scene.name)

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
        self._switched().set_flags(**flags)

    def set_now(self, now: datetime.datetime) -> None:
        """Set the demo's clock for this scenario; what the suite calls today follows it."""
        self._switched().set_clock(now)
        self.scene.ahead = now - self.clock.now()

    def set_hours(self, date: datetime.date, opens: datetime.time | None, closes: datetime.time | None) -> None:
        """Give a date hours of its own on the demo for this scenario; None closes it."""
        self._switched().set_date(self.restaurant.slug, date, opens, closes)

    def _switched(self) -> DemoControls:
        self.scene.switched = True
        return self.demo()

    # -- the restaurant ----------------------------------------------------------------------------------------

    @property
    def restaurant(self) -> Restaurant:
        """Where the scenario plays; the restaurant of the settings unless it went elsewhere."""
        return self.scene.restaurant or self.home

    def go_to(self, kind: str) -> None:
        """Go to the demo's restaurant of this kind; a live platform's restaurant is the one of the settings."""
        slug = self._target.restaurant_slug(kind) if self._target else None
        if slug is not None:
            self.scene.restaurant = self.database.restaurant(slug=slug, restaurant_id=None)

    @property
    def alone(self) -> bool:
        """Whether nobody but this run books at this restaurant; a demo that runs already may be somebody's too."""
        return self.settings.starts_demo or "exclusive_restaurant" in self.settings.expect

    @property
    def tables(self) -> list[Table]:
        """The restaurant's tables in service, as they were when the scenario first asked."""
        known = self.scene.inventories
        if self.restaurant.id not in known:
            known[self.restaurant.id] = self.database.inventory(self.restaurant.id)
        return known[self.restaurant.id]

    @property
    def now(self) -> datetime.datetime:
        """The instant it is on the platform."""
        return self.clock.now() + self.scene.ahead

    @property
    def slots(self) -> SlotFinder:
        """Finds days and times at the restaurant."""
        return SlotFinder(
            self.api, self.database, self.restaurant, lambda: self.tables, self.now, self.rng, self._stay_from
        )

    def _stay_from(self, time: datetime.time) -> datetime.timedelta:
        return datetime.timedelta(minutes=self.stays[stored_type(self.settings.booking_type, time)])

    def tomorrow_at(self, time: datetime.time) -> Slot:
        """Tomorrow by the restaurant's own calendar."""
        return self._open(Slot(self.slots.today + ONE_DAY, time, self.restaurant.timezone))

    def _open(self, slot: Slot) -> Slot:
        """The slot; raises NotAtThisRestaurant where by its hours the restaurant is closed then."""
        hours = self.database.hours(self.restaurant.id, slot.date)
        if hours is not None and not is_offered(hours, slot.time):
            raise NotAtThisRestaurant(
                f"{self.restaurant.name} seats nobody on {slot.date:%a %d %b} at {slot.time:%H:%M}, by its own hours."
            )
        return slot

    # -- booking -----------------------------------------------------------------------------------------------

    def request(
        self,
        party: Party | int,
        slot: Slot | None = None,
        *,
        told: Iterable[tuple[str, str]] = (),
        **fields: Any,
    ) -> BookingRequest:
        """A complete, valid request of a guest of its own, for this slot or the scenario's, with what it told."""
        slot = slot or self.scene.the_slot()
        guest = self.guests.next()
        wanted: dict[str, Any] = {
            "booking_type": self.settings.booking_type,
            "name": guest.name,
            "email": guest.email,
            "phone": guest.phone,
            "notes": guest.notes,
            "marketing_opt_in": guest.marketing_opt_in,
            **wishes(told, guest),
            **fields,
        }
        self._introduce(wanted["name"], wanted["email"], wanted["phone"])
        size = party if isinstance(party, int) else party.size(self.tables)
        return BookingRequest(
            restaurant_slug=self.restaurant.slug, date=slot.date, time=slot.time, party=size, **wanted
        )

    def _introduce(self, name: str, email: str, phone: str) -> None:
        """What a guest is known by is masked wherever it is told, and recognised wherever it must not be."""
        self.sanitizer.register_guest(email=email, phone=phone)
        self.guests.know(name=name, email=email, phone=phone)

    def requested(self) -> BookingRequest:
        """The booking that the settings ask for."""
        settings = self.settings
        return self.request(
            settings.party_size,
            self._open(Slot(settings.date or self.slots.today + ONE_DAY, settings.time, self.restaurant.timezone)),
            booking_type=settings.booking_type,
            seating=settings.seating,
            notes=settings.notes,
            marketing_opt_in=settings.marketing_opt_in,
        )

    def book_as_requested(self) -> None:
        """Book what the settings ask for, `repeat` times; the first that fails ends the row with its verdict.

        All but the last are followed to their end here and, where that is set up, cancelled: each finds its slot as
        the first did.
        """
        for number in range(1, self.settings.repeat):
            followed = self.book(self.requested())
            self.promises.outcome.confirmed(followed)
            self.stream.note(f"requested booking {number} of {self.settings.repeat}: {followed.outcome_code}")
            if self.cleaner.cancels:
                self.undo(followed)
            if self.settings.on_demo:
                self.change_address()
        self.book(self.requested())

    def book(self, request: BookingRequest, *, key: str | None = None, payload: Any = None) -> TrackedBooking:
        """Submit a booking; the deadline is the first "within N s" that follows in the scenario."""
        followed = self.submission.submit(
            request,
            restaurant_id=self.restaurant.id,
            seconds=self._seconds(turns=1),
            idempotency_key=key,
            payload=payload,
        )
        return self._made([followed])[0]

    def book_together(self, requests: Sequence[BookingRequest], *, key: str | None = None) -> list[TrackedBooking]:
        """Submit all of them at the same moment; all with this key when one is given."""
        seconds = self._seconds(turns=len(requests))
        self.scene.together = self.submission.submit_together(
            requests, restaurant_id=self.restaurant.id, seconds=seconds, key=key
        )
        return self._made(self.scene.together)

    def _seconds(self, turns: int) -> float:
        """The deadline of a booking made now, once it is its turn to be sent."""
        stated = self.scene.deadline_ahead()
        self.deadlines_used.add(stated)
        for _ in range(turns):
            self.await_turn()
        return self.settings.deadline(stated)

    def await_turn(self) -> None:
        """Wait until one more booking may be sent without crossing the platform's limit."""
        self.budget.take(self._tell_pause)

    def judged(self, *, reached: bool) -> None:
        """A scenario that asked the platform is over: whether the platform could be reached."""
        self._unreached = 0 if reached else self._unreached + 1

    @property
    def gone(self) -> str | None:
        """Why nothing is asked of the platform any more; None while it answers."""
        if self._unreached < GIVE_UP_AFTER:
            return None
        return f"the platform could not be reached in {self._unreached} scenarios, one after the other"

    def _tell_pause(self, seconds: float) -> None:
        if seconds < TOLD_FROM_S:
            return
        budget = f"BOOKING_RATE_BUDGET={self.settings.rate_budget}"
        told = f"the suite waits {seconds:.0f} s to stay below the platform's rate limit ({budget})"
        self.stream.note(told, waitsS=round(seconds, 1))

    def _made(self, bookings: list[TrackedBooking]) -> list[TrackedBooking]:
        for followed in bookings:
            self.scene.bookings.append(followed)
            self.reports.append(BookingReport(self.scene.name, followed))
            self._register(followed)
        return bookings

    def _register(self, followed: TrackedBooking) -> None:
        """What the run created, it cancels."""
        if followed.booking_id and not followed.uncertain and followed.booking_id not in self.scene.created:
            self.scene.created.append(followed.booking_id)

    def follow(self, followed: TrackedBooking) -> TrackedBooking:
        """Follow a booking to its end, once, without judging it."""
        if not followed.followed:
            self.observation.follow(
                followed, inline_window=self.settings.inline_window_within(followed.deadline.seconds)
            )
            self._register(followed)
        return followed

    def locate(self, followed: TrackedBooking) -> None:
        """Find a booking whose answer was lost; it is registered as made by this run."""
        self.observation.locate(followed)
        self._register(followed)

    def _demand_made(self, followed: TrackedBooking) -> None:
        """Raise the verdict when there is no such booking, not even one whose answer was lost."""
        self.locate(followed)
        if followed.booking_id is None:
            raise self.promises.outcome.verdict(self.follow(followed))

    def run_job(self, followed: TrackedBooking, *, times: int = 1) -> None:
        """Start the background job for a booking so many times, one after the other."""
        self._demand_made(followed)
        for _ in range(times):
            result = self.observation.job.run(followed.booking_id or "", followed.deadline)
            followed.log.note(f"the job was asked to run: {result.said}", result=result.state, **result.evidence)
            if result.state == "disabled":
                raise ScenarioNotPossible(
                    f"The background job could not be run: {result.said}.",
                    hint="Check BOOKING_JOB_URL or BOOKING_JOB_COMMAND.",
                )
            if result.state == "failed":
                told = f"the background job failed ({result.said})"
                raise self.promises.outcome.broken(followed, [told], "background_job_failed")

    def cancel(self, followed: TrackedBooking, by: Literal["staff", "guest"]) -> None:
        """Cancel a booking as the restaurant or the guest would."""
        self._demand_made(followed)
        if not self.demo().cancel(followed.booking_id or "", by):
            self.promises.outcome.row(followed)
        followed.cancelled = True

    def edit(self, followed: TrackedBooking, party: Party) -> None:
        """Come with another number of guests; from here on that is what was asked for."""
        self.promises.outcome.row(followed)
        size = party.size(self.tables)
        self.demo().edit(followed.booking_id or "", party=size)
        followed.request, followed.changed = followed.request.model_copy(update={"party": size}), True

    def postpone(self, followed: TrackedBooking, slot: Slot) -> None:
        """Come at another time of that day; from here on that is what was asked for."""
        self.promises.outcome.row(followed)
        self.demo().edit(followed.booking_id or "", time=slot.time)
        followed.request, followed.changed = followed.request.model_copy(update={"time": slot.time}), True

    def move(self, followed: TrackedBooking, table_number: str) -> None:
        """Have the restaurant put a booking at another table."""
        self.promises.outcome.row(followed)
        self.demo().move(followed.booking_id or "", table_number)
        followed.changed = True

    def undo(self, followed: TrackedBooking) -> None:
        """Cancel a booking of this run by the way that is set up for that."""
        if not self.cleaner.cancels:
            raise ScenarioNotPossible(
                "This scenario needs bookings to be cancelled.", hint="Tag it @uses.cleanup, or set BOOKING_CLEANUP."
            )
        self.locate(followed)
        if followed.booking_id is not None:
            left = self.cleaner.undo([followed.booking_id])
            if left:
                raise SuiteError(" ".join(left.values()))
            followed.cancelled = True

    def book_and_hang_up(self, request: BookingRequest) -> None:
        """Send a booking and leave before the answer; what became of it only the platform knows."""
        key = self.new_key()
        self._made(
            [self.submission.submit(request, restaurant_id=self.restaurant.id, seconds=HANG_UP_S, idempotency_key=key)]
        )

    @staticmethod
    def new_key() -> str:
        """A fresh idempotency key."""
        return str(uuid.uuid4())

    def changed_contact(self, request: BookingRequest, half: str) -> BookingRequest:
        """The same guest half an hour later, with another e-mail or another phone number."""
        news = self.guests.next()
        self._introduce(request.name, news.email, news.phone)
        field = {"e-mail": "email", "phone number": "phone"}[half]
        time = later(request.time, datetime.timedelta(minutes=30))
        return request.model_copy(update={field: getattr(news, field), "time": time})

    def change_address(self) -> None:
        """From here on ask from another address, as another guest would."""
        self.api.client_address = next(self._client_addresses)
        self.scene.count_anew()

    def report_of(self, followed: TrackedBooking) -> BookingReport:
        """What the summary will keep of this booking."""
        return next(report for report in self.reports if report.followed is followed)

    def unused_timeout(self) -> bool:
        """Whether a timeout was set that no booking of this run used."""
        return (
            "timeout" in self.settings.model_fields_set
            and bool(self.deadlines_used)
            and None not in self.deadlines_used
        )
