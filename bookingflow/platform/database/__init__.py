"""What the suite asks the platform's PostgreSQL: one method a question, its SQL directly above it, rows as frozen
dataclasses. SELECT only.

How a question is asked (read-only, reconnecting, never hanging) is in `connection`; what the statements rely on is
restated in docs/platform.md, "Database".
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from bookingflow.core.timing import Clock, Deadline
from bookingflow.platform.connection import ReadOnlyConnection, runs
from bookingflow.platform.database.access import AccessQuestions
from bookingflow.platform.database.bookings import BookingQuestions
from bookingflow.platform.database.occupations import OccupationQuestions
from bookingflow.platform.database.related_records import RelatedRecordQuestions
from bookingflow.platform.database.restaurant import RestaurantQuestions


class BookingDatabase(
    AccessQuestions, BookingQuestions, RelatedRecordQuestions, RestaurantQuestions, OccupationQuestions
):
    """Every method raises TargetUnreachable when the database can't be asked in time.

    `prepare` statements only where no pooler can stand between, which would lose them.
    """

    def __init__(self, url: str, *, clock: Clock, prepare: bool = False, ended: Callable[[], str] = runs) -> None:
        super().__init__(ReadOnlyConnection(url, clock=clock, prepare=prepare, ended=ended))

    def ends_by(self, until: Deadline) -> AbstractContextManager[None]:
        """No question takes longer than until then, also one that names no deadline of its own."""
        return self._session.ends_by(until)

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()
