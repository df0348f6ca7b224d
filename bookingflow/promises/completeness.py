"""Every booking of a scenario right as a whole: as the guest asked, as answered, and as it is kept for the guest."""

from __future__ import annotations

from bookingflow.audit.bookings import AuditScope, audit, stored, tables_twice
from bookingflow.audit.related_records import left_out, recorded_amiss
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted
from bookingflow.promises.base import Promise


class CompletenessPromises(Promise):
    """Every booking of the scenario is right in everything that is stored and answered about it."""

    def to_the_last_detail(self) -> None:
        """Row, answer, tables, reservations, customer and history of each booking of this scenario."""
        session = self.session
        scope = AuditScope({self.scenario.restaurant.id: self.scenario.restaurant}, session.stays, session.guests)
        bookings, database = self.scenario.bookings, session.database
        self.demand_done(bookings, "No booking was made")
        rows = stored(database, bookings)
        found = [
            *tables_twice(database, rows, scope.zones),
            *audit(database, rows, bookings, scope),
            *recorded_amiss(database, rows, bookings),
            *left_out(database, rows, bookings),
        ]
        if found:
            about = f"Of {counted(len(bookings), 'booking')} made one after the other"
            raise self.bookings.breach(*(Breach(one.breach.code, one.sentence) for one in found), about=about)
