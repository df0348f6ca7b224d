"""What one of two shards left, made in memory."""

from __future__ import annotations

from pathlib import Path

from bookingflow.report.origin import Origin
from bookingflow.report.parts import Part, ShardRecord
from bookingflow.report.summary import Summary, TargetSummary

DEMO = TargetSummary(kind="demo", address="http://127.0.0.1:1", restaurant="Demo (demo)")
SHARDS = (("a:1",), ("b:2",))


def part(
    number: int,
    *,
    target: TargetSummary = DEMO,
    shards: tuple[tuple[str, ...], ...] = SHARDS,
    origin: Origin | None = None,
    ran: tuple[str, str] = ("2026-11-26T10:00:00.000Z", "2026-11-26T10:05:00.000Z"),
    **judged: object,
) -> Part:
    """The shard with this number, in the folder `shard-<number>`; `ran` is when it began and ended."""
    began, ended = ran
    said = {"ends": {}, "audited": 0, "bookings": 0, "waited_ms": {}, **judged}
    record = {"number": number, "count": len(shards), "shards": shards, "origin": origin or Origin(), **said}
    summary = Summary(
        run_id="r", verdict="kept", exit_status=0, started_at=began, ended_at=ended, suite="0", target=target
    )
    return Part(Path(f"shard-{number}"), summary, ShardRecord.model_validate(record))
