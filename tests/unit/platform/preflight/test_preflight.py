"""Which of the checks each target has."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
from typing import Any

import httpx
import pytest

from bookingflow.core.errors import TargetUnreachable
from bookingflow.core.settings import Settings
from bookingflow.core.timing import Deadline
from bookingflow.platform.api import BookingApi
from bookingflow.platform.background_job import DisabledJob
from bookingflow.platform.cancellation import Keep
from bookingflow.platform.preflight import preflight
from tests.support.fakes import FakeClock

LIVE = Settings(target="live", database_url="postgresql://x@y/z")


class Database:
    """Can't be asked."""

    def restaurants_among(self, _: Any) -> set[str]:
        return set()

    def ends_by(self, _: Deadline) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def examine(self, *_: Any, **__: Any) -> None:
        raise TargetUnreachable("It does not answer.")


@pytest.mark.parametrize("settings", [Settings(target="demo"), LIVE], ids=["its own demo", "live"])
def test_a_platform_whose_clock_is_ahead_is_not_judged_whichever_it_is(settings: Settings) -> None:
    clock = FakeClock()
    date = email.utils.format_datetime(clock.now() + datetime.timedelta(days=3), usegmt=True)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": []}, headers={"Date": date})

    api = BookingApi("http://platform.test", clock=clock, transport=httpx.MockTransport(answer))
    database: Any = Database()
    found = preflight(settings, api=api, database=database, job=DisabledJob(), cleaner=Keep(), clock=clock)
    apart = [problem for problem in found.problems if problem.code == "clocks_apart"]
    assert [problem.sentence for problem in apart] == [
        "The API's clock (Date) is 3 days ahead of this machine's clock."
    ]
