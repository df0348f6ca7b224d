"""Which end a POST came to, and how long guests are asked to wait."""

from __future__ import annotations

import datetime
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from bookingflow.core.errors import AskedToWait, BehindWall, BrokenPromise, TargetUnreachable
from bookingflow.core.failures import BETWEEN
from bookingflow.core.timing import Deadline
from bookingflow.platform.answers import demand_answer, lost_on_the_way, retry_after, wait_in_words
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import (
    TIME_UP,
    Accepted,
    AnswerLost,
    Exchange,
    HttpMetrics,
    RateLimited,
    Refused,
    SubmitResult,
    Walled,
)
from tests.support.fakes import BOOKING_ID, FakeClock

ANSWERED = datetime.datetime(2026, 11, 23, 12, 0, tzinfo=datetime.UTC)
BOOKED = f'{{"booking": {{"id": "{BOOKING_ID}", "status": "pending"}}}}'


def booked(response: httpx.Response) -> SubmitResult:
    deadline = Deadline(FakeClock(), 5)
    return api_with(response).submit({}, idempotency_key="key", correlation_id="id", deadline=deadline)


def limited(wait: str, **headers: str) -> Exchange:
    metrics = HttpMetrics("POST", "/api/bookings", 429, 10, 10, 5.0)
    return Exchange(metrics, {}, {}, {"retry-after": wait, **headers}, "")


def api_with(response: httpx.Response, *, direct: bool = False) -> BookingApi:
    transport = httpx.MockTransport(lambda _: response)
    return BookingApi("http://platform.test", clock=FakeClock(), direct=direct, transport=transport)


def submitted(response: httpx.Response, *, direct: bool = False) -> Any:
    api = api_with(response, direct=direct)
    return api.submit({}, idempotency_key="key", correlation_id="id", deadline=Deadline(FakeClock(), 5))


def test_an_answer_that_is_no_json_is_said_to_be_unreadable() -> None:
    cut = submitted(httpx.Response(201, text=BOOKED[:-3], headers={"content-type": "application/json"}))
    assert (cut.code, cut.reason) == (
        "encoding",
        "an answer that is not JSON comes instead of the platform's (HTTP 201, marked as application/json)",
    )
    assert submitted(httpx.Response(204)).reason.startswith("an empty answer comes")


@pytest.mark.parametrize("ask", [lambda api: api.restaurants(), lambda api: api.stranger("GET", "/api/bookings/1")])
def test_what_was_asked_too_often_is_not_answered(ask: Any) -> None:
    with pytest.raises(AskedToWait, match=r"too many requests came from this address .* Retry-After says 27 s"):
        ask(api_with(httpx.Response(429, json={"error": "Slow down"}, headers={"retry-after": "27"})))
    limited = api_with(httpx.Response(429)).lookup("a@example.org", "1", "id", may_be_limited=True)
    assert limited.status == 429


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(201, text=BOOKED), Accepted),
        (httpx.Response(400, json={"error": "Closed then."}), Refused),
        (httpx.Response(429, html="<h1>Too many</h1>"), RateLimited),
        (httpx.Response(500, html="<h1>Internal Server Error</h1>"), AnswerLost),
        (httpx.Response(403, html="<h1>Forbidden</h1>"), Walled),
        (httpx.Response(502, html="<h1>Bad Gateway</h1>"), Walled),
        (httpx.Response(200, html="<h1>Sign in</h1>"), Walled),
        (httpx.Response(404, json={"message": "no Route matched with those values"}), Walled),
        (httpx.Response(404, text="default backend - 404"), Walled),
        (httpx.Response(400), Walled),
        (httpx.Response(405), Refused),
        (httpx.Response(413, json={"error": "Request Entity Too Large"}), Walled),
        (httpx.Response(413, json={"error": "Too much", "code": "TOO_LARGE"}), Refused),
        (httpx.Response(304), Walled),
        (httpx.Response(302, headers={"location": "http://[half"}), Walled),
        (httpx.Response(400, json={"code": "CLOSED_DATE"}), Refused),
        (httpx.Response(400, json={"issues": [{"code": "CLOSED_DATE"}]}), Refused),
        (httpx.Response(540, json={"message": "Project paused"}), Walled),
        (httpx.Response(401, json={"error": "invalid_token"}), Walled),
        (httpx.Response(404, json={"error": {"code": "404", "message": "The page could not be found"}}), Walled),
        (httpx.Response(403, json={"issues": [{"code": "MISSING_OVERRIDE"}]}), Refused),
        (httpx.Response(500, json={"message": "Internal server error"}), Walled),
        (httpx.Response(201, text=BOOKED[:-3]), Walled),
        (httpx.Response(201), Walled),
        (httpx.Response(201, text='{"booking": NaN}'), Walled),
        (httpx.Response(201, json={"ok": True}), Walled),
        (httpx.Response(201, json=[1]), Walled),
        (httpx.Response(201, json={"booking": None}), AnswerLost),
    ],
)
def test_each_answer_is_of_one_kind(response: httpx.Response, kind: type) -> None:
    assert type(submitted(response)) is kind


