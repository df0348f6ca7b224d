"""What a whole run leaves for the report beside its scenarios: surroundings, causes, and results of the run itself."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bookingflow.audit.findings import ELSEWHERE
from bookingflow.report.allure_results.run import PROMISED, TIMES
from tests.support.whole_runs import run

NO_TABLE_TWICE = "No table is given twice at the same time"
KEPT = "Every booking is kept as it was asked for, and there is no other"
CHECKS = (
    NO_TABLE_TWICE,
    "What was confirmed stays confirmed, what was cancelled stays cancelled",
    KEPT,
    "A request sent once more is recognised",
)
KNOWN = """
[[breach]]
scenario = "BOOK-026"
code = "double_booking"
reason = "Two parties may share a table."
link = "https://tracker.example/4713"
expires = 2999-12-31
"""


@dataclass
class Results:
    """The results folder of a run."""

    folder: Path

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text(encoding="utf-8")) for path in self.folder.glob("*-result.json")]

    def statuses(self) -> dict[str, str]:
        return {result["name"]: result["status"] for result in self.all()}

    def of(self, name: str) -> dict[str, Any]:
        return next(result for result in self.all() if result["name"] == name)

    def attached(self) -> dict[str, str]:
        """What is attached to the report as a whole, by the attachments' names."""
        files = [json.loads(path.read_text(encoding="utf-8")) for path in self.folder.glob("*-globals.json")]
        given = [item for file in files for item in file["attachments"]]
        return {item["name"]: (self.folder / item["source"]).read_text(encoding="utf-8") for item in given}

    def ends(self) -> list[list[str]]:
        """The checks of the run and how they ended, as the table shows them."""
        table = next(text for name, text in self.attached().items() if name.startswith(PROMISED))
        return list(csv.reader(io.StringIO(table)))[1:]


