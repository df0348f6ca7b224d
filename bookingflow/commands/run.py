"""`bookingflow run`: the features as `behave` runs them, in several processes side by side, or one part of them.

All other arguments are behave's own.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from behave.__main__ import run_behave

from bookingflow.commands.processes import configuration, prepare
from bookingflow.commands.side_by_side import Plan, SideBySideRunner
from bookingflow.core.errors import SettingsError
from bookingflow.core.patterns import pattern
from bookingflow.runner import FEATURES

MOST_JOBS = 64
"""More processes than any machine that a suite of this size is worth."""
SHARD = pattern(r"(\d{1,4})/(\d{1,4})")


def main(arguments: Sequence[str]) -> int:
    """Run; the exit status is that of a run by `behave`, and 2 for arguments that behave refuses."""
    parser = argparse.ArgumentParser(
        prog="bookingflow run", description=__doc__, allow_abbrev=False, usage="%(prog)s [options] [behave's arguments]"
    )
    parser.add_argument("--jobs", metavar="N|auto", type=_jobs, help="so many processes side by side")
    parser.add_argument("--shard", metavar="i/n", type=_shard, help="only the i-th of n parts, the same everywhere")
    parser.add_argument("--durations", metavar="FILE", type=Path, help="split by this reports/durations.json")
    options, rest = parser.parse_known_args(arguments)
    if not Path("environment.py").exists():
        os.chdir(FEATURES.parent)
    if options.jobs is not None:
        _prepare()
    config = configuration(rest)
    config.plan = Plan(rest, jobs=options.jobs, shard=options.shard, durations_file=options.durations)
    return int(run_behave(config, SideBySideRunner))


def _prepare() -> None:
    try:
        prepare()
    except (ImportError, ValueError) as error:
        raise SettingsError(["--jobs needs a system that can fork processes, which this one can't."]) from error


def _jobs(text: str) -> int | Literal["auto"]:
    if text == "auto":
        return "auto"
    if not text.isdecimal() or not 1 <= int(text) <= MOST_JOBS:
        raise argparse.ArgumentTypeError(f"{text}: a number from 1 to {MOST_JOBS}, or auto")
    return int(text)


def _shard(text: str) -> tuple[int, int]:
    found = SHARD.fullmatch(text)
    number, count = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 1 <= number <= count:
        raise argparse.ArgumentTypeError(f"{text}: i/n with i from 1 to n, like 2/3")
    return number, count