@pytest.mark.parametrize(
    ("response", "kind"),
    [
        (httpx.Response(201, text=BOOKED[:-3]), AnswerLost),
        (httpx.Response(201), AnswerLost),
        (httpx.Response(201, json={"ok": True}), AnswerLost),
        (httpx.Response(201, text='{"booking": NaN}'), AnswerLost),
        (httpx.Response(401, json={"error": "Sign in first"}), Refused),
    ],
)
def test_where_nothing_stands_between_each_answer_is_the_platforms(response: httpx.Response, kind: type) -> None:
    assert type(submitted(response, direct=True)) is kind


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"\xef\xbb\xbf" + BOOKED.encode(), "application/json"),
        (BOOKED.encode("utf-16"), "application/json; charset=utf-16"),
        (BOOKED.encode("utf-16"), "application/json"),
        (BOOKED.encode("utf-16-le"), "application/json; charset=utf-16-le"),
        (BOOKED.encode("latin-1"), 'application/json; charset="ISO-8859-1"'),
        (BOOKED.encode(), "application/json; charset=no-such-thing"),
    ],
)
def test_an_answer_is_read_in_the_encoding_that_it_says(body: bytes, content_type: str) -> None:
    answer = submitted(httpx.Response(201, content=body, headers={"content-type": content_type}))
    assert isinstance(answer, Accepted)
    assert answer.booking_id == BOOKING_ID


@pytest.mark.parametrize("encoding", ["br", "gzip", "zstd"])
def test_an_answer_that_can_not_be_unpacked_is_named(encoding: str) -> None:
    def stream() -> Any:
        yield BOOKED.encode()

    answer = submitted(httpx.Response(201, content=stream(), headers={"content-encoding": encoding}))
    assert isinstance(answer, Walled)
    assert f'marked as "{encoding}"' in answer.reason


@pytest.mark.parametrize(
    ("wait", "seconds", "words"),
    [
        ("57", 57.0, "57 s"),
        ("0", 0.0, "0 s"),
        (format_datetime(ANSWERED + datetime.timedelta(seconds=3), usegmt=True), 3.0, "3 s"),
        ("", None, "nothing"),
        ("-5", None, '"-5", which is no time to wait'),
        ("86400", None, '"86400", which is no time to wait'),
        ("nan", None, '"nan", which is no time to wait'),
        ("soon", None, '"soon", which is no time to wait'),
        (format_datetime(ANSWERED, usegmt=True).replace("2026", "2016"), None, "no time to wait"),
        ("Mon, 99 Nov 2026 12:00:00 GMT", None, "no time to wait"),
    ],
)
def test_how_long_to_wait_is_read_in_either_form(wait: str, seconds: float | None, words: str) -> None:
    exchange = limited(wait, date=format_datetime(ANSWERED, usegmt=True))
    assert retry_after(exchange) == seconds
    assert words in wait_in_words(exchange)


def test_a_date_without_the_answers_own_is_counted_from_now() -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=30)
    seconds = retry_after(limited(format_datetime(soon, usegmt=True)))
    assert seconds is not None
    assert 25 <= seconds <= 30


def test_what_is_read_of_a_wall_judges_nothing() -> None:
    walled = api_with(httpx.Response(403, html="<h1>Forbidden</h1>"))
    for ask in (
        walled.restaurants,
        lambda: walled.confirmation("token"),
        lambda: walled.lookup("a@example.com", "1", "id"),
        lambda: walled.schedule("demo", datetime.date(2026, 11, 23)),
        lambda: walled.calendar("demo", datetime.date(2026, 11, 23), datetime.date(2026, 11, 24)),
        lambda: walled.stranger("GET", "/api/bookings/1"),
    ):
        with pytest.raises(BehindWall, match="a log-in wall"):
            ask()


def test_half_an_answer_accuses_nobody() -> None:
    def half(_: httpx.Request) -> httpx.Response:
        def stream() -> Any:
            yield b'{"date": "2026-11-23"'
            raise httpx.RemoteProtocolError("peer closed connection")

        return httpx.Response(200, content=stream())

    api = BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(half))
    with pytest.raises(TargetUnreachable, match="cuts the connection") as raised:
        api.schedule("demo", datetime.date(2026, 11, 23))
    assert raised.value.who_can_act == BETWEEN
    with pytest.raises(TargetUnreachable, match="No whole answer came to GET /api/bookings"):
        demand_answer(api.lookup("a@example.com", "1", "id"))


