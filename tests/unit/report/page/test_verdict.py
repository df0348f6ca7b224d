"""The top of the page: the verdict, the causes and who can act, counted as everywhere."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from bookingflow.report.allure import CUT_OFF
from bookingflow.report.page.verdict import MOST_CAUSES, MOST_IDS, verdict_panel

TEAM = "the platform team"
NOTES, TWICE = "Notes are lost [notes_lost]", "A table is given twice [double_booking]"


def result(
    status: str, own_id: str = "BOOK-001", cause: str = "", *, message: str = "", run: bool = False, number: int = 1
) -> dict[str, Any]:
    """A result as the page carries it."""
    labels: dict[str, list[str]] = {
        "feature": ["The run" if run else "Tables"],
        "tag": [] if run else ["smoke", own_id],
    }
    if cause:
        labels |= {"cause": [cause], "who can act": [TEAM]}
    return {
        "id": f"{own_id}-{number}".lower(),
        "name": f"{own_id} a promise",
        "status": status,
        "groupedLabels": labels,
        "error": {"message": message} if message else {},
    }


GIVEN_UP = "Not tried: the last 5 bookings waited their whole deadline (A table is lost)"


def texts(panel: str) -> list[str]:
    """What can be read, row by row."""
    seen = re.sub(r"<(style|script)>.*?</\1>", "", panel, flags=re.DOTALL)
    rows = re.split(r"</(?:h1|p|tr|summary)>", re.sub(r"</t[dh]>", " ", seen))
    plain = [html.unescape(" ".join(re.sub(r"<[^>]+>", "", row).split())) for row in rows]
    return [row for row in plain if row]


FIVE_KEPT = [result("passed", f"BOOK-00{number}") for number in range(5)]


def test_a_green_run_is_two_lines() -> None:
    environment = [{"name": "Target", "values": ["the demo platform"]}, {"name": "Suite", "values": ["1"]}]
    shown = texts(verdict_panel(FIVE_KEPT, environment))
    assert shown[:2] == ["Kept: 5 promises", "5 promises: 5 kept · the demo platform"]
    assert "Cause" not in " ".join(shown)


def test_a_run_that_repeated_has_its_rate() -> None:
    rate = "0 of 5 repetitions failed: at most 46 % at 95 % confidence."
    shown = texts(verdict_panel(FIVE_KEPT, [{"name": "Repetitions", "values": [rate]}]))
    assert shown[1] == f"5 promises: 5 kept · {rate}"


def test_a_red_run_names_causes_promises_and_who_can_act() -> None:
    results = [
        *FIVE_KEPT,
        result("failed", "BOOK-026", TWICE),
        *(result("failed", "BOOK-060", NOTES, number=number) for number in (1, 2, 3)),
        result("failed", "BOOK-061", NOTES),
        result("failed", "No table is given twice", TWICE, run=True),
    ]
    panel = verdict_panel(results)
    shown = texts(panel)
    assert shown[0] == "Broken: 5 of 10 promises and 1 finding"
    assert shown[1] == "10 promises: 5 kept, 5 broken; 1 finding"
    assert shown[2:] == [
        "Cause Promises Who can act",
        "A table is given twice double_booking BOOK-026, No table is given twice a promise the platform team",
        "Notes are lost notes_lost BOOK-060 ×3, BOOK-061 the platform team",
    ]
    assert 'href="#book-060-1"' in panel


@pytest.mark.parametrize(
    ("results", "headline", "counts"),
    [
        ([], "Not judged: the run as a whole", "No scenario ran"),
        ([result("skipped", message="needs the demo")], "Not judged: the run as a whole", "No promise: 1 skipped"),
        (
            [*FIVE_KEPT, result("broken", "BOOK-009", message="The API is gone. Try later."), result("skipped")],
            "Not judged: 1 of 6 promises",
            "6 promises: 5 kept, 1 not judged, 1 skipped",
        ),
        (
            [*FIVE_KEPT, result("skipped", message="Known breach: it is known.")],
            "Kept: 5 promises",
            "6 promises: 5 kept, 1 broken as known",
        ),
        (
            [*FIVE_KEPT, result("failed", "BOOK-026", TWICE), result("skipped", message=GIVEN_UP)],
            "Broken: 1 of 7 promises",
            "7 promises: 5 kept, 1 broken, 1 not tried",
        ),
        (
            [*FIVE_KEPT, result("skipped", message=GIVEN_UP)],
            "Not judged: 1 of 6 promises",
            "6 promises: 5 kept, 1 not tried",
        ),
        (
            [*FIVE_KEPT, result("broken", "after_all (hook)", "KeyError", run=True)],
            "Not judged: the run as a whole",
            "5 promises: 5 kept; the run as a whole was not judged",
        ),
        (
            [*FIVE_KEPT, result("failed", "No table is given twice", TWICE, run=True)],
            "Broken: 1 finding",
            "5 promises: 5 kept; 1 finding",
        ),
    ],
    ids=[
        *("nothing", "all skipped", "one not judged", "known", "given up after a failure", "given up"),
        *("the run not judged", "a finding alone"),
    ],
)
def test_each_way_to_end_has_its_word_and_counts(results: list[Any], headline: str, counts: str) -> None:
    assert texts(verdict_panel(results))[:2] == [headline, counts]


def test_broken_promises_come_before_findings_and_what_was_not_judged() -> None:
    results = [
        *(result("broken", f"BOOK-01{number}", "Gone [unreachable]") for number in range(9)),
        *(result("failed", f"check {number}", "Changed [house_rules]", run=True) for number in range(2)),
        result("failed", "BOOK-060", NOTES),
    ]
    causes = [row.split(" ")[0] for row in texts(verdict_panel(results))[3:]]
    assert causes == ["Notes", "Changed", "Gone"]


def test_what_was_given_up_is_named_last_with_the_reason() -> None:
    given_up = [result("skipped", f"BOOK-02{number}", message=GIVEN_UP) for number in range(2)]
    shown = texts(verdict_panel([*given_up, result("broken", "BOOK-060", "Gone [unreachable]")]))
    assert shown[-1] == f"{GIVEN_UP} BOOK-020, BOOK-021"


def test_a_run_that_was_cut_off_says_how_much_did_not_run() -> None:
    message = "Cut off by SIGINT: 172 scenarios did not run. [cut_off]"
    cut_off = {**result("broken", cause="The run was cut off [cut_off]", message=message, run=True), "name": CUT_OFF}
    shown = texts(verdict_panel([*FIVE_KEPT, cut_off]))
    assert shown[0] == "Cut off: 5 promises kept until then"
    assert shown[1] == "5 promises: 5 kept; Cut off by SIGINT: 172 scenarios did not run"


def test_the_promises_of_a_cause_stand_in_order() -> None:
    results = [result("failed", own_id, NOTES) for own_id in ("BOOK-123", "BOOK-072", "BOOK-122")]
    assert "BOOK-072, BOOK-122, BOOK-123 the platform team" in texts(verdict_panel(results))[-1]


def test_a_finding_is_not_called_by_its_cause_again() -> None:
    found = {**result("failed", cause=TWICE, run=True), "name": "A table is given twice"}
    panel = verdict_panel([*FIVE_KEPT, found])
    assert texts(panel)[-1] == "A table is given twice double_booking the run as a whole the platform team"
    assert '<a href="#book-001-1">the run as a whole</a>' in panel  # breaks between words, where ids must not


def test_many_causes_and_promises_are_folded() -> None:
    results = [result("failed", f"BOOK-1{number:02}", f"C{number} [c{number}]") for number in range(MOST_CAUSES + 3)]
    results += [result("failed", f"BOOK-2{number:02}", NOTES) for number in range(MOST_IDS + 4)]
    panel = verdict_panel(results)
    assert "<details><summary>4 more causes</summary>" in panel
    assert f"BOOK-2{MOST_IDS - 1:02}, and 4 more the platform team" in "\n".join(texts(panel))


def test_without_a_cause_of_its_own_the_first_sentence_is_one() -> None:
    shown = texts(verdict_panel([result("failed", message=f"{'x' * 300}. And more.\nMuch more."), result("failed")]))
    assert shown[3].startswith("xxx")
    assert "…" in shown[3]
    assert "And more" not in shown[3]
    assert shown[4].startswith("No reason is given")


def test_every_word_is_escaped() -> None:
    bad = "<img src=x onerror=alert(1)>"
    results = [result("failed", cause=f"{bad} [c]"), {**result("failed", message=bad), "id": f'"{bad}'}]
    panel = verdict_panel(results, [{"name": "Restaurant", "values": [bad]}])
    assert "<img" not in panel
    assert panel.count("&lt;img") >= 4
