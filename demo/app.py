"""The HTTP face of the demo platform: routes only; what they do lies in the other modules."""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from psycopg.rows import dict_row
from starlette.concurrency import run_in_threadpool

from demo import job
from demo.assignment import release
from demo.booking import create, load_day
from demo.platform import Platform
from demo.validation import Invalid, parse

ADMIN = "/demo/admin"
JOB = "/demo/job"


def build(platform: Platform) -> FastAPI:
    """The application of one platform; the admin interface exists only when it has a token."""
    app = FastAPI(title="Demo booking platform", version="1", docs_url=None, redoc_url=None)
    _guest_routes(app, platform)
    _job_route(app, platform)
    if platform.admin_token is not None:
        _admin_routes(app, platform, platform.admin_token)
    return app


def _guest_routes(app: FastAPI, platform: Platform) -> None:
    @app.post("/api/bookings")
    async def post_booking(request: Request) -> JSONResponse:
        """Book a table."""
        try:
            body = json.loads(await request.body(), parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return JSONResponse({"error": "Invalid JSON payload"}, 400)
        try:
            wanted = parse(body)
        except Invalid as invalid:
            details = {"formErrors": [], "fieldErrors": invalid.errors}
            return JSONResponse({"error": "Invalid payload", "details": details}, 400)
        key = request.headers.get("idempotency-key", "").strip() or None
        answer = await run_in_threadpool(create, platform, wanted, key)
        return JSONResponse(answer.body, answer.status, answer.headers)

    @app.get("/api/events")
    async def events() -> dict[str, bool]:
        """Alive."""
        return {"ok": True}

    @app.get("/api/restaurants")
    def restaurants() -> dict[str, list[dict[str, Any]]]:
        """All restaurants."""
        with platform.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute("SELECT id::text, name, slug, timezone, capacity FROM restaurants ORDER BY name")
            return {"data": rows.fetchall()}

    @app.get("/api/restaurants/{slug}/schedule")
    def schedule(slug: str, date: str | None = None) -> JSONResponse:
        """A restaurant's day."""
        with platform.pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            restaurant = cursor.execute("SELECT * FROM restaurants WHERE slug = %s", (slug,)).fetchone()
            if restaurant is None:
                return JSONResponse({"error": "Restaurant not found"}, 404)
            try:
                asked = datetime.date.fromisoformat(date) if date else platform.clock.now().date()
            except ValueError:
                errors = {"date": ["Invalid string: must match pattern /^\\d{4}-\\d{2}-\\d{2}$/"]}
                details = {"formErrors": [], "fieldErrors": errors}
                return JSONResponse({"error": "Invalid query parameters", "details": details}, 400)
            day = load_day(cursor, restaurant, asked)
        return JSONResponse(day.as_json(), headers={"Cache-Control": "public, max-age=60, s-maxage=120"})


def _job_route(app: FastAPI, platform: Platform) -> None:
    @app.post(JOB, include_in_schema=False)
    async def run_job(request: Request) -> JSONResponse:
        """Assign a booking now; safe to repeat."""
        if not _authorised(request, platform.job_token):
            return JSONResponse({"error": "Unauthorized"}, 401)
        if not platform.flags.job_endpoint:
            return JSONResponse({"error": "The job is switched off"}, 501)
        booking_id = _booking_id(await _json(request))
        if booking_id is None:
            return JSONResponse({"error": "bookingId is missing"}, 400)
        result = await run_in_threadpool(job.run, platform, booking_id)
        return JSONResponse({"bookingId": booking_id, "result": result})


def _admin_routes(app: FastAPI, platform: Platform, token: str) -> None:
    started_with = platform.flags

    def route(method: str, path: str, act: Callable[[Any, dict[str, str]], tuple[int, Any]]) -> None:
        async def endpoint(request: Request) -> JSONResponse:
            if not _authorised(request, token):
                return JSONResponse({"error": "Unauthorized"}, 401)
            try:
                status, body = await run_in_threadpool(act, await _json(request), request.path_params)
            except (ValueError, TypeError) as error:
                return JSONResponse({"error": str(error)}, 400)
            return JSONResponse(body, status)

        app.add_api_route(ADMIN + path, endpoint, methods=[method], include_in_schema=False)

    def cancel(_: Any, path: dict[str, str]) -> tuple[int, Any]:
        done = release(platform, str(UUID(path["booking_id"])))
        return (200, {"status": "cancelled"}) if done else (404, {"error": "Booking not found"})

    def set_flags(body: Any, _: dict[str, str]) -> tuple[int, Any]:
        platform.flags = platform.flags.changed(dict(body))
        return 200, {"ok": True}

    def set_clock(body: Any, _: dict[str, str]) -> tuple[int, Any]:
        now = body.get("now")
        platform.clock.set(None if now is None else datetime.datetime.fromisoformat(now))
        return 200, {"now": platform.clock.now().isoformat()}

    def reset(_: Any, __: dict[str, str]) -> tuple[int, Any]:
        platform.flags = started_with
        platform.clock.set(None)
        return 200, {"ok": True}

    route("POST", "/bookings/{booking_id}/cancel", cancel)
    route("PUT", "/flags", set_flags)
    route("PUT", "/clock", set_clock)
    route("POST", "/reset", reset)


def _authorised(request: Request, token: str) -> bool:
    given = request.headers.get("authorization", "")
    return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body() or b"{}")
    except ValueError:
        return {}


def _booking_id(body: Any) -> str | None:
    try:
        return str(UUID(str(body["bookingId"])))
    except (KeyError, TypeError, ValueError):
        return None
