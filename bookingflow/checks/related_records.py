"""Comparing what the platform records of a confirmation beside the booking: history, messages, its ledger of tables.

Pure functions from records to breaches; an empty list means that the promise is kept.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

from bookingflow.core.failures import Breach
from bookingflow.core.text import counted
from bookingflow.platform.api_models import CONFIRMED, IN_PROGRESS, as_id
from bookingflow.platform.database_models import BookingRow, RelatedRecords, StatusChange

PASSED_ON = {"capacity.assignment.sync": (1, 2), "capacity.hold.confirmed": (1, 1)}
"""How often, at least and at most, a confirmation is passed on to other systems; docs/platform.md, "Rows of a confirmed
booking"."""


CLOCKS_APART = datetime.timedelta(minutes=30)
"""How far a program's clock may be from the database's: less than any two time zones."""


def confirmed_once(records: RelatedRecords, row: BookingRow) -> list[Breach]:
    """What the platform recorded: one change to confirmed, passed on to other systems once, one set of tables given."""
    return [*recorded_at_all(records), *passed_on_as_it_is(records, row), *recorded_once(records, row)]


def recorded_at_all(records: RelatedRecords) -> list[Breach]:
    """The confirmation stands wherever the platform keeps records of it."""
    found = [] if records.history is None else history_kept(records.history)
    for news, (least, _) in PASSED_ON.items():
        if records.passed_on is not None and records.passed_on.get(news, 0) < least:
            found.append(Breach("not_passed_on", f"no other system was sent its confirmation ({news})"))
    if records.ledger == 0:
        found.append(Breach("not_in_ledger", "the platform's own ledger shows no tables given to it"))
    return found


def passed_on_as_it_is(records: RelatedRecords, row: BookingRow) -> list[Breach]:
    """What other systems were sent names this booking, its restaurant, its own tables, and their time or that of the
    visit, as far as it names them.
    """
    found, own = [], {as_id(table.table_id) for table in row.tables}
    starts = {row.start_at, *(table.start_at for table in row.tables)}
    ends = {row.end_at, *(table.end_at for table in row.tables)}
    for news, said in sorted(records.news.items()):
        if news not in PASSED_ON:
            continue
        if as_id(said.get("bookingId")) not in {None, row.id}:
            found.append(Breach("other_booking_passed_on", f"other systems were sent another booking's id ({news})"))
        if as_id(said.get("restaurantId")) not in {None, row.restaurant_id}:
            other = f"other systems were sent another restaurant's id ({news})"
            found.append(Breach("other_house_passed_on", other))
        if (tables := _ids_in(said.get("tableIds"))) and tables != own:
            other = f"other systems were sent other tables than its own ({news})"
            found.append(Breach("other_tables_passed_on", other))
        if not (_may_be(said.get("startAt"), starts) and _may_be(said.get("endAt"), ends)):
            other = f"other systems were sent another time than its table is kept for ({news})"
            found.append(Breach("other_time_passed_on", other))
    return found


def _ids_in(said: object) -> set[str]:
    """The ids that were said; none where something else stands in their place."""
    return {as_id(one) for one in said if isinstance(one, str)} if isinstance(said, list) else set()


def _may_be(said: object, instants: Collection[datetime.datetime | None]) -> bool:
    """Whether what was said is one of these instants; without a time zone, or where one is not kept, it may be any."""
    try:
        instant = datetime.datetime.fromisoformat(str(said))
    except ValueError:
        return True
    return instant.tzinfo is None or None in instants or instant in instants


def history_kept(history: Sequence[StatusChange]) -> list[Breach]:
    """The history shows the confirmation."""
    if any(change.to_status == CONFIRMED for change in history):
        return []
    return [Breach("history_without_confirmation", "its history shows no confirmation")]


def recorded_once(records: RelatedRecords, row: BookingRow) -> list[Breach]:
    """Its records show it confirmed, given tables and passed on no more than once, from waiting on, and with the end
    that it has.
    """
    found, history = [], records.history or ()
    confirmations = [change for change in history if change.to_status == CONFIRMED]
    if len(confirmations) > 1:
        found.append(Breach("confirmed_twice", f"its history shows {counted(len(confirmations), 'confirmation')}"))
    found += [
        Breach("history_before_differs", f"its history says it was {change.from_status} before it was confirmed")
        for change in confirmations
        if change.from_status is not None and change.from_status not in IN_PROGRESS
    ]
    found += [
        Breach("history_time_wrong", f"its history says it was confirmed {_apart(change.at, row)}")
        for change in confirmations
        if not row.created_at - CLOCKS_APART <= change.at <= row.updated_at + CLOCKS_APART
    ]
    if history and history[-1].to_status != row.status:
        ends = f"it is {row.status}, and its history ends with {history[-1].to_status}"
        found.append(Breach("history_end_differs", ends))
    for news, (_, most) in PASSED_ON.items():
        times = (records.passed_on or {}).get(news, 0)
        if times > most:
            sent = f"its confirmation was sent to other systems {times} times ({news})"
            found.append(Breach("passed_on_twice", sent))
    if (records.ledger or 0) > 1:
        given = f"by the platform's own ledger it was given tables {records.ledger} times"
        found.append(Breach("assigned_twice", given))
    return found


def _apart(at: datetime.datetime, row: BookingRow) -> str:
    """How far from the time at which the booking was made a confirmation is said to have been."""
    minutes = round((at - row.created_at).total_seconds() / 60)
    return f"{counted(abs(minutes), 'minute')} {'before' if minutes < 0 else 'after'} it was made"
