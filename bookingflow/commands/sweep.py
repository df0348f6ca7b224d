"""`bookingflow sweep`: undo what runs that were cut off left at a platform, by the ledger, and nothing else."""

from __future__ import annotations

import argparse
import datetime
import importlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial

from bookingflow.commands.arguments import duration
from bookingflow.core.errors import SettingsError
from bookingflow.core.ledger import FILE, Entry, Ledger, read
from bookingflow.core.settings import DEFAULT_API_BASE_URL, Settings
from bookingflow.core.settings.loading import load
from bookingflow.core.text import counted
from bookingflow.core.timing import Deadline, SystemClock
from bookingflow.platform.cancellation import Cleaner, DatabaseCleaner, DemoCleaner, Ownership
from bookingflow.platform.database import BookingDatabase
from bookingflow.platform.target import Target
from bookingflow.report.terminal.stream import speak_through

FIND_S = 10.0
"""Seconds that looking up a key may take."""
FORGET = "Look at it: `bookingflow sweep --forget` takes it out of the ledger."


def main(arguments: Sequence[str]) -> int:
    """Sweep; 0 when nothing is left, 3 when something could not be undone."""
    parser = argparse.ArgumentParser(prog="bookingflow sweep", description=__doc__)
    parser.add_argument(
        "--older-than", metavar="AGE", type=duration(), help="only what was made longer ago: 30m, 12h, 2d"
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be undone, and undo nothing")
    parser.add_argument(
        "--forget", action="store_true", help="take bookings that turn out not to be this suite's out of the ledger"
    )
    options = parser.parse_args(arguments)
    speak_through()
    settings = load({}, {})
    path = settings.output_dir / "reports" / FILE
    address = settings.api_base_url or DEFAULT_API_BASE_URL
    entries = [entry for entry in read(path) if entry.open]
    here = [entry for entry in entries if entry.api == address and _old_enough(entry, options.older_than)]
    elsewhere = sum(1 for entry in entries if entry.api != address)
    if elsewhere:
        print(
            f"{counted(elsewhere, 'booking')} of another address: left alone. BOOKING_API_BASE_URL names the platform."
        )
    if not here:
        print("Nothing is left to undo.")
        return 0
    if options.dry_run:
        for entry in here:
            print(f"would undo {entry.id or 'the booking of key ' + str(entry.key)}, made {entry.made_at}")
        return 0
    ledger = Ledger(path, api=address, clock=SystemClock(), keep=False)
    return _sweep(settings, here, ledger, forget=options.forget)


def _old_enough(entry: Entry, age_s: float | None) -> bool:
    if age_s is None:
        return True
    try:
        return datetime.datetime.fromisoformat(entry.made_at) <= SystemClock().now() - datetime.timedelta(seconds=age_s)
    except ValueError:
        return False


def _sweep(settings: Settings, entries: Sequence[Entry], ledger: Ledger, *, forget: bool) -> int:
    """Undo these; 3 when something could not be undone, or does not count as ours and is not to be forgotten."""
    with ExitStack() as opened:
        cleaner, find = _way_to_undo(settings, opened)
        status = 0
        for entry in entries:
            ours = Ownership(keys={entry.key} if entry.key else set(), swept=True)
            named = [entry.id] if entry.id else []
            result = cleaner.undo(named, ours)
            own = [one for one in named if one not in result.foreign]
            left = dict(result.left)
            if not own and entry.key:  # no answer named the booking, or an answer named another's
                own = find(entry.restaurant, entry.key)
                left |= cleaner.undo(own, ours).left
            for sentence in left.values():
                print(sentence)
            for booking_id in result.foreign:
                print(f"{_not_ours(booking_id, entry)} {'It is forgotten.' if forget else FORGET}")
            if left or (result.foreign and not forget):
                status = 3
            else:
                ledger.close_entry(entry)
            if own and not left:
                print(f"undone: {', '.join(own)}")
            elif not (own or named):
                print(f"undone: nothing was stored under key {entry.key}")
    return status


def _not_ours(booking_id: str, entry: Entry) -> str:
    key = f"under the key {entry.key} that the ledger has" if entry.key else "by a guest of the suite's own contact"
    return f"The booking {booking_id} was not made {key}; it does not count as this suite's, and is left alone."


def _way_to_undo(settings: Settings, opened: ExitStack) -> tuple[Cleaner, Callable[[str, str], list[str]]]:
    """What undoes bookings there, and finds what was stored under a key; raises SuiteError where nothing does."""
    clock = SystemClock()

    def found_in(database: BookingDatabase, restaurant_id: str, key: str) -> list[str]:
        return [row.id for row in database.find_by_key(restaurant_id, key, Deadline(clock, FIND_S))]

    if settings.cleanup_database_url:
        judging = BookingDatabase(settings.database_url or settings.cleanup_database_url, clock=clock)
        opened.callback(judging.close)
        cleaner = DatabaseCleaner(
            settings.cleanup_database_url, delete=settings.cleanup == "delete", read=judging.reread
        )
        cleaner.check()
        return cleaner, lambda restaurant, key: cleaner.find(restaurant, key) or found_in(judging, restaurant, key)
    if not settings.on_demo or settings.starts_demo:
        raise SettingsError(
            [
                "BOOKING_CLEANUP_DATABASE_URL is missing: bookings are undone by a role that may write "
                "(docs/live-platform.md has its SQL)."
            ]
        )
    target: Target = importlib.import_module("targets").open_target(settings)
    opened.callback(target.close)
    database = BookingDatabase(target.database_url, clock=clock)
    opened.callback(database.close)
    if target.controls is None:
        raise SettingsError(["BOOKING_DEMO_ADMIN_URL is missing: a running demo is asked by it to cancel bookings."])
    return DemoCleaner(target.controls, database.reread), partial(found_in, database)
