"""A clock that does not wait and a database that plays back what it was given: no unit test sleeps."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bookingflow.core.events import EventStream, Record
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.timing import Clock, Deadline
from bookingflow.platform.database_models import Access, AssignedTable, BookingRow, PlatformEvent, Snapshot

NOW = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)
BOOKING_ID = "778d4d7b-5cc1-47c2-8453-2aa55b383a7e"
RESTAURANT_ID = "8dcb19c3-d767-4993-9b91-4655a4d95921"


class FakeClock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at

    def now(self) -> datetime.datetime:
        return NOW + datetime.timedelta(seconds=self.at)

    def sleep(self, seconds: float) -> None:
        self.at += max(0.0, seconds)


@dataclass
class Stream:
    """An event stream and the records it emitted."""

    stream: EventStream
    records: list[Record] = field(default_factory=list)

    @classmethod
    def on(cls, clock: Clock) -> Stream:
        made = cls(EventStream(run_id="run", clock=clock, sanitizer=Sanitizer()))
        made.stream.subscribe(made.records.append)
        return made


def table(number: str = "T05", capacity: int = 4) -> AssignedTable:
    """A table held for a dinner of four."""
    return AssignedTable(
        table_id=f"id-{number}",
        number=number,
        capacity=capacity,
        zone_id="zone",
        zone="Dining room",
        area="indoor",
        start_at=NOW,
        end_at=NOW + datetime.timedelta(minutes=80),
        merge_group_id=None,
    )


def row(status: str = "pending", *tables: AssignedTable, **changes: Any) -> BookingRow:
    """A booking of four, as the database shows it."""
    base = BookingRow(
        id=BOOKING_ID,
        restaurant_id=RESTAURANT_ID,
        status=status,
        reference="HMNJRNJDGY",
        date=datetime.date(2026, 11, 24),
        start_time=datetime.time(19),
        end_time=datetime.time(21),
        start_at=NOW,
        end_at=NOW + datetime.timedelta(hours=2),
        party_size=4,
        booking_type="dinner",
        seating_preference="any",
        customer_name="Acceptance Guest 1",
        customer_email="acceptance@example.com",
        customer_phone="+447700900000",
        notes=None,
        marketing_opt_in=False,
        idempotency_key="key",
        details={},
        last_result=None,
        created_at=NOW,
        updated_at=NOW,
        tables=tables,
    )
    return replace(base, **changes)


def event(kind: str, **context: Any) -> PlatformEvent:
    """Something the platform noted."""
    return PlatformEvent(NOW, kind.split(".")[0], kind, context)


CONFIRMED = row("confirmed", table())


class PlaybackDatabase:
    """Shows the study that was scripted for the time of the look; counts what it is asked."""

    def __init__(self, clock: Clock, *scenes: tuple[float, Snapshot]) -> None:
        self.clock = clock
        self.scenes = scenes
        self.access = Access()
        self.looks = 0
        self.full_looks = 0
        self.hidden: Exception | None = None
        self.by_key: Callable[[], list[BookingRow]] = list

    def _now(self) -> Snapshot:
        shown = Snapshot(None)
        for since, study in self.scenes:
            if self.clock.monotonic() >= since:
                shown = study
        return shown

    def look(self, booking_id: str, deadline: Deadline) -> BookingRow | None:
        self.looks += 1
        return self._now().booking

    def full_look(self, booking_id: str, deadline: Deadline) -> Snapshot:
        self.full_looks += 1
        return self._now()

    def check_evidence(self, deadline: Deadline | None = None) -> None:
        """Everything is seen, as `access` says; `hidden` is raised where it is set."""
        if self.hidden is not None:
            raise self.hidden

    def find_by_key(self, restaurant_id: str, key: str, deadline: Deadline) -> list[BookingRow]:
        return self.by_key()
