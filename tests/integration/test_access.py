"""What a role may see of a real database: hidden rows, views, missing tables and columns, rights, replicas."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

import psycopg
import pytest

from bookingflow.core.errors import EvidenceHidden
from bookingflow.core.timing import SystemClock
from bookingflow.platform.cancellation import DatabaseCleaner, Ownership
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.database.access import AccessReport
from bookingflow.platform.database.columns import WHOLE_ROW
from demo.postgres import EmbeddedPostgres
from demo.seed import ROLES, prepared
from tests.support.waiting import PATIENCE_S

PARAMETER = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def postgres() -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start(prepared(), roles=ROLES) as running:
        yield running


@pytest.fixture
def admin(postgres: EmbeddedPostgres) -> Iterator[psycopg.Connection]:
    """The superuser, whose changes are forgotten at the test's end."""
    with psycopg.connect(postgres.dsn()) as connection:
        connection.execute("SELECT 1")
        yield connection
        connection.rollback()


@pytest.fixture
def reader(postgres: EmbeddedPostgres) -> Iterator[str]:
    """The database, for a role that may read all tables and does not bypass row-level security."""
    yield from _role(postgres, "")


def _role(postgres: EmbeddedPostgres, attributes: str) -> Iterator[str]:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE reader LOGIN PASSWORD 'pw' {attributes}")
        connection.execute("GRANT USAGE ON SCHEMA public TO reader")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader")
    try:
        yield f"postgresql://reader:pw@{postgres.host}:{postgres.port}/postgres"
    finally:
        with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
            connection.execute("DROP SCHEMA IF EXISTS seen CASCADE; DROP OWNED BY reader CASCADE; DROP ROLE reader")


def change(postgres: EmbeddedPostgres, statements: str) -> None:
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        connection.execute(statements)


def examined(url: str) -> tuple[AccessReport, BookingDatabase]:
    database = BookingDatabase(url, clock=SystemClock())
    try:
        return database.examine(), database
    finally:
        database.close()


def test_the_observer_sees_everything_and_changes_nothing(postgres: EmbeddedPostgres) -> None:
    report, database = examined(postgres.dsn("booking_observer"))
    assert report.problems == ()
    assert report.notes == ()
    assert database.access.every_booking
    assert set(database.columns_read()) == database.access.readable
    assert report.facts.role == "booking_observer"


def test_the_databases_clock_is_read_whole_however_the_role_rounds(postgres: EmbeddedPostgres) -> None:
    change(postgres, "ALTER ROLE booking_observer SET extra_float_digits = -15")
    try:
        report, database = examined(postgres.dsn("booking_observer"))
        now = SystemClock().now()
        offsets = database.offsets("Asia/Kathmandu", [now])
        database.close()
    finally:
        change(postgres, "ALTER ROLE booking_observer RESET extra_float_digits")
    assert abs(report.facts.now - now.timestamp()) < PATIENCE_S
    assert offsets == {now: datetime.timedelta(hours=5, minutes=45)}


def test_statements_depend_on_just_the_columns_that_are_found_in_them(admin: psycopg.Connection) -> None:
    database = BookingDatabase("postgresql://x@y/z", clock=SystemClock())
    statements = {
        name: value
        for part in type(database).__mro__[2:]  # those that ask the platform's tables
        for name, value in vars(part).items()
        if name.isupper() and isinstance(value, str)
    }
    statements["EVENTS"] = f"SELECT {statements['EVENTS']} AS events FROM bookings b"
    statements["FINITE"] += f" FROM ({statements['ASSIGNED']}) taken"
    assert len(statements) > 20
    depended: dict[str, set[str]] = {}
    for number, statement in enumerate(statements.values()):
        statement = PARAMETER.sub("NULL", statement).replace("unnest(NULL::date[])", "unnest(ARRAY[]::date[])")
        columns = ", ".join(f"c{position}" for position in range(_width(admin, statement)))
        admin.execute(f"CREATE VIEW v{number} ({columns}) AS {statement}")
        rows = admin.execute(
            "SELECT DISTINCT c.relname::text, a.attname::text FROM pg_rewrite w JOIN pg_depend d ON d.objid = w.oid "
            "AND d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 "
            "JOIN pg_class c ON c.oid = d.refobjid "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid "
            "WHERE w.ev_class = %s::regclass AND c.oid <> w.ev_class",
            (f"v{number}",),
        )
        for table, column in rows:
            depended.setdefault(table, set()).add(column)
    read = database.columns_read()
    assert set(depended) == set(read)
    for table, found in read.items():
        assert found - {WHOLE_ROW} <= depended[table], table
        assert WHOLE_ROW in found or depended[table] == found, "a whole row depends on every column"


def _width(admin: psycopg.Connection, statement: str) -> int:
    found = admin.execute(f"SELECT * FROM ({statement}) AS s LIMIT 0")
    return len(found.description or ())


