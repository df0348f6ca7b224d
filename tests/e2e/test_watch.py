"""`bookingflow watch` against a demo used as a live platform, with a webhook and a heartbeat address on loopback."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.demo import RunningDemo
from tests.support.live_commands import called, environment, statuses
from tests.support.processes import signalled_at_the_last_moment
from tests.support.waiting import PATIENCE_S, eventually

SECRET = "k3y-0f-the-h00k"


@dataclass
class Listener:
    """What asked for messages and heartbeats got."""

    address: str = ""
    posts: list[dict[str, Any]] = field(default_factory=list)
    beats: int = 0


@contextlib.contextmanager
def listening() -> Iterator[Listener]:
    """A server on loopback that takes everything."""
    heard = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self._thank()

        def do_GET(self) -> None:
            heard.beats += 1
            self._thank()

        def _thank(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Quietly."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        heard.address = f"http://127.0.0.1:{server.server_address[1]}/{SECRET}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield heard
        server.shutdown()
        thread.join(5)


@contextlib.contextmanager
def out_of_order(demo: RunningDemo) -> Iterator[None]:
    """The platform answers each booking with an error, for a while."""
    demo.change(
        "CREATE OR REPLACE FUNCTION out_of_order() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RAISE EXCEPTION $$out of order$$; END'"
    )
    demo.change("CREATE TRIGGER out_of_order BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION out_of_order()")
    try:
        yield
    finally:
        demo.change("DROP TRIGGER out_of_order ON bookings")


def test_an_outage_gives_one_message_and_so_does_its_end(demo: RunningDemo, tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    with listening() as heard:
        settings = {
            "BOOKING_WEBHOOK": heard.address,
            "BOOKING_HEARTBEAT_URL": heard.address,
            "BOOKING_TRACE_LINK": "https://traces.example/{trace_id}",
        }

        def once() -> subprocess.CompletedProcess[str]:
            done = called(demo, tmp_path, "watch", "--once", "--again", "1s", **settings)
            assert "Traceback" not in done.stderr
            assert SECRET not in done.stdout + done.stderr
            return done

        up = once()
        assert (up.returncode, heard.beats, heard.posts) == (0, 1, []), up.stdout + up.stderr
        assert " ✓ up " in up.stdout

        with out_of_order(demo):
            first, second = once(), once()
        assert (first.returncode, second.returncode, heard.beats) == (1, 1, 1), first.stdout + first.stderr
        [down] = heard.posts
        assert (down["state"], down["previous"], down["restaurant"]) == ("down", "up", "Demo Restaurant")
        assert down["code"] == "platform_error"
        assert "A guest is answered with an error." in down["text"]
        assert down["traceLink"] == f"https://traces.example/{down['traceId']}"
        assert "# TYPE bookingflow_watch_up gauge" in (reports / "watch.prom").read_text()
        assert '"} 0.0\n' in (reports / "watch.prom").read_text()

        again = once()
        assert (again.returncode, heard.beats) == (0, 2), again.stdout + again.stderr
        assert [post["state"] for post in heard.posts] == ["down", "up"]
        assert heard.posts[1]["notUpS"] > 0
    ends = statuses(demo, tmp_path)
    assert ends == ["cancelled"] * 3
    assert [path.name for path in reports.iterdir() if SECRET in path.read_text()] == []


def around_the_clock(demo: RunningDemo, tmp_path: Path, *program: str) -> subprocess.Popen[str]:
    """A monitor that runs until it is stopped."""
    return subprocess.Popen(
        [sys.executable, *(program or ("-m", "bookingflow")), "watch", "--every", "5m"],
        cwd=tmp_path,
        env=environment(demo, tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_it_runs_until_a_signal_and_leaves_nothing(demo: RunningDemo, tmp_path: Path) -> None:
    with around_the_clock(demo, tmp_path) as watch:
        assert watch.stdout is not None
        assert any("✓ up" in line for line in iter(watch.stdout.readline, ""))
        beside = called(demo, tmp_path, "watch", "--once")
        watch.send_signal(signal.SIGTERM)
        _, said = watch.communicate(timeout=PATIENCE_S)
    assert (watch.returncode, said) == (4, "Stopped by SIGTERM.\n")
    assert (beside.returncode, "Another monitor" in beside.stderr) == (3, True), beside.stderr
    assert statuses(demo, tmp_path) == ["cancelled"]


def test_a_second_signal_in_its_last_moment_does_not_change_the_status(demo: RunningDemo, tmp_path: Path) -> None:
    with around_the_clock(demo, tmp_path, *signalled_at_the_last_moment("bookingflow.__main__")) as watch:
        assert watch.stdout is not None
        assert any("✓ up" in line for line in iter(watch.stdout.readline, ""))
        watch.send_signal(signal.SIGINT)
        _, said = watch.communicate(timeout=PATIENCE_S)
    assert (watch.returncode, said) == (4, "Stopped by SIGINT.\n")


@contextlib.contextmanager
def taking_its_time(demo: RunningDemo) -> Iterator[None]:
    """The platform takes three seconds to store a booking, for a while."""
    demo.change(
        "CREATE OR REPLACE FUNCTION taking_its_time() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN PERFORM pg_sleep(3); RETURN NEW; END'"
    )
    demo.change(
        "CREATE TRIGGER taking_its_time BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION taking_its_time()"
    )
    try:
        yield
    finally:
        demo.change("DROP TRIGGER taking_its_time ON bookings")


def test_a_signal_while_a_booking_is_being_stored_leaves_nothing_either(demo: RunningDemo, tmp_path: Path) -> None:
    with (
        taking_its_time(demo),
        around_the_clock(demo, tmp_path) as watch,
    ):
        eventually(lambda: demo.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
        watch.send_signal(signal.SIGTERM)
        printed, said = watch.communicate(timeout=PATIENCE_S)
    assert (watch.returncode, said) == (4, "Stopped by SIGTERM.\n")
    assert "Waiting for the answer to a booking, to undo it." in printed
    assert statuses(demo, tmp_path) == ["cancelled"]


def test_without_clean_up_it_refuses_more_than_the_house_can_bear(demo: RunningDemo, tmp_path: Path) -> None:
    kept = called(demo, tmp_path, "watch", "--every", "5m", BOOKING_CLEANUP="", BOOKING_CLEANUP_DATABASE_URL="")
    assert kept.returncode == 2, kept.stdout + kept.stderr
    assert "bookings a day, --every" in kept.stderr
    assert not (tmp_path / "reports" / "made.jsonl").exists()
    assert "at the shortest" in kept.stderr
