"""The HTTP face of the demo platform: routes only; what they do lies in the other modules."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from demo import admin, availability, job, lookup
from demo import openapi as api
from demo.admin import authorised, json_object
from demo.booking import Answer, create
from demo.misreport import Misreporting
from demo.places import find_day
from demo.platform import Platform
from demo.spoil import Crowd
from demo.validation import Invalid, parse, parse_date

JOB = "/demo/job"
SLOW_S = 120.0
"""Longer than any guest waits: the promise is 90 s at most."""


_TEXT = {"type": "string"}


def build(platform: Platform) -> FastAPI:
    """The application of one platform; the admin interface exists only when it has a token."""
    app = FastAPI(title="Demo booking platform", version="1", docs_url=None, redoc_url=None)
    app.add_middleware(Misreporting, defects=platform.defects)
    _booking_routes(app, platform)
    _restaurant_routes(app, platform)
    _job_route(app, platform)
    if platform.admin_token is not None:
        admin.add_routes(app, platform, platform.admin_token)
    return app


def _send(answer: Answer) -> JSONResponse:
    return JSONResponse(answer.body, answer.status, answer.headers)


async def _answer(platform: Platform, answer: Answer) -> Response:
    """The answer to a booking, as far as no defect keeps it from the guest."""
    if platform.defects.on("slow-answer"):
        await asyncio.sleep(SLOW_S)
    if platform.defects.on("html-error-page"):
        return HTMLResponse("<html><body><h1>Internal Server Error</h1></body></html>", 500)
    if platform.defects.on("answer-lost"):
        return BrokenOff(answer.body, answer.status)
    return _send(answer)


class BrokenOff(JSONResponse):
    """An answer that promises more than it sends: the connection breaks in the middle."""

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        super().init_headers({**(headers or {}), "content-length": str(len(self.body) + 1000)})


def _invalid_booking(platform: Platform, invalid: Invalid) -> Answer:
    told = " ".join(message for messages in invalid.errors.values() for message in messages)
    if platform.defects.on("impossible-date-is-an-error") and "not a day of the calendar" in told:
        return Answer(500, {"error": '{"code":"22008","message":"date/time field value out of range"}'})
    if platform.defects.on("long-phone-is-an-error") and "phone" in invalid.errors and "<=20" in told:
        return Answer(500, {"error": '{"code":"23514","message":"violates check constraint"}'})
    answer = lookup.invalid_answer("Invalid payload", invalid)
    if platform.defects.on("secret-in-error"):
        answer.body["debug"] = f"connected to {platform.pool.conninfo}"
    return answer


def client_address(request: Request) -> str:
    """The first X-Forwarded-For entry, as the platform reads it."""
    return request.headers.get("x-forwarded-for", "").split(",")[0].strip() or "unknown"


def _booking_routes(app: FastAPI, platform: Platform) -> None:
    crowd = Crowd()

    @app.post(
        "/api/bookings",
        status_code=201,
        responses=api.answers(
            s200=api.BOOKED, s201=api.BOOKED, s400=api.ERROR, s404=api.ERROR, s422=api.ERROR, s429=api.ERROR
        ),
        openapi_extra=api.body(api.REQUEST),
    )
    async def post_booking(request: Request) -> Response:
        """Book a table."""
        try:
            body = json.loads(await request.body(), parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "Invalid JSON payload"}, 400)
        if platform.defects.on("long-notes-accepted") and isinstance(body, dict) and isinstance(body.get("notes"), str):
            body["notes"] = body["notes"][:500]
        try:
            wanted = parse(body)
        except Invalid as invalid:
            return _send(_invalid_booking(platform, invalid))
        if platform.defects.on("crowd-is-an-error") and await crowd.pushes():
            return JSONResponse({"error": "Internal server error"}, 500)
        key = request.headers.get("idempotency-key", "").strip() or None
        return await _answer(platform, await run_in_threadpool(create, platform, wanted, key, client_address(request)))

    @app.get(
        "/api/bookings",
        responses=api.answers(s200=api.BOOKINGS, s400=api.ERROR, s401=api.ERROR, s429=api.ERROR),
        openapi_extra=api.query(email=_TEXT, phone=_TEXT, restaurantId=_TEXT, me=_TEXT),
    )
    def get_bookings(request: Request) -> JSONResponse:
        """A contact's own bookings."""
        return _send(lookup.contact_bookings(platform, dict(request.query_params), client_address(request)))

    @app.get(
        "/api/bookings/confirm",
        responses=api.answers(s200=api.CONFIRMATION, s400=api.ERROR, s404=api.ERROR, s410=api.ERROR),
    )
    def get_confirmation(token: str | None = None) -> JSONResponse:
        """The booking behind a confirmation link."""
        return _send(lookup.confirm(platform, token))

    @app.get("/api/bookings/{booking_id}", status_code=401, responses=api.answers(s401=api.ERROR))
    def get_booking(booking_id: str) -> JSONResponse:
        """One booking; needs a session."""
        if platform.defects.on("booking-readable-by-anyone"):
            return _send(lookup.one_booking(platform, booking_id))
        return _send(lookup.UNAUTHENTICATED)

    @app.put("/api/bookings/{booking_id}", status_code=404, responses=api.answers(s404=api.ERROR))
    def put_booking(booking_id: str) -> JSONResponse:  # noqa: ARG001
        """Change a booking; needs a session."""
        return _send(lookup.NOT_FOUND)

    @app.delete("/api/bookings/{booking_id}", status_code=401, responses=api.answers(s401=api.ERROR))
    def delete_booking(booking_id: str) -> JSONResponse:  # noqa: ARG001
        """Cancel a booking; needs a session."""
        return _send(lookup.UNAUTHORIZED)

    @app.get("/api/bookings/{booking_id}/history", status_code=401, responses=api.answers(s401=api.ERROR))
    def get_history(booking_id: str) -> JSONResponse:  # noqa: ARG001
        """A booking's history; needs a session."""
        return _send(lookup.NO_SESSION)


