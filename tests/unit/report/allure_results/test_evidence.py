"""The evidence of a scenario: the diagnosis first, then what it rests on, masked, escaped and within its budget."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any, cast
from zoneinfo import ZoneInfo

import allure_commons
import pytest
from allure_commons.types import AttachmentType
from behave.model_type import Status

from bookingflow.booking.tracked_booking import Outcome, TrackedBooking
from bookingflow.core.errors import BrokenPromise
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.platform.api_models import Exchange, HttpMetrics
from bookingflow.platform.database_models import Snapshot, StatusChange
from bookingflow.report.allure_results.evidence import (
    BROKEN_BOOKINGS,
    KEPT_BOOKINGS,
    KEPT_BYTES,
    attach_evidence,
    booking_table,
    described,
    status_history,
)
from bookingflow.report.allure_results.records import Evidence, cut
from bookingflow.world import World
from tests.support.failure_cases import case
from tests.support.fakes import NOW, row, table
from tests.support.stage import Stage

CONFIRMED = row("confirmed", table())
SENTENCE = "Booking ABC for 4 guests got no table: it is <full>"


@dataclass
class Sink:
    """Stands where the formatter stands."""

    attached: list[tuple[str, str, AttachmentType]] = field(default_factory=list)
    description: str = ""

    @allure_commons.hookimpl
    def attach_data(self, body: str, name: str, attachment_type: AttachmentType, extension: str) -> None:
        assert extension == attachment_type.extension
        self.attached.append((name, body, attachment_type))

    @allure_commons.hookimpl
    def add_description_html(self, test_description_html: str) -> None:
        self.description = test_description_html

    @property
    def names(self) -> list[str]:
        return [name for name, _, _ in self.attached]

    def body(self, wanted: str) -> str:
        return next(body for name, body, _ in self.attached if name == wanted)

    def size(self) -> int:
        return sum(len(body.encode()) for _, body, _ in self.attached)


@pytest.fixture
def sink() -> Iterator[Sink]:
    found = Sink()
    allure_commons.plugin_manager.register(found)
    yield found
    allure_commons.plugin_manager.unregister(found)


def a_scenario(status: Status, sentence: str = "", step: str = "it is confirmed") -> Any:
    """A scenario as behave keeps it, with one step that ended so."""
    said = SimpleNamespace(keyword="Then", name=step, status=status, error_message=sentence)
    said.exception = BrokenPromise(sentence, code="unexplained") if sentence else None
    return SimpleNamespace(
        name="A party",
        type="scenario",
        status=status,
        all_steps=[said],
        location=SimpleNamespace(filename="features/a b.feature", line=7),
        description=["With a dog."],
        effective_tags=["BOOK-001", "regression.18", "regression.999"],
        parent=SimpleNamespace(type="rule", name="Dogs are welcome"),
        feature=SimpleNamespace(description=["A guest gets <a table>,", "or is told why not."]),
    )


def attach(*bookings: TrackedBooking, status: Status = Status.passed, sentence: str = "", **scene: Any) -> None:
    """Attach what there is of a scenario with these bookings."""
    sanitizer = Sanitizer()
    sanitizer.register_guest(email="guest@example.com", phone="+447700900123")
    place = SimpleNamespace(timezone="Europe/Berlin")
    known = SimpleNamespace(**{"bookings": list(bookings), "case": None, "restaurant": place, **scene})
    world = SimpleNamespace(session=SimpleNamespace(sanitizer=sanitizer, settings=Settings()), scenario=known)
    records = [record for booking in bookings for record in RECORDS.get(id(booking), [])]
    attach_evidence(cast("World", world), a_scenario(status, sentence), records)


RECORDS: dict[int, Any] = {}


def followed_booking(answer_text: str = "{}") -> TrackedBooking:
    """A booking that was confirmed, with its records, and with this answer of the platform."""
    stage = Stage((0, Snapshot(CONFIRMED, events=())), answer="confirmed")
    booking = stage.run()
    RECORDS[id(booking)] = stage.log.records
    metrics = HttpMetrics("POST", "/api/bookings", 201, 10, 10, 5.0)
    body = {"email": "guest@example.com", "phone": "+447700900123"}
    exchange = Exchange(metrics, {"Authorization": "Bearer abcdefgh"}, body, {}, answer_text)
    booking.submitted = replace(booking.submitted, exchange=exchange)
    return booking


def test_a_kept_promise_shows_picture_tables_exchange_and_log(sink: Sink) -> None:
    booking = followed_booking()
    attach(booking)
    assert sink.names == [
        "Timeline",
        "Booking and tables",
        "Status history",
        "HTTP exchange",
        "Phase log",
        "Phase log (JSON lines)",
    ]
    assert "inline_poll completed" in sink.body("Timeline")
    assert sink.body("Phase log (JSON lines)").count("\n") + 1 == len(RECORDS[id(booking)])
    assert "Promised" not in sink.description


def test_contacts_and_secrets_are_masked(sink: Sink) -> None:
    attach(followed_booking('{"note": "call +447700900123", "token": "hush-hush"}'))
    shown = sink.body("HTTP exchange")
    assert "gu***t@example.com" in shown
    assert not [secret for secret in ("900123", "abcdefgh", "hush-hush") if secret in shown]


def test_an_answer_that_is_nested_without_end_is_evidence_like_any_other(sink: Sink) -> None:
    attach(followed_booking('{"a":' * 600 + "1" + "}" * 600))
    assert json.loads(sink.body("HTTP exchange"))["response"]["status"] == 201


def test_a_broken_promise_shows_its_evidence_first_and_says_its_sentence_nowhere_again(sink: Sink) -> None:
    broken = case("pending_settled", booking=row())
    attach(broken.booking, status=Status.failed, sentence=SENTENCE, case=broken)
    assert sink.names[:2] == ["Evidence", "Timeline"]
    assert "tablesHeld" in sink.body("Evidence")
    assert not [body for _, body, _ in sink.attached if "got no table: it is" in body]
    assert "got no table" not in sink.description


def test_a_failure_says_what_was_promised_where_and_how_to_run_it_again() -> None:
    given = {"timeout": "5", "job_token": "hush-hush"}
    shown = described(a_scenario(Status.failed, SENTENCE, step="there is <code> & cake"), given)
    assert "<b>Promised:</b> Then there is &lt;code&gt; &amp; cake</p>" in shown
    assert "<b>Written in:</b> features/a b.feature:7</p>" in shown
    assert "behave -D timeout=5 &#x27;features/a b.feature:7&#x27;</code>" in shown
    assert "hush" not in shown


@pytest.mark.parametrize("status", [Status.passed, Status.failed])
def test_every_result_says_what_it_is_about(status: Status) -> None:
    shown = described(a_scenario(status), {})
    assert "<b>Feature:</b> A guest gets &lt;a table&gt;, or is told why not.</p>" in shown
    assert "<b>Rule:</b> Dogs are welcome</p>" in shown
    assert "<b>Scenario:</b> With a dog.</p>" in shown
    assert "Incident 18: A party that the house can&#x27;t seat stays pending" in shown
    assert "It went wrong once: pending without a trace." in shown
    assert "999" not in shown
    assert ("Promised" in shown) == (status == Status.failed)


def test_tables_have_the_restaurants_time_to_the_minute() -> None:
    (shown,) = booking_table(CONFIRMED, ZoneInfo("Europe/Berlin"))
    assert shown["time"] == "Tue 24 Nov, 19:00–21:00"
    assert (shown["table"], shown["seats"], shown["where"]) == ("T05", 4, "Dining room (indoor)")
    assert shown["held"] == "13:00–14:20"
    (shown,) = booking_table(row(), ZoneInfo("Europe/Berlin"))
    assert shown["table"] == "none"


@pytest.mark.parametrize(("status", "shown"), [(Status.passed, KEPT_BOOKINGS), (Status.failed, BROKEN_BOOKINGS)])
def test_of_a_crowd_a_few_are_shown_each_and_all_in_the_tables(sink: Sink, status: Status, shown: int) -> None:
    crowd = [followed_booking() for _ in range(20)]
    crowd[11].outcome = Outcome.PENDING_SETTLED
    attach(*crowd, status=status, case=case("pending_settled"))
    pictures = [name for name in sink.names if name.startswith("Timeline ")]
    assert len(pictures) == shown
    assert ("Timeline 12" in pictures) == (status == Status.failed)
    assert len(list(csv.reader(io.StringIO(sink.body("Booking and tables"))))) == 21


def test_whatever_the_platform_answers_a_kept_promise_stays_within_its_budget(sink: Sink) -> None:
    crowd = [followed_booking('{"bookings": "' + "ß" * 200_000 + '"}') for _ in range(300)]
    attach(*crowd)
    assert KEPT_BYTES * 0.5 < sink.size() <= KEPT_BYTES
    kinds = {name: kind for name, _, kind in sink.attached}
    assert kinds["HTTP exchange 1"] is AttachmentType.TEXT, "half a JSON document is none"
    assert "the middle is left out" in sink.body("HTTP exchange 1")


def test_what_is_cut_keeps_beginning_and_end_in_whole_lines() -> None:
    text = "\n".join(f"line {number}" for number in range(1000))
    short = cut(text, 500)
    assert len(short.encode()) <= 500
    lines = short.splitlines()
    assert (lines[0], lines[-1]) == ("line 0", "line 999")
    assert [line for line in lines if line not in text.splitlines()] == [
        f"… {len(text)} bytes in all, the middle is left out …"
    ]
    assert len(cut("ß" * 900, 500).encode()) <= 500


def test_a_picture_that_does_not_fit_is_left_out_whole(sink: Sink) -> None:
    Evidence(Sanitizer(), budget=10).picture("Timeline", "<svg>too long</svg>")
    assert sink.names == []


def test_the_history_is_the_platforms_own_else_what_was_seen() -> None:
    booking, zone = followed_booking(), ZoneInfo("Europe/Berlin")
    (seen,) = status_history(booking, zone)
    assert (seen["from"], seen["to"], seen["noted by"]) == (None, "confirmed", "this suite")
    change = StatusChange(at=NOW, from_status="pending", to_status="confirmed", reason="api_inline_auto_assign")
    booking.study = Snapshot(CONFIRMED, history=(change,))
    (noted,) = status_history(booking, zone)
    assert (noted["from"], noted["why"]) == ("pending", "api_inline_auto_assign")
    assert (noted["noted by"], noted["time"]) == ("the platform", "Mon 23 Nov, 13:00")
