"""`bookingflow sweep` against a demo used as a live platform: what a killed run left is undone, and nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

from tests.support.demo import RunningDemo, started
from tests.support.live_commands import called, environment, statuses
from tests.support.processes import finished, main_after


def sweep(demo: RunningDemo, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return called(demo, folder, "sweep", *arguments, **more)


def entry(demo: RunningDemo, booking: dict[str, Any], key: str) -> dict[str, Any]:
    """The ledger's entry of a booking that stands."""
    return {
        "api": demo.said["api_base_url"],
        "restaurant": booking["restaurant_id"],
        "id": booking["id"],
        "key": key,
        "madeAt": "2026-01-01T00:00:00+00:00",
        "undoneAt": None,
    }


def write_ledger(folder: Path, *entries: dict[str, Any]) -> None:
    (folder / "reports").mkdir(exist_ok=True)
    (folder / "reports" / "made.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in entries))


KILLED_BEFORE_ITS_BOOKING_IS_UNDONE = """
import os, signal
from bookingflow.world import World

World.leave = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_swept(demo: RunningDemo, tmp_path: Path) -> None:
    killed = main_after(KILLED_BEFORE_ITS_BOOKING_IS_UNDONE)
    run = finished(*killed, "--tags=@BOOK-002", variables=environment(demo, tmp_path))
    assert run.returncode == -signal.SIGKILL
    assert "confirmed" in statuses(demo, tmp_path)
    stranger = demo.book(key="a real guest").json()["booking"]

    shown = sweep(demo, tmp_path, "--dry-run")
    assert shown.returncode == 0, shown.stderr
    assert "would undo" in shown.stdout
    assert "confirmed" in statuses(demo, tmp_path)

    elsewhere = sweep(demo, tmp_path, BOOKING_API_BASE_URL="http://127.0.0.1:9")
    assert (elsewhere.returncode, "left alone" in elsewhere.stdout) == (0, True)
    assert "confirmed" in statuses(demo, tmp_path)

    young = sweep(demo, tmp_path, "--older-than", "2d")
    assert (young.returncode, young.stdout) == (0, "Nothing is left to undo.\n")

    done = sweep(demo, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(statuses(demo, tmp_path)) == {"cancelled"}
    assert sweep(demo, tmp_path).stdout == "Nothing is left to undo.\n"
    assert demo.rows("SELECT status::text FROM bookings WHERE id = %s", stranger["id"]) == [{"status": "confirmed"}]


def test_an_id_in_the_ledger_proves_nothing_without_its_key(demo: RunningDemo, tmp_path: Path) -> None:
    real = demo.book(key="their own key").json()["booking"]
    line = entry(demo, real, "another key")
    write_ledger(tmp_path, line, {**line, "key": None})
    done = sweep(demo, tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.count("left alone. Look at it: `bookingflow sweep --forget` takes it out of the ledger.") == 2
    assert sweep(demo, tmp_path).returncode == 3
    forgotten = sweep(demo, tmp_path, "--forget")
    assert (forgotten.returncode, forgotten.stdout.count("It is forgotten.")) == (0, 2), forgotten.stdout
    assert sweep(demo, tmp_path).stdout == "Nothing is left to undo.\n"
    assert demo.rows("SELECT status::text FROM bookings WHERE id = %s", real["id"]) == [{"status": "confirmed"}]


def test_where_an_answer_named_another_booking_the_own_one_is_undone(demo: RunningDemo, tmp_path: Path) -> None:
    real = demo.book(key="the key of a real guest").json()["booking"]
    ours = demo.book(key="the key of this suite").json()["booking"]
    write_ledger(tmp_path, entry(demo, real, "the key of this suite"))
    done = sweep(demo, tmp_path)
    assert (done.returncode, f"undone: {ours['id']}\n" in done.stdout) == (3, True), done.stdout + done.stderr
    status = "SELECT status::text FROM bookings WHERE id = %s"
    assert [demo.rows(status, one["id"])[0]["status"] for one in (real, ours)] == ["confirmed", "cancelled"]


def test_a_cleaner_of_another_platform_closes_nothing(demo: RunningDemo, tmp_path: Path) -> None:
    left = demo.book(key="left behind").json()["booking"]
    line = entry(demo, left, "left behind")
    with started() as other:
        for one in (line, {**line, "id": None}):
            write_ledger(tmp_path, one)
            astray = sweep(demo, tmp_path, BOOKING_CLEANUP_DATABASE_URL=other.said["database_url"])
            assert (astray.returncode, "undone" in astray.stdout) == (3, False), astray.stdout
            assert "Set both addresses to the same platform" in astray.stdout
    assert sweep(demo, tmp_path).stdout == f"undone: {left['id']}\n"
    assert demo.rows("SELECT status::text FROM bookings WHERE id = %s", left["id"]) == [{"status": "cancelled"}]


def test_wrong_use_is_a_sentence(demo: RunningDemo, tmp_path: Path) -> None:
    wrong = sweep(demo, tmp_path, BOOKING_CLEANUP="", BOOKING_CLEANUP_DATABASE_URL="")
    assert wrong.returncode in {0, 2}
    assert "Traceback" not in wrong.stderr
    unknown = finished("-m", "bookingflow", "swep")
    assert (unknown.returncode, "there is no command" in unknown.stderr) == (2, True)
