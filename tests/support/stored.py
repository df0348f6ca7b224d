"""A booking that is stored and seated exactly as its guest asked."""

from __future__ import annotations

import datetime
from dataclasses import replace

from bookingflow.platform.database_models import Restaurant
from tests.support.fakes import RESTAURANT_ID, row, table
from tests.support.stage import REQUEST as STAGE_REQUEST

PLACE = Restaurant(RESTAURANT_ID, "demo-restaurant", "Demo Restaurant", "Europe/London")
START = datetime.datetime(2026, 11, 24, 19, tzinfo=datetime.UTC)
TABLE = replace(table(), start_at=START, end_at=START + datetime.timedelta(minutes=80), restaurant_id=RESTAURANT_ID)
KEPT = row("confirmed", TABLE, start_at=START, end_at=START + datetime.timedelta(hours=2))
REQUEST = STAGE_REQUEST.model_copy(update={"email": "Acceptance@example.com"})
