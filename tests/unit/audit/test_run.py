"""The run judged as a whole, and its leftovers: with a database and an API that play back what they were given."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bookingflow.audit.findings import Found
from bookingflow.audit.run import KEPT, REMEMBERED, STANDING
from bookingflow.booking.tracked_booking import Outcome
from bookingflow.core.errors import BrokenPromise, EvidenceHidden, NotJudged
from bookingflow.core.failures import SUITE_OPERATOR, Breach
from bookingflow.core.settings import Settings
from bookingflow.platform.api import BookingApi
from bookingflow.platform.database_models import (
    BookingRow,
    Hours,
    RelatedRecords,
    ServicePeriod,
    Snapshot,
)
from bookingflow.scenario.session import BookingReport
from bookingflow.world import World
from tests.support.fakes import BOOKING_ID, CONFIRMED, RESTAURANT_ID, FakeClock
from tests.support.promises import ALONE, LIVE
from tests.support.stage import REQUEST, Stage
from tests.support.worlds import AS_ASKED, CONFIRMATION, REFERENCE, known, world


def found_by(it: World, promise: str) -> list[str]:
    """What the run's own judgement found against this promise."""
    (end,) = [one for one in it.audit.judge() if one.name == promise]
    return [f"{one.breach.code}: {one.sentence}" for one in end.found]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ((CONFIRMED,), []),
        ((), ["booking_lost: it was confirmed with a table, and there is no such booking any more"]),
        (
            (replace(CONFIRMED, status="pending"),),
            ["confirmation_withdrawn: it was confirmed with a table, and now it is pending with 1 table"],
        ),
        (
            (replace(CONFIRMED, tables=()),),
            ["tables_withdrawn: it was confirmed with a table, and now it is confirmed with no table"],
        ),
    ],
)
def test_what_was_confirmed_stands_to_the_end(rows: tuple[BookingRow, ...], found: list[str]) -> None:
    it = world(*rows)
    it.teardown.put_back(it.scenario)
    assert found_by(it, STANDING) == [one.replace(": ", f": booking {REFERENCE} (BOOK-008): ", 1) for one in found]


@pytest.mark.parametrize("failed", [True, False])
def test_a_confirmation_that_is_withdrawn_by_its_scenarios_end_fails_it(failed: bool) -> None:
    it = world(replace(AS_ASKED, status="pending"))
    if failed:  # it has reported its own breach
        it.audit.scenario_over(it.scenario, failed=True, codes=["wish_ignored"])
        return
    with pytest.raises(BrokenPromise, match="now it is pending with 1 table") as raised:
        it.audit.scenario_over(it.scenario, failed=False)
    assert raised.value.codes == ("confirmation_withdrawn",)


@pytest.mark.parametrize("status", ["cancelled", "no_show"])
def test_who_else_has_a_hand_in_the_restaurant_may_have_cancelled_a_booking(status: str) -> None:
    closed = replace(AS_ASKED, status=status)
    it = world(closed)
    with pytest.raises(NotJudged, match="the restaurant's staff may have") as left:
        it.audit.scenario_over(it.scenario, failed=False)
    assert (left.value.code, left.value.who_can_act) == ("staff_acted", SUITE_OPERATOR)
    it = world(closed)
    it.teardown.put_back(it.scenario)
    (standing,) = [end for end in it.audit.judge() if end.name == STANDING]
    assert (standing.end, list(standing.found)) == ("not judged", [])
    it = world(closed, settings=ALONE)
    with pytest.raises(BrokenPromise, match=f"now it is {status} with 1 table") as raised:
        it.audit.scenario_over(it.scenario, failed=False)
    assert raised.value.codes == ("closed_unasked",)


def test_what_is_known_of_a_scenario_does_not_fail_it_and_is_shown() -> None:
    it = world(replace(AS_ASKED, status="pending"), breaches=known("BOOK-008 confirmation_withdrawn"))
    it.audit.scenario_over(it.scenario, failed=False)
    assert list(it.scenario.excuses) == ["confirmation_withdrawn"]
    assert list(it.known_breaches.met) == ["BOOK-008 confirmation_withdrawn"]


