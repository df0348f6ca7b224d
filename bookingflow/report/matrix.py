"""The matrix of times, parties and crowds: what became of the guests of each cell, for people and in
`reports/matrix.json`.

A cell is a scenario tagged `@matrix`: guests who booked one time at the same moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from bookingflow.booking.tracked_booking import WAITING_OUTCOMES, Outcome, TrackedBooking, waited_ms
from bookingflow.core.text import counted, for_terminal, quoted
from bookingflow.report.summary import Model, ScenarioResult, Spread, Status, spread
from bookingflow.scenario.session import BookingReport

FILE = "matrix.json"
TAG = "matrix"
End = Literal["confirmed", "waiting", "refused", "other"]
"""What became of a guest; `other`: an error, no answer, or nobody followed it to its end."""
HEAD = (
    "",
    "when",
    "guests",
    "at once",
    "confirmed",
    "waiting",
    "refused",
    "other",
    "seats empty",
    "answer ms",
    "table ms",
)
SIGNS: Mapping[Status, str] = {"passed": "✓", "failed": "✗", "error": "!", "known": "≈"}


class Cell(Model):
    """One time, one party, one crowd."""

    scenario: str
    """Its id and name."""
    status: Status
    """Of the scenario: whether its promises held."""
    starts_at: str
    """The restaurant's own date and time, ISO 8601 without a zone."""
    when: str
    """The same for people."""
    party: int
    at_once: int
    confirmed: int
    waiting: int
    refused: int
    other: int
    reasons: dict[str, int]
    """Why guests wait, in the platform's words, and how many of them for that."""
    seat_waste: Spread | None
    """Empty seats at the tables of a confirmed booking."""
    answer_ms: Spread | None
    """From the request to its answer."""
    table_ms: Spread | None
    """From the request until the guest knew of a table, or the suite saw it: an upper bound."""


class Matrix(Model):
    """`reports/matrix.json`."""

    schema_version: Literal[1] = 1
    run_id: str
    wrong_before: tuple[str, ...]
    """What was wrong in the restaurant's books before anybody booked; held against nobody."""
    cells: tuple[Cell, ...]

    def as_json(self) -> str:
        """Return the text of the file."""
        return f"{self.model_dump_json(by_alias=True, indent=2)}\n"


def end_of(booking: TrackedBooking) -> End:
    """What became of its guest."""
    if booking.confirmed:
        return "confirmed"
    if booking.outcome in WAITING_OUTCOMES:
        return "waiting"
    return "refused" if booking.outcome is Outcome.REFUSED else "other"


def cells_of(results: Iterable[ScenarioResult], reports: Sequence[BookingReport]) -> tuple[Cell, ...]:
    """A cell for each of these scenarios that booked."""
    bookings: dict[str, list[TrackedBooking]] = {}
    for report in reports:
        bookings.setdefault(report.scenario, []).append(report.booking)
    return tuple(_cell(result, bookings[result.label]) for result in results if result.label in bookings)


def _cell(result: ScenarioResult, bookings: Sequence[TrackedBooking]) -> Cell:
    request = bookings[0].request
    ends = Counter(end_of(booking) for booking in bookings)
    waiting = [booking for booking in bookings if end_of(booking) == "waiting"]
    seated = [booking for booking in bookings if booking.confirmed]
    answered = (booking.metrics.submit_ms for booking in bookings if booking.exchange.status is not None)
    return Cell(
        scenario=result.label,
        status=result.status,
        starts_at=f"{request.date.isoformat()}T{request.time:%H:%M}",
        when=f"{quoted(request.date)} {quoted(request.time)}",
        party=request.party,
        at_once=len(bookings),
        confirmed=ends["confirmed"],
        waiting=ends["waiting"],
        refused=ends["refused"],
        other=ends["other"],
        reasons=dict(Counter(_reason(booking) for booking in waiting)),
        seat_waste=_spread(booking.metrics.seat_waste or 0 for booking in seated),
        answer_ms=_spread(answered),
        table_ms=_spread(map(waited_ms, seated)),
    )


def _reason(booking: TrackedBooking) -> str:
    reason = None if booking.row is None else booking.row.last_reason
    return reason or "no reason"


def _spread(values: Iterable[float]) -> Spread | None:
    found = spread(values)
    return None if found is None else Spread.model_validate(found)


def matrix_lines(matrix: Matrix) -> Iterator[str]:
    """The table for a terminal, times in milliseconds as median and maximum; nothing without cells."""
    if not matrix.cells:
        return
    rows = [HEAD, *(_row(cell) for cell in matrix.cells)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    yield ""
    for row in rows:
        yield for_terminal("  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True)).rstrip())
    yield "answer ms, table ms: until the guests knew, median / longest"
    reasons = sum((Counter(cell.reasons) for cell in matrix.cells), Counter[str]())
    for reason, times in reasons.most_common():
        yield for_terminal(f"{counted(times, 'party', 'parties')} waiting: {reason}")
    for sentence in matrix.wrong_before:
        yield for_terminal(f"Wrong before this run, and not held against it: {sentence}")


def _row(cell: Cell) -> tuple[str, ...]:
    counts = (cell.party, cell.at_once, cell.confirmed, cell.waiting, cell.refused, cell.other)
    wasted = "" if cell.seat_waste is None else f"{cell.seat_waste.mean:.1f}"
    times = ("" if found is None else f"{found.p50:.0f} / {found.max:.0f}" for found in (cell.answer_ms, cell.table_ms))
    return (SIGNS.get(cell.status, "–"), cell.when, *map(str, counts), wasted, *times)
