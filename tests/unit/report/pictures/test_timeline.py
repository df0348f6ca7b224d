"""The timeline tells one booking's story truly, whatever the records hold, in a small file that stands alone."""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest

from bookingflow.core.events import BookingLog
from bookingflow.report.pictures.timeline import timeline
from tests.support.fakes import FakeClock, Stream

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = '<script>alert("1")</script> & ]]> \x00\x1b[31m \ud800 \u202egnp 訂位 😀'

Records = list[dict[str, Any]]


@dataclass
class Picture:
    """A drawn timeline, taken apart."""

    source: str

    def __post_init__(self) -> None:
        self.root = ElementTree.fromstring(self.source)

    @property
    def texts(self) -> list[str]:
        return [element.text or "" for element in self.root.iter(f"{SVG}text")]

    def said(self, name: str) -> str:
        return self.root.findtext(f"{SVG}{name}") or ""

    def of(self, *styles: str) -> list[ElementTree.Element]:
        return [element for element in self.root.iter() if element.get("class") in styles]

    def bars(self) -> list[tuple[str, float, float]]:
        """State, left and right of each phase's bar."""
        drawn = self.of("completed", "failed", "open")
        return [(str(bar.get("class")), _at(bar, "x"), _at(bar, "x") + _at(bar, "width")) for bar in drawn]

    def signs(self) -> list[str]:
        """The shapes drawn before the phases' names."""
        return [re.sub(r"^M[\d.]+ [\d.]+", "", str(sign.get("d"))) for sign in self.of("sign", "sign bad")]

    def ticks(self) -> int:
        return sum(str(looks.get("d")).count("M") for looks in self.of("look"))

    def boxes(self) -> list[tuple[str, float, float, float]]:
        """Text, left, right and baseline of each text, measured in a font of the usual width."""
        found = []
        for element in self.root.iter(f"{SVG}text"):
            words, x = element.text or "", _at(element, "x")
            width = sum(12.5 if ord(mark) > 0x2E00 else 6.6 for mark in words if not unicodedata.combining(mark))
            left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[element.get("text-anchor", "start")]
            found.append((words, left, left + width, _at(element, "y")))
        return found


def _at(element: ElementTree.Element, name: str) -> float:
    return float(element.get(name, "nan"))


def draw(records: Records, deadline_s: float = 90.0) -> Picture:
    return Picture(timeline(records, deadline_s))


def record(event: str, phase: str, at: Any, message: Any = "", duration: Any = None, **details: Any) -> dict[str, Any]:
    """A record with the keys that the picture reads."""
    return {
        "event": event,
        "phase": phase,
        "message": message,
        "elapsedMs": at,
        "durationMs": duration,
        "details": details,
    }


def phase(name: str, began: float, ended: float, outcome: str = "completed", **details: Any) -> Records:
    """A phase's two records."""
    return [
        record("phase_started", name, began),
        record(f"phase_{outcome}", name, ended, "said", ended - began, **details),
    ]


def change(at: float, message: str = "pending, no table") -> dict[str, Any]:
    """A change of status."""
    return record("observation", "inline_poll", at, message)


def followed_booking() -> Records:
    """The records of a booking that the flow's own log wrote: confirmed by the job after 2.5 s."""
    clock = FakeClock()
    stream = Stream.on(clock)
    log = BookingLog(stream.stream, correlation_id="c")
    with log.phase("submit", "booking 4 for 2026-12-11 18:15") as open_phase:
        clock.sleep(0.4)
        open_phase.complete("HTTP 201, pending", deadlineS=90.0)
    with log.phase("inline_poll") as open_phase:
        log.observe("pending, no table", status="pending")
        clock.sleep(2.0)
        open_phase.complete("pending after 2.00 s", looks=3, lookTimesMs=[400, 1000.5, 2400])
    with log.phase("background_job") as open_phase:
        clock.sleep(0.1)
        log.observe("confirmed, 1 table", status="confirmed")
        open_phase.complete("the job ran", status=200, body="{}")
    with log.phase("final_summary") as open_phase:
        open_phase.complete("confirmed_background after 2.50 s")
    log.note("a remark")
    return [made.as_json() for made in stream.records]


def test_the_flows_own_records_become_a_picture_of_the_booking() -> None:
    picture = draw(followed_booking())

    assert picture.root.tag == f"{SVG}svg"
    names = ["submit", "inline_poll", "background_job", "final_summary"]
    assert [text for text in picture.texts if text in names] == names
    assert {"400 ms", "2.00 s · 3 checks", "100 ms", "0.0 ms"} <= set(picture.texts)
    assert {"pending, no table at 400 ms", "confirmed, 1 table at 2.50 s"} <= set(picture.texts)
    assert {"confirmed_background after 2.50 s", "booking 4 for 2026-12-11 18:15"} <= set(picture.texts)
    assert [state for state, _, _ in picture.bars()] == ["completed"] * 4
    assert picture.ticks() == 3
    assert len(picture.of("marker")) == 2
    assert not [text for text in picture.texts if text.startswith("Not everything")]


