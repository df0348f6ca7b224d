"""The run judged as a whole, and its leftovers: with a database and an API that play back what they are told."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest

from bookingflow.audit.related_records import left_out, noted_amiss, one_pass_for_two
from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import BrokenPromise, EvidenceHidden, NotJudged
from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import Accepted
from bookingflow.platform.cancellation import Ownership, Undone
from bookingflow.platform.database_models import (
    Access,
    BookingRow,
    Hours,
    RelatedRecords,
    ServicePeriod,
    Snapshot,
    StatusChange,
)
from bookingflow.platform.slots import Slot
from bookingflow.scenario.session import BookingReport
from bookingflow.world import World
from tests.support.fakes import BOOKING_ID, CONFIRMED, RESTAURANT_ID, FakeClock
from tests.support.sessions import session
from tests.support.stage import REQUEST, Stage

SCENARIO = "A scenario"
START = datetime.datetime.combine(REQUEST.date, REQUEST.time, ZoneInfo("Europe/London"))
AS_ASKED = replace(
    CONFIRMED,
    start_at=START,
    end_at=START + datetime.timedelta(hours=2),
    tables=(replace(CONFIRMED.tables[0], start_at=START, end_at=START + datetime.timedelta(minutes=80)),),
)
CONFIRMATION = StatusChange("pending", "confirmed", CONFIRMED.updated_at, None)


class Rows:
    """A database that has these rows."""

    def __init__(self, *rows: BookingRow) -> None:
        self.rows = rows
        self.access = Access(every_booking=True)
        self.noted = RelatedRecords((CONFIRMATION,), {}, 1)
        self.customer: Mapping[str, Any] = {"restaurant_id": RESTAURANT_ID, "email": REQUEST.email}
        self.hidden = False

    def check_evidence(self, _: Deadline) -> None:
        if self.hidden:
            raise EvidenceHidden("Row-level security may hide rows.")

    def reread(self, ids: Sequence[str]) -> list[BookingRow]:
        return [row for row in self.rows if row.id in ids]

    def holdings(self, _: Sequence[str]) -> dict[str, Any]:
        return {}

    def of_day(self, *_: Any) -> list[BookingRow]:
        return []

    def hours_of_days(self, *_: Any) -> dict[str, Any]:
        return {}

    def service_periods(self, _: str) -> None:
        return None

    def related_records(self, ids: Sequence[str]) -> dict[str, RelatedRecords]:
        return dict.fromkeys(ids, self.noted)

    def customers(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        return {booking_id: {**self.customer, "phone": REQUEST.phone} for booking_id in ids}

    def of_guests(self, **_: Any) -> list[BookingRow]:
        return list(self.rows)


class Cleaner:
    """Undoes nothing, remembers what it was asked for, and is interrupted as often as told."""

    cancels = True

    def __init__(self, interruptions: int = 0) -> None:
        self.asked: list[str] = []
        self._interruptions = interruptions

    def check(self) -> None:
        """Ready."""

    def undo(self, booking_ids: Sequence[str], ours: Ownership) -> Undone:
        if self._interruptions:
            self._interruptions -= 1
            raise KeyboardInterrupt
        self.asked += booking_ids
        return Undone()


def world(*rows: BookingRow, cleaner: Cleaner | None = None, answer: httpx.Response | Exception | None = None) -> World:
    """A world in whose scenario a booking was confirmed; the database has these rows now, the API gives this answer."""

    def again(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.Response):
            return answer
        raise answer or AssertionError("nothing is to be asked")

    clock = FakeClock()
    booking = Stage((0, Snapshot(CONFIRMED, events=())), answer="confirmed").run()
    assert booking.confirmed
    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(again))
    made = World(
        session(clock=clock, api=api, database=Rows(*rows), cleaner=cleaner or Cleaner()),
        KnownBreaches([], clock.now().date()),
    )
    made.enter(SCENARIO, [])
    made.session.submission.keys.append(booking.idempotency_key)
    made.scenario.slot = Slot(REQUEST.date, REQUEST.time, "Europe/London")
    made.scenario.bookings.append(booking)
    made.scenario.created.append(BOOKING_ID)
    made.session.reports.append(BookingReport(SCENARIO, booking))
    return made


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ((CONFIRMED,), ""),
        ((), "now there is no such booking any more"),
        ((replace(CONFIRMED, status="pending"),), "now it is pending with 1 table"),
        ((replace(CONFIRMED, tables=()),), "now it is confirmed with no table"),
    ],
)
def test_what_was_confirmed_stands_to_the_end(rows: tuple[BookingRow, ...], told: str) -> None:
    it = world(*rows)
    it.teardown.put_back(it.scenario)
    if not told:
        it.audit.check_still_standing()
        return
    with pytest.raises(BrokenPromise, match=told):
        it.audit.check_still_standing()


def test_a_role_that_lost_its_sight_accuses_nobody() -> None:
    it = world()
    vars(it.session.database)["hidden"] = True
    with pytest.raises(EvidenceHidden):
        it.audit.scenario_over(it.scenario, failed=False, excused=False)
    it.teardown.put_back(it.scenario)
    with pytest.raises(EvidenceHidden):
        it.audit.look_again(it.scenario.bookings)
    with pytest.raises(EvidenceHidden):
        it.audit.check_still_standing()
    assert not it.audit.promise_broken
    vars(it.session.database)["hidden"] = False
    with pytest.raises(BrokenPromise):
        it.audit.check_still_standing()


def test_where_rows_may_be_hidden_a_booking_that_is_not_seen_is_not_called_lost() -> None:
    it = world()
    it.session.database.access.every_booking = False
    it.teardown.put_back(it.scenario)
    it.audit.check_still_standing()


@pytest.mark.parametrize("excused", [True, False])
def test_a_scenario_that_told_its_breach_is_not_told_of_again(excused: bool) -> None:
    it = world(replace(CONFIRMED, status="pending"))
    it.audit.scenario_over(it.scenario, failed=True, excused=excused)
    it.teardown.put_back(it.scenario)
    it.audit.look_again(it.scenario.bookings)
    it.audit.check_still_standing()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (httpx.Response(200, json={"booking": {"id": BOOKING_ID, "status": "confirmed"}, "duplicate": True}), ""),
        (httpx.Response(201, json={"booking": {"id": BOOKING_ID, "status": "confirmed"}}), "was not recognised"),
        (
            httpx.Response(201, json={"booking": {"id": BOOKING_ID[:-1] + "0", "status": "confirmed"}}),
            "was made a second time",
        ),
        (httpx.Response(500, text="<html>"), "was not recognised .HTTP 500"),
    ],
)
def test_a_request_sent_once_more_is_the_same_booking(answer: httpx.Response | Exception, told: str) -> None:
    it = world(CONFIRMED, answer=answer)
    it.teardown.put_back(it.scenario)
    if not told:
        it.audit.check_request_remembered()
        return
    with pytest.raises(BrokenPromise, match=told):
        it.audit.check_request_remembered()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(429, headers={"Retry-After": "9"}, json={"error": "Too many requests"}), "rate_limited"),
        (httpx.ConnectError("no route"), "unreachable"),
        (httpx.ReadTimeout("slow"), "unreachable"),
        (httpx.ReadError("reset"), "unreachable"),
        (httpx.Response(503, html="<h1>Down for maintenance</h1>"), "wall"),
        (httpx.Response(200, html="<h1>Sign in</h1>"), "wall"),
    ],
)
def test_a_request_that_got_no_answer_the_second_time_is_not_judged(
    answer: httpx.Response | Exception, code: str
) -> None:
    it = world(CONFIRMED, answer=answer)
    it.teardown.put_back(it.scenario)
    with pytest.raises(NotJudged) as raised:
        it.audit.check_request_remembered()
    assert raised.value.code == code


SHOWN = {
    "restaurantId": RESTAURANT_ID,
    "date": REQUEST.date.isoformat(),
    "timezone": "Europe/London",
    "intervalMinutes": 15,
    "isClosed": True,
}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, None),
        ({"lastGuest": {"name": "GUEST@EXAMPLE.COM"}}, "is told more: the answer tells another guest's e-mail"),
        ({"debug": "postgresql://app@db"}, "is told more: the answer gives away the address of a database"),
    ],
)
def test_a_day_that_everybody_may_see_tells_of_no_guest(more: dict[str, Any], told: str | None) -> None:
    it = world(CONFIRMED, answer=httpx.Response(200, json={**SHOWN, **more}))
    it.session.guests.words["guest@example.com"] = "e-mail"
    it.session.api.schedule("demo-restaurant", REQUEST.date)
    it.audit.scenario_over(it.scenario, failed=False, excused=False)
    with pytest.raises(BrokenPromise) as raised:  # the made-up row is not as it was asked for; that is told too
        it.audit.check_house_rules()
    assert ("is told more" in str(raised.value)) == (told is not None)
    assert (told or "") in str(raised.value)


def test_what_is_wrong_on_many_days_is_told_once() -> None:
    evening = {"isClosed": False, "slots": [{"value": "19:00", "bookingOption": "dinner"}]}
    it = world(CONFIRMED, answer=httpx.Response(200, json={**SHOWN, **evening}))
    opens, closes = datetime.time(12), datetime.time(22)
    vars(it.session.database).update(
        hours_of_days=lambda _, dates: dict.fromkeys(dates, Hours(opens, closes, 15, 120)),
        service_periods=lambda _: [ServicePeriod(None, opens, closes, "lunch")],
    )
    for ahead in range(3):
        it.session.api.schedule("demo-restaurant", REQUEST.date + datetime.timedelta(days=ahead))
    it.audit.scenario_over(it.scenario, failed=False, excused=False)
    with pytest.raises(BrokenPromise) as raised:
        it.audit.check_house_rules()
    told = [line for line in str(raised.value).splitlines() if "offered for dinner" in line]
    assert told == [
        f"  - Demo Restaurant on {REQUEST.date:%a %d %b} and 2 more days: "
        "19:00 is offered for dinner, and the restaurant serves lunch then"
    ]


@pytest.mark.parametrize("asks", [True, False])
def test_hours_that_are_known_to_be_shown_wrongly_are_not_told_once_more(asks: bool) -> None:
    it = world(CONFIRMED, answer=httpx.Response(200, json=SHOWN))
    vars(it.session.database).update(
        hours_of_days=lambda _, dates: dict.fromkeys(dates, Hours(datetime.time(12), datetime.time(22), 15, 120))
    )
    it.session.api.schedule("demo-restaurant", REQUEST.date)
    it.scenario.asks_for_hours = asks
    it.audit.scenario_over(it.scenario, failed=True, excused=True)
    vars(it.audit)["_visited"] = {it.session.home.id: it.session.home}
    if asks:
        it.audit.check_house_rules()
        return
    with pytest.raises(BrokenPromise, match="guests are shown that it is closed"):
        it.audit.check_house_rules()


def told_later(row: BookingRow = AS_ASKED, **changed: Any) -> list[str]:
    """What is told of a booking when it is looked at once more, with this changed in the database."""
    it = world(row)
    vars(it.session.database).update(changed)
    return told_by(it)


def told_by(it: World) -> list[str]:
    """What is told when the scenario's bookings are looked at once more."""
    vars(it.audit)["_visited"] = {it.session.home.id: it.session.home}
    it.audit.look_again(it.scenario.bookings)
    try:
        it.audit.check_house_rules()
    except BrokenPromise as error:
        return str(error).splitlines()[1:]
    return []


