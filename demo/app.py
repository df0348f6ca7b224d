"""The HTTP routes of the demo platform; the other modules do the work."""

from __future__ import annotations

import asyncio
import contextlib
import email.utils
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo import admin, availability, job, lookup
from demo import openapi as api
from demo.admin import authorised, json_object
from demo.assignment import cancel
from demo.booking import create
from demo.clock import Clock
from demo.defects.requests import Crowd, Pace, misread
from demo.defects.responses import ResponseChanges
from demo.openapi import Described
from demo.platform import Platform
from demo.refusals import invalid_booking, mistake_counted, wait_a_moment
from demo.response import ApiResponse, invalid_response
from demo.restaurants import find_day
from demo.validation import Invalid, parse, parse_date

JOB = "/demo/job"
SLOW_S = 120.0
"""Longer than any guest waits: the promise is 90 s at most."""
TAKEN_AT_ONCE = 4
"""Bookings taken at the same time, first come, first served. More would only wait for each other's locks, some of them
long: with 8 guests at once the p95 of an answer is a sixth lower with this limit (measured on 2 cores).
"""


def build(platform: Platform) -> Starlette:
    """Return the application of one platform; it has an admin interface only when the platform has a token for it."""
    public = [*_booking_routes(platform), *_restaurant_routes(platform)]
    described = api.description("Demo booking platform", public)
    routes: list[BaseRoute] = [*public, _job_route(platform)]
    if platform.admin_token is not None:
        routes += admin.routes(platform, platform.admin_token)
    return Starlette(
        routes=[*routes, Route("/openapi.json", lambda _: JSONResponse(described))],
        middleware=[Middleware(Dated, clock=platform.clock), Middleware(ResponseChanges, defects=platform.defects)],
        exception_handlers={HTTPException: _no_such_route},
    )


def _no_such_route(_: Request, error: Exception) -> JSONResponse:
    """Refuse in JSON what no route takes."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


def _send(answer: ApiResponse) -> JSONResponse:
    return JSONResponse(answer.body, answer.status, answer.headers)


async def _answer(platform: Platform, answer: ApiResponse) -> Response:
    """Return the answer to a booking; a defect may delay it, break it off or replace it."""
    if platform.defects.on("slow-answer"):
        await asyncio.sleep(SLOW_S)
    if platform.defects.on("html-error-page"):
        return HTMLResponse("<html><body><h1>Internal Server Error</h1></body></html>", 500)
    if platform.defects.on("answer-lost"):
        return BrokenOff(answer.body, answer.status)
    return _send(answer)


class Dated:
    """ASGI middleware that dates answers by the platform's own clock."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = email.utils.format_datetime(self._clock.now(), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        await self._app(scope, receive, dated)


class BrokenOff(JSONResponse):
    """An answer that breaks off in the middle: its Content-Length is larger than its body."""

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        super().init_headers({**(headers or {}), "content-length": str(len(self.body) + 1000)})


def client_address(request: Request, *, last: bool = False) -> str:
    """Return the first X-Forwarded-For entry, as the platform does; a proxy writes the `last`."""
    return request.headers.get("x-forwarded-for", "").split(",")[-1 if last else 0].strip() or "unknown"


def _in_path(request: Request, name: str) -> str:
    """Return a part of the path without NUL, which PostgreSQL refuses."""
    return str(request.path_params[name]).replace("\x00", "")