def test_bars_lie_where_their_times_are() -> None:
    picture = draw(phase("submit", 0, 25) + phase("inline_poll", 50, 100))

    (_, left, first_end), (_, second, right) = picture.bars()
    assert first_end - left == pytest.approx((right - left) / 4, abs=0.2)
    assert second - left == pytest.approx((right - left) / 2, abs=0.2)


def test_it_says_in_words_what_it_shows() -> None:
    picture = draw([*followed_booking(), *phase("diagnostics", 2500, 2600, "failed")])

    assert picture.root.get("role") == "img"
    assert picture.root[0].tag == f"{SVG}title"
    assert picture.said("title") == "Booking timeline: confirmed_background after 2.50 s"
    for words in (
        "submit completed: 400 ms.",
        "diagnostics failed: 100 ms · failed.",
        "Status confirmed, 1 table at 2.50 s.",
        "Deadline 90 s, beyond the axis.",
    ):
        assert words in picture.said("desc")


def test_it_stands_alone_and_is_readable_on_any_page() -> None:
    source = timeline(followed_booking(), 90.0)

    assert re.findall(r"https?:[^\"' ]+", source) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"href|url\(|@import|@font-face|<script|<image|<foreignObject|\son\w+=", source)
    assert "@media (prefers-color-scheme:dark)" in source
    picture = Picture(source)
    (page,) = picture.of("page")
    width, height = map(float, picture.root.get("viewBox", "").split()[2:])
    assert _at(page, "width") == width - 1
    assert _at(page, "height") == height - 1
    rules = re.findall(r"([^{}]+)\{[^{}]*\}", picture.said("style").replace("@media (prefers-color-scheme:dark){", ""))
    assert rules
    assert all(rule.strip().startswith(".bf-pic ") for rule in rules), "a rule would reach into the page around it"


def test_a_failed_phase_differs_in_colour_and_in_sign_and_in_words() -> None:
    done = draw(phase("submit", 0, 50) + phase("background_job", 50, 100))
    failed = draw(phase("submit", 0, 50) + phase("background_job", 50, 100, "failed"))

    assert [state for state, _, _ in done.bars()] == ["completed", "completed"]
    assert [state for state, _, _ in failed.bars()] == ["completed", "failed"]
    fills = dict(re.findall(r"\.(completed|failed)\{fill:(#\w+)", failed.said("style").rpartition("@media")[0]))
    assert fills["completed"] != fills["failed"]
    assert len(set(done.signs())) == 1
    assert len(set(failed.signs())) == 2
    assert len(failed.of("sign bad")) == 2, "before the phase and before the verdict"
    assert "50 ms · failed" in failed.texts
    assert "50 ms · failed" not in done.texts


def test_a_phase_that_never_ended_is_open_to_the_right_end() -> None:
    records = [*phase("submit", 0, 100), record("phase_started", "inline_poll", 100), change(400)]
    picture = draw(records)

    (_, _, _), (state, left, right) = picture.bars()
    assert state == "open"
    (marker,) = picture.of("marker")
    last_seen = float(str(marker.get("d")).removeprefix("M").split()[0])
    assert right == pytest.approx(last_seen), "the last record is the right end"
    assert left < right
    assert "not finished" in picture.texts
    assert "inline_poll: not finished" in picture.texts
    assert len(set(picture.signs())) == 2


def test_a_phase_whose_start_is_missing_began_its_duration_ago() -> None:
    late = draw(phase("submit", 0, 25) + phase("inline_poll", 50, 100)[1:])

    assert late.bars() == draw(phase("submit", 0, 25) + phase("inline_poll", 50, 100)).bars()


def test_the_same_phase_twice_takes_two_rows() -> None:
    picture = draw(phase("inline_poll", 0, 40) + phase("inline_poll", 50, 100, "failed"))

    assert [state for state, _, _ in picture.bars()] == ["completed", "failed"]
    assert picture.texts.count("inline_poll") == 2


def test_a_phase_within_another_closes_its_own_bar() -> None:
    outer, inner = phase("inline_poll", 0, 100, "failed"), phase("diagnostics", 40, 60)
    picture = draw([outer[0], *inner, outer[1]])

    assert [state for state, _, _ in picture.bars()] == ["failed", "completed"]


