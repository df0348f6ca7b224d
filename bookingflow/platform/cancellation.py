"""Cancelling what the suite made, and nothing else, by the platform's own recipe.

    tables given back → holds deleted → allocations deleted → status cancelled      (docs/platform.md, "Clean-up")

On the demo its admin interface does this; on a live platform it needs a role of its own that may write. An id from an
answer proves nothing: a booking is ours when its e-mail is one that this run gave out and its key is one that this run
sent, or is null. Over the database every statement that changes something asks that itself, in its WHERE; over HTTP it
is asked by a read just before.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal, LiteralString, Protocol, TypeVar
from uuid import UUID

import psycopg

from bookingflow.core.errors import LoginRefused, SuiteError, TargetUnreachable
from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.patterns import pattern
from bookingflow.core.settings import BUILT_IN_EMAIL
from bookingflow.core.timing import TimeUpError, cut_off_after, within
from bookingflow.platform.connection import ENDED, first_line, shut
from bookingflow.platform.connection_problems import connection_problem
from bookingflow.platform.database_models import BookingRow
from bookingflow.platform.log_in import connect
from bookingflow.platform.own_guests import like
from bookingflow.platform.target import DemoControls

Result = TypeVar("Result")
End = Literal["undone", "foreign", "missing"]
"""What became of one booking that was to be undone and could be asked for."""

VARIABLE = "BOOKING_CLEANUP_DATABASE_URL"
CONNECT_S, AGAIN_S = 10, 2
"""Seconds for a connection; for the next one when the last got no answer."""
UNDO_S = 12.0
"""Seconds that undoing one booking may take before its connection is cut off; more than the statement's own limits."""
LIMITS: LiteralString = "SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '10s'"
"""A booking that the platform holds on to is left, and named, rather than waited for."""
CHECK_ROLE = "Check BOOKING_CLEANUP_DATABASE_URL; docs/live-platform.md has the SQL of that role."
SWEEP = "`bookingflow sweep` undoes it once the database lets it."
OF_THE_DATABASE = (psycopg.OperationalError, psycopg.errors.InternalError_, *ENDED)
"""What says nothing of the role; poolers say as the latter that they lost their server."""
ELSEWHERE = (
    "the database of BOOKING_CLEANUP_DATABASE_URL does not have it, that of BOOKING_DATABASE_URL does. "
    "Set both addresses to the same platform."
)
TAKES_NO_CHANGES = f"the database of {VARIABLE} takes no changes now (is it a standby, or made read-only?)."
MISSING: LiteralString = """
    SELECT 'DELETE on ' || name AS missing
      FROM unnest(ARRAY['booking_table_assignments', 'table_holds', 'allocations']
                  || CASE WHEN %(delete)s THEN ARRAY['bookings'] ELSE ARRAY[]::text[] END) AS name
     WHERE NOT has_table_privilege(name, 'DELETE')
    UNION ALL SELECT 'UPDATE of bookings.status' WHERE NOT has_column_privilege('bookings', 'status', 'UPDATE')
    UNION ALL SELECT 'BYPASSRLS, without which it may see no row of bookings' WHERE row_security_active('bookings')
    UNION ALL SELECT 'a session that may write' WHERE current_setting('transaction_read_only') <> 'off'"""
"""What the role lacks for the recipe."""

OURS: LiteralString = """
    b.id = %(id)s
    AND CASE WHEN %(swept)s THEN b.idempotency_key = ANY(%(keys)s)
                  OR b.idempotency_key IS NULL AND lower(btrim(b.customer_email)) LIKE %(pattern)s
             ELSE lower(btrim(b.customer_email)) = ANY(%(emails)s)
                  AND (b.idempotency_key IS NULL OR b.idempotency_key = ANY(%(keys)s)) END"""
STATE: LiteralString = f"SELECT {OURS} AS ours FROM bookings b WHERE b.id = %(id)s FOR UPDATE"
IS_BLIND: LiteralString = "SELECT row_security_active('bookings')"
HAS_UNASSIGN: LiteralString = "SELECT to_regprocedure('unassign_tables_atomic(uuid,uuid[])') IS NOT NULL"
UNASSIGN: LiteralString = f"SELECT unassign_tables_atomic(b.id, NULL) FROM bookings b WHERE {OURS}"
RECIPE: tuple[LiteralString, ...] = (
    f"DELETE FROM booking_table_assignments a USING bookings b WHERE a.booking_id = b.id AND {OURS}",
    f"DELETE FROM table_holds h USING bookings b WHERE h.booking_id = b.id AND {OURS}",
    f"DELETE FROM allocations l USING bookings b WHERE l.booking_id = b.id AND {OURS}",
    f"UPDATE bookings b SET status = 'cancelled' WHERE b.status <> 'cancelled' AND {OURS}",
)
REMOVE: LiteralString = f"DELETE FROM bookings b WHERE {OURS}"


BUILT_IN_LIKE = like(BUILT_IN_EMAIL)
BUILT_IN = pattern(r"acceptance\+[0-9a-f]+-[0-9]+@example\.com")
"""Guests under the contact that the suite brings; a configured one may be shared with real people."""


