"""The SQL of docs/live-platform.md, followed word for word, makes roles that the suite can use."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
import pytest

from bookingflow.core.errors import SuiteError
from bookingflow.core.timing import SystemClock
from bookingflow.platform.cancellation import DatabaseCleaner
from bookingflow.platform.database import BookingDatabase
from demo.postgres import EmbeddedPostgres
from demo.seed import ROLES, prepared

DOCS = Path(__file__).resolve().parents[2] / "docs" / "live-platform.md"
SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
PASSWORD = "p%w/d"  # its encoding is what the page asks for


def test_the_roles_of_the_page_are_those_that_a_run_needs() -> None:
    reader, cleaner, of_triggers = SQL.findall(DOCS.read_text(encoding="utf-8"))
    with EmbeddedPostgres.start(prepared(), roles=ROLES) as postgres:
        with psycopg.connect(postgres.dsn()) as connection:
            connection.execute(reader.replace("'PASSWORD'", f"'{PASSWORD}'"))
            connection.execute(cleaner.replace("'PASSWORD'", f"'{PASSWORD}'"))
            connection.execute(of_triggers)
        place = f"{postgres.host}:{postgres.port}/postgres"
        database = BookingDatabase(f"postgresql://acceptance_reader:p%25w%2Fd@{place}", clock=SystemClock())
        database.check_evidence()
        assert database.access.every_booking
        assert len(database.access.readable) == reader[reader.index("GRANT SELECT") :].count(",") + 1
        database.close()
        DatabaseCleaner(f"postgresql://acceptance_cleaner:{PASSWORD}@{place}", delete=True).check()
        with pytest.raises(SuiteError, match="lacks DELETE on booking_table_assignments"):
            DatabaseCleaner(f"postgresql://acceptance_reader:{PASSWORD}@{place}", delete=False).check()
