"""Cancelling what the suite made: only bookings registered at their creation, by the platform's own recipe.

    tables given back → holds deleted → allocations deleted → status cancelled      (docs/platform.md, "Clean-up")

On the demo its admin interface does this; on a live platform it needs a role of its own that may write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import LiteralString, Protocol
from uuid import UUID

import psycopg

from bookingflow.core.errors import SuiteError
from bookingflow.platform.target import DemoControls

CONNECT_S = 10
LIMITS: LiteralString = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10s'"
"""A booking that the platform holds on to is left, and told, rather than waited for."""
CHECK_ROLE = "Check BOOKING_CLEANUP_DATABASE_URL; docs/live-platform.md has the SQL of that role."
MISSING: LiteralString = """
    SELECT 'DELETE on ' || name AS missing
      FROM unnest(ARRAY['booking_table_assignments', 'table_holds', 'allocations']
                  || CASE WHEN %(delete)s THEN ARRAY['bookings'] ELSE ARRAY[]::text[] END) AS name
     WHERE NOT has_table_privilege(name, 'DELETE')
    UNION ALL SELECT 'UPDATE of bookings.status' WHERE NOT has_column_privilege('bookings', 'status', 'UPDATE')
    UNION ALL SELECT 'a session that may write' WHERE current_setting('transaction_read_only') <> 'off'"""
"""What the role lacks for the recipe."""
UNASSIGN: LiteralString = "SELECT unassign_tables_atomic(%(id)s, NULL)"
HAS_UNASSIGN: LiteralString = "SELECT to_regprocedure('unassign_tables_atomic(uuid,uuid[])') IS NOT NULL"
RECIPE: tuple[LiteralString, ...] = (
    "DELETE FROM booking_table_assignments WHERE booking_id = %(id)s",
    "DELETE FROM table_holds WHERE booking_id = %(id)s",
    "DELETE FROM allocations WHERE booking_id = %(id)s",
    "UPDATE bookings SET status = 'cancelled' WHERE id = %(id)s AND status <> 'cancelled'",
)
REMOVE: LiteralString = "DELETE FROM bookings WHERE id = %(id)s"


class Cleaner(Protocol):
    """A way to undo a booking."""

    cancels: bool
    """Whether it undoes anything."""

    def check(self) -> None:
        """Raise SuiteError when it will not be able to, before anything is booked."""

    def undo(self, booking_ids: Sequence[str]) -> Mapping[str, str]:
        """Free their tables and end them; those that could not be undone, each with a sentence that says why."""


class Keep:
    """Bookings stay: the setting, and the default on a live platform."""

    cancels = False

    def check(self) -> None:
        """Nothing."""

    def undo(self, booking_ids: Sequence[str]) -> Mapping[str, str]:  # noqa: ARG002
        """Nothing."""
        return {}


class DemoCleaner:
    """Cancels through the demo's admin interface."""

    cancels = True

    def __init__(self, controls: DemoControls) -> None:
        self._controls = controls

    def check(self) -> None:
        """The demo lets itself be told."""

    def undo(self, booking_ids: Sequence[str]) -> Mapping[str, str]:
        self._controls.cancel_all(booking_ids)
        return {}


class DatabaseCleaner:
    """Cancels (or deletes) with a role that may write; one transaction a booking, over one connection."""

    cancels = True

    def __init__(self, url: str, *, delete: bool) -> None:
        self._url = url
        self._delete = delete

    def check(self) -> None:
        rights = {"delete": self._delete}
        try:
            with self._connected() as connection:
                missing = [str(row[0]) for row in connection.execute(MISSING, rights)]
        except psycopg.Error as error:
            raise SuiteError(
                f"The role that cancels bookings can't be used ({str(error).strip().splitlines()[0]}).", hint=CHECK_ROLE
            ) from error
        if missing:
            raise SuiteError(f"The role that cancels bookings lacks {', '.join(missing)}.", hint=CHECK_ROLE)

    def undo(self, booking_ids: Sequence[str]) -> Mapping[str, str]:
        left: dict[str, str] = {}
        try:
            with self._connected() as connection:
                for booking_id in booking_ids:
                    try:
                        self._run(connection, {"id": UUID(booking_id)})
                    except psycopg.Error as error:
                        left[booking_id] = _not_cancelled(booking_id, error)
        except psycopg.Error as error:
            return {booking_id: _not_cancelled(booking_id, error) for booking_id in booking_ids}
        return left

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_S, prepare_threshold=None)

    def _run(self, connection: psycopg.Connection, which: dict[str, UUID]) -> None:
        with connection.transaction():
            connection.execute(LIMITS)
            row = connection.execute(HAS_UNASSIGN).fetchone()
            if row is not None and row[0]:
                connection.execute(UNASSIGN, which)
            for statement in RECIPE:
                connection.execute(statement, which)
            if self._delete:
                connection.execute(REMOVE, which)


def _not_cancelled(booking_id: str, error: psycopg.Error) -> str:
    why = str(error).strip().splitlines()[0]
    return f"The booking {booking_id} could not be cancelled ({why}). {CHECK_ROLE}"