@dataclass
class Ownership:
    """What this run gave out and sent, by which a booking is known to be its own."""

    emails: set[str] = field(default_factory=set)
    """In lower case, as the platform stores them."""
    keys: set[str] = field(default_factory=set)
    swept: bool = False
    """Whether these are of an earlier run, whose e-mails nobody knows any more: the exact key decides; where there was
    none, the built-in contact, that of no real guest."""

    alone: bool = False
    """Whether nobody else books there: in a demo of the run's own half a proof will do, whatever is stored wrongly."""

    def owns(self, row: BookingRow) -> bool:
        """Whether this booking was made by this run."""
        if self.alone:
            return self.knows(row)
        email = row.customer_email.strip().lower()
        if self.swept:
            built_in = row.idempotency_key is None and BUILT_IN.fullmatch(email) is not None
            return row.idempotency_key in self.keys or built_in
        return email in self.emails and (row.idempotency_key is None or row.idempotency_key in self.keys)

    def knows(self, row: BookingRow) -> bool:
        """Whether at least one half says so; where neither does, it is somebody else's."""
        keyless = self.alone and row.idempotency_key is None
        return row.customer_email.strip().lower() in self.emails or row.idempotency_key in self.keys or keyless


@dataclass(frozen=True)
class Undone:
    """What became of bookings that were to be undone; those in neither are undone."""

    left: Mapping[str, str] = field(default_factory=dict)
    """What could not be undone, by id, each with a sentence that says why."""
    foreign: frozenset[str] = frozenset()
    """What is not this run's, and was not touched."""


class Cleaner(Protocol):
    """A way to undo a booking."""

    cancels: bool
    """Whether it undoes anything."""

    def check(self) -> None:
        """Raise SuiteError when it will not be able to, before anything is booked."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        """Free the tables of those that are ours, and end them."""

    def cancel(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        """Free the tables of those that are ours, and cancel them: what a scenario reads afterwards stays stored."""


class Keep:
    """Bookings stay: the setting, and the default on a live platform."""

    cancels = False

    def check(self) -> None:
        """Nothing."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return Undone()

    cancel = undo


