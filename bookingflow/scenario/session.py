"""What a run is made of: the platform seen from outside, the guests, and what was made so far. Built whole, at once."""

from __future__ import annotations

import itertools
import random
import uuid
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field

from bookingflow.booking.diagnosis import Diagnosis
from bookingflow.booking.observation import Observation
from bookingflow.booking.submission import Submission
from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import (
    EvidenceHidden,
    NotJudged,
    ScenarioNotPossible,
    SuiteError,
    TargetEnded,
    TargetUnreachable,
)
from bookingflow.core.events import EventStream
from bookingflow.core.failures import OF_BROKEN_LINES, OF_PEOPLE, OF_SENDING_TWICE, OF_TABLES_NOT_SEEN
from bookingflow.core.ledger import FILE as LEDGER
from bookingflow.core.ledger import Ledger, compact, left_behind
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Clock, Deadline, SystemClock
from bookingflow.platform.api import BookingApi
from bookingflow.platform.cancellation import Cleaner, Ownership
from bookingflow.platform.connections import Connections
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Restaurant
from bookingflow.platform.preflight import Preflight
from bookingflow.platform.rate_budget import RateBudget
from bookingflow.platform.slots import OpenDays
from bookingflow.platform.target import DemoControls, Target
from bookingflow.testdata.guests import GuestBook

SIGHT_S = 2.0
"""Seconds that it may take to ask whether everything is still seen."""


@dataclass(slots=True)
class BookingReport:
    """What the run's summary keeps of one booking."""

    scenario: str
    booking: TrackedBooking
    diagnosis: Diagnosis | None = None


@dataclass
class Resting:
    """Bookings of a scenario that is over, until they are looked at once more and undone."""

    until: float
    bookings: Sequence[TrackedBooking]
    made: Sequence[str]


@dataclass
class MadeBookings:
    """What the run made and has undone; shared by tear-down, which undoes, and the run's audit, which looks."""

    made: dict[str, None] = field(default_factory=dict)
    """The id of every booking that is known to be this run's, in the order in which they came."""
    undone: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    """Ids that answers named and that are not this run's: never touched."""
    resting: list[Resting] = field(default_factory=list)
    watched: TrackedBooking | None = None
    """The run's first confirmed booking; it stands to the run's end."""


