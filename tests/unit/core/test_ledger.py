"""The ledger: what a run made survives it, and nothing of a guest stands in it."""

from __future__ import annotations

import datetime
import errno
import json
import os
import random
import threading
from pathlib import Path

import pytest

from bookingflow.core import ledger as ledgers
from bookingflow.core.ledger import Entry, Ledger, append, compact, left_behind, read
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


def test_what_earlier_runs_left_at_this_platform_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    assert left_behind(path, API) == ""
    append(path, [Entry(API, HOUSE, f"id-{number}", "key", "2026-01-01T00:00:00+00:00") for number in range(2)])
    assert left_behind(path, "https://another.example") == ""
    assert left_behind(path, API).startswith("Note: an earlier run left 2 bookings here;")


def test_a_process_that_has_the_number_of_an_earlier_one_made_nothing_of_what_that_made() -> None:
    now = datetime.datetime.now(datetime.UTC)
    assert LIVES_ON(os.getpid(), now.isoformat())
    assert not LIVES_ON(os.getpid(), (now - datetime.timedelta(days=365)).isoformat())
    assert LIVES_ON(os.getpid(), "some day")
    assert not LIVES_ON(0, now.isoformat())
    assert not LIVES_ON(2**22 + 1, now.isoformat())


# -- a file that does not grow for ever ------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked through from the first byte on, each time."""
    monkeypatch.setattr(ledgers, "COMPACT_FROM", 1)
    monkeypatch.setattr(ledgers, "_looked_through", {})


def a_round(path: Path, number: int) -> None:
    """What a round of the monitor writes."""
    book = ledger(path)
    book.sent(HOUSE, f"key-{number}")
    book.made(HOUSE, f"id-{number}", f"key-{number}")
    book.undone([f"id-{number}"])


def test_a_week_of_rounds_takes_no_more_than_what_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "made.jsonl"
    ledger(path).sent(HOUSE, "left over")
    ledger(path, keep=True).made(HOUSE, "kept", "on purpose")
    largest = 0
    for number in range(7 * 288):
        compact(path)
        a_round(path, number)
        largest = max(largest, path.stat().st_size)
    assert largest < 2 * ledgers.COMPACT_FROM + 2000
    assert left(path) == [("left over", None)]
    assert [entry.id for entry in read(path) if entry.kept] == ["kept"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("seed", range(20))
def test_what_is_left_out_is_only_what_is_undone(tmp_path: Path, seed: int) -> None:
    rng, path = random.Random(seed), tmp_path / "made.jsonl"
    with path.open("a", encoding="utf-8") as file:
        file.write('{"api": "torn\n')
    books = [ledger(path), ledger(path, keep=True)]
    for _ in range(60):
        book, number = rng.choice(books), rng.randrange(6)
        key, booking = f"key-{number}", f"id-{number}"
        match rng.randrange(5):
            case 0:
                book.sent(HOUSE, key)
            case 1:
                book.made(HOUSE, booking, key)
            case 2:
                book.not_made(key)
            case 3:
                book.undone([booking])
            case _:
                book.found(HOUSE, booking, key)
        before = [entry for entry in read(path) if entry.undone_at is None]
        compact(path)
        assert [entry for entry in read(path) if entry.undone_at is None] == before
    assert path.read_text(encoding="utf-8").count('{"api": "torn\n') == 1, "nobody knows what it says"


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_compaction_that_is_cut_off_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / "made.jsonl"
    ledger(path).sent(HOUSE, "open")
    for number in range(9):
        a_round(path, number)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(os, name, full)
        compact(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    (tmp_path / ".made.jsonl.new").write_text("what a killed one left, longer than what will be written" * 99)
    ledgers._looked_through.clear()
    compact(path)
    assert left(path) == [("open", None)]
    assert path.stat().st_size < 300
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("small")
def test_nothing_is_lost_that_others_write_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, fsync = tmp_path / "made.jsonl", os.fsync
    for number in range(9):
        a_round(path, number)
    writers: list[threading.Thread] = []

    def write_meanwhile(handle: int) -> None:
        writer = threading.Thread(target=lambda: ledger(path).sent(HOUSE, f"meanwhile-{len(writers)}"))
        writers.append(writer)
        writer.start()
        writer.join(0.05)  # it has to wait: what it wrote now would be lost
        fsync(handle)

    monkeypatch.setattr(os, "fsync", write_meanwhile)
    compact(path)
    for writer in writers:
        writer.join()
    assert left(path) == [("meanwhile-1", None)]


def test_a_line_that_a_full_disk_cut_off_is_an_error_and_takes_no_other_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "made.jsonl", os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda handle, data: write(handle, data[:20]))
        with pytest.raises(OSError, match=r"No space left .*made\.jsonl"):
            ledger(path).sent(HOUSE, "cut off")
    ledger(path).sent(HOUSE, "after")
    assert left(path) == [("after", None)]