def test_a_row_that_no_scenario_followed_is_of_the_one_whose_answer_names_it() -> None:
    def found(*names: str) -> list[str]:
        it = world(replace(AS_ASKED, reference="SECOND2222"), breaches=known(*names))
        vars(it.session.database)["recorded"] = RelatedRecords((CONFIRMATION,) * 2, {}, 1)
        return [one for one in found_by(it, KEPT) if one.startswith("confirmed_twice")]

    assert found() == ["confirmed_twice: booking SECOND2222 (BOOK-008): its history shows 2 confirmations"]
    assert found("BOOK-008 confirmed_twice") == []


def test_a_role_that_lost_its_sight_accuses_nobody() -> None:
    it = world()
    vars(it.session.database)["hidden"] = True
    with pytest.raises(EvidenceHidden):
        it.audit.scenario_over(it.scenario, failed=False)
    it.teardown.put_back(it.scenario)
    with pytest.raises(EvidenceHidden):
        it.audit.look_again(it.scenario.bookings)
    ends = {end.name: end.end for end in it.audit.judge()}
    assert ends[STANDING] == "not judged"
    assert it.audit.findings == []
    vars(it.session.database)["hidden"] = False
    assert found_by(it, STANDING) != []
    assert [finding.known for finding in it.audit.findings] == [""]


def test_where_rows_may_be_hidden_a_booking_that_is_not_seen_is_not_called_lost() -> None:
    it = world()
    it.session.database.access.every_booking = False
    it.teardown.put_back(it.scenario)
    assert found_by(it, STANDING) == []


def test_a_breach_that_its_scenario_reported_is_not_reported_again() -> None:
    it = world(replace(CONFIRMED, status="pending"))
    it.audit.scenario_over(it.scenario, failed=True, codes=["confirmation_withdrawn"])
    it.teardown.put_back(it.scenario)
    it.audit.look_again(it.scenario.bookings)
    assert [end.end for end in it.audit.judge()] == ["kept"] * 4
    assert it.audit.findings == []


def test_what_a_scenario_failed_with_is_broken_and_no_finding() -> None:
    it = world()
    it.teardown.put_back(it.scenario)
    vars(it.audit)["_failed_with"] = {"booking_lost"}
    ends = {end.name: end.end for end in it.audit.judge()}
    assert (ends[STANDING], it.audit.findings) == ("broken", [])
    assert (it.audit.judged.ends, it.audit.judged.bookings) == (ends, len(it.session.reports))


REVIVED = replace(AS_ASKED, status="confirmed")


def test_what_was_cancelled_and_keeps_a_table_has_not_come_back() -> None:
    it = world(replace(AS_ASKED, status="cancelled"))
    it.scenario.bookings[0].was_cancelled()
    assert found_by(it, STANDING) == [
        f"cancelled_keeps_tables: booking {REFERENCE} (BOOK-008): it keeps {len(AS_ASKED.tables)} table"
    ]


def test_what_was_cancelled_stays_cancelled() -> None:
    it = world(REVIVED)
    it.scenario.bookings[0].was_cancelled()
    assert found_by(it, STANDING) == [
        f"cancellation_undone: booking {REFERENCE} (BOOK-008): it was cancelled, and now it is confirmed with 1 table"
    ]
    gone = world()
    gone.scenario.bookings[0].was_cancelled()
    assert found_by(gone, STANDING) == ["cancelled_untraceable: 1 booking was cancelled and left no trace"]
    missed = world()
    missed.scenario.bookings[0].was_cancelled()
    missed.scenario.bookings[0].study = Snapshot(None)
    assert found_by(missed, STANDING) == ["cancelled_untraceable: 1 booking was cancelled and left no trace"]
    never_seen = world()
    never_seen.scenario.bookings[0].was_cancelled()
    never_seen.scenario.bookings[0].seen = []
    assert found_by(never_seen, STANDING) == []


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (httpx.Response(200, json={"booking": {"id": BOOKING_ID, "status": "confirmed"}, "duplicate": True}), ""),
        (
            httpx.Response(201, json={"booking": {"id": BOOKING_ID, "status": "confirmed"}}),
            "repeat_not_recognised was not recognised (HTTP 201)",
        ),
        (
            httpx.Response(201, json={"booking": {"id": BOOKING_ID[:-1] + "0", "status": "confirmed"}}),
            "booked_twice made another booking (HTTP 201)",
        ),
        (
            httpx.Response(201, json={"booking": {"id": BOOKING_ID[:-1] + "1", "status": "confirmed"}}),
            "missing was answered with a booking that is not stored (HTTP 201)",
        ),
        (httpx.Response(500, text="<html>"), "repeat_not_recognised was not recognised (HTTP 500)"),
    ],
)
def test_a_request_sent_once_more_is_the_same_booking(answer: httpx.Response | Exception, found: str) -> None:
    it = world(CONFIRMED, replace(CONFIRMED, id=BOOKING_ID[:-1] + "0"), answer=answer)
    it.teardown.put_back(it.scenario)
    code, _, ended = found.partition(" ")
    again = f"booking {REFERENCE} (BOOK-008): its request, sent once more at the end of the run, {ended}"
    assert found_by(it, REMEMBERED) == ([f"{code}: {again}"] if found else [])


