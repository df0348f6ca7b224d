"""How many bookings the demo confirms in a second, driven by the suite's own client.

Bound by the demo's one process.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bench.figures import Figure, Goal
from bench.guests import book
from bookingflow.core.timing import SystemClock
from bookingflow.platform.api import BookingApi
from bookingflow.platform.api_models import CONFIRMED, Accepted
from bookingflow.report.summary import spread
from demo.client import start_demo

GUESTS_AT_ONCE = 8
BOOKINGS_A_GUEST = 80


def measure() -> Iterator[Figure]:
    """Bookings a second, and milliseconds of an answer."""
    demo = start_demo()
    try:
        clients = [BookingApi(demo.api_base_url, clock=SystemClock()) for _ in range(GUESTS_AT_ONCE)]
        for number, client in enumerate(clients):
            client.client_address = f"192.0.2.{number + 1}"
        if demo.controls is not None:
            demo.controls.set_flags(rate_limit=False)
        began = time.perf_counter()
        with ThreadPoolExecutor(GUESTS_AT_ONCE) as pool:
            times = list(pool.map(_book_for_a_while, clients, range(GUESTS_AT_ONCE)))
        took = time.perf_counter() - began
    finally:
        demo.close()
    confirmed = [spent for guest in times for spent in guest]
    rate = round(len(confirmed) / took, 1)
    yield Figure(f"bookings the demo confirms a second, {GUESTS_AT_ONCE} guests at once", rate, goal=Goal("≥", 60))
    lying = spread(confirmed) or {}
    yield Figure("the answer to one of them, p95", lying["p95"], "ms", "the median", lying["p50"])


def _book_for_a_while(client: BookingApi, guest: int) -> list[float]:
    """Milliseconds of each confirmed booking of one guest after the other."""
    confirmed = []
    for number in range(BOOKINGS_A_GUEST):
        answer = book(
            client,
            f"bench{guest}-{number}",
            f"+4477{guest:03d}{number:06d}",
            days_ahead=3 + number % 40 + 40 * guest,
            time=datetime.time(12 + 2 * (number // 40)),
        )
        if isinstance(answer, Accepted) and answer.status == CONFIRMED:
            confirmed.append(answer.exchange.metrics.duration_ms)
    client.close()
    return confirmed