@pytest.fixture(scope="module")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A run that holds."""
    folder = tmp_path_factory.mktemp("smoke")
    (folder / "allure-results").mkdir()
    (folder / "allure-results" / "executor.json").write_text('{"name": "of an earlier run"}')
    variables = {"TEST_CUSTOMER_EMAIL": "maximiliana@guest.example", "TEST_CUSTOMER_NAME": "Maximiliana Feather"}
    done, _ = run(folder, "--tags=@smoke", **variables)
    assert done.returncode == 0, done.stdout + done.stderr
    return Results(folder / "allure-results")


def test_checks_of_the_run_that_held_are_one_table_and_no_results(smoke: Results) -> None:
    assert all(name.startswith("BOOK-") for name in smoke.statuses())
    assert len(smoke.statuses()) == 4
    assert smoke.ends() == [[check, "kept"] for check in CHECKS]
    attached = smoke.attached()
    assert sorted(attached) == [TIMES, f"{TIMES} (table)", f"{PROMISED}: 4 of 4 bookings checked"]
    assert attached[TIMES].startswith("<svg")
    header, *rows = attached[f"{TIMES} (table)"].splitlines()
    assert header == "confirmed,bookings,min,p50,p95,max"
    assert {row.split(",")[0] for row in rows} == {"with the answer", "in the background"}


def test_the_run_tells_its_surroundings_and_the_causes_of_failures(smoke: Results) -> None:
    said = (smoke.folder / "environment.properties").read_text(encoding="ascii")
    assert "Target=the demo platform, started for this run" in said
    assert "Restaurant=Demo Restaurant (demo-restaurant)" in said
    names = [item["name"] for item in json.loads((smoke.folder / "categories.json").read_text(encoding="utf-8"))]
    assert "Promise broken" in names


def test_what_an_earlier_run_left_is_gone(smoke: Results) -> None:
    path = smoke.folder / "executor.json"
    assert not path.exists() or "earlier" not in path.read_text(encoding="utf-8")


def test_nothing_personal_is_in_any_file_of_the_run(smoke: Results) -> None:
    files = [path for path in smoke.folder.parent.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} >= {".json", ".svg", ".csv", ".txt", ".xml", ".jsonl", ".properties"}
    for path in files:
        said = path.read_text(encoding="utf-8")
        assert not [word for word in ("maximiliana", "Maximiliana", "Feather") if word in said], path


TWICE = "A table is given to two bookings at the same time"


def test_a_table_given_twice_fails_the_run_and_both_bookings_are_named(tmp_path: Path) -> None:
    tags, defect = "--tags=@BOOK-001,@BOOK-004", {"BOOKING_DEMO_DEFECTS": "double-booking", "BOOKING_CLEANUP": "keep"}
    done, summary = run(tmp_path, tags, **defect)
    results = Results(tmp_path / "allure-results")
    assert done.returncode == 1
    assert results.statuses()[TWICE] == "failed"
    assert {"name": "severity", "value": "blocker"} in results.of(TWICE)["labels"]
    assert ["No table is given twice at the same time", "broken"] in results.ends()
    message = results.of(TWICE)["statusDetails"]["message"]
    assert re.search(r"T\d\d is given to bookings \w{10} and \w{10} from 19:00 to 20:20", message)
    assert message.endswith("[double_booking]")
    assert ELSEWHERE in done.stdout
    assert not [name for name in results.statuses() if "(hook)" in name]
    assert summary["verdict"] == "broken"
    found = [(one["code"], one["count"], len(one["bookings"]), one["known"]) for one in summary["findings"]]
    assert found == [("double_booking", 1, 0, None), ("table_not_reserved", 2, 2, None)]


def test_what_a_scenario_failed_with_is_no_finding_of_the_run_too(tmp_path: Path) -> None:
    done, summary = run(tmp_path, "--tags=@BOOK-026", BOOKING_DEMO_DEFECTS="double-booking")
    results = Results(tmp_path / "allure-results")
    assert done.returncode == 1
    assert [name[:8] for name in results.statuses()] == ["BOOK-026"]
    assert results.ends() == [[check, "broken" if check == NO_TABLE_TWICE else "kept"] for check in CHECKS]
    assert [result["codes"] for result in summary["results"]] == [["double_booking"]]
    assert ELSEWHERE not in done.stdout
    assert (summary["verdict"], summary["findings"]) == ("broken", [])


def test_a_known_breach_excuses_its_own_bookings_from_the_runs_promise(tmp_path: Path) -> None:
    known = tmp_path / "known.toml"
    known.write_text(KNOWN)
    defect = {"BOOKING_DEMO_DEFECTS": "double-booking", "BOOKING_KNOWN_BREACHES": str(known)}
    for cleanup in ("cancel", "keep"):
        done, summary = run(tmp_path, "--tags=@BOOK-026", BOOKING_CLEANUP=cleanup, **defect)
        results = Results(tmp_path / "allure-results")
        assert NO_TABLE_TWICE not in results.statuses(), done.stdout
        assert {result["id"] for result in summary["results"] if result["known"]} == {"BOOK-026"}


def test_several_breaches_of_the_run_are_each_reported_once(tmp_path: Path) -> None:
    done, summary = run(
        tmp_path,
        "--tags=@BOOK-001,@BOOK-004",
        BOOKING_DEMO_DEFECTS="double-booking,email-lost",
        BOOKING_CLEANUP="keep",
    )
    statuses = Results(tmp_path / "allure-results").statuses()
    assert (statuses[TWICE], statuses["Guests' e-mail addresses are not stored"]) == ("failed", "failed")
    assert not [name for name in statuses if "(hook)" in name]
    end = done.stdout.split(ELSEWHERE)[1]
    codes = [finding["code"] for finding in summary["findings"]]
    assert codes == ["double_booking", "table_not_reserved", "email_not_stored"]
    assert end.count("✗") == len(codes)
    assert "another e-mail address than the guest's" in end
    assert TWICE in end
