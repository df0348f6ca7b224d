"""One attempt at assigning tables: its source, its result, and the events it leaves
(docs/platform.md, "Rows of a confirmed booking").
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from demo.allocator import REASON_CODES, Plan
from demo.platform import Transaction

NOT_PENDING = "not pending"
STRATEGY = {"requireAdjacency": None, "maxTables": None}
INLINE_EVENTS = "bookings.inline_auto_assign"
NOTE: LiteralString = """
    INSERT INTO observability_events (source, event_type, severity, context, restaurant_id, booking_id)
    SELECT e.source, e.kind, e.severity, e.context, %(restaurant)s, %(booking)s
      FROM jsonb_to_recordset(%(events)s) AS e(source text, kind text, severity text, context jsonb)"""


@dataclass(frozen=True)
class Source:
    """The source of an attempt, inline or the job; it decides keys, reasons and names in the rows."""

    trigger: str
    history_reason: str
    label: str
    key_prefix: str
    inline: bool


INLINE = Source("inline_creation", "api_inline_auto_assign", "api-inline", "api", inline=True)
JOB = Source("creation", "auto_assign", "auto-assign", "auto", inline=False)


@dataclass(frozen=True)
class Event:
    """Something that happened to a booking."""

    source: str
    kind: str
    context: Mapping[str, Any]
    severity: str = "info"


def note(db: Transaction, booking: DictRow, events: Sequence[Event]) -> None:
    """Store these events of a booking, in their order."""
    rows = Jsonb([vars(event) for event in events])
    db.execute(NOTE, {"restaurant": booking["restaurant_id"], "booking": booking["id"], "events": rows})


@dataclass(frozen=True)
class Took:
    """Milliseconds that the halves of an attempt took; the second ends when its statements are sent."""

    quote_ms: int
    confirm_ms: int


@dataclass
class Attempt:
    """How one attempt at assigning tables ended."""

    success: bool = False
    reason: str | None = None
    hold_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempt_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    duration_ms: int = 0

    @property
    def reason_code(self) -> str:
        """Return the planner's code for the reason."""
        return REASON_CODES.get(self.reason or "", "unknown")

    def held(self, plan: Plan, party: int, window: TimestamptzRange) -> list[Event]:
        """Return the events of tables found and held."""
        chosen = {
            "holdId": self.hold_id,
            "tableIds": [table.id for table in plan.tables],
            "tableNumbers": [table.number for table in plan.tables],
            "totalCapacity": plan.capacity,
            "partySize": party,
            "window": {
                "start": window.lower.isoformat(),  # type: ignore[union-attr]  # has both ends
                "end": window.upper.isoformat(),  # type: ignore[union-attr]  # as above
            },
        }
        return [
            Event("capacity.hold", "capacity.hold.created", chosen),
            Event("capacity.selector", "capacity.selector.quote", chosen),
        ]

    def quoted(self, source: Source, index: int, quote_ms: int) -> list[Event]:
        """Return the events of a search for tables, successful or not."""
        quote = {
            "trigger": source.trigger,
            "attempt_index": index,
            "attemptId": self.attempt_id,
            "planner_reason": self.reason,
            "planner_success": self.reason is None,
            "planner_strategy": STRATEGY,
            "planner_duration_ms": quote_ms,
            "planner_reason_code": self.reason_code,
            "planner_reason_category": self.reason_code.split(".")[0],
        }
        events = [Event("auto_assign", "auto_assign.quote", quote)]
        if source.inline:
            result = {"reason": self.reason, "attemptId": self.attempt_id, "alternates": 0, "durationMs": quote_ms}
            has_hold = self.reason is None
            events.append(Event(INLINE_EVENTS, "inline_auto_assign.quote_result", {**result, "hasHold": has_hold}))
            if not has_hold:
                events.append(Event(INLINE_EVENTS, "inline_auto_assign.no_hold", result))
        return events

    def confirmed(self, source: Source, key: str, was: str, assignments: int, took: Took) -> list[Event]:
        """Return the events of a booking that is confirmed now; `was` is its status before."""
        about = {"holdId": self.hold_id, "idempotencyKey": key}
        started = {**about, "preStatus": was, "preAssignments": 0}
        events = [
            Event("capacity.atomic_confirm", "transaction.started", started),
            Event("capacity.atomic_confirm", "transaction.succeeded", {**about, "assignments": assignments}),
        ]
        if source.inline:
            done = {"attemptId": self.attempt_id, "holdId": self.hold_id}
            timings = {"quoteDurationMs": took.quote_ms, "confirmDurationMs": took.confirm_ms, "idempotencyKey": key}
            confirmed = {**done, "durationMs": took.confirm_ms}
            events.append(Event(INLINE_EVENTS, "inline_auto_assign.confirm_succeeded", confirmed))
            events.append(Event(INLINE_EVENTS, "inline_auto_assign.succeeded", {**done, **timings}))
        return events

    def timed_out(self, limit_ms: int) -> list[Event]:
        """Return the events of an inline attempt that was given up after `limit_ms`."""
        about = {"attemptId": self.attempt_id, "timeoutMs": limit_ms, "elapsedMs": limit_ms}
        return [
            Event(INLINE_EVENTS, "inline_auto_assign.timeout", about),
            Event(INLINE_EVENTS, "inline_auto_assign.operation_aborted", about),
        ]
