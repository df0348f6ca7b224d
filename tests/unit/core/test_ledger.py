"""The ledger: what a run made survives it, and nothing of a guest stands in it."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import pytest

from bookingflow.core import ledger as ledgers
from bookingflow.core.ledger import Entry, Ledger, read
from tests.support.fakes import FakeClock

API, HOUSE = "https://staging.example", "8dcb19c3-d767-4993-9b91-4655a4d95921"


LIVES_ON = ledgers._lives_on


@pytest.fixture(autouse=True)
def nobody_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "_lives_on", lambda *_: False)


def ledger(path: Path, *, keep: bool = False) -> Ledger:
    return Ledger(path, api=API, clock=FakeClock(), keep=keep)


def left(path: Path) -> list[tuple[str | None, str | None]]:
    return [(entry.key, entry.id) for entry in read(path) if entry.open]


def test_what_was_sent_is_known_before_its_answer_and_by_its_id_after(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "made.jsonl"
    book = ledger(path)
    book.sent(HOUSE, "key")
    assert left(path) == [("key", None)]
    book.made(HOUSE, "id", "key")
    assert left(path) == [("key", "id")]
    book.undone(["id"])
    assert left(path) == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_refused_or_kept_on_purpose_is_not_offered(tmp_path: Path) -> None:
    book = ledger(tmp_path / "made.jsonl")
    book.sent(HOUSE, "refused")
    book.not_made("refused")
    kept = ledger(tmp_path / "made.jsonl", keep=True)
    kept.sent(HOUSE, "kept")
    kept.made(HOUSE, "id", "kept")
    assert left(tmp_path / "made.jsonl") == []


def test_a_key_that_made_two_bookings_has_two_entries(tmp_path: Path) -> None:
    book = ledger(tmp_path / "made.jsonl")
    book.sent(HOUSE, "key")
    book.made(HOUSE, "one", "key")
    book.made(HOUSE, "two", "key")
    assert left(tmp_path / "made.jsonl") == [("key", "one"), ("key", "two")]


def test_without_a_path_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    book = Ledger(None, api=API, clock=FakeClock(), keep=False)
    book.sent(HOUSE, "key")
    book.made(HOUSE, "id", "key")
    book.undone(["id"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", ['{"api": "x', "", "[]", '{"api": 1}', "\x00"])
def test_a_torn_line_loses_no_other(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "made.jsonl"
    ledger(path).sent(HOUSE, "before")
    with path.open("a") as file:
        file.write(f"{torn}\n")
    ledger(path).sent(HOUSE, "after")
    assert left(path) == [("before", None), ("after", None)]


def test_a_line_has_the_agreed_names() -> None:
    line = json.loads(Entry(API, HOUSE, "id", "key", "2026-01-01T00:00:00+00:00").line())
    assert {"api", "restaurant", "id", "key", "madeAt", "undoneAt"} <= line.keys()


def test_what_a_living_process_made_is_not_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "_lives_on", lambda pid, _: pid == 7)
    assert not Entry(API, HOUSE, "id", "key", "", pid=7).open
    assert Entry(API, HOUSE, "id", "key", "", pid=8).open


def test_a_process_that_has_the_number_of_an_earlier_one_made_nothing_of_what_that_made() -> None:
    now = datetime.datetime.now(datetime.UTC)
    assert LIVES_ON(os.getpid(), now.isoformat())
    assert not LIVES_ON(os.getpid(), (now - datetime.timedelta(days=365)).isoformat())
    assert LIVES_ON(os.getpid(), "some day")
    assert not LIVES_ON(0, now.isoformat())
    assert not LIVES_ON(2**22 + 1, now.isoformat())
