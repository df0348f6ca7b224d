"""The webhook and the heartbeat: what is sent, where, and what is said when nobody takes it."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from bookingflow.commands.watching import notices
from bookingflow.commands.watching.memory import Change, Memory
from bookingflow.commands.watching.notices import Notices, ask_for
from bookingflow.commands.watching.states import State
from bookingflow.core.timing import TimeUpError
from tests.support.fakes import NOW

HOOK = "https://user:pass%40word@hooks.test/services/T0/s3cret?key=s3cret"


def change(text: str = "down") -> Change:
    return Change(
        text=text,
        state=State.DOWN,
        previous=State.UP,
        since=NOW,
        previous_lasted_s=60.0,
        not_up_s=None,
        code="pending",
        target="white-horse",
    )


def memory(*texts: str) -> Memory:
    known = Memory(target="white-horse")
    for text in texts:
        known.wait_with(change(text))
    return known


class Server:
    """Answers each request in turn, and keeps it."""

    def __init__(self, *answers: int | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = iter(answers)

    def ask(self, method: str, url: str, body: object) -> str:
        return ask_for(method, url, body, transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer, headers={"location": "https://elsewhere.test/"})


def test_a_message_is_one_post_with_all_that_a_machine_needs() -> None:
    server, sent = Server(200), list[int]()
    known = memory("down")
    assert Notices(HOOK, None, ask=server.ask).deliver(known, lambda: sent.append(len(known.waiting))) == ""
    [request] = server.requests
    assert (request.method, request.url.host, request.url.path) == ("POST", "hooks.test", "/services/T0/s3cret")
    assert request.headers["authorization"] == "Basic dXNlcjpwYXNzQHdvcmQ="
    assert request.headers["content-type"] == "application/json"
    body = json.loads(request.content)
    assert next(iter(body)) == "text"
    assert set(body) == {
        *("text", "id", "version", "state", "previous", "since", "previousLastedS", "notUpS", "code", "title"),
        *("sentence", "whoCanAct", "seconds", "booking", "reference", "traceId", "traceLink", "target", "restaurant"),
    }
    assert (body["state"], body["previousLastedS"], body["since"]) == ("down", 60.0, "2026-11-23T12:00:00Z")
    assert sent == [0]


def test_what_is_not_taken_is_kept_in_its_order() -> None:
    server = Server(200, 503)
    known = memory("one", "two", "three")
    said = Notices(HOOK, None, ask=server.ask).deliver(known, lambda: None)
    assert said == (
        "The webhook (BOOKING_WEBHOOK) took no message: hooks.test answered with HTTP 503. "
        "2 are kept, for after the next round."
    )
    assert [one.text for one in known.waiting] == ["two", "three"]
    assert Notices(HOOK, None, ask=Server(200, 204).ask).deliver(known, lambda: None) == ""
    assert known.waiting == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (302, "hooks.test answered with a redirect (HTTP 302), which is not followed"),
        (404, "hooks.test answered with HTTP 404"),
        (httpx.ConnectError("s3cret"), "hooks.test:443 cuts the connection"),
        (httpx.ReadTimeout("s3cret"), "hooks.test:443 does not answer"),
    ],
)
def test_why_it_is_not_taken_is_said_without_the_secret(answer: int | Exception, said: str) -> None:
    server = Server(answer)
    assert server.ask("POST", HOOK, {}) == said
    assert len(server.requests) == 1


def test_a_server_that_never_ends_its_answer_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(seconds: float, call: Callable[[], int], *, abandon: Callable[[], None]) -> int:
        abandon()
        raise TimeUpError("no answer")

    monkeypatch.setattr(notices, "within", late)
    assert Server(200).ask("GET", HOOK, None) == "hooks.test did not answer within 10 s"


def test_the_heartbeat_is_a_plain_get() -> None:
    server = Server(200, 500)
    heart = Notices(None, "https://alive.test/ping/s3cret", ask=server.ask)
    assert heart.beat() == ""
    assert heart.beat() == ("The heartbeat (BOOKING_HEARTBEAT_URL) was not taken: alive.test answered with HTTP 500.")
    assert [request.method for request in server.requests] == ["GET", "GET"]
    assert not server.requests[0].content
    assert Notices(None, None, ask=server.ask).beat() == ""


def test_without_a_webhook_nothing_is_sent() -> None:
    server, known = Server(), memory("one")
    assert Notices(None, None, ask=server.ask).deliver(known, lambda: None) == ""
    assert (server.requests, known.waiting) == ([], [])