def test_tables_are_held_as_promised_to_the_end() -> None:
    assert told_later() == []
    shorter = replace(AS_ASKED.tables[0], end_at=AS_ASKED.start_at)
    assert told_later(replace(AS_ASKED, tables=(shorter,))) == [
        f"  - booking {AS_ASKED.reference}, looked at once more: table T05 is held 19:00–19:00 instead of 19:00–20:20"
    ]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"noted": RelatedRecords((CONFIRMATION,) * 2, {}, 1)}, "its history tells of 2 confirmations instead of one"),
        (
            {"noted": RelatedRecords((CONFIRMATION,), {}, 2)},
            "tables were given to it 2 times, by the platform's own ledger",
        ),
        ({"customer": {"restaurant_id": "another"}}, "it belongs to another customer than its guest"),
    ],
)
def test_the_books_of_every_booking_are_right_to_the_end(changed: dict[str, Any], told: str) -> None:
    assert told_later(**changed) == [f"  - booking {AS_ASKED.reference}: {told}"]


@pytest.mark.parametrize("noted", [RelatedRecords((), {}, 0), RelatedRecords()])
def test_what_is_only_missing_in_the_books_is_one_scenarios_affair(noted: RelatedRecords) -> None:
    assert told_later(noted=noted) == []


def test_a_booking_that_was_changed_since_may_be_confirmed_once_more() -> None:
    it = world(CONFIRMED)
    vars(it.session.database)["noted"] = RelatedRecords((CONFIRMATION,) * 2, {}, 1)
    assert noted_amiss(it.session.database, [CONFIRMED], it.scenario.bookings) != []
    it.scenario.bookings[0].changed = True
    assert noted_amiss(it.session.database, [CONFIRMED], it.scenario.bookings) == []


