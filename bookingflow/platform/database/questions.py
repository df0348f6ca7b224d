"""What all questions share: the session that asks them and what its role may read."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, LiteralString, ParamSpec, TypeVar
from uuid import UUID

from psycopg.rows import DictRow

from bookingflow.core.errors import EvidenceHidden
from bookingflow.core.timing import Deadline
from bookingflow.platform.connection import ReadOnlyConnection
from bookingflow.platform.database_models import Access

CHECK_S = 2.0
"""Seconds that it may take to find out what can't be read any more."""

P = ParamSpec("P")
Result = TypeVar("Result")


class ReadableNoMore(EvidenceHidden):
    """A table that only helps can't be read any more; `access` knows it by now."""


def as_far_as_readable(ask: Callable[P, Result]) -> Callable[P, Result]:
    """A question that leaves out what can't be read: asked again where something became unreadable in mid-run."""

    @functools.wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return ask(*args, **kwargs)
        except ReadableNoMore:
            return ask(*args, **kwargs)

    return asked


class Questions:
    """Questions to one database. Each statement stands above the method that asks it."""

    def __init__(self, session: ReadOnlyConnection) -> None:
        self.access = Access()
        self._session = session

    def check_evidence(self, deadline: Deadline | None = None) -> None:
        """Raise EvidenceHidden unless the rows a verdict hangs on can be seen; learn what else is readable."""
        raise NotImplementedError

    def _ask(
        self, statement: LiteralString, params: Mapping[str, Any], deadline: Deadline | None = None
    ) -> list[DictRow]:
        """The rows of one statement. Raises EvidenceHidden that names what the role may not read, or what is there no
        more, as after a change of the platform's tables; ReadableNoMore where that only helps.
        """
        try:
            return self._session.ask(statement, params, deadline)
        except EvidenceHidden as error:
            self.check_evidence(Deadline(self._session.clock, CHECK_S))
            raise ReadableNoMore(error.sentence, hint=error.hint) from error

    def _of_each(self, statement: LiteralString, booking_ids: Sequence[str]) -> dict[str, list[DictRow]]:
        """The rows of a statement about bookings, by booking, in one query; every booking has its list."""
        found: dict[str, list[DictRow]] = {booking_id: [] for booking_id in booking_ids}
        for row in self._ask(statement, {"ids": uuids(booking_ids)}) if found else ():
            found[row["booking_id"]].append(row)
        return found

    @as_far_as_readable
    def _about(
        self, table: str, statement: LiteralString, booking_ids: Sequence[str]
    ) -> dict[str, list[DictRow]] | None:
        """The same, or None where the table that the statement asks can't be read."""
        return self._of_each(statement, booking_ids) if table in self.access.readable else None


def uuids(ids: Sequence[str]) -> list[UUID]:
    """The ids as PostgreSQL compares them."""
    return [UUID(identity) for identity in ids]
