"""Shards are merged unless they are certainly of different runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bookingflow.core.errors import NotOneRun
from bookingflow.report.one_run import attempts_of, demand_one_run
from bookingflow.report.origin import Origin
from bookingflow.report.parts import Part
from bookingflow.report.summary import TargetSummary
from tests.support.parts import DEMO, part

THREE = (("a:1",), ("b:2",), ("c:3",))
NIGHT = ("2026-11-25T02:00:00.000Z", "2026-11-25T02:05:00.000Z")
NEXT_NIGHT = ("2026-11-26T02:00:00.000Z", "2026-11-26T02:05:00.000Z")


def of_run(run: str, *, attempt: str = "1", suite: str = "abc", splits: bool = True) -> Origin:
    return Origin(run=run, attempt=attempt, suite=suite, splits=splits)


def test_demos_of_their_own_are_one_target() -> None:
    elsewhere = DEMO.model_copy(update={"address": "http://127.0.0.1:2"})
    demand_one_run([part(1), part(2, target=elsewhere)])


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            part(2, target=TargetSummary(kind="live", address="https://x", restaurant="Demo (demo)")),
            r"These shards are of different targets: shard 1 \(shard-1\): Demo \(demo\) of the demo; "
            r"shard 2 \(shard-2\): Demo \(demo\) of https://x\.",
        ),
        (part(2, shards=(("b:2",), ("a:1",))), "split in other ways"),
        (part(1), "Shard 1 is given twice: shard-1 and shard-1"),
    ],
)
def test_parts_of_no_one_run_are_refused(other: Part, sentence: str) -> None:
    with pytest.raises(NotOneRun, match=sentence) as refused:
        demand_one_run([part(1), other])
    assert (refused.value.code, refused.value.is_wrong_use) == ("not_one_run", True)
    assert refused.value.hint


def test_a_shard_of_an_earlier_run_of_the_ci_system_is_refused_and_named() -> None:
    old, new = of_run("GitHub Actions 11"), of_run("GitHub Actions 12")
    with pytest.raises(NotOneRun) as refused:
        demand_one_run([part(number, shards=THREE, origin=old if number == 2 else new) for number in (1, 2, 3)])
    assert refused.value.sentence == (
        "These shards are of different runs: shards 1 (shard-1) and 3 (shard-3): GitHub Actions 12; "
        "shard 2 (shard-2): GitHub Actions 11."
    )


def test_a_job_that_was_run_again_days_later_is_of_the_same_run() -> None:
    parts = [
        part(1, origin=of_run("GitHub Actions 11"), ran=NIGHT),
        part(2, origin=of_run("GitHub Actions 11", attempt="2"), ran=NEXT_NIGHT),
    ]
    demand_one_run(parts)
    said = "Note: this run was tried again in part: shard 1 of attempt 1 and shard 2 of attempt 2."
    assert attempts_of(parts) == said
    assert attempts_of(parts[:1]) == ""


def test_several_builds_may_be_one_run_where_the_system_cannot_tell() -> None:
    one, two = of_run("Jenkins a-1", splits=False), of_run("Jenkins a-2", splits=False)
    demand_one_run([part(1, origin=one), part(2, origin=two)])
    with pytest.raises(NotOneRun, match="of different runs"):
        demand_one_run([part(1, origin=one, ran=NIGHT), part(2, origin=two, ran=NEXT_NIGHT)])
    demand_one_run([part(1, origin=one, ran=NIGHT), part(2, origin=one, ran=NEXT_NIGHT)])


def test_another_version_of_the_suite_is_another_run() -> None:
    with pytest.raises(NotOneRun, match=r"of different versions of the suite: .*shard 2 .*: def"):
        demand_one_run([part(1, origin=Origin(suite="abc")), part(2, origin=Origin(suite="def"))])
    demand_one_run([part(1, origin=Origin(suite="abc")), part(2)])


def test_one_runner_takes_the_shards_one_after_the_other() -> None:
    def at(hour: int) -> tuple[str, str]:
        return f"2026-11-26T{hour:02}:00:00.000Z", f"2026-11-26T{hour + 1:02}:00:00.000Z"

    demand_one_run([part(number, shards=THREE, ran=at(hour)) for number, hour in ((3, 16), (1, 2), (2, 9))])


def test_a_long_shard_bridges_what_lies_far_apart() -> None:
    first = part(1, shards=THREE, ran=("2026-11-26T01:00:00.000Z", "2026-11-26T12:00:00.000Z"))
    second = part(2, shards=THREE, ran=("2026-11-26T02:00:00.000Z", "2026-11-26T02:05:00.000Z"))
    third = part(3, shards=THREE, ran=("2026-11-26T13:00:00.000Z", "2026-11-26T13:05:00.000Z"))
    demand_one_run([first, second, third])


def test_without_a_ci_system_a_shard_of_last_night_is_refused_with_both_times() -> None:
    with pytest.raises(NotOneRun) as refused:
        demand_one_run([part(1, ran=NEXT_NIGHT), part(2, ran=NIGHT)])
    assert refused.value.sentence == (
        "These shards are of different runs: shard 2 (shard-2) had ended at Wed 25 Nov 02:05 UTC, and shard 1 "
        "(shard-1) began at Thu 26 Nov 02:00 UTC, 24 h later, with none between."
    )


def test_a_shard_whose_evidence_was_not_kept_is_refused(tmp_path: Path) -> None:
    one, two = (replace(part(number), folder=tmp_path / str(number)) for number in (1, 2))
    demand_one_run([one, two])
    (one.folder / "allure-results").mkdir(parents=True)
    with pytest.raises(NotOneRun, match="2 holds no allure-results/"):
        demand_one_run([one, two])
    (two.folder / "allure-results").mkdir(parents=True)
    demand_one_run([one, two])
