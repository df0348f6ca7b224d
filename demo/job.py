"""The platform's background job: assign later, retry, sum up (docs/platform.md, "Background job")."""

from __future__ import annotations

import datetime
import logging
import time
from collections.abc import Mapping

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from demo.assignment import assign
from demo.attempt import JOB, NOT_PENDING, Event, note
from demo.platform import Platform, Stopwatch

_SILENT = frozenset({"cancelled", "no_show", "completed"})
_log = logging.getLogger("demo.job")


def start_in_background(platform: Platform, booking_id: str) -> None:
    """Start the job and return at once, as the platform does after a POST that was not confirmed inline."""
    if platform.defects.on("own-job-never-starts"):
        return
    platform.aside(lambda: _guarded(platform, booking_id))


def _guarded(platform: Platform, booking_id: str) -> None:
    try:
        run(platform, booking_id)
    except (psycopg.Error, OSError) as error:
        if platform.stopping.is_set():
            return  # its database goes down too
        _log.warning("the background job of %s ended: %s", booking_id, type(error).__name__)


def run(platform: Platform, booking_id: str) -> str:
    """Confirm a booking if possible; return the summary's result, `skipped` when there is nothing to do."""
    booking = _load(platform, booking_id)
    if booking is None or (booking["status"] in _SILENT and not platform.defects.on("job-confirms-cancelled")):
        return "skipped"
    if platform.defects.on("pending-for-ever"):
        return "exhausted"
    watch, attempts, used = Stopwatch(), min(max(platform.flags.job_max_retries + 1, 1), 11), 0
    _note(platform, booking, "auto_assign.started", {"status": booking["status"], "trigger": JOB.trigger})
    repeats = platform.defects.on("job-repeats")
    result = "already_confirmed" if booking["status"] == "confirmed" and not repeats else "exhausted"
    if platform.defects.on("job-does-nothing"):
        result = "succeeded"
    while result == "exhausted" and used < attempts:
        if used and _too_late(platform, booking):
            _note(platform, booking, "auto_assign.cutoff_skipped", {"attempt_index": used})
            result = "cutoff"
            break
        began = time.monotonic()
        attempt = assign(platform, booking_id, JOB, used)
        used += 1
        context = {"reason": attempt.reason, "success": attempt.success, "trigger": JOB.trigger, "alternates": 0}
        context |= {"reasonCode": attempt.reason_code, "attempt_index": used - 1}
        _note(platform, booking, "auto_assign.attempt", context)
        if attempt.success:
            result = "succeeded"
        elif attempt.reason == NOT_PENDING:
            # Another request decided meanwhile.
            now = _load(platform, booking_id)
            result = "already_confirmed" if now is not None and now["status"] == "confirmed" else "error"
        elif used < attempts:
            delays = platform.flags.job_retry_delays_ms
            pause = delays[min(used - 1, len(delays) - 1)] / 1000 - (time.monotonic() - began)
            platform.pause(pause)
    if result == "succeeded":
        succeeded = {"attempt_index": used - 1, "durationMs": watch.ms, "trigger": JOB.trigger}
        _note(platform, booking, "auto_assign.succeeded", succeeded)
    elif result in {"exhausted", "cutoff"}:
        _notify_restaurant(platform, booking_id, result)
        failed = {"attempts": used, "trigger": JOB.trigger, "hardStopReason": None}
        _note(platform, booking, "auto_assign.failed", failed, "warning")
    summary = {"result": result, "attemptsUsed": used, "maxAttempts": attempts, "totalDurationMs": watch.ms}
    summary |= {
        "trigger": JOB.trigger,
        "skippedInitialAttempt": False,
        "inlineSkipReason": None,
        "hardStopReason": None,
    }
    _note(platform, booking, "auto_assign.summary", summary)
    return result


def _load(platform: Platform, booking_id: str) -> DictRow | None:
    with platform.statement() as db:
        return db.execute(
            "SELECT id, restaurant_id, status::text, start_at FROM bookings WHERE id = %s", (booking_id,)
        ).fetchone()


def _note(
    platform: Platform, booking: DictRow, kind: str, context: Mapping[str, object], severity: str = "info"
) -> None:
    with platform.statement() as db:
        note(db, booking, [Event("auto_assign", kind, context, severity)])


def _too_late(platform: Platform, booking: DictRow) -> bool:
    cutoff = datetime.timedelta(minutes=platform.flags.start_cutoff_minutes)
    return bool(booking["start_at"] <= platform.clock.now() + cutoff)


def _notify_restaurant(platform: Platform, booking_id: str, reason: str) -> None:
    """Note that the restaurant was notified of a waiting guest; once a booking."""
    notice = {"pending_admin_notified_at": platform.clock.now().isoformat(), "pending_admin_reason": reason}
    with platform.statement() as db:
        db.execute(
            "UPDATE bookings SET details = %s || coalesce(details, '{}') WHERE id = %s AND status = 'pending'",
            (Jsonb(notice), booking_id),
        )
