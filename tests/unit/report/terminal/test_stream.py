"""What is printed outlives its reader, without behave's own remarks."""

from __future__ import annotations

import errno
import io
import sys
import traceback
from types import SimpleNamespace

import pytest

from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.terminal.stream import ConsoleStream, mask_with, speak_through, take_over


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


def test_only_our_own_commands_reach_a_ci_system() -> None:
    out = io.StringIO()
    stream = ConsoleStream(out)
    print("  ::set-output name=x::y\n##[error]z", file=stream)
    stream.command("::error title=ours::told")
    assert out.getvalue() == "  \\::set-output name=x::y\n#\\#[error]z\n::error title=ours::told\n"


@pytest.mark.parametrize(("formats", "people"), [(["json", "allure"], "stderr"), (["allure", "console"], "stdout")])
def test_what_is_printed_for_machines_stays_alone(
    monkeypatch: pytest.MonkeyPatch, formats: list[str], people: str
) -> None:
    streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    for name, stream in streams.items():
        monkeypatch.setattr(f"sys.{name}", stream)
    outputs = [SimpleNamespace(name="allure-results" if name == "allure" else None, stream=None) for name in formats]
    config = SimpleNamespace(outputs=outputs[:1], format=formats)
    take_over(config)
    print("for people")
    assert streams[people].getvalue() == "for people\n"
    printing = next(opener for opener in config.outputs if opener.name is None)
    printing.stream.write("[]")
    assert streams["stdout"].getvalue().endswith("[]")


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
    monkeypatch.setattr("sys.stderr", printed)
    printing, writing = SimpleNamespace(name=None, stream=printed), SimpleNamespace(name="out.json", stream=None)
    console = take_over(SimpleNamespace(outputs=[printing, writing], format=["console", "junit"]))
    assert printing.stream is console
    assert writing.stream is None
    print("told")
    assert printed.getvalue() == "told\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m✗\x1b[0m told \x1b]0;owned\x07", "\x1b[31m✗\x1b[0m told \\x1b]0;owned\\x07"),
        ("\r\x1b[K    … waiting", "\r\x1b[K    … waiting"),
        ("\x1b[2Jgone\rover\x00\x9b2J\u202e", "\\x1b[2Jgone\\x0dover\\x00\\x9b2J\\u202e"),
        ("  ::error::planted", "  \\::error::planted"),
        ("\x1b[2m::error::planted", "\x1b[2m\\::error::planted"),
    ],
)
def test_what_is_printed_moves_no_terminal_and_no_ci_system(text: str, shown: str) -> None:
    out = io.StringIO()
    print(text, file=ConsoleStream(out))
    assert out.getvalue() == f"{shown}\n"


def test_a_command_of_ours_is_printed_as_it_is() -> None:
    out = io.StringIO()
    ConsoleStream(out).command("::error::told")
    assert out.getvalue() == "::error::told\n"


def test_tracebacks_are_without_secrets_once_they_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    printed, errors = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stdout", printed)
    monkeypatch.setattr("sys.stderr", errors)
    take_over(SimpleNamespace(outputs=[], format=[]))
    sanitizer = Sanitizer()
    sanitizer.register_secret("sesame-4711")
    mask_with(sanitizer.masked)
    print("told sesame-4711")
    traceback.print_exception(RuntimeError("told sesame-4711"))
    assert printed.getvalue() == "told ***\n"
    assert errors.getvalue() == "RuntimeError: told ***\n"


def test_who_speaks_without_behave_is_shown_by_any_terminal_and_outlives_its_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="ascii"))
    monkeypatch.setattr(sys, "stderr", Broken())
    speak_through()
    print("p95 ≤ 5 s …\x1b[2J")
    print("nobody reads this", file=sys.stderr)
    assert shown.getvalue().startswith(b"p95 <= 5 s ...")
    assert b"\x1b" not in shown.getvalue()
