"""What is printed outlives its reader, without behave's own remarks."""

from __future__ import annotations

import errno
import io
from types import SimpleNamespace

import pytest

from bookingflow.report.console_stream import ConsoleStream, take_over


class Broken(io.StringIO):
    """Nobody reads it any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize(
    "remark",
    ["USING RUNNER: bookingflow.runner:AcceptanceRunner", "HOOK-ERROR in after_all: x\ny", "\nABORTED: By user."],
)
def test_behaves_remarks_are_left_out_with_the_end_of_their_line(remark: str) -> None:
    out = io.StringIO()
    stream = ConsoleStream(out)
    for line in ("before", remark, "after"):
        print(line, file=stream)
    assert out.getvalue() == "before\nafter\n"


def test_a_stream_that_breaks_goes_silent_and_says_why() -> None:
    stream = ConsoleStream(Broken())
    assert stream.lost == ""
    print("told", file=stream, flush=True)
    print("told again", file=stream, flush=True)
    assert stream.lost == "Broken pipe"


def test_a_closed_stream_goes_silent() -> None:
    closed = io.StringIO()
    closed.close()
    stream = ConsoleStream(closed)
    print("told", file=stream)
    assert stream.lost == "it is closed"


def test_formatters_that_print_are_taken_over_and_those_with_files_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = io.StringIO()
    monkeypatch.setattr("sys.stdout", printed)
    printing, writing = SimpleNamespace(name=None, stream=printed), SimpleNamespace(name="out.json", stream=None)
    console = take_over(SimpleNamespace(outputs=[printing, writing]))
    assert printing.stream is console
    assert writing.stream is None
    print("told")
    assert printed.getvalue() == "told\n"