def test_a_stranger_who_finds_no_page_found_nothing() -> None:
    missing = api_with(httpx.Response(404, html="<h1>Not Found</h1>"))
    assert missing.stranger("POST", "/api/test/bookings", {}).status == 404


@pytest.mark.parametrize("text", ['{"date": "2026-11-2', '{"date": "2026-11-28"}<script src="/toolbar.js"></script>'])
def test_a_day_that_is_no_json_accuses_nobody_of_its_hours(text: str) -> None:
    api = api_with(httpx.Response(200, text=text, headers={"content-type": "application/json"}))
    with pytest.raises(BehindWall, match="an answer that is not JSON comes instead of the platform's") as raised:
        api.schedule("white-horse", ANSWERED.date())
    assert "if the platform itself answered so, its team can act" in raised.value.hint
    with pytest.raises(BehindWall, match=r"a log-in wall \(HTTP 401\)"):
        api_with(httpx.Response(401, json={"error": "invalid_token"})).schedule("white-horse", ANSWERED.date())
    with pytest.raises(BehindWall, match=r"something that is not the booking API \(HTTP 408\)"):
        api_with(httpx.Response(408)).schedule("white-horse", ANSWERED.date())
    with pytest.raises(BrokenPromise):
        api_with(httpx.Response(200, text=text), direct=True).schedule("white-horse", ANSWERED.date())


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Server disconnected without sending a response.", "connection_cut"),
        ("peer closed connection without sending complete message body (received 0 bytes)", "connection_cut"),
        ("illegal chunk header", "encoding"),
        ("conflicting Content-Length headers", "encoding"),
        ("illegal status line", "encoding"),
    ],
)
def test_a_connection_that_ended_is_no_answer_that_can_not_be_read(said: str, code: str) -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError(said)

    api = BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(broken))
    lost = api.submit({}, idempotency_key="key", correlation_id="id", deadline=Deadline(FakeClock(), 5))
    assert lost_on_the_way(lost) == code
    with pytest.raises(TargetUnreachable, match=r"Does something between .* cut or change answers\?"):
        demand_answer(lost.exchange)
    with pytest.raises(TargetUnreachable) as raised:
        api.schedule("white-horse", ANSWERED.date())
    assert raised.value.problem is not None
    assert raised.value.problem.code == code


def test_what_a_cache_has_kept_for_longer_than_it_may_is_not_the_platforms_answer() -> None:
    def submitted(age: str) -> SubmitResult:
        headers = {"Age": age, "Cache-Control": "max-age=90000"}
        return booked(httpx.Response(201, text=BOOKED, headers=headers))

    kept = submitted("86400")
    assert isinstance(kept, Walled)
    assert kept.reason == "a cache that has kept its answer for 86400 s (HTTP 201) answers instead of the platform"
    assert isinstance(submitted("0"), Accepted)
    assert isinstance(submitted("soon"), Accepted)
    for control in ("", "no-store", "public, max-age=0, must-revalidate"):
        listed = httpx.Response(200, json={"bookings": []}, headers={"Age": "30", "Cache-Control": control})
        with pytest.raises(BehindWall, match="a cache that has kept its answer for 30 s"):
            api_with(listed).lookup("a@b.example", "1", "id")
    listed = httpx.Response(
        200, json={"bookings": []}, headers={"Age": "30", "Cache-Control": "max-age=0, s-maxage=60"}
    )
    assert api_with(listed).lookup("a@b.example", "1", "id").status == 200


def test_a_page_that_is_not_there_is_no_refusal_of_a_booking() -> None:
    gone = {"statusCode": 404, "error": "Not Found", "message": "Route POST:/api/bookings not found"}
    unknown = {"error": "Restaurant not found", "code": "RESTAURANT_NOT_FOUND"}
    found = [booked(httpx.Response(404, json=body)) for body in (gone, unknown)]
    assert isinstance(found[0], Walled)
    assert found[0].reason.startswith("something that is not the booking API (HTTP 404)")
    assert isinstance(found[1], Refused)


def test_the_bytes_of_a_broken_answer_are_not_shown() -> None:
    def broken(_: httpx.Request) -> httpx.Response:
        raise httpx.RemoteProtocolError("illegal header line: bytearray(b'Set-Cookie: session=secret\\x00')")

    api = BookingApi("http://platform.test", clock=FakeClock(), transport=httpx.MockTransport(broken))
    lost = api.submit({}, idempotency_key="key", correlation_id="id", deadline=Deadline(FakeClock(), 5))
    assert isinstance(lost, AnswerLost)
    assert lost.reason == "the answer breaks HTTP's rules: illegal header line"
    assert lost_on_the_way(lost) == "encoding"
    silent = AnswerLost(Exchange(lost.exchange.metrics, {}, {}, {}, "", TIME_UP, trouble="connection_silent"), TIME_UP)
    assert lost_on_the_way(silent) is None