def test_the_columns_that_a_role_may_not_read_are_named(postgres: EmbeddedPostgres) -> None:
    for url in _role(postgres, "BYPASSRLS"):
        some = "id, restaurant_id, table_number, zone_id, capacity, mobility, status, active, min_party_size"
        change(
            postgres,
            "REVOKE SELECT ON zones, table_inventory, allocations FROM reader;"
            f"GRANT SELECT ({some}, max_party_size, category) ON table_inventory TO reader;"
            "GRANT SELECT (id, name) ON zones TO reader; GRANT SELECT (id) ON allocations TO reader",
        )
        report, database = examined(url)
        (problem,) = report.problems
        assert problem.code == "evidence_hidden"
        assert (
            'The role "reader" (BOOKING_DATABASE_URL) may not read the column area_type of zones.' in problem.sentence
        )
        assert problem.mend.startswith("GRANT SELECT (area_type) ON zones TO reader;")
        assert "table_inventory" in database.access.readable, "every column that is read was granted"
        assert "allocations" not in database.access.readable
        assert [note.code for note in report.notes] == ["not_compared"]


def test_row_level_security_without_a_policy_hides_everything(reader: str) -> None:
    report, database = examined(reader)
    (problem,) = report.problems
    assert problem.code == "evidence_hidden"
    assert "rows of bookings, booking_table_assignments, table_inventory and zones" in problem.sentence
    assert 'role "reader"' in problem.sentence
    assert "ALTER ROLE reader BYPASSRLS" in problem.mend
    assert not database.access.every_booking
    with pytest.raises(EvidenceHidden, match="Row-level security may hide rows of bookings"):
        database.check_evidence()
    database.close()


@pytest.mark.parametrize(
    ("view", "every_table"),
    [
        ("SELECT * FROM public.booking_table_assignments", True),
        ("SELECT * FROM public.booking_table_assignments WHERE false", False),
        ("SELECT a.* FROM public.booking_table_assignments a JOIN public.bookings b ON b.id = a.booking_id", False),
        ("SELECT * FROM seen.inner_one", False),
    ],
)
def test_a_view_that_may_leave_rows_out_does_not_show_every_table(
    postgres: EmbeddedPostgres, view: str, every_table: bool
) -> None:
    for url in _role(postgres, "BYPASSRLS"):
        change(
            postgres,
            "CREATE SCHEMA seen; GRANT USAGE ON SCHEMA seen TO reader;"
            "ALTER ROLE reader SET search_path = seen, public;"
            "CREATE VIEW seen.inner_one AS SELECT * FROM public.booking_table_assignments WHERE false;"
            f"CREATE VIEW seen.booking_table_assignments AS {view};"
            "GRANT SELECT ON ALL TABLES IN SCHEMA seen TO reader",
        )
        report, database = examined(url)
        assert report.problems == ()
        assert database.access.every_table is every_table
        assert database.access.every_booking


OPEN = "; ".join(
    f"CREATE POLICY all_of_it ON {table} FOR SELECT TO reader USING (true)"
    for table in ("bookings", "booking_table_assignments", "table_inventory", "zones")
)
POLICIES = [
    (OPEN, []),
    (OPEN.replace("USING (true)", "USING (created_at < now())", 1), ["bookings"]),
    (f"{OPEN}; CREATE POLICY less ON zones AS RESTRICTIVE USING (name <> 'Terrace')", ["zones"]),
    (f"{OPEN}; CREATE POLICY same ON zones AS RESTRICTIVE USING (true)", []),
    (f"{OPEN}; CREATE POLICY others ON zones AS RESTRICTIVE TO booking_platform USING (false)", []),
]


@pytest.mark.parametrize(("policies", "hidden"), POLICIES)
def test_rows_that_some_policy_may_hide_are_hidden(
    postgres: EmbeddedPostgres, reader: str, policies: str, hidden: list[str]
) -> None:
    change(postgres, policies)
    try:
        report, _ = examined(reader)
    finally:
        change(
            postgres,
            "DO $$ DECLARE p record; BEGIN FOR p IN SELECT * FROM pg_policies WHERE policyname IN "
            "('all_of_it', 'less', 'same', 'others') LOOP EXECUTE format('DROP POLICY %I ON %I', p.policyname, "
            "p.tablename); END LOOP; END $$",
        )
    found = " ".join(problem.sentence for problem in report.problems)
    assert [name for name in ("bookings", "zones") if f"rows of {name}" in found] == hidden
    assert len(report.problems) == bool(hidden)


VIEWS = """
CREATE SCHEMA seen; GRANT USAGE ON SCHEMA seen TO reader;
CREATE VIEW seen.bookings WITH (security_invoker = {invoker}) AS SELECT * FROM public.bookings {condition};
CREATE VIEW seen.booking_table_assignments WITH (security_invoker = {invoker}) AS
    SELECT * FROM public.booking_table_assignments;
CREATE VIEW seen.table_inventory AS SELECT * FROM public.table_inventory;
CREATE VIEW seen.zones AS SELECT * FROM public.zones;
CREATE VIEW seen.restaurants AS SELECT * FROM public.restaurants;
GRANT SELECT ON ALL TABLES IN SCHEMA seen TO reader; ALTER ROLE reader SET search_path = seen, public"""


