"""Whole runs of the suite on a demo of their own: what people and machines learn at the end."""

from __future__ import annotations

from pathlib import Path

import psycopg

from tests.support.demo import RunningDemo
from tests.support.whole_runs import breaches, run

ALSO_BROKEN = "Also broken, in bookings of other scenarios"


def test_a_known_breach_is_shown_and_not_red_and_what_healed_is_loud(tmp_path: Path) -> None:
    done, summary = run(
        tmp_path,
        "--tags=@BOOK-024,@BOOK-002",
        BOOKING_DEMO_DEFECTS="seating-wish-ignored",
        BOOKING_KNOWN_BREACHES=breaches(tmp_path, "2999-12-31"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Known breach: Wishes for a place are ignored." in done.stdout
    assert "Healed: BOOK-002" in done.stdout
    assert "Healed: BOOK-024" not in done.stdout
    assert {result["id"] for result in summary["results"] if result["known"]} == {"BOOK-024"}
    assert summary["verdict"] == "kept"


def test_an_expired_breach_is_red_and_says_that_it_was_known(tmp_path: Path) -> None:
    done, summary = run(
        tmp_path,
        "--tags=@BOOK-024",
        BOOKING_DEMO_DEFECTS="seating-wish-ignored",
        BOOKING_KNOWN_BREACHES=breaches(tmp_path, "2020-01-01"),
    )
    assert done.returncode == 1
    assert "It was a known breach until 01 Jan 2020" in done.stdout
    assert (summary["verdict"], {result["known"] for result in summary["results"]}) == ("broken", {None})


def test_a_run_of_nothing_but_known_breaches_is_not_red(tmp_path: Path) -> None:
    done, summary = run(
        tmp_path,
        "--tags=@BOOK-024",
        BOOKING_DEMO_DEFECTS="seating-wish-ignored",
        BOOKING_KNOWN_BREACHES=breaches(tmp_path, "2999-12-31"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert summary["verdict"] == "kept"


def test_the_requested_booking_is_repeated_beyond_the_tables_and_the_rate_limit(tmp_path: Path) -> None:
    done, summary = run(tmp_path, "--tags=@requested", BOOKING_REPEAT="70", BOOKING_PARTY_SIZE="4")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [booking["outcome"] for booking in summary["bookings"]] == ["confirmed_inline_api"] * 70
    assert summary["metrics"]["totalMs"]["count"] == 70


def test_a_repeated_booking_ends_at_the_first_failure(tmp_path: Path) -> None:
    done, summary = run(
        tmp_path,
        "--tags=@requested",
        BOOKING_REPEAT="5",
        BOOKING_DEADLINE_CAP="3",
        BOOKING_DEMO_DEFECTS="confirmed-without-table",
    )
    assert done.returncode == 1
    assert [booking["outcome"] for booking in summary["bookings"]] == ["confirmed_without_table"]


def test_what_only_the_audit_finds_is_reported_at_the_end_without_a_traceback(tmp_path: Path) -> None:
    done, summary = run(tmp_path, "--tags=@BOOK-002", BOOKING_DEMO_DEFECTS="email-lost")
    assert done.returncode == 1
    assert "another e-mail address than the guest's is stored" in done.stdout.split(ALSO_BROKEN)[1]
    assert "Traceback" not in done.stdout + done.stderr
    assert summary["verdict"] == "broken"


def test_a_request_that_is_forgotten_is_reported_at_the_end(tmp_path: Path) -> None:
    done, _ = run(tmp_path, "--tags=@BOOK-002", BOOKING_DEMO_DEFECTS="repeated-key-books-twice")
    assert done.returncode == 1
    assert (
        "its request, sent once more at the end of the run, made another booking" in done.stdout.split(ALSO_BROKEN)[1]
    )


GHOSTS = """
    CREATE FUNCTION ghost() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO bookings (restaurant_id, customer_id, booking_date, start_time, end_time, party_size, customer_name,
                              customer_email, customer_phone, reference, status)
        SELECT NEW.restaurant_id, NEW.customer_id, NEW.booking_date + 100, NEW.start_time, NEW.end_time, 2, 'Nobody',
               'nobody@example.com', '0000000', upper(substr(md5(random()::text), 1, 10)), 'pending';
        RETURN NULL;
    END $$;
    CREATE TRIGGER ghosts AFTER INSERT ON bookings FOR EACH ROW WHEN (pg_trigger_depth() = 0)
        EXECUTE FUNCTION ghost()"""


def test_where_nobody_else_books_a_booking_of_somebody_is_reported(demo: RunningDemo, tmp_path: Path) -> None:
    with psycopg.connect(demo.said["database_url"]) as owner:
        owner.execute(GHOSTS)
    try:
        done, _ = run(
            tmp_path,
            "--tags=@BOOK-002",
            **demo.as_live(),
            BOOKING_EXPECT="exclusive_restaurant",
        )
    finally:
        with psycopg.connect(demo.said["database_url"]) as owner:
            owner.execute("DROP TRIGGER ghosts ON bookings; DROP FUNCTION ghost")
    assert done.returncode == 1
    assert "came into being, and nobody asked for it" in done.stdout.split(ALSO_BROKEN)[1]


def test_problems_found_before_the_first_booking_stand_in_every_file(demo: RunningDemo, tmp_path: Path) -> None:
    live = {"TARGET": "live", "API_BASE_URL": demo.said["api_base_url"], "JOB_COMMAND": "/no/such/job {booking_id}"}
    live |= {"DATABASE_URL": demo.said["observer_database_url"], "RESTAURANT_SLUG": "demo-restorant"}
    variables = {f"BOOKING_{name}": value for name, value in live.items()}
    booked = demo.rows("SELECT count(*) AS n FROM bookings")
    done, summary = run(tmp_path, "--tags=@smoke", **variables)
    assert (done.returncode, summary["exitStatus"], summary["verdict"]) == (2, 2, "not_judged")
    found = [(problem["code"], problem["setting"]) for problem in summary["preflight"]["problems"]]
    assert found == [("restaurant_missing", "BOOKING_RESTAURANT_SLUG"), ("job_command", "BOOKING_JOB_COMMAND")]
    assert "Did you mean demo-restaurant?" in done.stderr
    assert "Did you mean demo-restaurant?" in (tmp_path / "reports" / "junit.xml").read_text(encoding="utf-8")
    assert demo.rows("SELECT count(*) AS n FROM bookings") == booked


def test_notes_are_printed_and_kept(demo: RunningDemo, tmp_path: Path) -> None:
    variables = demo.as_live() | {"BOOKING_DATABASE_URL": demo.said["database_url"]}
    done, summary = run(tmp_path, "--tags=@BOOK-004", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    codes = [note["code"] for note in summary["preflight"]["notes"]]
    assert [code for code in codes if code != "own_guests"] == ["role_can_write", "mail"]  # others' tests fill days
    assert 'Note: The role "booking_platform"' in done.stdout