class DemoCleaner:
    """Cancels through the demo's admin interface what a read just before shows to be ours."""

    cancels = True

    def __init__(self, controls: DemoControls, read: Callable[[Sequence[str]], Iterable[BookingRow]]) -> None:
        self._controls = controls
        self._read = read

    def check(self) -> None:
        """The demo does as it is asked."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        """See `Cleaner`."""
        foreign = frozenset(row.id for row in self._read(booking_ids) if not ours.owns(row))
        self._controls.cancel_all([booking_id for booking_id in booking_ids if booking_id not in foreign])
        return Undone(foreign=foreign)

    cancel = undo


BY_KEY: LiteralString = (
    "SELECT id::text FROM bookings WHERE restaurant_id = %(restaurant)s AND idempotency_key = %(key)s"
)


class DatabaseCleaner:
    """Cancels (or deletes) with a role that may write; one transaction a booking, over one connection."""

    cancels = True

    def __init__(
        self,
        url: str,
        *,
        delete: bool,
        limit_s: float = UNDO_S,
        read: Callable[[Sequence[str]], Iterable[BookingRow]] = lambda _: (),
    ) -> None:
        """`read` shows bookings in the database that judges: what stands there and not here was not undone."""
        self._url = url
        self._delete = delete
        self._read = read
        self._limit_s = limit_s
        self._silent = False
        """Whether the last connection got no answer."""

    def check(self) -> None:
        """Raise SuiteError when the role can't be used, or lacks a right; changes nothing."""
        rights = {"delete": self._delete}
        try:
            with self._connected() as connection, connection.transaction():  # poolers that take none are found out here
                missing = self._limited(
                    connection, lambda: [str(row[0]) for row in connection.execute(MISSING, rights)]
                )
        except (psycopg.Error, TimeUpError) as error:
            raise self._unusable(error) from error
        if missing:
            raise SuiteError(f"The role that cancels bookings lacks {', '.join(missing)}.", hint=CHECK_ROLE)

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        """See `Cleaner`. What a passing fault keeps from it is tried once more. A connection that stalls costs its
        limit once; all that is left then is named.
        """
        return self._end(booking_ids, ours, delete=self._delete)

    def cancel(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        """See `Cleaner`, and `undo`."""
        return self._end(booking_ids, ours, delete=False)

    def _end(self, booking_ids: Sequence[str], ours: Ownership, *, delete: bool) -> Undone:
        ends: dict[str, End] = {}
        failed = self._undo_each(booking_ids, ours, ends, delete=delete)
        passing = [booking_id for booking_id, error in failed.items() if _passes(error)]
        if passing and not self._silent:
            kept = {booking_id: error for booking_id, error in failed.items() if booking_id not in passing}
            failed = {**kept, **self._undo_each(passing, ours, ends, delete=delete)}
        left = {one: _not_cancelled(one, failed[one]) for one in booking_ids if one in failed}
        foreign, missing = ([one for one, end in ends.items() if end == which] for which in ("foreign", "missing"))
        elsewhere = {row.id for row in self._read(missing)} if missing else set()
        left |= {
            booking_id: f"The booking {booking_id} could not be cancelled: {ELSEWHERE}" for booking_id in elsewhere
        }
        return Undone(left, frozenset(foreign))

    def _undo_each(
        self, booking_ids: Sequence[str], ours: Ownership, ends: dict[str, End], *, delete: bool
    ) -> dict[str, Exception]:
        """Undo these over one connection and write into `ends` what became of them; what kept it from the others."""
        failed: dict[str, Exception] = {}
        waiting = list(booking_ids)
        try:
            with self._connected() as connection:
                while waiting and not connection.closed:
                    booking_id = waiting[0]
                    run = partial(self._run, connection, booking_id, ours, delete=delete)
                    try:
                        ends[booking_id] = self._limited(connection, run)
                    except psycopg.Error as error:
                        failed[booking_id] = error
                    waiting.pop(0)
            lost: Exception = psycopg.OperationalError("the connection was lost")
        except (psycopg.Error, TimeUpError, LoginRefused) as error:
            lost = error
        return failed | dict.fromkeys(waiting, lost)

    def find(self, restaurant_id: str, key: str) -> list[str]:
        """The ids of what was stored under a key; raises SuiteError where that can't be asked."""
        which = {"restaurant": UUID(restaurant_id), "key": key}
        try:
            with self._connected() as connection:
                return self._limited(
                    connection, lambda: [str(row[0]) for row in connection.execute(BY_KEY, which).fetchall()]
                )
        except (psycopg.Error, TimeUpError) as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> SuiteError:
        """What is said where the role can't be asked: of the way to the database, or of the role."""
        words = first_line(error)
        if not isinstance(error, psycopg.OperationalError | TimeUpError):
            return SuiteError(f"The role that cancels bookings can't be used ({words}).", hint=CHECK_ROLE)
        problem = connection_problem(error, words, where=DatabaseAddress.read(self._url).shown, variable=VARIABLE)
        return TargetUnreachable(problem.sentence, hint=problem.mend, problem=problem)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[psycopg.Connection]:
        limit_s = AGAIN_S if self._silent else CONNECT_S
        self._silent = True
        connection = within(limit_s + 1.0, lambda: self._connect(limit_s))
        self._silent = False
        try:
            yield connection
        finally:
            connection.close()

    def _connect(self, limit_s: float) -> psycopg.Connection:
        return connect(DatabaseAddress.read(self._url), variable=VARIABLE, timeout_s=limit_s)

    def _limited(self, connection: psycopg.Connection, call: Callable[[], Result]) -> Result:
        return cut_off_after(self._limit_s, call, lambda: shut(connection))

    def _run(self, connection: psycopg.Connection, booking_id: str, ours: Ownership, *, delete: bool) -> End:
        """Undo one booking; nothing is changed where it is not ours."""
        which = {
            "id": UUID(booking_id),
            "emails": sorted(ours.emails),
            "keys": sorted(ours.keys),
            "swept": ours.swept,
            "pattern": BUILT_IN_LIKE,
        }
        with connection.transaction():
            connection.execute(LIMITS)
            row = connection.execute(STATE, which).fetchone()
            if row is None and self._is_blind(connection):
                raise psycopg.errors.InsufficientPrivilege("row-level security hides bookings from the role")
            if row is None or not row[0]:
                return "missing" if row is None else "foreign"
            can = connection.execute(HAS_UNASSIGN).fetchone()
            if can is not None and can[0]:
                # Called with too few rights, or broken: what it would do, the recipe does by itself.
                with contextlib.suppress(psycopg.ProgrammingError), connection.transaction():
                    connection.execute(UNASSIGN, which)
            for statement in RECIPE:
                connection.execute(statement, which)
            if delete:
                connection.execute(REMOVE, which)
        return "undone"

    @staticmethod
    def _is_blind(connection: psycopg.Connection) -> bool:
        """Whether a booking that is not seen may be there all the same: a role may lose what it was checked for."""
        row = connection.execute(IS_BLIND).fetchone()
        return row is not None and bool(row[0])


def _passes(error: Exception) -> bool:
    """Whether a fault may be over at once: a connection that broke off, two transactions that met. What took long
    before it failed is not waited for again.
    """
    took_long = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)
    return isinstance(error, OF_THE_DATABASE) and not isinstance(error, took_long)


def _not_cancelled(booking_id: str, error: Exception) -> str:
    if isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
        return f"The booking {booking_id} could not be cancelled: {TAKES_NO_CHANGES} {SWEEP}"
    mend = SWEEP if isinstance(error, (*OF_THE_DATABASE, TimeUpError)) else CHECK_ROLE
    return f"The booking {booking_id} could not be cancelled ({first_line(error)}). {mend}"