def test_a_limited_minute_is_waited_out_before_what_is_asked_next_and_only_then() -> None:
    answer = {"booking": {"id": BOOKING_ID, "status": "confirmed"}, "duplicate": True}
    it = world(CONFIRMED, answer=httpx.Response(200, json=answer))
    it.teardown.put_back(it.scenario)
    clock, before = it.session.clock, it.session.clock.monotonic()
    it.session.limited_until = before + 30
    it.audit.judge()
    assert clock.monotonic() >= before + 30
    it.session.limited_until = clock.monotonic() + 30
    before = clock.monotonic()
    it.enter("another", [])
    assert clock.monotonic() == pytest.approx(before + 30)
    it.enter("a third", [])
    assert clock.monotonic() == pytest.approx(before + 30)


def test_a_request_that_is_answered_with_another_guests_booking_made_none() -> None:
    another = replace(
        AS_ASKED, id=BOOKING_ID[:-1] + "0", reference="OTHERS", idempotency_key="k9", customer_email="x@example.com"
    )
    answer = httpx.Response(201, json={"booking": {"id": another.id, "status": "confirmed"}})
    it = world(CONFIRMED, another, answer=answer)
    it.teardown.put_back(it.scenario)
    assert found_by(it, REMEMBERED) == [
        f"foreign_booking: booking {REFERENCE} (BOOK-008): its request, sent once more at the end of the run, was "
        "answered with booking OTHERS, another guest's (HTTP 201)"
    ]


def test_a_request_that_was_sent_several_times_and_made_several_is_answered_with_what_it_made() -> None:
    second = replace(AS_ASKED, id=BOOKING_ID[:-1] + "0", reference="SECOND")
    answer = httpx.Response(200, json={"booking": {"id": second.id, "status": "confirmed"}, "duplicate": True})
    it = world(CONFIRMED, second, answer=answer)
    again = Stage((0.0, Snapshot(second))).run()
    it.session.reports.append(BookingReport("BOOK-008", again))
    for report in it.session.reports:
        report.booking.idempotency_key = second.idempotency_key or ""
    it.teardown.put_back(it.scenario)
    assert found_by(it, REMEMBERED) == [
        f"booked_twice: booking {REFERENCE} (BOOK-008): its request, sent once more at the end of the run, made "
        "another booking (HTTP 200)"
    ]


def test_a_request_that_is_answered_with_what_another_request_made_is_no_second_booking() -> None:
    second = replace(AS_ASKED, id=BOOKING_ID[:-1] + "0", reference="SECOND", idempotency_key="k2")
    answer = httpx.Response(201, json={"booking": {"id": second.id, "status": "confirmed"}})
    it = world(CONFIRMED, second, answer=answer)
    asked = Stage((0.0, Snapshot(second))).run()
    asked.idempotency_key = "k2"
    it.session.reports.append(BookingReport("BOOK-008", asked))
    it.teardown.put_back(it.scenario)
    assert found_by(it, REMEMBERED) == [
        f"answer_of_another_request: booking {REFERENCE} (BOOK-008): its request, sent once more at the end of the "
        "run, was answered with booking SECOND, which another request made (HTTP 201)"
    ]


