"""`bookingflow run`: the features as `behave` runs them, in several processes side by side, one part of them, or again
and again.

All other arguments are behave's own.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from bookingflow.commands.arguments import duration
from bookingflow.commands.processes import can_fork, configuration
from bookingflow.core.errors import SettingsError
from bookingflow.core.patterns import pattern
from bookingflow.core.repetitions import LONGEST_S, MOST, Repeating

MOST_JOBS = 64
"""More processes than any machine that a suite of this size is worth."""
SHARD = pattern(r"(\d{1,4})/(\d{1,4})")


def main(arguments: Sequence[str]) -> int:
    """Run; the exit status is that of a run by `behave`, and 2 for arguments that behave refuses."""
    parser = argparse.ArgumentParser(
        prog="bookingflow run", description=__doc__, allow_abbrev=False, usage="%(prog)s [options] [behave's arguments]"
    )
    jobs = ("-j", "--jobs", "--parallel")  # as behave calls what it does not do
    parser.add_argument(*jobs, dest="jobs", metavar="N|auto", type=_jobs, help="so many processes side by side")
    parser.add_argument("--shard", metavar="i/n", type=_shard, help="only the i-th of n parts, the same everywhere")
    parser.add_argument("--durations", metavar="FILE", type=Path, help="split by this reports/durations.json")
    _add_repeating(parser)
    options, rest = parser.parse_known_args(arguments)
    repeating = _repeating(parser, options)
    if options.jobs is not None and not can_fork():
        raise SettingsError(["--jobs needs a system that can fork processes, which this one can't."])
    # Read where it is used: this takes half a second.
    from behave.__main__ import run_behave

    from bookingflow.commands.repeated import RepeatingRunner
    from bookingflow.commands.side_by_side import Plan, SideBySideRunner
    from bookingflow.report.terminal.stream import prints_json
    from bookingflow.runner import FEATURES

    if not Path("environment.py").exists():
        os.chdir(FEATURES.parent)
    config = configuration(rest)
    if options.jobs is not None and prints_json(config):
        parser.error("several processes can't print JSON as one; give it a file: -f json -o results.json")
    if repeating is not None:
        config.repeating = repeating
        return int(run_behave(config, RepeatingRunner))
    config.plan = Plan(rest, jobs=options.jobs, shard=options.shard, durations_file=options.durations)
    return int(run_behave(config, SideBySideRunner))


def _add_repeating(parser: argparse.ArgumentParser) -> None:
    again = parser.add_argument_group(
        "again and again", "every repetition counts, with new guests; see docs/repeating.md"
    )
    again.add_argument("--repeat", metavar="N", type=_repetitions, help="run the selection N times, whatever fails")
    again.add_argument("--until-failure", action="store_true", help="end after the first repetition that is not green")
    span = duration(least_s=1.0, most_s=LONGEST_S)
    again.add_argument("--for", dest="within_s", metavar="10m", type=span, help="begin none after that time (s, m, h)")
    again.add_argument("--repetition", metavar="K", type=_repetitions, help="the K-th alone, as BOOKING_SEED drew it")


def _repeating(parser: argparse.ArgumentParser, options: argparse.Namespace) -> Repeating | None:
    """What to repeat; ends the process where the options contradict each other."""
    plan = Repeating.planned(options.repeat, until_failure=options.until_failure, within_s=options.within_s)
    if options.repetition is not None:
        if plan is not None:
            parser.error("--repetition is one of many alone: leave --repeat, --until-failure and --for away")
        plan = Repeating.only(options.repetition)
    if plan is not None and (options.jobs is not None or options.shard is not None):
        parser.error("repetitions run one after the other in one process: leave --jobs and --shard away")
    return plan


def _jobs(text: str) -> int | Literal["auto"]:
    if text == "auto":
        return "auto"
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text}: must be a number from 1 to {MOST_JOBS}, or auto")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    found = SHARD.fullmatch(text)
    number, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= count:
        raise argparse.ArgumentTypeError(f"{text}: must be i/n with i from 1 to n, like 2/3")
    return number, count


def _repetitions(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text}: must be a number from 1 to {MOST}")
    return int(text)
