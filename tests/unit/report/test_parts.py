"""What shards left is put together once, and refused where it is no result of a shard."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bookingflow.audit.findings import MOST_EXAMPLES, Found, grouped
from bookingflow.core.errors import NotOneRun
from bookingflow.core.failures import Breach
from bookingflow.report.parts import (
    Part,
    cut_off_among,
    gather_allure,
    has_died,
    merged_findings,
    merged_judgement,
    merged_records,
    merged_times,
    share_file,
)
from bookingflow.report.run_findings import findings_of
from bookingflow.report.summary import Finding
from tests.support.parts import part

OWN = "The run: The run was cut off"


def finding(code: str, sentence: str, count: int = 1) -> Finding:
    return Finding(code=code, title=code, sentence=sentence, count=count)


def test_one_finding_a_code_with_all_sentences_and_counts() -> None:
    (merged,) = merged_findings([finding("x", "one"), finding("x", "two", 3), finding("x", "one")])
    assert (merged.sentence, merged.count) == ("one\ntwo", 4)


def test_findings_of_several_shards_are_said_as_of_one_run() -> None:
    one, two, three = (Found(Breach("wish_ignored", "asked for indoors"), reference, "BOOK-024") for reference in "ABC")
    first, second = findings_of([], grouped([one, two])), findings_of([], grouped([three]))
    (merged,) = merged_findings([*first, *second])
    assert [merged] == findings_of([], grouped([one, two, three]))
    assert "Found in 3 bookings of this run" in merged.sentence


def test_of_findings_of_several_shards_the_first_examples_are_named() -> None:
    found = [Found(Breach("wish_ignored", "asked for indoors"), f"R{number}", "BOOK-024") for number in range(9)]
    (merged,) = merged_findings([*findings_of([], grouped(found[:4])), *findings_of([], grouped(found[4:]))])
    assert merged.sentence.endswith("- and 4 more")
    assert (len(merged.examples), merged.count) == (MOST_EXAMPLES, 9)


def test_a_promise_ended_as_where_it_ended_worst() -> None:
    parts = [
        part(1, ends={"p": "kept"}, audited=3, bookings=3, waited_ms={"inline": [1.0]}),
        part(2, ends={"p": "broken"}, audited=1, bookings=2, waited_ms={"inline": [2.0], "late": [9.0]}),
    ]
    judged = merged_judgement(parts)
    assert (judged.ends, judged.audited, judged.bookings) == ({"p": "broken"}, 4, 5)
    assert judged.waited_ms == {"inline": [1.0, 2.0], "late": [9.0]}


def test_a_shard_that_was_cut_off_is_named() -> None:
    one, two = part(1), part(2)
    assert cut_off_among([one, two]) == ""
    early = replace(two, summary=two.summary.model_copy(update={"cut_off": True}))
    assert cut_off_among([one, early]) == "the early end of shard 2"


def test_times_of_one_scenario_in_several_parts_stand_together() -> None:
    parts = [
        part(1, milliseconds={"total": {"a": [1.0]}, "submit": {"a": [0.5]}}),
        part(2, milliseconds={"total": {"a": [2.0], "b": [9.0]}}),
        part(3),
    ]
    assert merged_times(parts) == {"total": {"a": [1.0, 2.0], "b": [9.0]}, "submit": {"a": [0.5]}}


@pytest.mark.parametrize("content", [None, "no json", "{}", "[" * 100_000])
def test_a_folder_without_results_of_a_shard_is_refused(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "reports").mkdir()
    if content is not None:
        for name in ("summary.json", "shard.json"):
            (tmp_path / "reports" / name).write_text(content, encoding="utf-8")
    with pytest.raises(NotOneRun, match="holds"):
        Part.read(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"number": 3},
        {"number": 0},
        {"started_at": "yesterday"},
        {"ended_at": ""},
        {"ends": {"No table is given twice at the same time": "fine"}},
        {"waited_ms": {"confirmed_background": ()}},
    ],
)
def test_what_no_shard_can_be_is_refused(tmp_path: Path, changed: dict[str, Any]) -> None:
    whole = part(1)
    (tmp_path / "reports").mkdir()

    def write(**changes: Any) -> None:
        for name, model in (("summary.json", whole.summary), ("shard.json", whole.record)):
            fields = {field: value for field, value in changes.items() if field in type(model).model_fields}
            text = model.model_copy(update=fields).model_dump_json(by_alias=True)
            (tmp_path / "reports" / name).write_text(text, encoding="utf-8")

    write()
    assert Part.read(tmp_path).record.number == 1
    write(**changed)
    with pytest.raises(NotOneRun, match="holds results of another suite"):
        Part.read(tmp_path)


def test_what_is_broken_in_one_folder_loses_nothing_of_the_others(tmp_path: Path) -> None:
    for name, text in (("1", b"\xd2\n"), ("2", b'{"timestamp": "b"}\n')):
        (tmp_path / name / "reports").mkdir(parents=True)
        (tmp_path / name / "reports" / "phases.jsonl").write_bytes(text)
        (tmp_path / name / "allure-results" / "folder").mkdir(parents=True)
        (tmp_path / name / "allure-results" / f"z{name}-result.json").write_bytes(text)
    folders = [tmp_path / "1", tmp_path / "2"]
    assert '{"timestamp": "b"}' in merged_records(folders).splitlines()
    gather_allure(folders, tmp_path / "all", own=OWN)
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"z1-result.json", "z2-result.json"}


def test_a_file_of_a_shard_gets_a_second_name_unless_it_is_changed_later(tmp_path: Path) -> None:
    names = ("a-result.json", "a-container.json", "a-attachment.txt", "environment.properties")
    folder = tmp_path / "1" / "allure-results"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("{}", encoding="utf-8")
    gather_allure([tmp_path / "1"], tmp_path / "all", own=OWN, take=share_file)
    shared = [(tmp_path / "all" / name).samefile(folder / name) for name in names]
    assert shared == [True, True, True, False]
    gather_allure([tmp_path / "1"], tmp_path / "copied", own=OWN)
    assert not any((tmp_path / "copied" / name).samefile(folder / name) for name in names)


def test_a_file_is_copied_where_it_can_have_no_second_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path, target = tmp_path / "a-attachment.txt", tmp_path / "b-attachment.txt"
    path.write_text("seen", encoding="utf-8")
    share_file(path, target)
    assert target.read_text(encoding="utf-8") == "seen"
    assert not target.samefile(path)


def test_records_are_in_the_order_of_time_and_none_is_lost(tmp_path: Path) -> None:
    for name, instants in (("1", "ac"), ("2", "bd")):
        (tmp_path / name / "reports").mkdir(parents=True)
        text = "".join(json.dumps({"timestamp": instant}) + "\n" for instant in instants)
        (tmp_path / name / "reports" / "phases.jsonl").write_text(text, encoding="utf-8")
    said = merged_records([tmp_path / "1", tmp_path / "2", tmp_path / "missing"])
    assert [json.loads(line)["timestamp"] for line in said.splitlines()] == list("abcd")


@pytest.mark.parametrize("line", ["[1]", "null", '"told"', "7", "[" * 100_000, '{"timestamp": "a'])
def test_lines_that_are_no_records_stand_behind_all_others(tmp_path: Path, line: str) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "phases.jsonl").write_text(f'{line}\n{{"timestamp": "b"}}\n', encoding="utf-8")
    assert merged_records([tmp_path]).splitlines() == ['{"timestamp": "b"}', line]


def test_a_run_that_left_its_lock_and_no_result_has_died(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    assert not has_died(tmp_path), "nothing began there"
    reports.mkdir()
    (reports / "run.lock").touch()
    (reports / "phases.jsonl").touch()
    assert has_died(tmp_path)
    (reports / "summary.json").touch()
    assert not has_died(tmp_path), "a result that can't be read is another matter"


def test_what_shards_tell_of_the_run_becomes_one_result(tmp_path: Path) -> None:
    def write(folder: str, name: str, history: str, message: str, *, full: str = "", of_run: bool = True) -> None:
        (tmp_path / folder / "allure-results").mkdir(parents=True, exist_ok=True)
        path = tmp_path / folder / "allure-results" / f"{name}-result.json"
        said = {"historyId": history, "fullName": full, "statusDetails": {"message": message}}
        path.write_text(json.dumps({**said, "titlePath": ["The run"] if of_run else ["x"]}), encoding="utf-8")

    write("1", "u1", "h", "T01 twice")
    write("2", "u2", "h", "T02 twice")
    write("2", "u3", "cut", "cut off", full=OWN)
    write("1", "u4", "s", "", of_run=False)
    gather_allure([tmp_path / "1", tmp_path / "2"], tmp_path / "all", own=OWN)
    names = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "all").iterdir()}
    assert set(names) == {"u1-result.json", "u4-result.json"}
    assert names["u1-result.json"]["statusDetails"]["message"] == "T01 twice\nT02 twice"


def test_what_all_shards_found_stands_in_the_result_in_the_words_of_the_run(tmp_path: Path) -> None:
    for number in "12":
        results = tmp_path / number / "allure-results"
        results.mkdir(parents=True)
        labels = [{"name": "cause", "value": "Wishes are ignored [wish_ignored]"}]
        said = {"historyId": "h", "titlePath": ["The run"], "labels": labels, "statusDetails": {"message": number}}
        (results / f"{number}-result.json").write_text(json.dumps(said), encoding="utf-8")
    found = Finding(code="wish_ignored", title="Wishes are ignored", sentence="Found in 2 bookings.")
    gather_allure([tmp_path / "1", tmp_path / "2"], tmp_path / "all", own=OWN, findings=[found])
    (path,) = (tmp_path / "all").iterdir()
    message = json.loads(path.read_text(encoding="utf-8"))["statusDetails"]["message"]
    assert message == "Found in 2 bookings.\n[wish_ignored]"
    gather_allure([tmp_path / "1", tmp_path / "2"], tmp_path / "reported", OWN, [found], reported={"wish_ignored"})
    assert list((tmp_path / "reported").iterdir()) == [], "a scenario of another shard has said so already"