def test_the_repeat_at_the_end_takes_no_longer_than_a_question() -> None:
    it = world(CONFIRMED)
    it.teardown.put_back(it.scenario)
    asked: list[httpx.Timeout] = []

    def slow(request: httpx.Request) -> httpx.Response:
        asked.append(httpx.Timeout(**request.extensions["timeout"]))
        raise httpx.ReadTimeout("slow")

    it.session.api = BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(slow))
    it.audit.judge()
    assert asked == [httpx.Timeout(10.0)]


def test_a_request_whose_answer_named_somebody_elses_booking_is_not_compared() -> None:
    somebodys = {"id": BOOKING_ID[:-1] + "0", "status": "confirmed"}
    it = world(CONFIRMED, answer=httpx.Response(201, json={"booking": somebodys}))
    it.teardown.put_back(it.scenario)
    it.session.submission.keys.clear()
    assert found_by(it, REMEMBERED) == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx.Response(429, headers={"Retry-After": "9"}, json={"error": "Too many requests"}), "rate_limited"),
        (httpx.ConnectError("no route"), "unreachable"),
        (httpx.ReadTimeout("slow"), "unreachable"),
        (httpx.ReadError("reset"), "connection_cut"),
        (httpx.Response(200, text=""), "encoding"),
        (httpx.Response(201, json={"booking": None}), "encoding"),
        (httpx.Response(200, text=f'{{"a": "{"x" * 1_000_000}"}}'), "encoding"),
        (httpx.Response(503, html="<h1>Down for maintenance</h1>"), "wall"),
        (httpx.Response(200, html="<h1>Sign in</h1>"), "wall"),
    ],
)
def test_a_request_that_got_no_answer_the_second_time_is_not_judged(
    answer: httpx.Response | Exception, code: str
) -> None:
    it = world(CONFIRMED, answer=answer)
    it.teardown.put_back(it.scenario)
    (end,) = [one for one in it.audit.judge() if one.name == REMEMBERED]
    assert isinstance(end.error, NotJudged)
    assert (end.end, end.error.code) == ("not judged", code)


SHOWN = {
    "restaurantId": RESTAURANT_ID,
    "date": REQUEST.date.isoformat(),
    "timezone": "Europe/London",
    "intervalMinutes": 15,
    "isClosed": True,
}


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, []),
        ({"lastGuest": {"name": "GUEST@EXAMPLE.COM"}}, ["others_email_shown the answer shows another guest's e-mail"]),
        ({"debug": "postgresql://app@db"}, ["database_address_shown the answer shows the address of a database"]),
    ],
)
def test_a_day_that_everybody_may_see_shows_no_guest(more: dict[str, Any], found: list[str]) -> None:
    it = world(AS_ASKED, answer=httpx.Response(200, json={**SHOWN, **more}))
    it.session.guests.words["guest@example.com"] = "e-mail"
    it.session.api.schedule("demo-restaurant", REQUEST.date)
    it.audit.scenario_over(it.scenario, failed=False)
    place = f"the times of {REQUEST.date:%a %d %b} at demo-restaurant"
    of_days = [one for one in found_by(it, KEPT) if place in one]
    assert of_days == [one.replace(" ", f": {place}: ", 1) + " (BOOK-008)" for one in found]


def test_what_is_wrong_on_many_days_is_one_breach() -> None:
    evening = {"isClosed": False, "slots": [{"value": "19:00", "bookingOption": "dinner"}]}
    it = world(AS_ASKED, answer=httpx.Response(200, json={**SHOWN, **evening}))
    opens, closes = datetime.time(12), datetime.time(22)
    vars(it.session.database).update(
        hours_of_days=lambda _, dates: dict.fromkeys(dates, Hours(opens, closes, 15, 120)),
        service_periods=lambda _: [ServicePeriod(None, opens, closes, "lunch")],
    )
    for ahead in range(3):
        it.session.api.schedule("demo-restaurant", REQUEST.date + datetime.timedelta(days=ahead))
    it.audit.scenario_over(it.scenario, failed=False)
    assert [one for one in found_by(it, KEPT) if one.startswith("occasion_wrong")] == [
        f"occasion_wrong: Demo Restaurant, {REQUEST.date:%a %d %b} and 2 more days: "
        "19:00 is offered for dinner; the restaurant serves lunch then"
    ]


