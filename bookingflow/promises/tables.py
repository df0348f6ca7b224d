"""Which tables a booking has, how many, where, and for how long."""

from __future__ import annotations

from collections.abc import Sequence

from bookingflow.booking.failure_context import ASSIGNMENT, SHORTEST_STAY
from bookingflow.checks import stored_bookings
from bookingflow.core.text import counted, listed
from bookingflow.platform.database_models import BookingRow
from bookingflow.promises.base import Promise


class TablePromises(Promise):
    """The right tables."""

    def seat_everybody(self) -> None:
        """Enough seats, at tables that stand together."""
        row = self.bookings.row(self.scenario.booking)
        found = [
            *stored_bookings.seats_the_party(row),
            *stored_bookings.joined_in_one_zone(row),
            *stored_bookings.tables_of_the_house(row),
        ]
        self.demand(self.scenario.booking, found, "wrong_tables")

    def fit_exactly(self) -> None:
        """One table of just the party's size."""
        row = self.bookings.row(self.scenario.booking)
        self.demand(self.scenario.booking, stored_bookings.tables_of_the_house(row), "wrong_tables")
        if len(row.tables) != 1 or row.capacity != row.party_size:
            given = " and ".join(f"{table.number} ({table.capacity} seats)" for table in row.tables) or "no table"
            told = f"{counted(row.party_size, 'guest')} got {given}, though a table of just their size was free"
            raise self.bookings.broken(self.scenario.booking, [told], "seats_wasted")

    def stand(self, area: str) -> None:
        """Every table of it stands in this area."""
        row = self.bookings.row(self.scenario.booking)
        elsewhere = [table.number for table in row.tables if table.area != area]
        if elsewhere or not row.tables:
            told = f"the guests wished to sit {area}s and got {', '.join(elsewhere) or 'no table'}, though one was free"
            raise self.bookings.broken(self.scenario.booking, [told], "wish_ignored")

    def needed(self) -> None:
        """No more tables than the party needs, each once."""
        self.demand(
            self.scenario.booking,
            stored_bookings.tables_held_once(self.bookings.row(self.scenario.booking)),
            "tables_twice",
        )

    def held_for_the_stay(self) -> None:
        """The table is kept from the arrival for as long as such a party stays."""
        row = self.bookings.row(self.scenario.booking)
        self.demand(
            self.scenario.booking,
            stored_bookings.held_for_the_stay(row, self.scenario.restaurant.timezone),
            "wrong_window",
        )

    def nothing_else_held(self) -> None:
        """No table is reserved or kept on hold for it beside its own."""
        row = self.bookings.row(self.scenario.booking)
        self.demand(self.scenario.booking, self._left_held(row), "leftovers")

    def none(self) -> None:
        """It has no table, and nothing is reserved for it."""
        row = self.bookings.row(self.scenario.booking)
        told = [f"it is {row.status} and has {counted(len(row.tables), 'table')}"] if row.tables else []
        self.demand(self.scenario.booking, [*told, *self._left_held(row)], "tables_kept")

    def _left_held(self, row: BookingRow) -> stored_bookings.Breaches:
        held = self.session.database.holdings([row.id])[row.id]
        return stored_bookings.nothing_left_held(held, row, self.scenario.restaurant.timezone)

    def one_of_those(self) -> None:
        """It has a table that was taken before and is free again."""
        row = self.bookings.row(self.scenario.booking)
        if not {table.table_id for table in row.tables} & self.scenario.tables_wanted:
            given = ", ".join(table.number for table in row.tables) or "no table"
            told = f"it got {given} instead of a table that had just become free"
            raise self.bookings.broken(self.scenario.booking, [told], "freed_table_unused")

    def none_twice(self) -> None:
        """On that day no table is held twice, and nobody is confirmed without one.

        Where others book too, only what concerns this scenario's guests is told.
        """
        session = self.session
        rows = session.database.of_day(self.scenario.restaurant.id, self.scenario.booking.request.date)
        ours = {booking.booking_id or "" for booking in self.scenario.bookings}
        found = stored_bookings.house_in_order(rows, None if session.alone else ours)
        if found:
            raise self.bookings.breach(
                f"On {self.scenario.booking.request.date:%a %d %b} {listed(found)}", "double_booking"
            )

    def _blocked(self, numbers: Sequence[str]) -> str:
        """Which of these tables are kept from everybody without a guest."""
        session, slot = self.session, self.scenario.the_slot()
        by_id = {table.id: table.number for table in self.scenario.tables}
        held = session.database.occupations(self.scenario.restaurant.id, slot.start_at, slot.start_at + SHORTEST_STAY)
        blocked = sorted({by_id.get(item.table_id, "?") for item in held if item.kind != ASSIGNMENT} & set(numbers))
        return f"; {', '.join(blocked)} {'is' if len(blocked) == 1 else 'are'} on hold or reserved" if blocked else ""

    def all_taken(self) -> None:
        """Every table of the inventory has guests at the scenario's time."""
        session = self.session
        rows = session.database.of_day(self.scenario.restaurant.id, self.scenario.the_slot().date)
        taken = {table.table_id for row in rows for table in row.tables}
        free = sorted(table.number for table in self.scenario.tables if table.id not in taken)
        if free:
            last = self.scenario.booking
            stand = "stands" if len(free) == 1 else "stand"
            told = f"guests are turned away while {counted(len(free), 'table')} {stand} free ({', '.join(free)})"
            told += self._blocked(free)
            raise self.bookings.broken(last, [told], "tables_unused")