def test_a_phase_that_was_lost_within_another_stays_open() -> None:
    outer, lost = phase("inline_poll", 0, 100), record("phase_started", "background_job", 40)
    picture = draw([outer[0], lost, outer[1]])

    assert [state for state, _, _ in picture.bars()] == ["completed", "open"]


def test_the_deadlines_line_does_not_run_through_a_duration() -> None:
    picture = draw([*phase("submit", 50_000, 88_000), *phase("diagnostics", 99_000, 150_000)], 90.0)

    (line,) = picture.of("deadline")
    x = float(str(line.get("d")).removeprefix("M").split()[0])
    (before,) = [(left, right) for words, left, right, _ in picture.boxes() if words == "38.00 s"]
    assert not before[0] < x < before[1]


@pytest.mark.parametrize(
    ("elapsed_s", "on_the_axis"), [(1.0, False), (29.9, False), (30.1, True), (89.0, True), (91.0, True)]
)
def test_the_deadline_is_on_the_axis_once_a_third_of_it_is_used(elapsed_s: float, on_the_axis: bool) -> None:
    picture = draw(phase("submit", 0, elapsed_s * 1000), 90.0)
    lines = [str(line.get("d")) for line in picture.of("deadline")]

    assert ("deadline 90 s" in picture.texts) is on_the_axis
    assert ("deadline 90 s →" in picture.texts) is not on_the_axis
    assert len(lines) == on_the_axis
    if on_the_axis:
        ((_, left, right),) = picture.bars()
        x = float(lines[0].removeprefix("M").split()[0])
        assert (x - left) / (right - left) == pytest.approx(90 / elapsed_s, abs=0.01)


@pytest.mark.parametrize("deadline_s", [0.0, -1.0, math.nan, math.inf])
def test_a_deadline_that_is_none_is_not_drawn(deadline_s: float) -> None:
    picture = draw(followed_booking(), deadline_s)

    assert not picture.of("deadline")
    assert not [text for text in picture.texts if "deadline" in text]


@pytest.mark.parametrize("records", [[], [record("note", "", None, "at Demo Restaurant")], [{}]])
def test_nothing_recorded_is_said(records: Records) -> None:
    picture = draw(records)

    assert picture.texts == ["Nothing was recorded of this booking."]
    assert picture.root.get("role") == "img"
    assert picture.said("desc") == "Nothing was recorded of this booking."


def test_a_hostile_text_is_only_ever_text() -> None:
    records = [
        record("phase_started", "submit", 0, HOSTILE),
        record("phase_completed", "submit", 10, HOSTILE, 10),
        record("phase_started", HOSTILE, 10),
        change(15, HOSTILE),
        record("phase_failed", HOSTILE, 20, HOSTILE, 10),
    ]
    picture = draw(records)

    assert "<script" not in picture.source
    assert not list(picture.root.iter(f"{SVG}script"))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e\ud800-\udfff]", picture.source)
    assert any(text.startswith('<script>alert("1")</script> & ]]>') for text in picture.texts), "shown as it was said"
    assert {element.tag.removeprefix(SVG) for element in picture.root.iter()} == {
        "svg", "title", "desc", "style", "rect", "path", "text",
    }  # fmt: skip


@pytest.mark.parametrize(
    "odd", [None, True, "12", -5, math.nan, math.inf, 10**400, [], {"a": 1}], ids=lambda odd: str(odd)[:8]
)
def test_odd_values_never_raise(odd: Any) -> None:
    records = [
        *phase("submit", 0, 10),
        record("phase_started", odd, odd, odd),
        record("observation", odd, 5, odd, status=odd),
        record("phase_completed", "inline_poll", 20, odd, odd, looks=odd, lookTimesMs=odd),
        record("phase_completed", "inline_poll", 20, odd, odd, looks=odd, lookTimesMs=[odd, 20, odd]),
        {"event": odd, "elapsedMs": 10, "details": odd},
        {"event": "phase_failed", "elapsedMs": 30, "details": odd},
    ]
    picture = draw(records)

    assert not re.search(r"nan|inf\b|e\+", "".join(str(path.get("d")) for path in picture.root.iter(f"{SVG}path")))


def test_looks_are_ticks_only_where_their_times_are_known() -> None:
    counted = draw(phase("inline_poll", 0, 100, looks=34))
    timed = draw(phase("inline_poll", 10, 100, looks=3, lookTimesMs=[10, 50, 100, 5000]))

    assert counted.ticks() == 0
    assert "100 ms · 34 checks" in counted.texts
    assert timed.ticks() == 3, "the look outside its phase is not drawn"