@pytest.mark.parametrize("shown_now", ["closed too", "open still"])
def test_a_day_whose_hours_were_changed_since_it_was_shown_is_looked_at_again(
    monkeypatch: pytest.MonkeyPatch, shown_now: str
) -> None:
    it = world(CONFIRMED, answer=httpx.Response(200, json={**SHOWN, "isClosed": False}))
    shut = Hours(None, None, 15, 120)
    vars(it.session.database).update(hours_of_days=lambda _, dates: dict.fromkeys(dates, shut))
    before = it.session.api.schedule("demo-restaurant", REQUEST.date)
    it.audit.scenario_over(it.scenario, failed=True)
    now = before.model_copy(update={"is_closed": shown_now == "closed too"})
    monkeypatch.setattr(it.session.api, "schedule", lambda *_: now)
    found = [one for one in found_by(it, KEPT) if one.startswith("closed_day_not_shown")]
    assert bool(found) == (shown_now == "open still")


@pytest.mark.parametrize("asks", [True, False])
def test_hours_that_are_known_to_be_shown_wrongly_are_not_reported_again(asks: bool) -> None:
    breaches = known("BOOK-008 open_day_shown_closed")
    it = world(CONFIRMED, answer=httpx.Response(200, json=SHOWN), breaches=breaches)
    vars(it.session.database).update(
        hours_of_days=lambda _, dates: dict.fromkeys(dates, Hours(datetime.time(12), datetime.time(22), 15, 120))
    )
    it.session.api.schedule("demo-restaurant", REQUEST.date)
    it.scenario.asks_for_hours = asks
    it.audit.scenario_over(it.scenario, failed=True)
    shown = [one for one in found_by(it, KEPT) if one.startswith("open_day_shown_closed")]
    assert bool(shown) != asks


def found_later(row: BookingRow = AS_ASKED, **changed: Any) -> list[str]:
    """What is found of a booking when it is looked at once more, with this changed in the database."""
    it = world(row)
    vars(it.session.database).update(changed)
    return found_again(it)


def found_again(it: World) -> list[str]:
    """What is found when the scenario's bookings are looked at once more, each once."""
    vars(it.audit)["_visited"] = {it.session.home.id: it.session.home}
    it.audit.look_again(it.scenario.bookings)
    it.audit.judge()
    place = f"booking {REFERENCE} (BOOK-008): "
    examples = [(finding.code, example) for finding in it.audit.findings for example in finding.examples]
    assert [example for _, example in examples if not example.startswith(place)] == []
    return [f"{code}: {example.removeprefix(place)}" for code, example in examples]


def test_tables_are_held_as_promised_to_the_end() -> None:
    assert found_later() == []
    shorter = replace(AS_ASKED.tables[0], end_at=AS_ASKED.start_at)
    assert found_later(replace(AS_ASKED, tables=(shorter,))) == [
        "table_time_wrong: T05 is kept from 19:00 to 19:00 instead of from 19:00 to 20:20"
    ]


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        (
            {"recorded": RelatedRecords((CONFIRMATION,) * 2, {}, 1)},
            "confirmed_twice: its history shows 2 confirmations",
        ),
        (
            {"recorded": RelatedRecords((CONFIRMATION,), {}, 2)},
            "assigned_twice: by the platform's own ledger it was given tables 2 times",
        ),
        (
            {"customer": {"restaurant_id": "another"}},
            "customer_of_another_house: it belongs to its guest as a customer of another restaurant",
        ),
    ],
)
def test_the_records_of_every_booking_are_right_to_the_end(changed: dict[str, Any], found: str) -> None:
    assert found_later(**changed) == [found]


@pytest.mark.parametrize("recorded", [RelatedRecords((), {}, 0), RelatedRecords()])
def test_what_is_only_missing_in_the_records_is_one_scenarios_affair(recorded: RelatedRecords) -> None:
    assert found_later(recorded=recorded) == []


