"""The evidence that a diagnosis rests on: the booking, the tables of its window, and who holds them.

Gathered once, when a booking failed, within a short time of its own; what can't be read in that time stays None.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import SuiteError
from bookingflow.core.timing import Deadline
from bookingflow.platform.api_models import BLOCKING, CHECKED_IN, CONFIRMED
from bookingflow.platform.business_rules import table_stay
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import BookingRow, Occupation, Snapshot, Table
from bookingflow.platform.own_guests import OwnGuests, held_by
from bookingflow.platform.seating import Seating

ASSIGNMENT = "assignment"
DIAGNOSIS_S = 0.8
"""Seconds the evidence for a failure may take, so that the verdict stands a second after the deadline at the latest."""


@dataclass(frozen=True)
class FailureContext:
    """A booking and the house it met."""

    booking: TrackedBooking
    tables: Sequence[Table] | None = None
    occupations: Sequence[Occupation] | None = None
    joins: bool = True
    """Whether the platform is known to join tables."""

    @property
    def study(self) -> Snapshot:
        """The last full look."""
        return self.booking.study

    @property
    def free(self) -> list[Table] | None:
        """Tables nobody else held in the booking's window; None when that could not be read."""
        if self.tables is None or self.occupations is None:
            return None
        taken = {item.table_id for item in self.others()}
        return [table for table in self.tables if table.id not in taken]

    def others(self) -> list[Occupation]:
        """What others held in the window."""
        return [item for item in self.occupations or () if item.booking_id != self.booking.booking_id]

    def leftovers(self) -> list[Occupation]:
        """What blocks tables that could have done though nobody will sit there.

        Anything of a booking that is over; a reservation or hold of a confirmed one that sits elsewhere.
        """
        seated = {(item.booking_id, item.table_id) for item in self.others() if item.kind == ASSIGNMENT}
        return [
            item
            for item in self.others()
            if item.table_id in self._fitting()
            and item.status is not None
            and (
                item.status not in {*BLOCKING, CHECKED_IN}
                or (item.status == CONFIRMED and (item.booking_id, item.table_id) not in seated)
            )
        ]

    def held_by_tests_only(self) -> bool:
        """Whether every table that could have done is taken by the suite's own earlier guests."""
        fitting = self._fitting()
        taken = [item for item in self.others() if item.kind == ASSIGNMENT and item.status in BLOCKING]
        return bool(fitting) and fitting <= {item.table_id for item in taken if item.by_tests}

    def holders(self) -> str:
        """Who holds the tables of the window, one for each table, for people; empty where nobody does."""
        taken = {item.table_id: item for item in self.others() if item.kind == ASSIGNMENT and item.status in BLOCKING}
        return held_by(taken.values())

    def held_by_tests_too(self) -> bool:
        """Whether a table of the window is held by a guest of this suite."""
        return any(item.by_tests and item.status in BLOCKING for item in self.others())

    def _fitting(self) -> set[str]:
        """The tables that seat the party alone; all of them when none does."""
        tables = self.tables or ()
        fitting = {table.id for table in tables if table.takes(self.booking.request.party)}
        return fitting or {table.id for table in tables}

    def most_seats_free(self) -> int:
        """The most seats that free tables offer together: one table, or up to three movable ones of a zone."""
        return Seating(self.tables or (), self.free or ()).most_seats()

    def could_have_seated(self) -> list[Table]:
        """Free tables that would have done: one, else joined ones; empty when none would, or when unknown."""
        house, party = Seating(self.tables or (), self.free or ()), self.booking.request.party
        return house.single(party)[:1] or (house.joined(party) if self.joins else [])

    def as_json(self) -> dict[str, Any]:
        """The evidence for people who look behind the sentence; what shows it sanitizes it."""
        row, study = self.booking.row, self.study
        return {
            "seen": self.booking.story(),
            "booking": None if row is None else booking_table(row),
            "lastResult": None if row is None else row.last_result,
            "history": [
                {"at": change.at.isoformat(), "from": change.from_status, "to": change.to_status, "why": change.reason}
                for change in study.history
            ],
            "events": None
            if study.events is None
            else [
                {"at": event.at.isoformat(), "source": event.source, "type": event.type, "context": dict(event.context)}
                for event in study.events
            ],
            "tablesFree": None if self.free is None else [f"{table.number} ({table.capacity})" for table in self.free],
            "tablesHeld": [
                {
                    "table": self.number_of(item.table_id),
                    "from": item.start_at.isoformat(),
                    "until": item.end_at.isoformat(),
                    "by": item.kind,
                    "booking": item.booking_id,
                    "status": item.status,
                    "ownTestGuest": item.by_tests,
                }
                for item in self.others()
            ],
        }

    def number_of(self, table_id: str) -> str:
        """The table's number, its id where that is not known."""
        return next((table.number for table in self.tables or () if table.id == table_id), table_id)


def gather(
    database: BookingDatabase, booking: TrackedBooking, own: OwnGuests, deadline: Deadline, *, joins: bool
) -> FailureContext:
    """Ask who held tables while the booking's party would have had one; `own` are the suite's own guests. `joins` says
    whether the platform is known to join tables.
    """
    row = booking.row
    if booking.outcome is Outcome.UNREACHABLE or row is None or row.start_at is None:  # else it would be asked in vain
        return FailureContext(booking)
    try:
        tables = database.inventory(row.restaurant_id, deadline)
        until = row.start_at + table_stay(row.start_time, row.party_size)
        occupations = database.occupations(row.restaurant_id, row.start_at, until, deadline, own=own)
    except SuiteError:
        # The outcome stands without this evidence; a platform that stopped answering is an outcome of its own.
        return FailureContext(booking)
    return FailureContext(booking, tables, occupations, joins)


def booking_table(row: BookingRow) -> list[dict[str, Any]]:
    """A booking and its tables as rows for people: one row a table, times as stored."""
    booking = {
        "booking": row.reference,
        "status": row.status,
        "date": row.date.isoformat(),
        "start": row.start_time.strftime("%H:%M"),
        "end": row.end_time.strftime("%H:%M"),
        "party": row.party_size,
        "type": row.booking_type,
        "seating": row.seating_preference,
    }
    if not row.tables:
        return [{**booking, "table": None}]
    return [
        {
            **booking,
            "table": table.number,
            "seats": table.capacity,
            "zone": f"{table.zone} ({table.area})",
            "held_from": None if table.start_at is None else table.start_at.isoformat(),
            "held_until": None if table.end_at is None else table.end_at.isoformat(),
        }
        for table in row.tables
    ]