def test_many_looks_and_changes_are_thinned_and_it_is_said() -> None:
    looks: list[float] = [float(at) for at in range(0, 9000, 10)]
    changes = [change(at, f"pending, {at} tables") for at in range(0, 9000, 100)]
    picture = draw([*changes, *phase("inline_poll", 0, 9000, looks=900, lookTimesMs=looks)])

    assert picture.ticks() == 200
    assert len(picture.of("marker")) == 40
    (left_out,) = [text for text in picture.texts if text.startswith("Not everything fits")]
    assert "200 of 900 checks" in left_out
    assert "40 of 90 status changes" in left_out
    assert "pending, 0 tables at 0.0 ms" in picture.texts, "the first change is always labelled"
    assert "pending, 8900 tables at 8.90 s" in picture.texts, "and the last"
    ticks = sorted(float(x) for x in re.findall(r"M([\d.]+)", str(picture.of("look")[0].get("d"))))
    gaps = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    assert max(gaps) < 2 * min(gaps), "thinned evenly"


def test_the_ticks_of_all_phases_share_one_limit() -> None:
    first = phase("inline_poll", 0, 1000, lookTimesMs=list(range(0, 1000, 10)))
    second = phase("post_job_poll", 1000, 4000, lookTimesMs=list(range(1000, 4000, 10)))

    assert draw(first + second).ticks() == 200


@pytest.mark.parametrize("filler", ["&", "<", "😀", "m", "i", "訂", "\u0301", "﷽"])
def test_it_stays_small_whatever_it_is_given(filler: str) -> None:
    records: Records = []
    for number in range(60):
        began = number * 1000.0
        records.append(record("phase_started", filler * 3000, began, filler * 3000))
        records += [change(began + step * 90, filler * (1 + step * 40)) for step in range(10)]
        times = [began + step * 3.3 for step in range(300)]
        said = filler * 3000
        records.append(record("phase_failed", filler * 3000, began + 999.9, said, 999.9, looks=1e11, lookTimesMs=times))
    picture = draw(records)

    assert len(picture.source.encode()) < 20_000
    assert picture.ticks() <= 200
    assert len(picture.of("marker")) <= 40
    assert len(picture.bars()) == 12
    assert any("12 of 60 phases drawn" in text for text in picture.texts)


LATE = [300, 79_000, 84_000, 88_000, 88_100, 88_200]
BURST = [100 + 7 * number for number in range(12)]
FLAPPING = list(range(400, 18_000, 300))


@pytest.mark.parametrize("times", [LATE, BURST, FLAPPING, [5, 5, 5], [0], [90_000]], ids=str)
@pytest.mark.parametrize("message", ["pending, no table", "pending_allocation, 12 tables", HOSTILE * 5])
@pytest.mark.parametrize("deadline_s", [0.01, 20.0, 90.0, 1000.0])
def test_no_label_lies_on_another_and_none_leaves_the_picture(
    times: list[int], message: str, deadline_s: float
) -> None:
    end = times[-1] + 10.0
    records = [
        record("phase_started", "submit", 0, "booking 4"),
        record("phase_completed", "submit", end / 50, "HTTP 201", end / 50),
        *[change(at, message) for at in times],
        *phase("inline_poll", end / 50, end * 0.97, looks=34),
        *phase("a phase with a very long name", end * 0.97, end, "failed", looks=1),
        *phase("final_summary", end, end, "failed"),
        record("phase_started", "diagnostics", end),
    ]
    picture = draw(records, deadline_s)

    for (words, left, right, base), (others, from_, to, other_base) in itertools.combinations(picture.boxes(), 2):
        if abs(base - other_base) < 12:
            assert right < from_ or to < left, f"{words!r} lies on {others!r}"
    width, height = map(float, picture.root.get("viewBox", "").split()[2:])
    for words, left, right, base in picture.boxes():
        assert left >= 0, words
        assert right <= width, words
        assert 10 < base < height, words
    assert len([text for text in picture.texts if " at " in text]) >= min(2, len(times)), "first and last are labelled"


@pytest.mark.parametrize("times", [[220, 620], [273, 382, 474, 627], [275, 485, 541, 673, 682]], ids=str)
def test_the_first_and_the_last_change_are_labelled_even_where_it_is_narrow(times: list[int]) -> None:
    changes = [change(at, "pending_allocation, 12 tables") for at in times]
    picture = draw([*phase("submit", 0, 1000), *changes])

    assert f"pending_allocation, 12 tables at {times[0]} ms" in picture.texts
    assert f"pending_allocation, 12 tables at {times[-1]} ms" in picture.texts


def test_it_is_a_pure_function() -> None:
    records = followed_booking()

    assert timeline(records, 90.0) == timeline(records, 90.0)
    assert records == followed_booking()