def test_a_booking_that_was_lost_before_the_run_cancelled_it_accuses_no_cancellation() -> None:
    it = world()
    it.teardown.put_back(it.scenario)
    it.audit.look_again(it.scenario.bookings)
    it.session.made.resting.clear()
    it.session.made.undone.add(BOOKING_ID)
    codes = {found.partition(":")[0] for found in found_by(it, KEPT) + found_by(it, STANDING)}
    assert codes == {"booking_lost"}


@pytest.mark.parametrize(
    ("every_booking", "found"),
    [(True, ["waiting_given_up: it was waiting for a table, and there is no such booking any more"]), (False, [])],
)
def test_a_guest_who_waits_is_not_forgotten(every_booking: bool, found: list[str]) -> None:
    it = world()
    it.session.database.access.every_booking = every_booking
    booking = it.scenario.bookings[0]
    booking.outcome = Outcome.PENDING_SETTLED
    booking.study = Snapshot(replace(AS_ASKED, status="pending", tables=()))
    assert found_again(it) == found


@pytest.mark.parametrize(
    ("now", "found"),
    [
        ({}, []),
        ({"status": "confirmed", "tables": AS_ASKED.tables}, []),
        ({"status": "cancelled"}, ["closed_unasked: it was waiting for a table, and now it is cancelled"]),
        (
            {"status": "PRIORITY_WAITLIST"},
            ["waiting_given_up: it was waiting for a table, and now it is PRIORITY_WAITLIST"],
        ),
    ],
)
def test_a_guest_who_waits_is_not_given_up(now: dict[str, Any], found: list[str]) -> None:
    waiting = replace(AS_ASKED, status="pending", tables=())
    it = world(replace(waiting, **now), settings=ALONE)
    booking = it.scenario.bookings[0]
    booking.outcome, booking.study = Outcome.PENDING_SETTLED, Snapshot(waiting)
    assert found_again(it) == found


@pytest.mark.parametrize(
    ("settings", "moved_by_us", "accused"), [(ALONE, False, True), (ALONE, True, False), (LIVE, False, False)]
)
def test_a_table_that_nobody_changed_is_kept_where_nobody_else_may_change_it(
    settings: Settings, moved_by_us: bool, accused: bool
) -> None:
    other = replace(AS_ASKED, tables=(replace(AS_ASKED.tables[0], number="T09", table_id="id-T09"),))
    it = world(other, settings=settings)
    it.scenario.bookings[0].changed = moved_by_us
    assert found_again(it) == ["tables_moved: it had table T05 and now has table T09"] * accused


def test_a_finding_is_counted_once_and_known_only_by_an_entry_of_its_own() -> None:
    moved = replace(AS_ASKED, tables=(replace(AS_ASKED.tables[0], number="T09", table_id="id-T09"),))
    it = world(moved, settings=ALONE)
    found_again(it)
    (finding,) = it.audit.findings
    assert (finding.code, finding.count, finding.bookings, finding.known) == ("tables_moved", 1, (REFERENCE,), "")
    excused = world(moved, breaches=known("tables_moved"), settings=ALONE)
    found_again(excused)
    assert [one.known for one in excused.audit.findings] == ["Known. (https://t.example/1, until 01 Jan 2999)"]
    of_scenario = world(moved, breaches=known("BOOK-008 tables_moved"), settings=ALONE)
    assert found_again(of_scenario) == []
    assert list(of_scenario.known_breaches.met) == ["BOOK-008 tables_moved"]


def test_what_something_between_sent_twice_is_not_judged_in_the_run_either() -> None:
    it = world(AS_ASKED)
    wrong = Found(Breach("new_called_repeated", "it was answered as if it had been sent before"), REFERENCE)
    it.audit._unasked.append(wrong)
    assert found_by(it, KEPT) == ["new_called_repeated: " + wrong.sentence]
    it.session.submission._called_repeated.add(it.session.submission.keys[0])
    (kept,) = [end for end in it.audit.judge() if end.name == KEPT]
    assert (kept.end, list(kept.found)) == ("not judged", [])
    assert isinstance(kept.error, NotJudged)
    assert kept.error.code == "sent_twice"
