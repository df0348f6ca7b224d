"""A whole session without a platform: fakes where it would reach out, the real thing everywhere else."""

from __future__ import annotations

import random
from typing import Any, cast

from bookingflow.booking.observation import Observation
from bookingflow.booking.submission import Submission
from bookingflow.core.events import EventStream
from bookingflow.core.ledger import Ledger
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.platform.api import BookingApi
from bookingflow.platform.background_job import DisabledJob
from bookingflow.platform.business_rules import STAY_MINUTES
from bookingflow.platform.cancellation import Cleaner, Keep
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database_models import Restaurant
from bookingflow.platform.preflight import Preflight
from bookingflow.platform.rate_budget import RateBudget
from bookingflow.platform.target import LiveTarget, Target
from bookingflow.scenario.session import Session
from bookingflow.testdata.guests import GuestBook
from tests.support.fakes import RESTAURANT_ID, FakeClock

HOME = Restaurant(RESTAURANT_ID, "demo-restaurant", "Demo Restaurant", "Europe/London")
RUN_ID = "0123456789"


def session(
    *,
    settings: Settings | None = None,
    clock: FakeClock | None = None,
    api: BookingApi | None = None,
    database: Any = None,
    cleaner: Cleaner | None = None,
    home: Restaurant = HOME,
    target: Target | None = None,
) -> Session:
    """A session of these parts; what is not given is harmless."""
    clock = clock or FakeClock()
    settings = settings or Settings(target="live", database_url="postgresql://x@y/z")
    sanitizer = Sanitizer()
    stream = EventStream(run_id=RUN_ID, clock=clock, sanitizer=sanitizer)
    api = api or BookingApi("http://platform.test", clock=clock)
    seen = cast("BookingDatabase", database)
    return Session(
        settings=settings,
        target=target or LiveTarget("http://platform.test", "postgresql://x@y/z"),
        clock=clock,
        run_id=RUN_ID,
        sanitizer=sanitizer,
        stream=stream,
        rng=random.Random(1),
        guests=GuestBook(settings, RUN_ID, random.Random(1)),
        api=api,
        database=seen,
        submission=Submission(api, stream, clock),
        observation=Observation(seen, DisabledJob(), stream, clock),
        home=home,
        stays=dict(STAY_MINUTES),
        cleaner=cleaner or Keep(),
        ledger=Ledger(None, api="http://platform.test", clock=clock, keep=True),
        budget=RateBudget(settings.output_dir / "none.json", 0, clock),
        client_addresses=iter(()),
        preflight=Preflight((), (), home),
    )
