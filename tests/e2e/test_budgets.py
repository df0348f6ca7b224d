"""Budgets in whole runs: too slow is red and kept out of the history, fast enough is green and kept."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.whole_runs import run


def budgets(folder: Path, content: str) -> str:
    path = folder / "budgets.toml"
    path.write_text(f"[[budget]]\n{content}\n", encoding="utf-8")
    return str(path)


def test_too_slow_is_red_in_every_result_and_fast_enough_is_green(tmp_path: Path) -> None:
    history = tmp_path / "reports" / "speed.jsonl"
    done, summary = run(tmp_path, "--tags=@BOOK-001", BOOKING_BUDGETS=budgets(tmp_path, "p95 = 0.0001"))
    assert done.returncode == 1, done.stdout + done.stderr
    assert summary["scenarios"] == {"passed": 1}
    (finding,) = summary["findings"]
    assert (summary["verdict"], finding["code"], finding["status"]) == ("broken", "over_budget", "failed")
    assert "the budget is 0.0001 s (1 booking)" in finding["sentence"]
    assert "The run as a whole\n  ✗ Guests wait longer than the budget allows" in done.stdout
    assert finding["sentence"] in (tmp_path / "reports" / "junit.xml").read_text(encoding="utf-8")
    results = [json.loads(path.read_bytes()) for path in (tmp_path / "allure-results").glob("*-result.json")]
    (red,) = [result for result in results if result["status"] == "failed"]
    (picture,) = red["attachments"]
    assert (red["name"], picture["type"]) == ("Guests wait longer than the budget allows", "image/svg+xml")
    assert (tmp_path / "allure-results" / picture["source"]).read_text(encoding="utf-8").startswith("<svg")
    assert not history.exists(), "a run that was too slow is not what the next ones are compared with"

    done, summary = run(tmp_path, "--tags=@BOOK-001", BOOKING_BUDGETS=budgets(tmp_path, "p95 = 600\nslower_by = 30"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (summary["findings"], [budget["status"] for budget in summary["budgets"]]) == ([], ["kept", "not_judged"])
    assert done.stdout.count("\nBudget: ") == 2
    (line,) = history.read_text(encoding="utf-8").splitlines()
    assert list(json.loads(line)["milliseconds"]["total"]) == ["BOOK-001 A party of four books dinner for tomorrow"]
    assert history.stat().st_mode & 0o777 == 0o600


def test_a_wrong_file_is_refused_before_anything_is_booked(tmp_path: Path) -> None:
    done, summary = run(tmp_path, "--tags=@BOOK-001", BOOKING_BUDGETS=budgets(tmp_path, "p99 = 5"))
    assert done.returncode == 2
    assert "budgets.toml, budget 1: p99 is nothing that a budget has" in done.stderr
    assert "Traceback" not in done.stderr
    assert (summary["reason"]["code"], summary["bookings"]) == ("bad_settings", [])
