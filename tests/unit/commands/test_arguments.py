"""Arguments of commands: times and settings."""

from __future__ import annotations

import argparse

import pytest

from bookingflow.commands.arguments import add_defines, duration, in_words


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("5m", 300), ("2h", 7200), ("7d", 604_800), ("90m", 5400), ("0s", 0)]
)
def test_times_are_written_with_their_unit(text: str, seconds: float) -> None:
    assert duration()(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "5 m", "-5m", "1.5h", "5M", "m", "5m5s", "1234567s", "٥m"])
def test_what_is_no_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="like 30s, 5m or 2d"):
        duration()(text)


def test_a_time_out_of_range_is_refused_with_the_range() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"^59s: must be from 1m up to 7d$"):
        duration(least_s=60, most_s=604_800)("59s")


@pytest.mark.parametrize(("seconds", "words"), [(90, "90s"), (300, "5m"), (5400, "90m"), (86_400, "1d"), (0, "0s")])
def test_times_are_said_as_they_are_written(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_settings_are_pairs(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser(prog="x")
    add_defines(parser)
    assert dict(parser.parse_args(["-D", "a=b=c", "-D", "d="]).defines) == {"a": "b=c", "d": ""}
    with pytest.raises(SystemExit):
        parser.parse_args(["-D", "a"])
    assert "-D takes NAME=VALUE" in capsys.readouterr().err