@dataclass
class Session:
    """One run against one platform."""

    settings: Settings
    target: Target
    clock: Clock
    run_id: str
    sanitizer: Sanitizer
    stream: EventStream
    rng: random.Random
    guests: GuestBook
    api: BookingApi
    database: BookingDatabase
    submission: Submission
    observation: Observation
    home: Restaurant
    """The restaurant of the settings."""
    stays: Mapping[str, int]
    """Minutes that a booking of each occasion lasts."""
    cleaner: Cleaner
    ledger: Ledger
    budget: RateBudget
    client_addresses: Iterator[str]
    preflight: Preflight
    """What the checks before the first booking found: notes, since problems would have kept the session closed."""
    reports: list[BookingReport] = field(default_factory=list)
    made: MadeBookings = field(default_factory=MadeBookings)
    make_room: Callable[[], bool] = lambda: False
    """Undoes at once what rests of this run, and says whether there was anything; the run's tear-down sets it."""
    deadlines_used: set[float | None] = field(default_factory=set)
    """Deadlines that bookings had, None for that of the settings."""
    wrong_before: dict[str, None] = field(default_factory=dict)
    """What was wrong in the restaurant's books before scenarios booked, in sentences: held against nobody."""
    limited_until: float = 0.0
    """By the clock's seconds, when a minute is over in which the platform takes nothing more from this address."""
    opened: OpenDays = field(default_factory=dict)
    """The days on which its restaurants were found open."""
    entered: Counter[str] = field(default_factory=Counter)
    """How often each scenario was begun."""

    @classmethod
    def open(
        cls,
        settings: Settings,
        target: Target,
        *,
        clock: Clock | None = None,
        sanitizer: Sanitizer | None = None,
        run_id: str = "",
    ) -> Session:
        """Join the platform. Raises SuiteError, having booked nothing, when it can't be watched as it must be.

        The target is closed with the session, also when the session can't be opened.
        """
        clock, sanitizer = clock or SystemClock(), sanitizer or Sanitizer()
        run_id = run_id or uuid.uuid4().hex[:10]
        stream = EventStream(run_id=run_id, clock=clock, sanitizer=sanitizer)
        with ExitStack() as opened:
            opened.callback(target.close)
            connections = Connections.to(target, settings, clock, sanitizer)
            opened.callback(connections.close)
            checked = connections.check(settings, clock)
            home = checked.demand_home()
            api, database = connections.api, connections.database
            ledger = _ledger_of(target, settings, clock, keep=not connections.cleaner.cancels)
            budget = _budget_of(target, settings, clock)
            session = cls(
                settings=settings,
                target=target,
                clock=clock,
                run_id=run_id,
                sanitizer=sanitizer,
                stream=stream,
                rng=random.Random(),
                # Contacts must differ between runs even when a seed makes everything else repeat.
                guests=GuestBook(settings, run_id, random.Random()),
                api=api,
                database=database,
                submission=Submission(api, stream, clock, ledger, database.find_by_key, budget.heed),
                observation=Observation(database, connections.job, stream, clock, poll_interval=settings.poll_interval),
                home=home,
                stays=database.stay_minutes(),
                cleaner=connections.cleaner,
                ledger=ledger,
                preflight=checked,
                budget=budget,
                client_addresses=_addresses_of(run_id),
            )
            opened.pop_all()
        return session

    def close(self) -> None:
        """Give back what was opened."""
        with ExitStack() as opened:
            opened.callback(self.target.close)
            opened.callback(self.database.close)
            opened.callback(self.api.close)

    @property
    def controls(self) -> DemoControls | None:
        """The demo's switches; None on a live platform."""
        return self.target.controls

    def demo(self) -> DemoControls:
        """The demo's switches, for scenarios that declare `@uses.demo`."""
        if self.controls is None:
            raise ScenarioNotPossible("This scenario needs the demo platform's switches.", hint="Tag it @uses.demo.")
        return self.controls

    @property
    def alone(self) -> bool:
        """Whether nobody but this run books at this restaurant; a demo that runs already may be somebody's too."""
        return self.settings.starts_demo or "exclusive_restaurant" in self.settings.expect

    @property
    def ownership(self) -> Ownership:
        """What makes a booking known as this run's: e-mails given out, keys sent."""
        return Ownership(self.guests.emails, set(self.submission.keys) - {""}, alone=self.settings.starts_demo)

    def demand_own(self, row: BookingRow) -> None:
        """Raise SuiteError unless this booking is this run's; asked just before anything is done to it over HTTP."""
        if not self.ownership.owns(row):
            raise SuiteError(
                f"Booking {row.reference} is not one that this run made: nothing is done to it.",
                hint="Its e-mail or its key is somebody else's.",
            )

    def left_behind(self) -> str:
        """A note for people on what earlier runs left at this platform; empty where that is nothing."""
        return left_behind(self.settings.output_dir / "reports" / LEDGER, self.target.api_base_url)

    def enter(self, scenario: str, promise: str = "") -> None:
        """Begin a scenario. What it draws hangs on the run's seed and its own name alone, so that it books in a shard
        what it books in the run of all; the second time in one run it draws anew. `promise` is its name without the
        number of its repetition.
        """
        self.entered[scenario] += 1
        turn = f"{scenario} {self.entered[scenario]}"
        self.rng = random.Random(f"{self.run_id if self.settings.seed is None else self.settings.seed} {turn}")
        self.guests.enter(turn)
        self.stream.scenario = scenario
        self.budget.enter(promise or scenario)
        self.next_address()

    def leave(self) -> None:
        """End the scenario that was begun."""
        self.stream.scenario = None
        self.budget.leave()

    def demand_sight(self) -> None:
        """Raise EvidenceHidden where the database does not show everything any more: rows that are missing then accuse
        nobody. A database that can't be asked at all is met elsewhere.
        """
        with suppress(TargetUnreachable):
            self.database.check_evidence(Deadline(self.clock, SIGHT_S))

    def ended(self, *, to_the_moment: bool = False) -> TargetEnded | None:
        """What is to be said of everything now that the platform of this run has ended; None while it runs."""
        over = self.target.ended(to_the_moment=to_the_moment)
        return TargetEnded(over) if over else None

    def hidden_evidence(self) -> NotJudged | None:
        """Why nobody is to be accused now: the database does not show everything; None where it does."""
        try:
            self.demand_sight()
        except EvidenceHidden as error:
            return NotJudged(self.sanitizer.text(str(error)), code=error.code)
        return None

    def not_evident(self, codes: Collection[str]) -> NotJudged | None:
        """Why breaches with these codes accuse nobody: the way to the platform or the restaurant's staff may have done
        it, or the database may leave out what is missed; None where they do.
        """
        if set(codes) <= OF_TABLES_NOT_SEEN and not self.database.access.every_table:
            return NotJudged(
                "The tables that bookings were given are seen through views that may leave some out: one that is not "
                "seen may be there. Let the role of BOOKING_DATABASE_URL read the tables themselves",
                code="evidence_hidden",
            )
        if set(codes) <= OF_PEOPLE and not self.alone:
            return NotJudged(
                "A booking of this suite was cancelled, closed or moved to other tables, and this suite did not do it: "
                "the restaurant's staff may have. Ask them to leave this suite's guests alone, or say that nobody else "
                "has a hand in this restaurant (BOOKING_EXPECT=exclusive_restaurant)",
                code="staff_acted",
            )
        if self.settings.reached_directly:
            return None
        if set(codes) <= OF_BROKEN_LINES:
            return NotJudged("Several answers broke off before they were whole", code="connection_cut")
        if not set(codes) <= OF_SENDING_TWICE or not self.submission.sent_twice:
            return None
        return NotJudged(
            "A booking that was sent once, under a number of its own, was answered as sent before: does something "
            "between, such as a gateway that tries again, send requests twice?",
            code="sent_twice",
        )

    def leave_limited_minute(self) -> None:
        """Wait until a limited minute is over, if there is one."""
        seconds = self.limited_until - self.clock.monotonic()
        if seconds > 0:
            self.stream.note(f"the suite waits {seconds:.0f} s until the limited minute is over", waitsS=seconds)
            self.clock.sleep(seconds)

    def next_address(self) -> None:
        """Ask from another address from here on, as another guest would; on the demo only."""
        if self.settings.on_demo:
            self.api.client_address = next(self.client_addresses)

    def report_of(self, booking: TrackedBooking) -> BookingReport:
        """What the summary will keep of this booking."""
        return next(report for report in self.reports if report.booking is booking)

    def unused_timeout(self) -> bool:
        """Whether a timeout was set that no booking of this run used."""
        return (
            "timeout" in self.settings.model_fields_set
            and bool(self.deadlines_used)
            and None not in self.deadlines_used
        )


def _ledger_of(target: Target, settings: Settings, clock: Clock, *, keep: bool) -> Ledger:
    """The ledger of this target's bookings: a file that outlives the run, but for a demo that ends with it."""
    path = None if settings.starts_demo else settings.output_dir / "reports" / LEDGER
    if path is not None:
        compact(path)
    return Ledger(path, api=target.api_base_url, clock=clock, keep=keep)


def _budget_of(target: Target, settings: Settings, clock: Clock) -> RateBudget:
    """How many bookings a minute all processes of the run together send this target; on a demo, any number."""
    a_minute = 0 if settings.on_demo else settings.rate_budget
    return RateBudget(settings.output_dir / "reports" / "pace.json", a_minute, clock, target.api_base_url)


def _addresses_of(run_id: str) -> Iterator[str]:
    """Addresses set aside for documentation (RFC 3849); none is another run's, whose requests would count too."""
    return (f"2001:db8:{run_id[:4]}:{run_id[4:8]}::{number:x}" for number in itertools.count(1))
