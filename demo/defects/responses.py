"""What defects do to responses: each changes one on its way to the guest.

Without such a defect on, responses pass untouched.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.defects import Switchboard

STACK = "Error: no row\n    at createBooking (/srv/app/api/bookings.ts:212:11)"

OWN = "/demo/"
"""Paths of the demo's own, which are no part of the platform."""
UNIFIED_CODES = {"OPERATING_HOURS_CLOSED": "OUTSIDE_HOURS", "BOOKING_IN_PAST": "PAST_TIME"}
"""The code of a refused time, as unified validation calls it."""


@dataclass
class Response:
    """A response on its way to the guest."""

    method: str
    path: str
    status: int
    headers: MutableHeaders
    body: Any

    @property
    def new_booking(self) -> bool:
        """Whether it answers a request that made a booking."""
        return self.method == "POST" and self.status == 201 and self._has("booking")

    @property
    def repetition(self) -> bool:
        """Whether it answers a request that was sent before."""
        return self.method == "POST" and self.status == 200 and self._has("booking")

    @property
    def refusal(self) -> bool:
        """Whether it refuses a booking."""
        return self.method == "POST" and 400 <= self.status < 500 and self._has("error")

    @property
    def contact_list(self) -> bool:
        """Whether it lists a contact's bookings."""
        return self.method == "GET" and self.path == "/api/bookings" and self._has("bookings")

    def _has(self, key: str) -> bool:
        return isinstance(self.body, dict) and key in self.body


def _lose_notes(response: Response) -> None:
    if response.new_booking:
        response.body["booking"]["notes"] = None


def _mark_as_page(response: Response) -> None:
    if response.new_booking:
        response.headers["content-type"] = "text/html"


def _open_cookie(response: Response) -> None:
    if response.new_booking:
        response.headers["set-cookie"] = response.headers["set-cookie"].replace("; HttpOnly", "")


def _say_confirmed(response: Response) -> None:
    if response.new_booking:
        response.body["booking"]["status"] = "confirmed"


def _repeat_wrongly(response: Response) -> None:
    if response.repetition:
        response.body["booking"]["party_size"] += 1


def _show_program(response: Response) -> None:
    if response.refusal:
        response.body["stack"] = STACK


def _shorten_wait(response: Response) -> None:
    if response.status == 429:
        response.headers["retry-after"] = "1"
        response.body["retryAfter"] = 1


def _reset_in_seconds(response: Response) -> None:
    if "x-ratelimit-reset" in response.headers:
        response.headers["x-ratelimit-reset"] = response.headers["x-ratelimit-reset"][:-3]


def _list_wrong_time(response: Response) -> None:
    if response.contact_list:
        response.body["bookings"] = [{**item, "start_time": "03:00:00"} for item in response.body["bookings"]]


def _let_caches_keep(response: Response) -> None:
    if response.contact_list:
        response.headers["cache-control"] = "s-maxage=300"


def _open_list(response: Response) -> None:
    if response.method == "GET" and response.path == "/api/bookings" and response.status == 401:
        response.status, response.body = 200, {"items": []}


def _hide_times(response: Response) -> None:
    if response.path.endswith("/schedule") and response.status == 200:
        response.body["slots"] = [slot for number, slot in enumerate(response.body["slots"]) if number % 7 != 3]


def _demand_key(response: Response) -> None:
    if response.new_booking and response.body["idempotencyKey"] is None:
        response.status, response.body = 500, {"error": "idempotency key missing"}


def _give_no_reason(response: Response) -> None:
    if response.refusal:
        response.body["error"] = "x"


def _hide_closed_days(response: Response) -> None:
    if response.path.endswith("/calendar-mask") and response.status == 200:
        response.body |= {"closedDaysOfWeek": [], "closedDates": []}


def _hide_closed_dates(response: Response) -> None:
    if response.path.endswith("/calendar-mask") and response.status == 200:
        response.body["closedDates"] = []


def _show_wrong_hours(response: Response) -> None:
    if response.path.endswith("/schedule") and response.status == 200 and not response.body["isClosed"]:
        response.body["window"]["closesAt"] = "23:30"


def _call_dinner_lunch(response: Response) -> None:
    if response.path.endswith("/schedule") and response.status == 200:
        for slot in response.body["slots"]:
            slot["bookingOption"] = "lunch" if slot["bookingOption"] == "dinner" else slot["bookingOption"]


def _open_test_entrance(response: Response) -> None:
    if response.path == "/api/test/bookings":
        response.status, response.body = 400, {"error": "Invalid payload"}


def _unify(response: Response) -> None:
    if response.method != "POST" or response.path != "/api/bookings":
        return
    response.headers["x-booking-validation"] = "unified"
    code = UNIFIED_CODES.get(response.body.get("code")) if response.refusal else None
    if code is not None:
        closed = response.body["details"].get("reason") == "CLOSED"
        issue = {
            "code": "CLOSED_DATE" if closed else code,
            "message": response.body["error"],
            "detail": response.body["details"],
            "overridable": False,
            "severity": "error",
        }
        response.status, response.body = 400, {"ok": False, "issues": [issue]}


CHANGES: Mapping[str, Callable[[Response], None]] = {
    "answer-loses-notes": _lose_notes,
    "answer-marked-as-page": _mark_as_page,
    "pass-open-to-scripts": _open_cookie,
    "told-confirmed-while-waiting": _say_confirmed,
    "repeated-answer-differs": _repeat_wrongly,
    "program-shown-in-refusal": _show_program,
    "told-to-wait-too-briefly": _shorten_wait,
    "limit-reset-in-seconds": _reset_in_seconds,
    "lookup-tells-wrong-time": _list_wrong_time,
    "lookup-for-caches": _let_caches_keep,
    "own-list-open": _open_list,
    "times-hidden": _hide_times,
    "request-number-wanted": _demand_key,
    "refusal-in-riddles": _give_no_reason,
    "closed-days-hidden": _hide_closed_days,
    "closed-date-not-in-calendar": _hide_closed_dates,
    "wrong-hours-told": _show_wrong_hours,
    "dinner-told-as-lunch": _call_dinner_lunch,
    "back-door-open": _open_test_entrance,
    "unified-refusals": _unify,
}


class ResponseChanges:
    """ASGI middleware that changes responses while such a defect is on."""

    def __init__(self, app: ASGIApp, defects: Switchboard) -> None:
        self._app = app
        self._defects = defects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        changes = [change for name, change in CHANGES.items() if self._defects.on(name)]
        if not changes or scope["type"] != "http" or scope["path"].startswith(OWN):
            await self._app(scope, receive, send)
            return
        start: Message = {}
        content = b""

        async def held(message: Message) -> None:
            nonlocal start, content
            if message["type"] == "http.response.start":
                start = message
                return
            content += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_changed(scope, start, content, changes, send)

        await self._app(scope, receive, held)

    async def _send_changed(
        self, scope: Scope, start: Message, content: bytes, changes: list[Callable[[Response], None]], send: Send
    ) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        response = Response(scope["method"], scope["path"], start["status"], headers, _parsed(content))
        for change in changes:
            change(response)
        if response.body is not None:
            content = json.dumps(response.body).encode()
            headers["content-length"] = str(len(content))
        await send({"type": "http.response.start", "status": response.status, "headers": headers.raw})
        await send({"type": "http.response.body", "body": content})


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
