"""Restaurants unlike the demo's, each as a live target: nobody is accused, what can't be asked is skipped."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.demo import RunningDemo
from tests.support.houses import HOUSES, build
from tests.support.whole_runs import run

AT_ONCE = 3
NOTHING_BOOKABLE = frozenset({"no-tables", "no-hours", "closed-for-good"})
"""Refused in one sentence before anything is booked."""
QUICK = "--tags=not @uses.demo and not @slow"


@pytest.fixture(scope="module")
def runs(demo_process: RunningDemo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A whole run at each house, several side by side; exit status, output and summary of each."""
    build(demo_process.said["database_url"])
    demo_process.admin("PUT", "/flags", {"bookings_a_minute": 100_000}).raise_for_status()
    folders = {slug: tmp_path_factory.mktemp(slug) for slug in HOUSES}
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = pool.map(lambda slug: _run(demo_process, slug, folders[slug]), HOUSES)
            yield dict(zip(HOUSES, done, strict=True))
    finally:
        demo_process.admin("POST", "/reset").raise_for_status()


def _run(demo: RunningDemo, slug: str, folder: Path) -> tuple[int, str, dict[str, Any]]:
    done, summary = run(
        folder,
        QUICK,
        **demo.as_live(),
        BOOKING_CLEANUP="cancel",
        BOOKING_CLEANUP_DATABASE_URL=demo.said["database_url"],
        BOOKING_RATE_BUDGET="0",
        BOOKING_JOB_URL=demo.said["job_url"],
        BOOKING_JOB_TOKEN=demo.said["env"]["BOOKING_JOB_TOKEN"],
        BOOKING_EXPECT="background_job,exclusive_restaurant,merges,past_blocking",
        BOOKING_RESTAURANT_SLUG=slug,
    )
    return done.returncode, done.stdout + done.stderr, summary


@pytest.mark.parametrize("slug", HOUSES)
def test_no_house_accuses_the_platform(runs: dict[str, Any], slug: str) -> None:
    status, output, summary = runs[slug]
    assert "Traceback" not in output
    assert status == (3 if slug in NOTHING_BOOKABLE else 0), output
    if slug in NOTHING_BOOKABLE:
        assert (summary["reason"]["code"], summary["bookings"]) == ("nothing_bookable", [])


@pytest.mark.parametrize(
    ("slug", "reason"),
    [
        ("one-table", "can't seat 4 guests, even when it is empty"),
        ("no-tables", "has no table in service"),
        ("no-hours", "has no open day among the next 60, by its own hours"),
        ("closed-for-good", "has no open day among the next 60, by its own hours"),
        ("closed-tomorrow", "seats nobody on"),
        ("one-hour", "at 19:00 for 120 minutes, by its own hours"),
        ("open-all-night", "seats guests at 03:00"),
        ("lunch-and-dinner-apart", "at 19:00, by the times that guests are shown"),
    ],
)
def test_what_a_house_is_not_made_for_is_skipped_with_the_true_reason(
    runs: dict[str, Any], slug: str, reason: str
) -> None:
    assert reason in runs[slug][1]


def test_a_house_that_seats_guests_is_really_asked(runs: dict[str, Any]) -> None:
    roomy = ("on-the-hour", "open-all-night", "closed-tomorrow", "for-parties-of-a-size")
    for slug in ("saturdays-only", "one-table", "bar-stools", *roomy):
        assert runs[slug][2]["scenarios"].get("passed", 0) > 100, slug
