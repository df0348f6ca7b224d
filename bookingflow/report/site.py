"""One self-contained HTML page from the Allure results: `python -m bookingflow.report.site`.

npm's `allure` makes the page; the verdict is put on top, its data are compressed, and it is sealed, so that opening it
contacts nobody. The results are only read. The history carries over, so that the page shows a trend.
Everything lies under BOOKING_OUTPUT_DIR, as for a run, unless the arguments say otherwise.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path

from bookingflow.core.errors import SuiteError
from bookingflow.core.failures import failure_of
from bookingflow.core.patterns import pattern
from bookingflow.core.private_files import OTHERS_NOTHING
from bookingflow.core.settings.loading import output_folder
from bookingflow.core.text import counted
from bookingflow.report.allure import is_unfinished, write_run_result
from bookingflow.report.page.data import PageData, Unreadable
from bookingflow.report.page.generator import ALLURE, PageNotMade, allure_page
from bookingflow.report.page.history import HISTORY, earlier_runs
from bookingflow.report.page.verdict import verdict_panel

REPORT_IT = "Please report this as a defect."

SEAL = (
    "default-src 'none'; script-src 'unsafe-inline' data: blob:; style-src 'unsafe-inline' data: blob:; "
    "img-src data: blob:; font-src data: blob:; media-src data: blob:; connect-src data: blob:; frame-src data: blob:; "
    "worker-src data: blob:; form-action 'none'"
)
"""The browser's own lock (Content-Security-Policy): nothing is loaded but what the page carries in itself."""
VIEWPORT = '<meta name="viewport" content="width=device-width, initial-scale=1">'
"""A phone shows the page in its own width."""

_SCRIPT_BEGINS = pattern(r"<script\b(?P<attributes>[^<>]*+)>", re.IGNORECASE, adversarial=("<script ", "<script", "<"))
_SCRIPT_ENDS = pattern(r"</script\s*+>\n?", re.IGNORECASE, adversarial=("</script", "</script "))
_OUTSIDE_SCRIPT = pattern(
    r"\bsrc\s*+=\s*+(?:[\"']\s*+)?(?:https?:)?//", re.IGNORECASE, adversarial=("src", "src=", "src= ", 'src="')
)
_GOOGLE_TAG = pattern(r"\bgtag\s*+\(", adversarial=("gtag", "gtag "))
_BODY = pattern(r"<body\b[^<>]*+>", re.IGNORECASE, adversarial=("<body ", "<body"))
_HEAD = pattern(r"<head\b[^<>]*+>", re.IGNORECASE, adversarial=("<head ", "<head"))
_OUTSIDE = pattern(r"\A\s*+(?:https?:|wss?:)?//", re.IGNORECASE)
_LOADED = frozenset({"src", "srcset", "href", "xlink:href", "data", "poster", "action", "background", "ping"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the page; 0 when it is there, 1 after one sentence about what is missing, 130 when interrupted."""
    os.umask(OTHERS_NOTHING)
    try:
        options = _options(arguments)
        count = make_page(options.results, options.output, options.history)
    except (SuiteError, OSError) as error:
        reason = f"{error.filename}: {error.strerror}." if isinstance(error, OSError) else error
        print(f"The report page was not made: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("The report page was not made: interrupted.", file=sys.stderr)
        return 130
    size = f"{options.output.stat().st_size / 1e6:.1f} MB"
    print(f"{options.output}: {counted(count, 'result')}, {size}; open it in any browser.")
    return 0


def make_page(results: Path, output: Path, history: Path) -> int:
    """Write the page and carry the history on, each in one piece; the number of results. Raises PageNotMade."""
    unfinished = is_unfinished(results)
    count = len(list(results.glob("*-result.json"))) + unfinished
    if count == 0:
        state = "holds no results" if results.is_dir() else "does not exist"
        hint = "Run behave first, or name another folder with --results."
        raise PageNotMade(f"the results folder {results} {state}.", hint=hint)
    with tempfile.TemporaryDirectory(prefix="booking-report-") as name:
        work = Path(name)
        carried = work / "history.jsonl"
        carried.write_text("".join(f"{run}\n" for run in earlier_runs(history, results)), encoding="utf-8")
        beside = [_that_it_did_not_end(work / "unfinished")] if unfinished else []
        _write(output, finish(allure_page(results, work, carried, beside)))
        _write(history, carried.read_text(encoding="utf-8"))
    return count


def _that_it_did_not_end(folder: Path) -> Path:
    """A folder with a result that says so."""
    failure = failure_of("cut_off")
    message = "The run was killed, or goes on: what is shown here is not all."
    name = "The run did not come to its end"
    write_run_result(folder, name, message, failure.code, title=failure.title, who_can_act=failure.who_can_act)
    return folder


def finish(page: str) -> str:
    """Allure's page with the verdict on top, its data compressed, and sealed; raises PageNotMade."""
    try:
        data = PageData(page)
        panel = verdict_panel(data.results(), data.json("widgets/allure_environment.json"))
        packed, bodies = _BODY.subn(lambda body: f"{body.group()}\n    {panel}", data.compressed(), count=1)
    except Unreadable as error:
        raise PageNotMade(f"the page made by {ALLURE} can't be read: {error}.", hint=REPORT_IT) from error
    if not bodies:
        raise PageNotMade(f"the page made by {ALLURE} can't be read: it has no body.", hint=REPORT_IT)
    return seal(packed)


def seal(page: str) -> str:
    """The page without the generator's Google tag, locked by the browser's own means; raises PageNotMade when it still
    names something outside to load."""
    quiet = "".join(_without_google_tag(page))
    lock = f'<meta http-equiv="Content-Security-Policy" content="{SEAL}">\n    {VIEWPORT}'
    locked, heads = _HEAD.subn(lambda head: f"{head.group()}\n    {lock}", quiet, count=1)
    left = outside_references(locked)
    if left or not heads:
        what = f"it would contact {left[0]}" if left else "it has no head"
        raise PageNotMade(f"the page made by {ALLURE} can't be sealed: {what}.", hint=REPORT_IT)
    return locked


def outside_references(page: str) -> list[str]:
    """What opening the page would load from elsewhere; links to click on are none of it."""
    finder = _OutsideReferences()
    finder.feed(page)
    finder.close()
    return finder.found


class _OutsideReferences(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "a":
            self.found += [value for name, value in attrs if value and name in _LOADED and _OUTSIDE.match(value)]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bookingflow.report.site", description="The report, one HTML file.")
    folder = output_folder({}, {})
    for name, place, what in (
        ("--results", "allure-results", "what behave left"),
        ("--output", "reports/allure.html", "the page"),
        ("--history", f"reports/{HISTORY}", "past runs"),
    ):
        parser.add_argument(name, type=Path, default=folder / place, help=f"{what} (%(default)s)")
    return parser.parse_args(arguments)


def _without_google_tag(page: str) -> Iterator[str]:
    """The page in parts, without the scripts that would call home."""
    kept = 0
    for begins in _SCRIPT_BEGINS.finditer(page):
        if begins.start() < kept:
            continue  # a word within the script before
        ends = _SCRIPT_ENDS.search(page, begins.end())
        if ends is None:
            break
        yield page[kept : begins.start()]
        body = page[begins.end() : ends.start()]
        if not (_OUTSIDE_SCRIPT.search(begins["attributes"]) or _GOOGLE_TAG.search(body)):
            yield page[begins.start() : ends.end()]
        kept = ends.end()
    yield page[kept:]


def _write(path: Path, text: str) -> None:
    """The whole text or nothing: readers never see half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
