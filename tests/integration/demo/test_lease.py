"""One run at a time has an attached demo: its clock and switches are its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from demo.client import Demo, DemoError, attach_demo
from tests.support.demo import ROOT, RunningDemo
from tests.support.waiting import PATIENCE_S

ATTACH = """
import sys
from demo.client import attach_demo
demo = attach_demo(api_base_url="", database_url="", job_url=None, job_token=None,
                   admin_url=sys.argv[1], admin_token=sys.argv[2])
demo.controls.set_flags(auto_assign=False)
demo.controls.set_defects(["today"])
print("attached", flush=True)
sys.stdin.read()
"""


def attached(demo: RunningDemo) -> Demo:
    env = demo.said["env"]
    return attach_demo(
        api_base_url=demo.said["api_base_url"],
        database_url=demo.said["observer_database_url"],
        job_url=None,
        job_token=None,
        admin_url=env["BOOKING_DEMO_ADMIN_URL"],
        admin_token=env["BOOKING_DEMO_ADMIN_TOKEN"],
    )


@pytest.fixture
def other_run(demo: RunningDemo) -> Iterator[subprocess.Popen[str]]:
    """A process that has attached, and changed flags and defects."""
    env = demo.said["env"]
    words = [env["BOOKING_DEMO_ADMIN_URL"], env["BOOKING_DEMO_ADMIN_TOKEN"]]
    process = subprocess.Popen(
        [sys.executable, "-c", ATTACH, *words], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "attached\n"
        yield process
        process.kill()


def test_a_second_run_is_refused_in_a_sentence_until_the_first_is_gone(demo: RunningDemo) -> None:
    first = attached(demo)
    with pytest.raises(DemoError, match=r"in use by another run \(process \d+, since \d\d:\d\d:\d\d UTC\)"):
        attached(demo)
    first.close()
    attached(demo).close()


def test_a_run_that_was_killed_leaves_the_demo_as_it_was_at_its_start(
    demo: RunningDemo, other_run: subprocess.Popen[str]
) -> None:
    with pytest.raises(DemoError, match=f"process {other_run.pid}"):
        attached(demo)
    assert demo.admin("GET", "/flags").json()["auto_assign"] is False
    other_run.kill()
    attached(demo).close()
    assert demo.admin("GET", "/flags").json()["auto_assign"] is True
    assert demo.book(date="2027-02-31").status_code == 400, "today is off again"


def test_the_lease_holds_while_a_defect_changes_every_response(demo: RunningDemo) -> None:
    demo.admin("PUT", "/defects", {"defects": ["unified-refusals"]}).raise_for_status()
    first = attached(demo)
    with pytest.raises(DemoError, match="in use"):
        attached(demo)
    first.close()


def test_a_wrong_token_is_refused_in_a_sentence(demo: RunningDemo) -> None:
    admin_url = demo.said["env"]["BOOKING_DEMO_ADMIN_URL"]
    with pytest.raises(DemoError, match="refuses the token"):
        attach_demo(
            api_base_url="", database_url="", job_url=None, job_token=None, admin_url=admin_url, admin_token="wrong"
        )


def test_the_demo_goes_down_while_it_is_leased() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "--port", "0", "--json"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    with process:
        env = json.loads(process.stdout.readline())["env"]
        holder = attach_demo(
            api_base_url="",
            database_url="",
            job_url=None,
            job_token=None,
            admin_url=env["BOOKING_DEMO_ADMIN_URL"],
            admin_token=env["BOOKING_DEMO_ADMIN_TOKEN"],
        )
        process.stdin.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr is not None
        assert process.stderr.read() == "", "no grace ran out"
        holder.close()


@pytest.mark.parametrize(
    ("variable", "proxy"), [("ALL_PROXY", "socks5://127.0.0.1:1"), ("HTTP_PROXY", "http://127.0.0.1:1")]
)
def test_proxy_variables_do_not_reach_the_admin_interface(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, variable: str, proxy: str
) -> None:
    for name in (variable, variable.lower()):
        monkeypatch.setenv(name, proxy)
    mine = attached(demo)
    assert mine.controls is not None
    mine.controls.set_flags(merges=False)
    mine.close()
