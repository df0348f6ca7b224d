"""One client at a time for the demo's clock and switches: the lease is an open connection, and ends with it.

A client that is killed gives its lease back this way too, and the next one finds the demo as it was at the start.
"""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PATIENCE_S = 1.0
"""Seconds that a client waits for one that is just leaving."""
LOOK_S = 0.1
"""Seconds between two looks whether the demo goes down, or the lease is free."""


class Lease:
    """Who has the demo; `holder` says it for people, empty when nobody has."""

    def __init__(self, reset: Callable[..., object], stopping: threading.Event) -> None:
        self.holder = ""
        self.stopping = stopping
        self._reset = reset

    async def take(self, holder: str) -> bool:
        """Give the lease to `holder`; False when another one keeps it."""
        waited = 0.0
        while self.holder and waited < PATIENCE_S:
            await asyncio.sleep(LOOK_S)
            waited += LOOK_S
        if self.holder:
            return False
        self.holder = f"{holder}, since {datetime.datetime.now(datetime.UTC):%H:%M:%S} UTC"
        return True

    async def give_back(self) -> None:
        """Put the demo back as at its start, then let the next client have it."""
        try:
            if not self.stopping.is_set():
                await run_in_threadpool(self._reset, {}, {})
        finally:
            self.holder = ""


class HeldLease(Response):
    """The answer to the client that has the lease, which never ends by itself."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(status_code=200, media_type="text/plain")
        del self.headers["content-length"]
        self._lease = lease

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer, then wait until the client is gone or the demo goes down."""
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": b"yours\n", "more_body": True})
            while not gone.done() and not self._lease.stopping.is_set():
                await asyncio.wait({gone}, timeout=LOOK_S)
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            await self._lease.give_back()


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
