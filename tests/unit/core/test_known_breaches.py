"""Known breaches: what they excuse, until when, and how a wrong file is refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from bookingflow.core.errors import BrokenPromise, SettingsError
from bookingflow.core.failures import Breach
from bookingflow.core.known_breaches import KnownBreaches, load_known_breaches

TODAY = datetime.date(2030, 5, 10)
ENTRY = """
[[breach]]
scenario = "BOOK-024"
code = "wish_ignored"
reason = "Wishes for a place are ignored."
link = "https://tracker.example/4711"
expires = 2030-05-10
"""
FINDING = """
[[breach]]
finding = "reservation_left"
reason = "Reservations stay."
link = "https://tracker.example/4712"
expires = 2030-05-10
"""
IGNORED = Breach("wish_ignored", "they sit outdoors")
WASTED = Breach("seats_wasted", "they sit at ten seats")


def read(folder: Path, content: str, today: datetime.date = TODAY) -> KnownBreaches:
    path = folder / "known-breaches.toml"
    path.write_text(content, encoding="utf-8")
    return load_known_breaches(path, required=True, today=today)


def test_a_known_breach_is_excused_on_its_last_day(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY)
    broken = BrokenPromise.of([IGNORED])
    assert known.excuse("BOOK-024", broken) == (
        f"Known breach: Wishes for a place are ignored. (https://tracker.example/4711, until 10 May 2030) — {broken}"
    )
    assert known.met == {"BOOK-024 wish_ignored": str(broken)}
    known.note_met(["BOOK-024 wish_ignored", "BOOK-085 platform_error"])
    assert known.met == {"BOOK-024 wish_ignored": str(broken), "BOOK-085 platform_error": ""}


def test_it_excuses_no_other_scenario_and_no_other_code(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY)
    assert known.excuse("BOOK-025", BrokenPromise.of([IGNORED])) is None
    assert known.excuse("BOOK-024", BrokenPromise.of([WASTED])) is None
    assert known.excuse("", BrokenPromise.of([IGNORED])) is None
    assert known.met == {}


def test_a_failure_is_excused_only_if_all_its_codes_are(tmp_path: Path) -> None:
    both = BrokenPromise.of([IGNORED, WASTED])
    assert both.code == "seats_wasted"
    assert read(tmp_path, ENTRY).excuse("BOOK-024", both) is None
    wasted = ENTRY.replace("wish_ignored", "seats_wasted").replace("Wishes for a place are ignored.", "Seats.")
    known = read(tmp_path, ENTRY + wasted)
    excuse = known.excuse("BOOK-024", both)
    assert excuse is not None
    assert excuse.startswith("Known breach: Seats. (https://tracker.example/4711, until 10 May 2030); Wishes for")
    assert set(known.met) == {"BOOK-024 wish_ignored", "BOOK-024 seats_wasted"}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_is_read_with_the_mark_that_editors_write(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "known-breaches.toml"
    path.write_bytes(ENTRY.encode(encoding))
    assert load_known_breaches(path, required=True, today=TODAY).codes_of("BOOK-024") == {"wish_ignored"}


def test_beside_a_known_breach_the_other_leads_and_the_known_one_is_remarked(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY.replace("wish_ignored", "seats_wasted"))
    shown = known.beside("BOOK-024", BrokenPromise.of([IGNORED, WASTED]))
    assert str(shown).startswith("A wish for a place is ignored though a table there is free. ")
    assert "They sit at ten seats; they sit outdoors. A table of just the right size is free, and another" in str(shown)
    assert "is a known breach: Wishes for a place are ignored. (https://" in str(shown)
    plain = BrokenPromise.of([IGNORED])
    assert read(tmp_path, ENTRY).beside("BOOK-025", plain) is plain


def test_it_is_red_again_the_day_after_and_says_so(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY, TODAY + datetime.timedelta(days=1))
    broken = BrokenPromise.of([IGNORED])
    assert known.excuse("BOOK-024", broken) is None
    assert "It was a known breach until 10 May 2030: Wishes for a place" in str(known.beside("BOOK-024", broken))
    assert known.codes_of("BOOK-024") == set()
    assert known.met == {}


def test_a_finding_is_excused_by_its_code_and_by_no_scenario(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY + FINDING)
    assert known.excuse_finding("reservation_left", "Found.").startswith("Reservations stay. (https://")
    assert known.excuse_finding("wish_ignored", "Found.") == ""
    assert known.met == {"finding reservation_left": "Found."}


def test_what_is_found_in_bookings_of_a_scenario_is_excused_by_the_scenarios_entry(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY + FINDING)
    excuse = known.excuse_booking("BOOK-024", "wish_ignored", "booking X: they sit outdoors")
    assert excuse is not None
    assert excuse.startswith("Known breach: Wishes for a place are ignored. (")
    assert excuse.endswith("— A wish for a place is ignored though a table there is free. Booking X: they sit outdoors")
    assert known.excuse_booking("BOOK-024", "reservation_left", "booking X: …") is None
    assert known.codes_of("BOOK-024") == {"wish_ignored"}


def test_an_entry_that_excused_nothing_is_reported_when_its_scenario_was_judged(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY + FINDING)
    healed = "Healed: BOOK-024 wish_ignored did not break any more; its entry can go."
    assert known.unused({"BOOK-024", "BOOK-001"}, whole=False) == [healed]
    assert known.unused({"BOOK-001"}, whole=False) == []
    assert known.unused(set(), {"BOOK-024"}, whole=False) == ["Not met: BOOK-024 failed, and not with wish_ignored."]
    assert known.unused({"BOOK-024"}, whole=True) == [
        healed,
        "Healed: finding reservation_left did not break any more; its entry can go.",
    ]
    assert known.unused({"BOOK-024"}, whole=True, unjudged={"reservation_left"}) == [healed]
    known.excuse("BOOK-024", BrokenPromise.of([IGNORED]))
    known.excuse_finding("reservation_left", "Found.")
    assert known.unused({"BOOK-024"}, whole=True) == []


WITHOUT_CODE = ENTRY.replace('code = "wish_ignored"\n', "")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("[[breach]\n", "can't be read"),
        ("[[breaches]]\n", "begins with [[breach]]"),
        ("breach = 1\n", "begins with [[breach]]"),
        (ENTRY.replace("BOOK-024", "BOOK-24"), "breach 1: scenario is wrong; it is the id of a scenario, like"),
        (ENTRY.replace("reason", "reasons"), "breach 1: reasons is nothing that a breach has"),
        (ENTRY.replace("https:", "see "), "breach 1: link is wrong; it is a web address"),
        (ENTRY.replace("2030-05-10", '"soon"'), "breach 1: expires is wrong; it is a day without quotes"),
        ("breach = [1]", "breach 1: it is no table with scenario, code, finding, reason, link and expires"),
        (ENTRY + ENTRY, "BOOK-024 wish_ignored stands there twice"),
        (FINDING + FINDING, "finding reservation_left stands there twice"),
        (ENTRY.replace("wish_ignored", "wish_ignore"), '"wish_ignore" is the code of no breach (did you mean wish_'),
        (ENTRY.replace("wish_ignored", "unreachable"), '"unreachable" is no breach: what keeps the suite from judging'),
        (ENTRY.replace("wish_ignored", "capacity"), '"capacity" is no breach'),
        (FINDING.replace("reservation_left", "nonsense!"), '"nonsense!" is the code of no breach.'),
        (ENTRY + 'finding = "reservation_left"', "breach 1: finding stands without scenario and code"),
        (FINDING.replace("finding", "code"), "breach 1: it names neither a scenario with its code nor a finding"),
        (WITHOUT_CODE, "breach 1: code is missing, so that it would hide other breaches of BOOK-024 too; run `behave"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, content)
    assert problem in str(refused.value)


def test_a_missing_code_is_taken_from_the_last_run(tmp_path: Path) -> None:
    path = tmp_path / "known-breaches.toml"
    path.write_text(WITHOUT_CODE, encoding="utf-8")
    seen = {"BOOK-024": ["wish_ignored", "seats_wasted"]}
    with pytest.raises(SettingsError) as refused:
        load_known_breaches(path, required=True, today=TODAY, seen=seen)
    assert (
        'code is missing; BOOK-024 failed last with code = "wish_ignored" and code = "seats_wasted": an entry for each'
        in str(refused.value)
    )


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, ENTRY.replace("reason", "why") + ENTRY.replace("link", "url"))
    found = [problem.split("toml, ")[1].split(";")[0] for problem in refused.value.problems]
    assert found == [
        "breach 1: reason is missing",
        "breach 1: why is nothing that a breach has",
        "breach 2: link is missing",
        "breach 2: url is nothing that a breach has",
    ]


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^A setting is wrong: BOOKING_KNOWN_BREACHES: .* No such file"):
        load_known_breaches(tmp_path / "none.toml", required=True, today=TODAY)
    assert load_known_breaches(tmp_path / "none.toml", required=False, today=TODAY).met == {}


def test_a_breach_of_no_scenario_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "known-breaches.toml"
    path.write_text(ENTRY + FINDING, encoding="utf-8")
    assert load_known_breaches(path, required=True, today=TODAY, scenarios={"BOOK-024"}).met == {}
    with pytest.raises(SettingsError, match="BOOK-024 is the id of no scenario"):
        load_known_breaches(path, required=True, today=TODAY, scenarios={"BOOK-025"})
