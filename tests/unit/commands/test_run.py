"""What `bookingflow run` refuses before it reads any feature: one sentence, status 2."""

from __future__ import annotations

import pytest

from bookingflow.commands.run import main


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--repeat 0", "0: must be a number from 1 to 10000"),
        ("--repeat 10001", "10001: must be a number from 1 to 10000"),
        ("--repeat many", "many: must be a number from 1 to 10000"),
        ("--for 10", "10: a time is a number with s, m, h or d"),
        ("--for 0s", "0s: must be from 1s up to 1d"),
        ("--for 25h", "25h: must be from 1s up to 1d"),
        ("--repetition 0", "0: must be a number from 1 to 10000"),
        ("--repetition 3 --repeat 5", "--repetition is one of many alone"),
        ("-j 0", "0: must be a number from 1 to 64, or auto"),
        ("--parallel many", "many: must be a number from 1 to 64, or auto"),
        ("--repeat 3 --jobs 2", "repetitions run one after the other in one process"),
        ("--until-failure --shard 1/2", "repetitions run one after the other in one process"),
    ],
)
def test_what_cannot_be_repeated_is_refused(arguments: str, sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
