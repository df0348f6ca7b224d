"""Telling others: one POST a message to the webhook, one GET a round to the heartbeat address.

Both addresses are secrets. What goes there carries nothing of the platform's: no header, no certificate; no redirect is
followed; and what does not answer in time is left. Nothing that fails here ends or holds up the monitor.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from bookingflow.commands.watching.memory import Memory
from bookingflow.core.errors import SuiteError
from bookingflow.core.network.web_addresses import WebAddress
from bookingflow.core.timing import TimeUpError, within
from bookingflow.platform.http_access import HttpAccess
from bookingflow.platform.http_problems import WORDS, trouble_of

LIMIT_S = 10.0
"""Seconds that one request may take, from the look-up of the name to the status."""
_AGENT = "bookingflow-watch"

Ask = Callable[[str, str, Any], str]
"""Makes a request (method, address, JSON body or None); why it was not taken, empty where it was."""


class Notices:
    """Sends what there is to send, and says in a sentence what did not get through."""

    def __init__(self, webhook: str | None, heartbeat: str | None, *, ask: Ask | None = None) -> None:
        self._webhook = webhook
        self._heartbeat = heartbeat
        self._ask = ask or ask_for

    @property
    def has_webhook(self) -> bool:
        """Whether messages are posted anywhere."""
        return self._webhook is not None

    def deliver(self, memory: Memory, sent: Callable[[], None]) -> str:
        """Post what waits, oldest first, until one is not taken; `sent` is called after each that was.

        A sentence where something still waits; empty otherwise. Without a webhook nothing waits any more.
        """
        if self._webhook is None:
            memory.waiting.clear()
        while memory.waiting and self._webhook is not None:
            why = self._ask("POST", self._webhook, memory.waiting[0].as_json())
            if why:
                return f"The webhook (BOOKING_WEBHOOK) took no message: {why}. {_kept(memory)}"
            del memory.waiting[0]
            sent()
        return ""

    def beat(self) -> str:
        """Ask the heartbeat address, where there is one; a sentence where it did not answer as it should."""
        why = "" if self._heartbeat is None else self._ask("GET", self._heartbeat, None)
        return f"The heartbeat (BOOKING_HEARTBEAT_URL) was not taken: {why}." if why else ""


def _kept(memory: Memory) -> str:
    count = len(memory.waiting)
    kept = "It is kept and sent after the next round" if count == 1 else f"{count} are kept, for after the next round"
    return f"{kept}; {memory.dropped} older ones were given up." if memory.dropped else f"{kept}."


def ask_for(method: str, url: str, body: Any = None, *, transport: httpx.BaseTransport | None = None) -> str:
    """Make one request; why it was not taken, in words that hold no part of the address but its host."""
    address = WebAddress.read(url)
    headers = {"User-Agent": _AGENT}
    if address.authorization is not None:
        headers["Authorization"] = address.authorization
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = json.dumps(body).encode()
    try:
        client = HttpAccess(url).client(address.url, timeout=LIMIT_S, transport=transport)
    except (ValueError, SuiteError, OSError) as error:
        return str(error).rstrip(".")

    def status() -> int:
        with client.stream(method, address.url, content=content, headers=headers) as response:
            return response.status_code

    try:
        with client:
            answered = within(LIMIT_S, status, abandon=client.close)
    except TimeUpError:
        return f"{address.host} did not answer within {LIMIT_S:g} s"
    except (httpx.HTTPError, OSError) as error:
        where = {"host": address.host, "where": f"{address.host}:{address.port}", "proxy": "this machine's settings"}
        return WORDS[trouble_of(error)].format(**where)
    if httpx.codes.is_success(answered):
        return ""
    if httpx.codes.is_redirect(answered):
        return f"{address.host} answered with a redirect (HTTP {answered}), which is not followed"
    return f"{address.host} answered with HTTP {answered}"
