"""Budgets: what they limit, and how a wrong file is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bookingflow.core.budgets import Budget, load_budgets
from bookingflow.core.errors import SettingsError


def read(folder: Path, content: str) -> tuple[Budget, ...]:
    path = folder / "budgets.toml"
    path.write_text(content, encoding="utf-8")
    return load_budgets(path, required=True)


def test_a_budget_limits_seconds_and_compares_with_the_last_runs(tmp_path: Path) -> None:
    both, answer = read(
        tmp_path, '[[budget]]\np95 = 5\nslower_by = 30\n[[budget]]\nphase = "submit"\np50 = 0.4\nmax = 3.0\n'
    )
    assert (both.phase, both.limits, both.slower_by, both.last_runs) == ("total", {"p95": 5.0}, 30.0, 10)
    assert (answer.phase, answer.limits, answer.slower_by) == ("submit", {"p50": 0.4, "max": 3.0}, None)


def test_without_a_file_nothing_is_limited(tmp_path: Path) -> None:
    assert load_budgets(tmp_path / "budgets.toml", required=False) == ()
    assert read(tmp_path, "# none yet\n") == ()


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"^A setting.*BOOKING_BUDGETS: .*budgets\.toml can't be read: No such file or directory\.$"
    ):
        load_budgets(tmp_path / "budgets.toml", required=True)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("# café".encode("latin-1"), "it is no UTF-8 from byte 5 on; save it as UTF-8."),
        (b"x = " + b"[" * 100_000, "it is nested too deeply."),
    ],
)
def test_why_a_file_can_not_be_read_is_said(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "budgets.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=re.escape(f"can't be read: {why}")):
        load_budgets(path, required=False)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[[budget]\n", "budgets.toml can't be read: Expected ']]' at the end of an array declaration (at line 1, col"),
        ("[[budget]]\np95 = fast\n", "(at line 2, column 7)"),
        ("[[budgets]]\np95 = 5\n", "every entry begins with [[budget]]; nothing else stands there."),
        ("budget = 5\n", "every entry begins with [[budget]]"),
        ("budget = [5]\n", "budget 1: it is no table with phase, p50, p95, max, slower_by and last_runs."),
        ("[[budget]]\n", "budget 1: it sets no limit; it needs p50, p95, max or slower_by."),
        ("[[budget]]\np99 = 5\n", "budget 1: p99 is nothing that a budget has; it has phase, p50,"),
        (
            '[[budget]]\nphase = "post_job"\np95 = 5\n',
            "budget 1: phase is wrong; it is one of submit, inline, job, post-",
        ),
        ("[[budget]]\np95 = -5\n", "budget 1: p95 is wrong; it is a number of seconds above 0, 600 at most."),
        ("[[budget]]\np95 = 0\n", "budget 1: p95 is wrong"),
        ("[[budget]]\np95 = 5000\n", "budget 1: p95 is wrong"),
        ("[[budget]]\np95 = nan\n", "budget 1: p95 is wrong"),
        ("[[budget]]\np95 = true\n", "budget 1: p95 is wrong"),
        ('[[budget]]\np95 = "5 s"\n', "budget 1: p95 is wrong"),
        ("[[budget]]\nslower_by = 19\n", "budget 1: slower_by is wrong; it is a number of percent from 20 to 1000."),
        ("[[budget]]\nslower_by = 30\nlast_runs = 2\n", "last_runs is wrong; it is a whole number from 3 to 50."),
        ("[[budget]]\nslower_by = 30\nlast_runs = 9.5\n", "budget 1: last_runs is wrong"),
        ("[[budget]]\np95 = 5\nlast_runs = 9\n", "budget 1: last_runs stands without slower_by."),
        ("[[budget]]\np95 = 5\n[[budget]]\nmax = 9\n", "phase total stands there twice; one budget holds all limits"),
    ],
)
def test_a_wrong_file_is_refused_in_a_sentence(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, content)
    assert problem in str(refused.value)
    assert str(tmp_path / "budgets.toml") in str(refused.value)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, "[[budget]]\np95 = -5\n[[budget]]\nmaximum = 3\n")
    assert [problem.partition(", ")[2].partition(":")[0] for problem in refused.value.problems] == [
        *("budget 1", "budget 2")
    ]
