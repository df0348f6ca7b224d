"""The event stream: what happened to each booking, phase by phase, as records with one schema.

The flow emits; JSON lines, console, Allure and the run summary consume. No consumer knows another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel
from typing_extensions import TypedDict

from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.timing import Clock

Level = Literal["INFO", "WARNING", "ERROR"]
EventName = Literal["phase_started", "phase_completed", "phase_failed", "observation", "note"]
PhaseName = Literal["submit", "inline_poll", "background_job", "post_job_poll", "final_summary", "diagnostics"]

LONGEST_MESSAGE, MOST_DETAILS = 4_000, 20_000
"""Characters of a record's message, and of its details: what the platform says may be long."""


class HttpRecord(TypedDict):
    """One exchange with the API; `status` is null when no answer came."""

    method: str
    path: str
    status: int | None
    requestBytes: int
    responseBytes: int
    durationMs: float


@dataclass(frozen=True)
class Record:
    """One line of the phase log. Durations in milliseconds; everything already sanitized.

    `scenario` is the scenario's id and name, null for what belongs to none; `elapsedMs` counts from the submit.
    `docs/phases.schema.json` is made from this class.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(alias_generator=to_camel, extra="forbid")

    timestamp: str
    level: Level
    event: EventName
    phase: PhaseName | None
    message: str
    run_id: str
    scenario: str | None
    correlation_id: str | None
    booking_id: str | None
    elapsed_ms: float | None
    duration_ms: float | None
    http: HttpRecord | None
    details: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Every key of the record schema, in its order."""
        return {
            "timestamp": self.timestamp,
            "level": self.level,
            "event": self.event,
            "phase": self.phase,
            "message": self.message,
            "runId": self.run_id,
            "scenario": self.scenario,
            "correlationId": self.correlation_id,
            "bookingId": self.booking_id,
            "elapsedMs": self.elapsed_ms,
            "durationMs": self.duration_ms,
            "http": self.http,
            "details": self.details,
        }


Consumer = Callable[[Record], None]


class EventStream:
    """Sanitizes each record once and hands it to every consumer, in the order they subscribed."""

    def __init__(self, *, run_id: str, clock: Clock, sanitizer: Sanitizer) -> None:
        self.run_id = run_id
        self.clock = clock
        self.sanitizer = sanitizer
        self.scenario: str | None = None
        self._consumers: list[Consumer] = []
        self._look_watchers: list[Callable[[], None]] = []

    def subscribe_looks(self, watcher: Callable[[], None]) -> None:
        """Call this watcher at every look, which is no record: there are hundreds of them."""
        self._look_watchers.append(watcher)

    def looked(self) -> None:
        """The database was looked at once more."""
        for watcher in self._look_watchers:
            watcher()

    def subscribe(self, consumer: Consumer) -> None:
        """Hand every later record to this consumer too."""
        self._consumers.append(consumer)

    def emit(
        self,
        event: EventName,
        message: str,
        *,
        level: Level = "INFO",
        phase: PhaseName | None = None,
        correlation_id: str | None = None,
        booking_id: str | None = None,
        elapsed_ms: float | None = None,
        duration_ms: float | None = None,
        http: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Make a record of this moment and hand it out."""
        record = Record(
            timestamp=self.clock.now().isoformat(timespec="milliseconds"),
            level=level,
            event=event,
            phase=phase,
            message=self.sanitizer.text(message, most=LONGEST_MESSAGE),
            run_id=self.run_id,
            scenario=self.scenario,
            correlation_id=correlation_id,
            booking_id=booking_id,
            elapsed_ms=_rounded(elapsed_ms),
            duration_ms=_rounded(duration_ms),
            http=self.sanitizer.value(dict(http)) if http else None,
            details=self.sanitizer.value(dict(details or {}), most=MOST_DETAILS),
        )
        for consumer in self._consumers:
            consumer(record)

    def note(self, message: str, *, level: Level = "INFO", **details: Any) -> None:
        """A remark of the run that belongs to no booking."""
        self.emit("note", message, level=level, details=details)


@dataclass
class Phase:
    """An open phase: says how it ended, unless leaving it by an exception says so."""

    name: PhaseName
    outcome: str = ""
    failed: bool = False
    http: Mapping[str, Any] | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def complete(self, outcome: str, **details: Any) -> None:
        """The phase did its work; `outcome` says in a few words what it found."""
        self.outcome, self.failed = outcome, False
        self.details.update(details)

    def fail(self, outcome: str, **details: Any) -> None:
        """The phase did not reach what it was for."""
        self.outcome, self.failed = outcome, True
        self.details.update(details)


class BookingLog:
    """The phase log of one booking: knows its ids and its time since the submit."""

    __slots__ = ("_phase", "_start", "booking_id", "correlation_id", "durations_ms", "limit_s", "stream")

    def __init__(self, stream: EventStream, *, correlation_id: str, limit_s: float | None = None) -> None:
        self.stream = stream
        self.limit_s = limit_s
        self.correlation_id = correlation_id
        self.booking_id: str | None = None
        self.durations_ms: dict[PhaseName, float] = {}
        self._start = stream.clock.monotonic()
        self._phase: PhaseName | None = None

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds since the submit began."""
        return (self.stream.clock.monotonic() - self._start) * 1000

    @contextmanager
    def phase(self, name: PhaseName, message: str = "") -> Iterator[Phase]:
        """Open a phase; it is closed, and its record written, however the block is left."""
        phase, began, outer = Phase(name), self.stream.clock.monotonic(), self._phase
        self._phase = name
        self._emit("phase_started", message or name, details=self._limit())
        try:
            yield phase
        except BaseException as error:
            phase.fail(f"{type(error).__name__}: {error}")
            raise
        finally:
            duration = (self.stream.clock.monotonic() - began) * 1000
            self.durations_ms[name] = self.durations_ms.get(name, 0.0) + duration
            self._emit(
                "phase_failed" if phase.failed else "phase_completed",
                phase.outcome or "done",
                level="ERROR" if phase.failed else "INFO",
                duration_ms=duration,
                http=phase.http,
                details=phase.details,
            )
            self._phase = outer

    def _limit(self) -> dict[str, float]:
        return {} if self.limit_s is None else {"deadlineS": round(self.limit_s, 3)}

    def observe(self, message: str, **details: Any) -> None:
        """Something about the booking changed."""
        self._emit("observation", message, details=details)

    def note(self, message: str, *, level: Level = "INFO", **details: Any) -> None:
        """A remark about this booking."""
        self._emit("note", message, level=level, details=details)

    def _emit(
        self,
        event: EventName,
        message: str,
        *,
        level: Level = "INFO",
        duration_ms: float | None = None,
        http: Mapping[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        self.stream.emit(
            event,
            message,
            level=level,
            phase=self._phase,
            correlation_id=self.correlation_id,
            booking_id=self.booking_id,
            elapsed_ms=self.elapsed_ms,
            duration_ms=duration_ms,
            http=http,
            details=details,
        )


def _rounded(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds, 1)
