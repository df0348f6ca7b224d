"""`bookingflow preflight`: everything that would keep a run from judging, found at once; nothing is booked."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from typing import Any

from bookingflow.commands.arguments import add_defines
from bookingflow.core.errors import SettingsError, SuiteError
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.problems import Problem
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.settings.loading import load
from bookingflow.core.text import counted
from bookingflow.core.timing import SystemClock
from bookingflow.platform.connections import Connections
from bookingflow.platform.preflight import Preflight
from bookingflow.report.terminal.folding import folded_for
from bookingflow.report.terminal.stream import speak_through


def main(arguments: Sequence[str]) -> int:
    """Check, and say what was found: 0 when a run may begin, 2 where a setting is wrong, 3 for anything else."""
    parser = argparse.ArgumentParser(prog="bookingflow preflight", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    add_defines(parser)
    options = parser.parse_args(arguments)
    speak_through(json=options.json)
    sanitizer, settings = Sanitizer(), None
    try:
        settings = load(dict(options.defines), {})
        checked = _check(settings, sanitizer, quiet=options.json)
    except SettingsError as error:
        checked = Preflight(tuple(_of_setting(sentence) for sentence in error.problems), (), None)
    except SuiteError as error:
        checked = Preflight((Problem(error.code, "", error.sentence, error.hint),), (), None)
    status = _status(checked.problems)
    if options.json:
        target = None if settings is None else settings.target_kind
        shown: dict[str, Any] = sanitizer.value({"target": target, "exitStatus": status, **checked.as_json()})
        print(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        print(folded_for(sys.stdout, sanitizer.text(_in_words(checked))))
    return status


def _check(settings: Settings, sanitizer: Sanitizer, *, quiet: bool) -> Preflight:
    clock = SystemClock()
    with ExitStack() as opened:
        with contextlib.redirect_stdout(io.StringIO()) if quiet else contextlib.nullcontext():
            target = importlib.import_module("targets").open_target(settings)
        opened.callback(target.close)
        connections = Connections.to(target, settings, clock, sanitizer)
        opened.callback(connections.close)
        return connections.check(settings, clock)


def _of_setting(sentence: str) -> Problem:
    """A refusal of the settings, which begins with the setting's name."""
    name = sentence.split(maxsplit=1)[0].partition("=")[0].rstrip(":")
    return Problem("bad_settings", name if name.isupper() else "", sentence, "")


def _status(problems: Iterable[Problem]) -> ExitStatus:
    return ExitStatus.first(
        ExitStatus.WRONG_USE if problem.is_wrong_use else ExitStatus.NOT_JUDGED for problem in problems
    )


def _in_words(checked: Preflight) -> str:
    found = [("Problem", problem) for problem in checked.problems] + [("Note", note) for note in checked.notes]
    lines = [f"{kind}: {problem} Who can act: {problem.who_can_act}." for kind, problem in found]
    took = f"checked in {checked.duration_ms / 1000:.1f} s, nothing was booked"
    if checked.ready and checked.home is not None:
        lines.append(f"Ready: {checked.home.name} ({checked.home.timezone}); {took}.")
    else:
        lines.append(f"Not ready: {counted(len(checked.problems), 'problem')}; {took}.")
    return "\n".join(lines)