def test_a_confirmation_that_others_histories_tell_is_missed() -> None:
    it = world(CONFIRMED)
    first = it.scenario.bookings[0]
    other = replace(CONFIRMED, id="00000000-0000-4000-8000-000000000002")
    books = {CONFIRMED.id: RelatedRecords(()), other.id: RelatedRecords((CONFIRMATION,))}
    vars(it.session.database)["related_records"] = lambda ids: {booking_id: books[booking_id] for booking_id in ids}
    assert left_out(it.session.database, [CONFIRMED, other], [first]) == [
        f"booking {CONFIRMED.reference}: its history tells of no confirmation instead of one"
    ]
    assert left_out(it.session.database, [CONFIRMED], [first]) == []


def test_a_customer_is_missed_where_others_are_kept_as_they_told() -> None:
    it = world(CONFIRMED)
    right = {"restaurant_id": RESTAURANT_ID, "email": REQUEST.email, "phone": REQUEST.phone}
    renamed = {**right, "full_name": "Somebody Else"}
    other = replace(CONFIRMED, id="00000000-0000-4000-8000-000000000002")
    booking = [it.scenario.bookings[0], told_with("", other.id)]
    booking[1].request = REQUEST.model_copy(update={"email": "b@example.com", "phone": "+447700900002"})
    theirs = {"restaurant_id": RESTAURANT_ID, "email": "b@example.com", "phone": "+447700900002"}
    for customers, told in [
        ({CONFIRMED.id: right, other.id: theirs}, []),
        ({CONFIRMED.id: renamed, other.id: theirs}, ["has another name than the guest told"]),
        ({CONFIRMED.id: renamed, other.id: {**theirs, "full_name": "X"}}, []),  # all of them: one scenario's affair
    ]:
        vars(it.session.database)["customers"] = lambda _, these=customers: these
        found = noted_amiss(it.session.database, [CONFIRMED, other], booking)
        assert [line.split("belongs to ")[1] for line in found] == told


