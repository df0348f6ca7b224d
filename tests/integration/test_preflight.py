"""`bookingflow preflight` as people run it: a process, from any folder, against a demo as a live platform."""

from __future__ import annotations

import datetime
import json
import os
import shlex
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest

from bookingflow.__main__ import main as command
from bookingflow.core.errors import EvidenceHidden
from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.timing import SystemClock
from bookingflow.platform.connection import ReadOnlyConnection
from tests.support.fault_proxy import FaultProxy, fault_proxy
from tests.support.own_demo import JOB_TOKEN, OwnDemo, own_demo
from tests.support.replica import replica_of
from tests.support.servers import server, silent

LIMIT_S = 15.0
"""Seconds for the whole process; its checks have ten."""


@pytest.fixture(scope="module")
def platform() -> Iterator[OwnDemo]:
    with own_demo() as running:
        yield running


@pytest.fixture(scope="module")
def between(platform: OwnDemo) -> Iterator[FaultProxy]:
    with fault_proxy(platform.api_base_url) as proxy:
        yield proxy


class Preflight(Protocol):
    """Runs the command with `--json`: its exit status, and what it says."""

    def __call__(self, **variables: str) -> tuple[int, dict[str, Any]]:
        """With these settings and no others."""


@pytest.fixture
def preflight(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Preflight:
    """The command within this process, in an empty folder."""

    def call(**variables: str) -> tuple[int, dict[str, Any]]:
        for name in [name for name in os.environ if name.startswith(("BOOKING_", "PG"))]:
            monkeypatch.delenv(name)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        capsys.readouterr()
        status = command(["preflight", "--json"])
        printed = capsys.readouterr()
        assert printed.err == ""
        said: dict[str, Any] = json.loads(printed.out)
        assert said["exitStatus"] == status
        return status, said

    return call


def process(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The console script, as people call it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOOKING_", "PG"))}
    return subprocess.run(
        [str(Path(sys.executable).with_name("bookingflow")), "preflight", *arguments],
        cwd=folder,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def live(platform: OwnDemo, **changes: str) -> dict[str, str]:
    """The demo as a live platform, with these settings changed."""
    settings = {
        "target": "live",
        "api_base_url": platform.api_base_url,
        "database_url": platform.observer,
        **changes,
    }
    return {f"BOOKING_{name.upper()}": value for name, value in settings.items()}


def both_at(port: int) -> dict[str, str]:
    """The settings for an API and a database that are looked for at this port."""
    return {"api_base_url": f"http://127.0.0.1:{port}", "database_url": f"postgresql://x:y@127.0.0.1:{port}/z"}


def codes(said: Mapping[str, Any], kind: str = "problems") -> list[str]:
    return [item["code"] for item in said[kind]]


def test_a_platform_that_can_be_judged_is_ready_and_nothing_is_booked(
    platform: OwnDemo, preflight: Preflight, tmp_path: Path
) -> None:
    status, said = preflight(**live(platform, job_url=platform.job_url, job_token=JOB_TOKEN))
    assert (status, said["ready"], codes(said), codes(said, "notes")) == (0, True, [], ["mail"])
    assert said["durationMs"] < 2000
    assert list(tmp_path.iterdir()) == [], "nothing is written"


def test_the_console_script_works_from_any_folder(platform: OwnDemo, tmp_path: Path) -> None:
    done = process(tmp_path, **live(platform))
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ready: Demo Restaurant (Europe/London)" in done.stdout
    refused = process(tmp_path, "--json", "-D", "restaurant_slug=nowhere", **live(platform))
    assert (refused.returncode, refused.stderr) == (2, "")
    assert codes(json.loads(refused.stdout)) == ["restaurant_missing"]


@pytest.mark.parametrize("given", ["preflight", "preflight --json", "sweep", "watch --once"])
@pytest.mark.parametrize("printed", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full"])
def test_commands_whose_words_reach_nobody_end_with_their_own_status(
    platform: OwnDemo, tmp_path: Path, given: str, printed: str
) -> None:
    program = shlex.quote(str(Path(sys.executable).with_name("bookingflow")))
    called = ["/bin/sh", "-c", f"exec {program} {given} {printed}"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BOOKING_", "PG"))}
    done = subprocess.run(called, cwd=tmp_path, env={**kept, **live(platform)}, timeout=LIMIT_S, check=False)
    assert done.returncode == 0


def test_a_name_that_the_terminal_can_not_show_keeps_nobody_from_being_ready(platform: OwnDemo, tmp_path: Path) -> None:
    platform.change("UPDATE restaurants SET name = 'Café Zürich' WHERE slug = 'demo-restaurant'")
    try:
        done = process(tmp_path, **live(platform), LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    finally:
        platform.change("UPDATE restaurants SET name = 'Demo Restaurant' WHERE slug = 'demo-restaurant'")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Ready: Caf? Z?rich (Europe/London)" in done.stdout


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("challenge", "wall", "Cloudflare's challenge"),
        ("basic_auth", "wall", "basic auth"),
        ("vercel", "wall", "Vercel's deployment protection"),
        ("access", "wall", "Cloudflare Access"),
        ("log_in", "wall", "a log-in page"),
        ("another_site", "wall", "a page of HTML"),
        ("maintenance", "gateway", "a maintenance page"),
        ("bad_gateway", "gateway", "HTTP 502, nginx"),
        ("no_such_page", "not_this_api", "HTTP 404"),
        ("errors", "answers_errors", "HTTP 500"),
        ("brotli", "encoding", 'marked as "br"'),
        ("not_gzip", "encoding", 'marked as "gzip"'),
        ("ahead", "clocks_apart", "The API's clock (Date) is 3 days ahead"),
    ],
)
def test_what_stands_before_the_platform_is_named(
    platform: OwnDemo, between: FaultProxy, preflight: Preflight, mode: str, code: str, words: str
) -> None:
    between.mode = mode
    status, said = preflight(**live(platform, api_base_url=between.url))
    assert (status, codes(said)) == (3, [code])
    assert words in said["problems"][0]["sentence"]
    assert said["problems"][0]["mend"]
    assert between.booked == 0


@pytest.mark.parametrize(
    ("mode", "notes"),
    [("bom", []), ("utf16", []), ("gzip", []), ("a_little_ahead", ["clocks_differ"])],
)
def test_what_browsers_read_is_read(
    platform: OwnDemo, between: FaultProxy, preflight: Preflight, mode: str, notes: list[str]
) -> None:
    between.mode = mode
    status, said = preflight(**live(platform, api_base_url=between.url))
    assert (status, codes(said), codes(said, "notes")) == (0, [], [*notes, "mail"])


def test_all_problems_are_reported_at_once_each_with_its_setting_and_mend(
    platform: OwnDemo, preflight: Preflight
) -> None:
    host = f"{platform.postgres.host}:{platform.postgres.port}"
    status, said = preflight(
        **live(
            platform,
            api_base_url="http://127.0.0.1:1",
            database_url=f"postgresql://booking_observer:not-the-password@{host}/postgres",
            job_command="/no/such/program {booking_id}",
            cleanup="cancel",
            cleanup_database_url="postgresql://cleaner:x@no-such-host.invalid/postgres",
        ),
    )
    assert status == 2, "a wrong password and a missing program are wrong settings"
    found = {problem["code"]: problem for problem in said["problems"]}
    assert {code: problem["setting"] for code, problem in found.items()} == {
        "connection_refused": "BOOKING_API_BASE_URL",
        "login_refused": "BOOKING_DATABASE_URL",
        "job_command": "BOOKING_JOB_COMMAND",
        "address_unknown": "BOOKING_CLEANUP_DATABASE_URL",
    }
    assert all(problem["mend"] and problem["whoCanAct"] and problem["title"] for problem in found.values())
    assert "not-the-password" not in json.dumps(said)


def test_servers_that_never_answer_cost_no_more_than_the_limit(platform: OwnDemo, preflight: Preflight) -> None:
    with server(silent) as port:
        status, said = preflight(**live(platform, **both_at(port)))
    assert (status, codes(said)) == (3, ["connection_silent", "connection_silent"])
    assert said["durationMs"] < 10_000


def test_connections_that_are_cut_are_called_that(platform: OwnDemo, preflight: Preflight) -> None:
    def cutting(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(1)
        connection.close()

    with server(cutting) as port:
        status, said = preflight(**live(platform, **both_at(port)))
    assert (status, codes(said)) == (3, ["connection_cut", "connection_cut"])


def test_encryption_that_is_not_there_is_called_that(platform: OwnDemo, preflight: Preflight) -> None:
    status, said = preflight(
        **live(
            platform,
            api_base_url=platform.api_base_url.replace("http:", "https:"),
            database_url=f"{platform.observer}?sslmode=require",
        ),
    )
    assert (status, codes(said)) == (3, ["encryption", "encryption"])


@pytest.mark.parametrize(
    ("changes", "status", "code", "words"),
    [
        ({"restaurant_slug": "demo-restorant"}, 2, "restaurant_missing", "Did you mean demo-restaurant?"),
        ({"restaurant_id": "8dcb19c3-0000-4993-9b91-4655a4d95921"}, 2, "restaurant_missing", "There are demo-"),
        ({"job_command": "/etc {booking_id}"}, 2, "job_command", "is a folder"),
        ({"date": "2000-01-01"}, 2, "bad_settings", "BOOKING_DATE"),
        ({"no_such_setting": "1"}, 2, "bad_settings", "BOOKING_NO_SUCH_SETTING"),
    ],
)
def test_wrong_settings_are_wrong_use(
    platform: OwnDemo, preflight: Preflight, changes: dict[str, str], status: int, code: str, words: str
) -> None:
    ended, said = preflight(**live(platform, **changes))
    assert (ended, codes(said)) == (status, [code])
    assert words in f"{said['problems'][0]['sentence']} {said['problems'][0]['mend']}"


def test_a_program_that_can_not_be_executed(platform: OwnDemo, preflight: Preflight, tmp_path: Path) -> None:
    program = tmp_path / "assign"
    program.write_text("#!/bin/sh\n")
    _, said = preflight(**live(platform, job_command=f"{program} {{booking_id}}"))
    assert codes(said) == ["job_command"]
    assert said["problems"][0]["mend"] == f"chmod +x {program}"
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert preflight(**live(platform, job_command=f"{program} {{booking_id}}"))[0] == 0


def test_a_token_that_the_job_refuses_is_found_without_a_booking(platform: OwnDemo, preflight: Preflight) -> None:
    status, said = preflight(**live(platform, job_url=platform.job_url, job_token="another-token"))
    assert (status, codes(said)) == (2, ["job_token"])
    status, said = preflight(**live(platform, job_url="http://127.0.0.1:1/job"))
    assert (status, codes(said)) == (3, ["job_unreachable"])


def test_the_role_that_cancels_is_tried(platform: OwnDemo, preflight: Preflight) -> None:
    cancelling = {"cleanup": "cancel", "cleanup_database_url": platform.observer}
    status, said = preflight(**live(platform, **cancelling))
    assert (status, codes(said)) == (3, ["cleaner"])
    assert "DELETE on allocations" in said["problems"][0]["sentence"]


def test_time_zone_data_that_differ_keep_the_run_from_beginning(platform: OwnDemo, tmp_path: Path) -> None:
    europe = tmp_path / "zones" / "Europe"
    europe.mkdir(parents=True)
    with resources.files("tzdata.zoneinfo.Asia").joinpath("Tokyo").open("rb") as tokyo:
        (europe / "London").write_bytes(tokyo.read())
    done = process(tmp_path, "--json", **live(platform), PYTHONTZPATH=str(europe.parent))
    said = json.loads(done.stdout)
    assert (done.returncode, codes(said)) == (3, ["time_zone_differs"])
    assert "Demo Restaurant lives by Europe/London: on " in said["problems"][0]["sentence"]


ODD = [
    ("UPDATE restaurants SET timezone = 'America/Pacific' WHERE slug = 'demo-few-tables'", "time_zone_unknown", ()),
    ("UPDATE table_inventory SET active = false WHERE restaurant_id = {few}", "nothing_bookable", ()),
    ("DELETE FROM restaurant_operating_hours WHERE restaurant_id = {few}", "nothing_bookable", ()),
    (
        "UPDATE restaurant_operating_hours SET is_closed = true WHERE restaurant_id = {few} AND day_of_week = "
        "extract(dow FROM current_date + 10)",
        "date_closed",
        ("date",),
    ),
]


@pytest.mark.parametrize(("statement", "code", "asked"), ODD)
def test_a_restaurant_at_which_nothing_can_be_booked_is_one_sentence(
    platform: OwnDemo, preflight: Preflight, statement: str, code: str, asked: tuple[str, ...]
) -> None:
    few = "(SELECT id FROM restaurants WHERE slug = 'demo-few-tables')"
    kept = ("restaurants", "table_inventory", "restaurant_operating_hours")
    platform.change(*(f"CREATE TABLE kept_{name} AS TABLE {name}" for name in kept), statement.format(few=few))
    date = {"date": (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=10)).isoformat()}
    try:
        _, said = preflight(**live(platform, restaurant_slug="demo-few-tables", **(date if asked else {})))
    finally:
        platform.change(
            "UPDATE restaurants r SET timezone = k.timezone FROM kept_restaurants k WHERE k.id = r.id",
            "UPDATE table_inventory t SET active = k.active FROM kept_table_inventory k WHERE k.id = t.id",
            "DELETE FROM restaurant_operating_hours",
            "INSERT INTO restaurant_operating_hours SELECT * FROM kept_restaurant_operating_hours",
            *(f"DROP TABLE kept_{name}" for name in kept),
        )
    assert codes(said) == [code]


def test_a_house_whose_days_have_two_rows_of_hours_is_not_closed_for_one_closed_day(
    platform: OwnDemo, preflight: Preflight
) -> None:
    few = "(SELECT id FROM restaurants WHERE slug = 'demo-few-tables')"
    own = f"FROM restaurant_operating_hours WHERE restaurant_id = {few}"
    platform.change(
        "INSERT INTO restaurant_operating_hours (restaurant_id, day_of_week, opens_at, closes_at, notes)"
        f" SELECT restaurant_id, day_of_week, '23:00', '23:30', 'second' {own}",
        "INSERT INTO restaurant_operating_hours (restaurant_id, effective_date, is_closed, notes)"
        f" VALUES ({few}, current_date + 9, true, 'second')",
    )
    try:
        _, said = preflight(**live(platform, restaurant_slug="demo-few-tables"))
    finally:
        platform.change("DELETE FROM restaurant_operating_hours WHERE notes = 'second'")
    assert codes(said) == []


def test_a_house_that_guests_of_earlier_runs_fill_is_noted(platform: OwnDemo, preflight: Preflight) -> None:
    day = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1)
    with httpx.Client(base_url=platform.api_base_url) as guests:
        for number in range(2):  # half of the tables of that house
            answer = guests.post(
                "/api/bookings",
                json={
                    "restaurantSlug": "demo-few-tables",
                    "date": day.isoformat(),
                    "time": "19:00",
                    "party": 2,
                    "bookingType": "dinner",
                    "seating": "any",
                    "name": "Earlier Guest",
                    "email": f"acceptance+0123456789-0a1b2c3d-{number}@example.com",
                    "phone": f"+44770090012{number}",
                },
            )
            assert answer.status_code == 201, answer.text
    # Another machine's guests are known by the contact that the suite brings.
    _, said = preflight(**live(platform, restaurant_slug="demo-few-tables", guest_email="qa@example.org"))
    (note,) = [note for note in said["notes"] if note["code"] == "own_guests"]
    assert f"on 1 day of the next 60, first on {day:%a %d %b}: 2 of 4 tables" in note["sentence"]
    _, elsewhere = preflight(**live(platform))
    assert codes(elsewhere, "notes") == ["mail"]


def test_a_replica_is_refused_with_the_way_to_the_primary(platform: OwnDemo, preflight: Preflight) -> None:
    with replica_of(platform.postgres) as port:
        url = platform.observer.replace(f":{platform.postgres.port}/", f":{port}/")
        status, said = preflight(**live(platform, database_url=url))
    assert (status, codes(said)) == (3, ["replica"])
    assert "Point BOOKING_DATABASE_URL at the primary" in said["problems"][0]["mend"]


def test_a_session_that_is_made_anew_with_a_replica_judges_nothing(
    platform: OwnDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ReadOnlyConnection(platform.observer, clock=SystemClock())
    assert session.ask("SELECT 1 AS one", {}) == [{"one": 1}]
    session.close()
    with replica_of(platform.postgres) as port, closing(session):
        there = DatabaseAddress.read(platform.observer.replace(f":{platform.postgres.port}/", f":{port}/"))
        monkeypatch.setattr(session, "_address", there)
        for _ in range(2):
            with pytest.raises(EvidenceHidden, match="is a read replica"):
                session.ask("SELECT 1 AS one", {})


def test_a_clock_of_this_machine_that_is_behind_is_named(
    platform: OwnDemo, preflight: Preflight, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_days = datetime.timedelta(days=2)
    monkeypatch.setattr(SystemClock, "now", lambda _: datetime.datetime.now(datetime.UTC) - two_days)
    status, said = preflight(**live(platform))
    assert (status, codes(said)) == (3, ["clocks_apart"])
    assert said["problems"][0]["sentence"].startswith(
        "This machine's clock is 2 days behind the API's clock (Date) and"
    )
    assert said["problems"][0]["whoCanAct"] == "the team that runs this suite"
