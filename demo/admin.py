"""The admin interface: what a tester, unlike a guest, can do to the platform. Loopback only, with a token."""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from demo import changes, hours_admin
from demo.assignment import cancel
from demo.defects.rows import arrange
from demo.lease import HeldLease, Lease
from demo.platform import Platform

ADMIN = "/demo/admin"
Act = Callable[[dict[str, Any], dict[str, str]], tuple[int, Any]]
DONE = (200, {"ok": True})
NO_BOOKING = (404, {"error": "Booking not found"})


def routes(platform: Platform, token: str) -> list[Route]:
    """Return the routes of the admin interface, which the public API description leaves out."""
    desk = _Desk(platform)
    acts: tuple[tuple[str, str, Act], ...] = (
        ("POST", "/bookings/cancel", desk.cancel_all),
        ("POST", "/bookings/{booking_id}/cancel", desk.cancel),
        ("POST", "/bookings/{booking_id}/edit", desk.edit),
        ("POST", "/bookings/{booking_id}/move", desk.move),
        ("GET", "/flags", desk.flags),
        ("PUT", "/flags", desk.set_flags),
        ("PUT", "/clock", desk.set_clock),
        ("PUT", "/restaurants/{slug}/hours", desk.set_hours),
        ("PUT", "/restaurants/{slug}/dates/{date}", desk.set_date),
        ("DELETE", "/restaurants/{slug}/dates/{date}", desk.drop_date),
        ("PUT", "/defects", desk.set_defects),
        ("POST", "/reset", desk.reset),
    )
    lease = Lease(desk.reset, platform.stopping)
    return [
        *(Route(ADMIN + path, _endpoint(act, token), methods=[method]) for method, path, act in acts),
        Route(f"{ADMIN}/lease", _lease_endpoint(lease, token), methods=["POST"]),
    ]


def authorised(request: Request, token: str) -> bool:
    """Whether the request has the right bearer token; compared in constant time."""
    given = request.headers.get("authorization", "")
    return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())


async def json_object(request: Request) -> dict[str, Any]:
    """Return the body as an object; an empty one when it is anything else."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _endpoint(act: Act, token: str) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> JSONResponse:
        if not authorised(request, token):
            return JSONResponse({"error": "Unauthorized"}, 401)
        try:
            status, body = await run_in_threadpool(act, await json_object(request), dict(request.path_params))
        except (KeyError, ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(body, status)

    return endpoint


def _lease_endpoint(lease: Lease, token: str) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        """Have the demo's clock and switches for one client, as long as it keeps this connection open."""
        if not authorised(request, token):
            return JSONResponse({"error": "Unauthorized"}, 401)
        holder = str((await json_object(request)).get("holder", "unnamed"))
        if not await lease.take(holder):
            return JSONResponse({"error": "The demo is in use", "holder": lease.holder}, 409)
        return HeldLease(lease)

    return endpoint


class _Desk:
    """The acts of the admin interface: each takes body and path, and returns status and body."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._flags = platform.flags
        self._defects = platform.defects.names()
        self._hours: dict[str, list[dict[str, Any]]] = {}
        """Of restaurants whose hours were changed, by slug, as they were before."""

    def cancel(self, body: dict[str, Any], path: dict[str, str]) -> tuple[int, Any]:
        by = body.get("by", "staff")
        if by not in {"staff", "guest"}:
            raise ValueError("by is staff or guest")
        done = cancel(self._platform, [str(UUID(path["booking_id"]))], by)
        return (200, {"status": "cancelled"}) if done else NO_BOOKING

    def cancel_all(self, body: dict[str, Any], _: dict[str, str]) -> tuple[int, Any]:
        return 200, {"cancelled": cancel(self._platform, [str(UUID(booking_id)) for booking_id in body["ids"]])}

    def edit(self, body: dict[str, Any], path: dict[str, str]) -> tuple[int, Any]:
        start = body.get("time")
        done = changes.edit(
            self._platform,
            str(UUID(path["booking_id"])),
            party=None if body.get("party") is None else int(body["party"]),
            start=None if start is None else datetime.time.fromisoformat(start),
        )
        return DONE if done else NO_BOOKING

    def move(self, body: dict[str, Any], path: dict[str, str]) -> tuple[int, Any]:
        done = changes.move(self._platform, str(UUID(path["booking_id"])), str(body["table"]))
        return DONE if done else NO_BOOKING

    def flags(self, _: dict[str, Any], __: dict[str, str]) -> tuple[int, Any]:
        return 200, self._platform.flags.as_json()

    def set_flags(self, body: dict[str, Any], _: dict[str, str]) -> tuple[int, Any]:
        self._platform.flags = self._platform.flags.changed(body)
        return DONE

    def set_clock(self, body: dict[str, Any], _: dict[str, str]) -> tuple[int, Any]:
        now = body.get("now")
        self._platform.clock.set(None if now is None else datetime.datetime.fromisoformat(now))
        return 200, {"now": self._platform.clock.now().isoformat()}

    def set_hours(self, body: dict[str, Any], path: dict[str, str]) -> tuple[int, Any]:
        self._keep_hours(path["slug"])
        hours_admin.set_weekday(self._platform, path["slug"], body)
        return DONE

    def set_date(self, body: dict[str, Any], path: dict[str, str]) -> tuple[int, Any]:
        self._keep_hours(path["slug"])
        hours_admin.set_date(self._platform, path["slug"], datetime.date.fromisoformat(path["date"]), body)
        return DONE

    def drop_date(self, _: dict[str, Any], path: dict[str, str]) -> tuple[int, Any]:
        self._keep_hours(path["slug"])
        hours_admin.drop_date(self._platform, path["slug"], datetime.date.fromisoformat(path["date"]))
        return DONE

    def set_defects(self, body: dict[str, Any], _: dict[str, str]) -> tuple[int, Any]:
        self._platform.defects.set(body["defects"])
        arrange(self._platform)
        return DONE

    def reset(self, _: dict[str, Any], __: dict[str, str]) -> tuple[int, Any]:
        self._platform.flags = self._flags
        self._platform.clock.set(None)
        self._platform.limiter.clear()
        if self._platform.defects.names() != self._defects:
            self._platform.defects.set(self._defects)
            arrange(self._platform)
        while self._hours:
            hours_admin.restore(self._platform, *self._hours.popitem())
        return DONE

    def _keep_hours(self, slug: str) -> None:
        if slug not in self._hours:
            self._hours[slug] = hours_admin.hours_of(self._platform, slug)