@pytest.mark.parametrize(
    ("now", "told"),
    [
        ({}, []),
        ({"status": "confirmed", "tables": AS_ASKED.tables}, []),
        ({"status": "cancelled"}, ["Booking HMNJRNJDGY was waiting for a table, and now it is cancelled"]),
    ],
)
def test_who_waits_is_not_given_up(now: dict[str, Any], told: list[str]) -> None:
    waiting = replace(AS_ASKED, status="pending", tables=())
    it = world(replace(waiting, **now))
    booking = it.scenario.bookings[0]
    booking.outcome, booking.study = Outcome.PENDING_SETTLED, Snapshot(waiting)
    assert told_by(it) == [f"  - {line}" for line in told]


@pytest.mark.parametrize("moved_by_us", [False, True])
def test_a_table_that_nobody_changed_is_kept(moved_by_us: bool) -> None:
    other = replace(AS_ASKED, tables=(replace(AS_ASKED.tables[0], number="T09", table_id="id-T09"),))
    it = world(other)
    it.scenario.bookings[0].changed = moved_by_us
    moved = "looked at once more: it had table T05 and now has table T09, and nobody moved it"
    assert told_by(it) == ([] if moved_by_us else [f"  - booking {AS_ASKED.reference}, {moved}"])


def test_no_two_bookings_have_one_pass() -> None:
    first, second = (told_with("a-pass", booking_id) for booking_id in ("1", "2"))
    assert one_pass_for_two([first, second]) == ["2 bookings were given one and the same pass"]
    assert one_pass_for_two([first, told_with("a-pass", "1")]) == []  # one booking, told twice
    assert one_pass_for_two([first, told_with("another", "2"), told_with("", "3"), told_with("", "4")]) == []


def told_with(token: str, booking_id: str) -> TrackedBooking:
    """A booking whose answer has this pass."""
    booking = world(CONFIRMED).scenario.bookings[0]
    booking.log.booking_id = booking_id
    exchange = replace(booking.exchange, response_text=json.dumps({"confirmationToken": token}))
    booking.submitted = replace(cast("Accepted", booking.submitted), exchange=exchange)
    return booking


def test_a_clean_up_that_was_stopped_is_taken_up_again() -> None:
    cleaner = Cleaner(interruptions=1)
    it = world(CONFIRMED, cleaner=cleaner)
    it.scenario.slot = None  # so that it does not rest
    with pytest.raises(KeyboardInterrupt):
        it.teardown.put_back(it.scenario)
    it.teardown.leave_nothing(it.scenario)
    it.teardown.leave_nothing(it.scenario)
    assert cleaner.asked == [BOOKING_ID]


def test_a_scenario_that_could_not_be_put_back_is_left_all_the_same() -> None:
    it = world(CONFIRMED, cleaner=Cleaner(interruptions=1))
    it.scenario.slot = None
    with pytest.raises(KeyboardInterrupt):
        it.leave(failed=True)
    assert not it.inside
