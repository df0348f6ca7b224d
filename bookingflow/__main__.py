"""The console script `bookingflow`: finds the command, and turns what kept it from its work into one line."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence

from bookingflow.core.alike import most_alike
from bookingflow.core.errors import SuiteError
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.standard_streams import open_closed
from bookingflow.core.stop_signals import INTERRUPTED, interrupt_quietly
from bookingflow.core.text import series
from bookingflow.core.time_zones import use_pinned_data

COMMANDS: Mapping[str, str] = {
    "matrix": "times, parties and crowds of guests, and a table of what became of each",
    "merge": "make one result of what shards left on several machines",
    "run": "behave, in several processes side by side, one part of it, or again and again",
    "preflight": "check everything that a run needs, before anything is booked",
    "sweep": "undo what runs that were cut off left at a platform",
    "watch": "book around the clock, and say when the platform ceases to keep its promise",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    open_closed()
    interrupt_quietly()
    use_pinned_data()
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0] in {"-h", "--help"}:
        print("usage: bookingflow COMMAND [...]\n")
        for name, purpose in COMMANDS.items():
            print(f"  {name:<10} {purpose}")
        return 0 if given else ExitStatus.WRONG_USE
    if given[0] not in COMMANDS:
        meant = most_alike(given[0], COMMANDS)
        hint = f"Did you mean {meant}?" if meant else f"There are {series(list(COMMANDS))}."
        print(f"bookingflow: there is no command {given[0]!r}. {hint}", file=sys.stderr)
        return ExitStatus.WRONG_USE
    try:
        command = importlib.import_module(f"bookingflow.commands.{given[0]}")
        return int(command.main(given[1:]))
    except SuiteError as error:
        print(error, file=sys.stderr)
        return ExitStatus.WRONG_USE if error.is_wrong_use else ExitStatus.NOT_JUDGED
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)
        return ExitStatus.CUT_OFF
    except Exception as error:  # noqa: BLE001 - Python's own status is 1, which says that a promise is broken
        reason, status = importlib.import_module("bookingflow.report.reasons").reason_of(error, Sanitizer())
        print(f"{reason.sentence} {reason.hint}".rstrip(), file=sys.stderr)
        return int(status)


if __name__ == "__main__":
    sys.exit(main())
