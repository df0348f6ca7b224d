"""What defects do to answers that the honest code has given: a change each, made on their way to the guest.

Without such a defect on, answers pass untouched.
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

UNIFIED_CODES = {"OPERATING_HOURS_CLOSED": "OUTSIDE_HOURS", "BOOKING_IN_PAST": "PAST_TIME"}
"""The code of a refused time, as unified validation calls it."""


@dataclass
class Told:
    """An answer on its way."""

    method: str
    path: str
    status: int
    headers: MutableHeaders
    body: Any

    @property
    def new_booking(self) -> bool:
        """Whether it answers a booking that was made."""
        return self.method == "POST" and self.status == 201 and self._has("booking")

    @property
    def repetition(self) -> bool:
        """Whether it answers a booking that was there already."""
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


def _loses_notes(told: Told) -> None:
    if told.new_booking:
        told.body["booking"]["notes"] = None


def _marked_as_page(told: Told) -> None:
    if told.new_booking:
        told.headers["content-type"] = "text/html"


def _open_pass(told: Told) -> None:
    if told.new_booking:
        told.headers["set-cookie"] = told.headers["set-cookie"].replace("; HttpOnly", "")


def _says_confirmed(told: Told) -> None:
    if told.new_booking:
        told.body["booking"]["status"] = "confirmed"


def _repeats_wrongly(told: Told) -> None:
    if told.repetition:
        told.body["booking"]["party_size"] += 1


def _shows_program(told: Told) -> None:
    if told.refusal:
        told.body["stack"] = STACK


def _wait_too_brief(told: Told) -> None:
    if told.status == 429:
        told.headers["retry-after"] = "1"
        told.body["retryAfter"] = 1


def _lists_wrongly(told: Told) -> None:
    if told.contact_list:
        told.body["bookings"] = [{**item, "start_time": "03:00:00"} for item in told.body["bookings"]]


def _opens_list(told: Told) -> None:
    if told.method == "GET" and told.path == "/api/bookings" and told.status == 401:
        told.status, told.body = 200, {"items": []}


def _hides_times(told: Told) -> None:
    if told.path.endswith("/schedule") and told.status == 200:
        told.body["slots"] = [slot for number, slot in enumerate(told.body["slots"]) if number % 7 != 3]


def _numbers_wanted(told: Told) -> None:
    if told.new_booking and told.body["idempotencyKey"] is None:
        told.status, told.body = 500, {"error": "idempotency key missing"}


def _speaks_in_riddles(told: Told) -> None:
    if told.refusal:
        told.body["error"] = "x"


def _hides_closed_days(told: Told) -> None:
    if told.path.endswith("/calendar-mask") and told.status == 200:
        told.body |= {"closedDaysOfWeek": [], "closedDates": []}


def _tells_wrong_hours(told: Told) -> None:
    if told.path.endswith("/schedule") and told.status == 200 and not told.body["isClosed"]:
        told.body["window"]["closesAt"] = "23:30"


def _calls_dinner_lunch(told: Told) -> None:
    if told.path.endswith("/schedule") and told.status == 200:
        for slot in told.body["slots"]:
            slot["bookingOption"] = "lunch" if slot["bookingOption"] == "dinner" else slot["bookingOption"]


def _opens_back_door(told: Told) -> None:
    if told.path == "/api/test/bookings":
        told.status, told.body = 400, {"error": "Invalid payload"}


def _unified(told: Told) -> None:
    if told.method != "POST" or told.path != "/api/bookings":
        return
    told.headers["x-booking-validation"] = "unified"
    code = UNIFIED_CODES.get(told.body.get("code")) if told.refusal else None
    if code is not None:
        closed = told.body["details"].get("reason") == "CLOSED"
        issue = {
            "code": "CLOSED_DATE" if closed else code,
            "message": told.body["error"],
            "detail": told.body["details"],
            "overridable": False,
            "severity": "error",
        }
        told.status, told.body = 400, {"ok": False, "issues": [issue]}


MISREPORTS: Mapping[str, Callable[[Told], None]] = {
    "answer-loses-notes": _loses_notes,
    "answer-marked-as-page": _marked_as_page,
    "pass-open-to-scripts": _open_pass,
    "told-confirmed-while-waiting": _says_confirmed,
    "repeated-answer-differs": _repeats_wrongly,
    "program-shown-in-refusal": _shows_program,
    "told-to-wait-too-briefly": _wait_too_brief,
    "lookup-tells-wrong-time": _lists_wrongly,
    "own-list-open": _opens_list,
    "times-hidden": _hides_times,
    "request-number-wanted": _numbers_wanted,
    "refusal-in-riddles": _speaks_in_riddles,
    "closed-days-hidden": _hides_closed_days,
    "wrong-hours-told": _tells_wrong_hours,
    "dinner-told-as-lunch": _calls_dinner_lunch,
    "back-door-open": _opens_back_door,
    "unified-refusals": _unified,
}


class Misreporting:
    """ASGI middleware that changes answers while such a defect is on."""

    def __init__(self, app: ASGIApp, defects: Switchboard) -> None:
        self._app = app
        self._defects = defects

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        changes = [change for name, change in MISREPORTS.items() if self._defects.on(name)]
        if not changes or scope["type"] != "http":
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
        self, scope: Scope, start: Message, content: bytes, changes: list[Callable[[Told], None]], send: Send
    ) -> None:
        headers = MutableHeaders(raw=list(start["headers"]))
        told = Told(scope["method"], scope["path"], start["status"], headers, _parsed(content))
        for change in changes:
            change(told)
        if told.body is not None:
            content = json.dumps(told.body).encode()
            headers["content-length"] = str(len(content))
        await send({"type": "http.response.start", "status": told.status, "headers": headers.raw})
        await send({"type": "http.response.body", "body": content})


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
