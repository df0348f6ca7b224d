"""Known breaches: what they excuse, until when, and how a wrong file is refused."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from bookingflow.core.errors import SettingsError
from bookingflow.core.known_breaches import KnownBreaches, load_known_breaches

TODAY = datetime.date(2030, 5, 10)
ENTRY = """
[[breach]]
scenario = "BOOK-024"
reason = "Wishes for a place are ignored."
link = "https://tracker.example/4711"
expires = 2030-05-10
"""


def read(folder: Path, content: str, today: datetime.date = TODAY) -> KnownBreaches:
    path = folder / "known-breaches.toml"
    path.write_text(content, encoding="utf-8")
    return load_known_breaches(path, required=True, today=today)


def test_a_known_breach_is_excused_on_its_last_day(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY)
    excuse = known.excuse(["normal", "BOOK-024"], "They sit indoors.")
    assert excuse is not None
    assert excuse.startswith("Known breach: Wishes for a place are ignored. (https://tracker.example/4711, until 2030-")
    assert excuse.endswith("They sit indoors.")
    assert known.met == {"BOOK-024": "They sit indoors."}


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_is_read_with_the_mark_that_editors_write(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "known-breaches.toml"
    path.write_bytes(ENTRY.encode(encoding))
    assert load_known_breaches(path, required=True, today=TODAY).excuse(["BOOK-024"], "x") is not None


def test_it_excuses_no_other_scenario(tmp_path: Path) -> None:
    assert read(tmp_path, ENTRY).excuse(["BOOK-025"], "Too short.") is None


def test_it_is_red_again_the_day_after_and_says_so(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY, TODAY + datetime.timedelta(days=1))
    assert known.excuse(["BOOK-024"], "They sit indoors.") is None
    assert "was a known breach until 2030-05-10" in known.remark(["BOOK-024"])
    assert known.met == {}


def test_nothing_is_remarked_while_it_lasts_nor_of_others(tmp_path: Path) -> None:
    assert read(tmp_path, ENTRY).remark(["BOOK-024"]) == ""
    assert read(tmp_path, ENTRY, TODAY + datetime.timedelta(days=9)).remark(["BOOK-025"]) == ""


def test_it_heals_when_its_scenario_holds_and_not_when_it_broke(tmp_path: Path) -> None:
    known = read(tmp_path, ENTRY)
    assert [breach.scenario for breach in known.healed({"BOOK-024", "BOOK-001"})] == ["BOOK-024"]
    assert known.healed({"BOOK-001"}) == []
    known.excuse(["BOOK-024"], "They sit indoors.")
    assert known.healed({"BOOK-024"}) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[[breach]\n", "can't be read"),
        ("[[breaches]]\n", "begins with [[breach]]"),
        ("breach = 1\n", "begins with [[breach]]"),
        (ENTRY.replace("BOOK-024", "BOOK-24"), "breach 1: scenario is wrong; it is the id of a scenario, like"),
        (ENTRY.replace("reason", "reasons"), "breach 1: reasons is nothing that a breach has"),
        (ENTRY.replace("https:", "see "), "breach 1: link is wrong; it is a web address"),
        (ENTRY.replace("2030-05-10", '"soon"'), "breach 1: expires is wrong; it is a day without quotes"),
        ("breach = [1]", "breach 1: it is no table with scenario, reason"),
        (ENTRY + ENTRY, "BOOK-024 stands there twice"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, content)
    assert told in str(refused.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read(tmp_path, ENTRY.replace("reason", "why") + ENTRY.replace("link", "url"))
    told = [problem.split("toml, ")[1].split(";")[0] for problem in refused.value.problems]
    assert told == [
        "breach 1: reason is missing",
        "breach 1: why is nothing that a breach has",
        "breach 2: link is missing",
        "breach 2: url is nothing that a breach has",
    ]


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        load_known_breaches(tmp_path / "none.toml", required=True, today=TODAY)
    assert load_known_breaches(tmp_path / "none.toml", required=False, today=TODAY).healed({"BOOK-024"}) == []


def test_a_breach_of_no_scenario_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "known-breaches.toml"
    path.write_text(ENTRY, encoding="utf-8")
    assert load_known_breaches(path, required=True, today=TODAY, scenarios={"BOOK-024"}).met == {}
    with pytest.raises(SettingsError, match="BOOK-024 is the id of no scenario"):
        load_known_breaches(path, required=True, today=TODAY, scenarios={"BOOK-025"})