def _booking_routes(platform: Platform) -> list[Described]:
    crowd, pace, turns = Crowd(), Pace(), asyncio.Semaphore(TAKEN_AT_ONCE)
    shown_before: dict[str, ApiResponse] = {}

    async def post_booking(request: Request) -> Response:
        """Book a table."""
        try:
            body = json.loads(await request.body(), parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "Invalid JSON payload"}, 400)
        if isinstance(body, dict):
            body = misread(platform.defects, body)
        try:
            wanted = parse(body)
        except Invalid as invalid:
            limited = mistake_counted(platform, client_address(request))
            return _send(limited or invalid_booking(platform, body, invalid))
        if platform.defects.on("crowd-is-an-error") and await crowd.pushes():
            return JSONResponse({"error": "Internal server error"}, 500)
        if platform.defects.on("every-seventh-has-to-wait") and pace.has_to_wait():
            return _send(wait_a_moment(retry_after=1))
        key = request.headers.get("idempotency-key", "").strip() or None
        if key is None and "idempotency-key" in request.headers and platform.defects.on("empty-key-counts"):
            key = "empty"
        at_once = platform.defects.on("concurrent-key-books-twice")
        async with contextlib.nullcontext() if at_once else turns:
            last = platform.defects.on("limit-by-the-last-address")
            answer = await create(platform, wanted, key, client_address(request, last=last))
        return await _answer(platform, answer)

    def get_bookings(request: Request) -> JSONResponse:
        """A contact's own bookings."""
        answer = lookup.contact_bookings(platform, dict(request.query_params), client_address(request))
        if platform.defects.on("lookup-is-stale") and answer.status == 200:
            answer = shown_before.setdefault(str(request.query_params), answer)
        return _send(answer)

    def get_confirmation(request: Request) -> JSONResponse:
        """The booking behind a confirmation link."""
        return _send(lookup.confirm(platform, request.query_params.get("token")))

    def get_booking(request: Request) -> JSONResponse:
        """One booking; needs a session."""
        if platform.defects.on("booking-readable-by-anyone"):
            return _send(lookup.one_booking(platform, _in_path(request, "booking_id")))
        if platform.defects.on("refusal-shows-notes"):
            notes = lookup.one_booking(platform, _in_path(request, "booking_id")).body.get("booking", {}).get("notes")
            return JSONResponse({**lookup.UNAUTHENTICATED.body, "notes": notes}, 401)
        return _send(lookup.UNAUTHENTICATED)

    async def put_booking(request: Request) -> JSONResponse:
        """Change a booking; needs a session."""
        return _send(lookup.change_without_session(platform, await request.body()))

    async def delete_booking(_: Request) -> JSONResponse:
        """Cancel a booking; needs a session."""
        return _send(lookup.UNAUTHORIZED)

    async def get_history(_: Request) -> JSONResponse:
        """A booking's history; needs a session."""
        return _send(lookup.NO_SESSION)

    async def staffs_only(_: Request) -> JSONResponse:
        """For a restaurant's staff; needs their session."""
        return _send(lookup.NO_SESSION)

    def cancel_as_staff(request: Request) -> JSONResponse:
        """Cancel a booking; needs a session of the restaurant's staff."""
        if not platform.defects.on("staff-entrance-open"):
            return _send(lookup.NO_SESSION)
        booking_id = _in_path(request, "booking_id")
        cancel(platform, [booking_id])
        return JSONResponse({"id": booking_id, "status": "cancelled"})

    async def get_restaurants_bookings(_: Request) -> JSONResponse:
        """A restaurant's bookings; needs a session of its staff."""
        return _send(lookup.list_without_session(platform))

    booked = {200: api.BOOKED, 201: api.BOOKED, 400: api.ERROR, 404: api.ERROR, 422: api.ERROR, 429: api.ERROR}
    listed = {200: api.BOOKINGS, 400: api.ERROR, 401: api.ERROR, 429: api.ERROR}
    contact = {"email": api.TEXT, "phone": api.TEXT, "restaurantId": api.TEXT, "me": api.TEXT}
    restaurant = {"restaurantId": api.TEXT}
    linked = {200: api.CONFIRMATION, 400: api.ERROR, 404: api.ERROR, 410: api.ERROR}
    one, staffs, refused = "/api/bookings/{booking_id}", "/api/ops/bookings/{booking_id}", {401: api.ERROR}
    return [
        Described("POST", "/api/bookings", post_booking, answers=booked, body=api.REQUEST),
        Described("GET", "/api/bookings", get_bookings, answers=listed, query=contact),
        Described("GET", "/api/bookings/confirm", get_confirmation, answers=linked, query={"token": api.TEXT}),
        Described("GET", one, get_booking, answers=refused),
        Described("PUT", one, put_booking, answers={400: api.ERROR, **refused}),
        Described("DELETE", one, delete_booking, answers=refused),
        Described("GET", f"{one}/history", get_history, answers=refused),
        Described("GET", "/api/ops/bookings", get_restaurants_bookings, answers=refused, query=restaurant),
        Described("PATCH", staffs, staffs_only, answers=refused),
        Described("DELETE", staffs, cancel_as_staff, answers=refused),
        Described("GET", f"{staffs}/history", staffs_only, answers=refused),
        Described("GET", f"{staffs}/manual-context", staffs_only, answers=refused),
        Described("DELETE", f"{staffs}/assign-tables", staffs_only, answers=refused),
    ]


