"""Behind a gate that asks for a header, a log-in or a certificate smoke is as green, and no secret is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.certificates import Certificates
from tests.support.demo import RunningDemo
from tests.support.gates import gate
from tests.support.whole_runs import run

CANARY = "c4nary/of+the gate"
BASIC = "Basic YWRhOmM0bmFyeS9vZit0aGUgZ2F0ZQ=="
"""ada and the canary."""
SHAPES = (CANARY, BASIC.split()[1], "c4nary%2Fof%2Bthe%20gate", "c4nary%2Fof%2Bthe+gate", "c4nary")


@pytest.fixture
def files(tmp_path: Path) -> Certificates:
    folder = tmp_path / "certificates"
    folder.mkdir()
    return Certificates.write(folder)


def smoke(demo: RunningDemo, folder: Path, base_url: str, *tags: str, **variables: str) -> tuple[int, str]:
    """Exit status and all output of the smoke promises there; asserts that no file and no output has the canary."""
    done, _ = run(
        folder,
        f"--tags={' or '.join(['@smoke', *tags])}",
        **demo.as_live() | {"BOOKING_API_BASE_URL": base_url},
        BOOKING_RATE_BUDGET="0",
        **variables,
    )
    said = done.stdout + done.stderr
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert folder / "reports" / "summary.json" in files
    for text in (said, *(path.read_bytes().decode("utf-8", "replace") for path in files)):
        assert [shape for shape in SHAPES if shape in text] == []
    return done.returncode, said


@pytest.mark.parametrize("way", ["header", "basic", "certificate"])
def test_smoke_is_green_behind_each_gate(demo: RunningDemo, tmp_path: Path, files: Certificates, way: str) -> None:
    demands = {"header": {"X-Gate": CANARY, "X-Other": "a"}, "basic": {"Authorization": BASIC}}.get(way, {})
    with gate(demo.said["api_base_url"], files, demands=demands, of_clients=way == "certificate") as standing:
        host = f"localhost:{standing.server_port}"
        variables = {
            "header": {
                "BOOKING_API_HEADERS": f"X-Gate: {CANARY}; X-Other: a",
                # At the platform's own origin the job is behind the gate too.
                "BOOKING_JOB_URL": f"https://{host}/demo/job",
                "BOOKING_JOB_TOKEN": demo.said["env"]["BOOKING_JOB_TOKEN"],
                "BOOKING_EXPECT": "background_job",
            },
            "basic": {},
            "certificate": {
                "BOOKING_API_CLIENT_CERT": str(files.client),
                "BOOKING_API_CLIENT_KEY": str(files.client_key),
            },
        }[way]
        user = f"ada:{CANARY.replace('/', '%2F').replace(' ', '%20')}@" if way == "basic" else ""
        status, said = smoke(
            demo,
            tmp_path / "out",
            f"https://{user}{host}",
            "@BOOK-034",
            BOOKING_API_CA_FILE=str(files.authority),
            **variables,
        )
    assert (status, standing.refused) == (0, 0), said
    assert ("✓ BOOK-034" in said) == (way == "header")
    assert "✓ BOOK-001" in said


def test_without_what_the_gate_asks_for_nothing_is_booked(
    demo: RunningDemo, tmp_path: Path, files: Certificates
) -> None:
    before = demo.rows("SELECT count(*) AS n FROM bookings")
    with gate(demo.said["api_base_url"], files, demands={"X-Gate": CANARY}) as standing:
        url = f"https://localhost:{standing.server_port}"
        unknown = smoke(demo, tmp_path / "unknown", url)
        refused = smoke(demo, tmp_path / "refused", url, BOOKING_API_CA_FILE=str(files.authority))
    assert unknown[0] != 0
    assert "BOOKING_API_CA_FILE" in unknown[1]
    assert refused[0] != 0
    assert "401" in refused[1]
    assert demo.rows("SELECT count(*) AS n FROM bookings") == before