def test_a_view_that_asks_with_the_readers_rights_hides_what_they_do_not_reach(
    postgres: EmbeddedPostgres, reader: str
) -> None:
    change(postgres, VIEWS.format(invoker="true", condition=""))
    report, database = examined(reader)
    (problem,) = report.problems
    assert "rows of bookings and booking_table_assignments" in problem.sentence
    assert not database.access.every_booking


def test_a_view_with_its_owners_rights_shows_all_but_what_is_not_there_is_not_known(
    postgres: EmbeddedPostgres, reader: str
) -> None:
    change(postgres, VIEWS.format(invoker="false", condition="WHERE party_size > 0"))
    report, database = examined(reader)
    assert report.problems == ()
    assert not database.access.every_booking
    change(postgres, "ALTER VIEW seen.bookings OWNER TO reader")
    report, _ = examined(reader)
    assert "rows of bookings from" in report.problems[0].sentence, "the owner is under row-level security too"


def test_a_materialised_view_is_a_copy(postgres: EmbeddedPostgres) -> None:
    for url in _role(postgres, "BYPASSRLS"):
        change(
            postgres,
            "CREATE SCHEMA seen; GRANT USAGE ON SCHEMA seen TO reader; CREATE MATERIALIZED VIEW seen.bookings AS "
            "SELECT * FROM public.bookings; GRANT SELECT ON seen.bookings TO reader; "
            "ALTER ROLE reader SET search_path = seen, public",
        )
        report, _ = examined(url)
        assert [problem.code for problem in report.problems] == ["replica"]


def test_missing_tables_and_columns_are_all_named_with_what_they_may_be_called_now(postgres: EmbeddedPostgres) -> None:
    for url in _role(postgres, "BYPASSRLS"):
        change(
            postgres,
            "ALTER TABLE bookings RENAME COLUMN seating_preference TO seating_pref; "
            "ALTER TABLE bookings RENAME COLUMN notes TO remarks; ALTER TABLE zones RENAME TO zone; "
            "ALTER TABLE capacity_outbox RENAME COLUMN event_type TO kind",
        )
        try:
            report, database = examined(url)
        finally:
            change(
                postgres,
                "ALTER TABLE bookings RENAME COLUMN seating_pref TO seating_preference; "
                "ALTER TABLE bookings RENAME COLUMN remarks TO notes; ALTER TABLE zone RENAME TO zones; "
                "ALTER TABLE capacity_outbox RENAME COLUMN kind TO event_type",
            )
        assert [problem.code for problem in report.problems] == ["tables_missing", "columns_missing"]
        tables, columns = report.problems
        assert "no table zones" in tables.sentence
        assert tables.mend == "zones: did you mean zone?"
        assert "bookings has no columns notes and seating_preference" in columns.sentence
        assert "seating_preference: did you mean seating_pref?" in columns.mend
        assert "capacity_outbox" not in database.access.readable
        assert "does not read capacity_outbox" in report.notes[0].sentence


def test_tables_in_a_schema_that_is_not_searched_are_found(postgres: EmbeddedPostgres) -> None:
    for url in _role(postgres, "BYPASSRLS"):
        change(postgres, "CREATE SCHEMA seen; ALTER TABLE zones SET SCHEMA seen")
        try:
            report, _ = examined(url)
        finally:
            change(postgres, "ALTER TABLE seen.zones SET SCHEMA public")
        (problem,) = report.problems
        assert "ALTER ROLE reader SET search_path = seen" in problem.mend


def test_a_role_that_may_not_read_is_shown_the_grant(postgres: EmbeddedPostgres) -> None:
    for url in _role(postgres, "BYPASSRLS"):
        change(postgres, "REVOKE SELECT ON bookings, zones FROM reader")
        report, _ = examined(url)
        (problem,) = report.problems
        assert "may not read bookings and zones" in problem.sentence
        assert "GRANT SELECT ON bookings, zones TO reader" in problem.mend


def test_a_role_that_can_write_is_noted_with_the_mend(postgres: EmbeddedPostgres) -> None:
    for url in _role(postgres, "BYPASSRLS"):
        change(postgres, "GRANT UPDATE ON bookings TO reader")
        report, _ = examined(url)
        assert report.problems == ()
        assert [note.code for note in report.notes] == ["role_can_write"]
        revoke = "REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON bookings FROM reader"
        assert f"can't; if nothing but the suite logs in by this one, {revoke}; docs/" in report.notes[0].mend
    report, _ = examined(postgres.dsn())
    assert "a role of its own" in report.notes[0].mend


def test_a_cleaner_that_lost_its_sight_says_what_is_left(postgres: EmbeddedPostgres, reader: str) -> None:
    change(postgres, "GRANT UPDATE ON bookings TO reader")
    booking_id = "00000000-0000-4000-8000-000000000001"
    result = DatabaseCleaner(reader, delete=False).undo([booking_id], Ownership())
    assert "row-level security hides bookings from the role" in result.left[booking_id]
    seeing = DatabaseCleaner(postgres.dsn(), delete=False).undo([booking_id], Ownership())
    assert seeing.left == {}