def _restaurant_routes(platform: Platform) -> list[Described]:
    async def events(_: Request) -> JSONResponse:
        """Alive."""
        return JSONResponse({"ok": True})

    def restaurants(request: Request) -> JSONResponse:
        """All restaurants, or those whose name contains the search."""
        search = request.query_params.get("search", "").replace("\x00", "")
        with platform.statement() as db:
            rows = db.execute(
                "SELECT id::text, name, slug, timezone, capacity FROM restaurants "
                "WHERE strpos(lower(name), lower(%s)) > 0 ORDER BY name",
                (search,),
            ).fetchall()
        return JSONResponse({"data": rows}, headers={"Deprecation": "true"})

    def schedule(request: Request) -> JSONResponse:
        """A restaurant's day; today when no date is asked for."""
        date = request.query_params.get("date")
        try:
            asked = None if date is None else parse_date(date)
        except Invalid as invalid:
            return _send(invalid_response("Invalid query parameters", invalid))
        with platform.statement() as db:
            day = find_day(platform, db, slug=_in_path(request, "slug"), date=asked)
            if day is None and platform.defects.on("unknown-house-shown"):
                day = find_day(platform, db, date=asked)
        if day is None:
            return JSONResponse({"error": "Restaurant not found"}, 404)
        return JSONResponse(day.as_json(), headers={"Cache-Control": "public, max-age=60, s-maxage=120"})

    def calendar_mask(request: Request) -> JSONResponse:
        """Closed days of a period."""
        asked = request.query_params
        slug = _in_path(request, "slug")
        return _send(availability.calendar_mask(platform, slug, asked.get("from"), asked.get("to")))

    def check_availability(request: Request) -> JSONResponse:
        """A rough count of covers."""
        return _send(availability.availability(platform, dict(request.query_params), client_address(request)))

    found = {400: api.ERROR, 404: api.ERROR}
    period = {"from": api.DATE, "to": api.DATE}
    covers = {"restaurantId": api.TEXT, "date": api.DATE, "time": api.TEXT, "partySize": api.TEXT}
    one = "/api/restaurants/{slug}"
    return [
        Described("GET", "/api/events", events, answers={200: api.ALIVE}),
        Described("GET", "/api/restaurants", restaurants, answers={200: api.RESTAURANTS}, query={"search": api.TEXT}),
        Described("GET", f"{one}/schedule", schedule, answers={200: api.SCHEDULE, **found}, query={"date": api.DATE}),
        Described("GET", f"{one}/calendar-mask", calendar_mask, answers={200: api.MASK, **found}, query=period),
        Described(
            "GET",
            "/api/availability",
            check_availability,
            answers={200: api.AVAILABILITY, **found, 429: api.ERROR},
            query=covers,
        ),
    ]


def _job_route(platform: Platform) -> Route:
    async def run_job(request: Request) -> JSONResponse:
        """Assign a booking now; safe to repeat."""
        if not authorised(request, platform.job_token):
            return JSONResponse({"error": "Unauthorized"}, 401)
        if not platform.flags.job_endpoint:
            return JSONResponse({"error": "The job is switched off"}, 501)
        booking_id = _booking_id(await json_object(request))
        if booking_id is None:
            return JSONResponse({"error": "bookingId is missing"}, 400)
        result = await run_in_threadpool(job.run, platform, booking_id)
        return JSONResponse({"bookingId": booking_id, "result": result})

    return Route(JOB, run_job, methods=["POST"])


def _booking_id(body: dict[str, Any]) -> str | None:
    try:
        return str(UUID(str(body["bookingId"])))
    except (KeyError, ValueError):
        return None
