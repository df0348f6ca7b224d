"""Which tables a booking has, how many, where, and for how long."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bookingflow.booking.failure_context import ASSIGNMENT
from bookingflow.checks import tables
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted, quoted, series
from bookingflow.platform.business_rules import table_stay
from bookingflow.platform.database_models import BookingRow
from bookingflow.promises.base import Promise


class TablePromises(Promise):
    """The right tables."""

    def seat_everybody(self) -> None:
        """Enough seats, at tables that stand together."""
        row = self.bookings.seated_row(self.scenario.booking)
        found = [
            *tables.seats_the_party(row),
            *tables.joined_in_one_zone(row),
            *tables.tables_of_the_house(row),
        ]
        self.demand(self.scenario.booking, found)

    def fit_exactly(self) -> None:
        """One table of just the party's size."""
        booking = self.scenario.booking
        row = self.bookings.seated_row(booking)
        self.demand(booking, tables.tables_of_the_house(row))
        if len(row.tables) != 1 or row.capacity != row.party_size:
            wasted = f"it was given {_seats_of(row)}, though a table of just its size was free"
            raise self.bookings.broken(booking, Breach("seats_wasted", wasted))

    def fit_closely(self) -> None:
        """One table at which one seat stays empty, or none."""
        booking = self.scenario.booking
        row = self.bookings.seated_row(booking)
        self.demand(booking, [*tables.tables_of_the_house(row), *tables.seats_the_party(row)])
        if len(row.tables) != 1 or row.capacity > row.party_size + 1:
            wasted = f"it was given {_seats_of(row)}, though a table with one seat more than it needs was free"
            raise self.bookings.broken(booking, Breach("seats_wasted", wasted))

    def stand(self, area: str) -> None:
        """Every table of it stands in this area."""
        row = self.bookings.seated_row(self.scenario.booking)
        elsewhere = [f"{table.number} ({table.area})" for table in row.tables if table.area != area]
        if elsewhere:
            given = f"asked to sit {area}s and were given {series(elsewhere)}"
            ignored = f"its guests {given}, though a table {area}s was free"
            raise self.bookings.broken(self.scenario.booking, Breach("wish_ignored", ignored))

    def needed(self) -> None:
        """No more tables than the party needs, each once."""
        row = self.bookings.seated_row(self.scenario.booking)
        self.demand(self.scenario.booking, tables.tables_held_once(row))

    def held_for_the_stay(self) -> None:
        """The table is kept from the arrival for as long as such a party stays."""
        row = self.bookings.seated_row(self.scenario.booking)
        self.demand(self.scenario.booking, tables.held_for_the_stay(row, self.scenario.restaurant.timezone))

    def nothing_else_held(self) -> None:
        """No table is reserved or kept on hold for it beside its own."""
        row = self.bookings.seated_row(self.scenario.booking)
        self.demand(self.scenario.booking, self._left_held(row))

    def none(self) -> None:
        """It has no table, and nothing is reserved for it."""
        row = self.bookings.row(self.scenario.booking)
        found = self._left_held(row)
        if row.tables:
            held = f"it is {row.status} and has {counted(len(row.tables), 'table')}"
            found.append(Breach("waiting_keeps_tables", held))
        self.demand(self.scenario.booking, found)

    def _left_held(self, row: BookingRow) -> list[Breach]:
        held = self.session.database.holdings([row.id])[row.id]
        return tables.nothing_left_held(held, row, self.scenario.restaurant.timezone)

    def one_of_those(self) -> None:
        """It has a table that was taken before and is free again."""
        row = self.bookings.seated_row(self.scenario.booking)
        self.demand_done(self.scenario.tables_wanted, "No table was taken and given back")
        if not {table.table_id for table in row.tables} & self.scenario.tables_wanted:
            given = series([table.number for table in row.tables])
            unused = f"it was given {given} instead of a table that had just become free"
            raise self.bookings.broken(self.scenario.booking, Breach("freed_table_unused", unused))

    def none_twice(self) -> None:
        """On that day no table is held twice, and nobody is confirmed without one.

        Where others book too, only what concerns this scenario's guests is reported. What concerns guests of other
        scenarios alone, which run beside this one with `--jobs`, is for those to judge, once their requests are over.
        """
        self._demand_order(())

    def in_order_but_for_before(self) -> None:
        """The same, less what was wrong before the scenario's guests booked."""
        self._demand_order(self.scenario.wrong_before)

    def _demand_order(self, known: Collection[Breach]) -> None:
        session = self.session
        place, date = self.scenario.restaurant, self.scenario.booking.request.date
        ours = {booking.booking_id or "" for booking in self.scenario.bookings}
        rows = session.database.of_day(place.id, date)
        if session.alone:
            emails = {booking.request.email.lower() for booking in self.scenario.bookings}
            own = session.guests.own
            by = {row.id: row.customer_email.lower() for row in rows}
            ours |= {one for one, email in by.items() if email in emails or not own.include(email)}
        found = tables.house_in_order(rows, place.timezone, ours)
        if new := [breach for breach in found if breach not in known]:
            raise self.bookings.breach(*new, about=f"{place.name}, {quoted(date)}")

    def _blocked(self, numbers: Sequence[str]) -> str:
        """Which of these tables are kept from everybody without a guest, as the end of a sentence."""
        session, slot = self.session, self.scenario.the_slot()
        by_id = {table.id: table.number for table in self.scenario.tables}
        until = slot.start_at + table_stay(slot.time, self.scenario.booking.request.party)
        held = session.database.occupations(self.scenario.restaurant.id, slot.start_at, until)
        blocked = sorted({by_id.get(item.table_id, "?") for item in held if item.kind != ASSIGNMENT} & set(numbers))
        return f"; {series(blocked)} {'is' if len(blocked) == 1 else 'are'} on hold or reserved" if blocked else ""

    def all_taken(self) -> None:
        """Every table of the inventory has guests who booked the scenario's time, at which the house was empty."""
        ours = {booking.booking_id for booking in self.scenario.bookings}
        rows = self.session.database.of_day(self.scenario.restaurant.id, self.scenario.the_slot().date)
        taken = {table.table_id for row in rows if row.id in ours for table in row.tables}
        free = sorted(table.number for table in self.scenario.tables if table.id not in taken)
        if free:
            last = self.scenario.booking
            seated = any(row.id == last.booking_id and row.tables for row in rows)
            self.demand_done(not seated, "Nobody was left without a table")
            are = "is" if len(free) == 1 else "are"
            unused = f"its guests were given no table, and {series(free)} {are} free{self._blocked(free)}"
            raise self.bookings.broken(last, Breach("tables_unused", unused))


def _seats_of(row: BookingRow) -> str:
    """Its tables, each with its seats."""
    return series([f"{table.number} ({counted(table.capacity, 'seat')})" for table in row.tables])