def _restaurant_routes(app: FastAPI, platform: Platform) -> None:
    @app.get("/api/events", responses=api.answers(s200=api.ALIVE))
    async def events() -> dict[str, bool]:
        """Alive."""
        return {"ok": True}

    @app.get("/api/restaurants", responses=api.answers(s200=api.RESTAURANTS))
    def restaurants(search: str | None = None) -> JSONResponse:
        """All restaurants, or those whose name contains the search."""
        with platform.statement() as db:
            rows = db.execute(
                "SELECT id::text, name, slug, timezone, capacity FROM restaurants "
                "WHERE strpos(lower(name), lower(%s)) > 0 ORDER BY name",
                ((search or "").replace("\x00", ""),),
            ).fetchall()
        return JSONResponse({"data": rows}, headers={"Deprecation": "true"})

    @app.get(
        "/api/restaurants/{slug}/schedule",
        responses=api.answers(s200=api.SCHEDULE, s400=api.ERROR, s404=api.ERROR),
    )
    def schedule(slug: str, date: str | None = None) -> JSONResponse:
        """A restaurant's day; today when no date is asked for."""
        try:
            asked = None if date is None else parse_date(date)
        except Invalid as invalid:
            return _send(lookup.invalid_answer("Invalid query parameters", invalid))
        with platform.statement() as db:
            day = find_day(platform, db, slug=slug.replace("\x00", ""), date=asked)
        if day is None:
            return JSONResponse({"error": "Restaurant not found"}, 404)
        return JSONResponse(day.as_json(), headers={"Cache-Control": "public, max-age=60, s-maxage=120"})

    @app.get(
        "/api/restaurants/{slug}/calendar-mask",
        responses=api.answers(s200=api.MASK, s400=api.ERROR, s404=api.ERROR),
        openapi_extra=api.query(**{"from": api.DATE, "to": api.DATE}),
    )
    def calendar_mask(slug: str, request: Request) -> JSONResponse:
        """Closed days of a period."""
        asked = request.query_params
        slug = slug.replace("\x00", "")
        return _send(availability.calendar_mask(platform, slug, asked.get("from"), asked.get("to")))

    @app.get(
        "/api/availability",
        responses=api.answers(s200=api.AVAILABILITY, s400=api.ERROR, s404=api.ERROR, s429=api.ERROR),
        openapi_extra=api.query(restaurantId=_TEXT, date=api.DATE, time=_TEXT, partySize=_TEXT),
    )
    def check_availability(request: Request) -> JSONResponse:
        """A rough count of covers."""
        return _send(availability.availability(platform, dict(request.query_params), client_address(request)))


def _job_route(app: FastAPI, platform: Platform) -> None:
    @app.post(JOB, include_in_schema=False)
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


def _booking_id(body: dict[str, Any]) -> str | None:
    try:
        return str(UUID(str(body["bookingId"])))
    except (KeyError, ValueError):
        return None
