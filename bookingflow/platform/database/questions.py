"""What all questions share: the session that asks them and what its role may read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from bookingflow.platform.connection import ReadOnlyConnection
from bookingflow.platform.database_models import Access


class Questions:
    """Questions to one database. Each statement stands above the method that asks it."""

    def __init__(self, session: ReadOnlyConnection) -> None:
        self.access = Access()
        self._session = session

    def _of_each(self, statement: LiteralString, booking_ids: Sequence[str]) -> dict[str, list[DictRow]]:
        """The rows of a statement about bookings, by booking, in one query; every booking has its list."""
        found: dict[str, list[DictRow]] = {booking_id: [] for booking_id in booking_ids}
        for row in self._session.ask(statement, {"ids": uuids(booking_ids)}) if found else ():
            found[row["booking_id"]].append(row)
        return found

    def _about(
        self, table: str, statement: LiteralString, booking_ids: Sequence[str]
    ) -> dict[str, list[DictRow]] | None:
        """The same, or None where the table that the statement asks can't be read."""
        return self._of_each(statement, booking_ids) if table in self.access.readable else None


def uuids(ids: Sequence[str]) -> list[UUID]:
    """The ids as PostgreSQL compares them."""
    return [UUID(identity) for identity in ids]
