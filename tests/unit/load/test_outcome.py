"""What a load came to: a few lines for people, one file for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bookingflow.audit.findings import Finding
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.outputs import OutputFolder
from load.guest_ends import End, GuestEnd
from load.outcome import Outcome, as_json, in_words, write
from load.thresholds import Integrity, Thresholds, checks

SEATED = GuestEnd(0.0, End.TABLE, 1.0, 250.0, {"submit": 100.0, "inline_poll": 150.0}, "confirmed_inline_api")
FAILED = GuestEnd(0.5, End.FAILED, code="missing", sentence="It is not stored. Who can act: the platform team.")


def outcome(*guests: GuestEnd, findings: Sequence[Finding] = (), cut_off: bool = False) -> Outcome:
    integrity = Integrity(len(guests), len(findings))
    return Outcome(
        run_id="run",
        started_at="2026-11-26T19:00:00+00:00",
        ended_at="2026-11-26T19:00:10+00:00",
        target={"kind": "demo", "address": "http://127.0.0.1:1", "restaurant": "demo-restaurant"},
        arrivals="4:1",
        planned=len(guests),
        lasted_s=1.2,
        workers=0,
        guests=guests,
        checks=checks(len(guests), guests, integrity, Thresholds()),
        findings=findings,
        cut_off=cut_off,
    )


def test_a_kept_load_is_reported_in_a_few_lines() -> None:
    assert in_words(outcome(*[SEATED] * 4)) == [
        "Guests      4 of 4 came in 1 s: 4 at a table, 0 met a full house, 0 failed, 0 not sent, 0 not judged",
        "To a table  p50 0.25 s, p95 0.25 s, p99 0.25 s, from the moment they were to arrive",
        "Phases      p95: submit 0.10 s, inline_poll 0.15 s",
        "Kept        p95 to a table ≤ 5 s: 0.25 s",
        "Kept        failures ≤ 1 %: 0 of 4 guests",
        "Kept        every booking as promised, no table twice: 4 bookings looked at again",
        "Kept. 4 guests.",
    ]


def test_a_broken_one_says_how_often_and_why() -> None:
    twice = Finding("double_booking", 2, (), ("T01 is given to A and B", "T02 is given to C and D"))
    lines = in_words(outcome(SEATED, FAILED, FAILED, findings=[twice]))
    assert "            2 × It is not stored. Who can act: the platform team." in lines
    assert "Found         - T01 is given to A and B" in lines
    assert "Broken      p95 to a table ≤ 5 s: never" in lines
    assert lines[-1] == "Broken. 3 guests."


def test_a_run_that_was_cut_off_says_so() -> None:
    assert in_words(outcome(SEATED, cut_off=True))[-1] == "Cut off. 1 guest."
    assert in_words(outcome(cut_off=True))[-1] == "Cut off. No guest."
    assert in_words(outcome(FAILED, cut_off=True))[-1] == "Broken. 1 guest. The run was cut off."


def test_the_file_has_every_figure_and_no_number_that_is_none(tmp_path: Path) -> None:
    write(outcome(SEATED, replace(SEATED, to_table_ms=500.0), FAILED), OutputFolder(tmp_path, None), Sanitizer())
    said = json.loads((tmp_path / "reports" / "load.json").read_text(encoding="utf-8"))
    assert (said["startedAt"], said["runId"]) == ("2026-11-26T19:00:00+00:00", "run")
    assert (said["verdict"], said["exitStatus"]) == ("broken", 1)
    assert said["toTableS"] == {"count": 3, "p50": 0.5, "p95": None, "p99": None, "max": None}
    assert said["phasesS"]["submit"] == {"count": 2, "p50": 0.1, "p95": 0.1, "p99": 0.1, "max": 0.1}
    assert said["guests"] == {"came": 3, "table": 2, "fullHouse": 0, "failed": 1, "notSent": 0, "notJudged": 0}
    assert said["reasons"] == [
        {
            "code": "missing",
            "end": "failed",
            "title": "A booking that was answered is not stored",
            "count": 1,
            "sentence": FAILED.sentence,
        }
    ]


def test_a_file_that_can_not_be_written_leaves_no_half_of_one(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("in the way", encoding="utf-8")
    output = OutputFolder(tmp_path, None)
    write(outcome(SEATED), output, Sanitizer())
    assert list(output.lost) == [str(tmp_path / "reports" / "load.json")]
    assert [path.name for path in tmp_path.iterdir()] == ["reports"]


def test_the_file_shows_no_contact_and_no_secret(tmp_path: Path) -> None:
    sanitizer = Sanitizer()
    sanitizer.register_secret("a-pass-of-a-guest")
    shown = ("the answer shows ada@guests.example", "the answer shows a-pass-of-a-guest")
    write(
        outcome(SEATED, findings=[Finding("others_email_shown", 2, (), shown)]), OutputFolder(tmp_path, None), sanitizer
    )
    text = (tmp_path / "reports" / "load.json").read_text(encoding="utf-8")
    assert "others_email_shown" in text
    assert "ada@" not in text
    assert "a-pass-of-a-guest" not in text


def test_without_guests_there_are_no_figures() -> None:
    assert as_json(outcome())["toTableS"] == {"count": 0, "p50": None, "p95": None, "p99": None, "max": None}
