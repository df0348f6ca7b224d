"""Arguments that several commands take: settings by `-D`, times such as 5m."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bookingflow.core.patterns import pattern

_DURATION = pattern(r"([0-9]{1,6})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def add_defines(parser: argparse.ArgumentParser) -> None:
    """Let the parser take `-D NAME=VALUE`; `defines` then holds the pairs."""
    parser.add_argument(
        "-D",
        dest="defines",
        metavar="NAME=VALUE",
        type=_pair,
        action="append",
        default=[],
        help="a setting, as behave takes it",
    )


def _pair(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError("-D takes NAME=VALUE")
    return name, value


def duration(*, least_s: float = 0.0, most_s: float = float("inf")) -> Callable[[str], float]:
    """For argparse: a time written 30s, 5m, 12h or 2d, in seconds, from `least_s` up to `most_s`."""

    def read(text: str) -> float:
        found = _DURATION.fullmatch(text)
        if found is None:
            raise argparse.ArgumentTypeError(f"{text}: a time is a number with s, m, h or d, like 30s, 5m or 2d")
        seconds = float(int(found[1]) * _SECONDS[found[2]])
        if not least_s <= seconds <= most_s:
            raise argparse.ArgumentTypeError(f"{text}: must be from {in_words(least_s)} up to {in_words(most_s)}")
        return seconds

    return read


def in_words(seconds: float) -> str:
    """A time as it is written on the command line, in the largest unit that has it whole: `90s`, `5m`, `2d`."""
    whole = round(seconds)
    unit = next((unit for unit in ("d", "h", "m") if whole and whole % _SECONDS[unit] == 0), "s")
    return f"{whole // _SECONDS[unit]}{unit}"
