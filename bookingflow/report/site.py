"""One self-contained HTML page from the Allure results: `python -m bookingflow.report.site`.

npm's `allure`, at one fixed version, makes the page through npx; then it is sealed, so that whoever opens it contacts
nobody. The results are only read. History carries over from page to page, so that the page shows a trend.
Everything lies under BOOKING_OUTPUT_DIR, as for a run, unless the arguments say otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from bookingflow.core.errors import SuiteError
from bookingflow.core.patterns import pattern
from bookingflow.core.private_files import OTHERS_NOTHING
from bookingflow.core.processes import kill_group
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import output_folder
from bookingflow.report.allure_environment import REPORT_NAME
from bookingflow.report.categories import CATEGORIES_FILE

ALLURE = "allure@3.18.0"
OLDEST_NODE = 20
PATIENCE = 600.0
"""Seconds for npx, which on its first use fetches what takes 90 MB on the disk."""
HIDDEN_LABELS = ("as_id", "framework", "host", "language", "thread")
"""Told elsewhere, or for machines (the page's own timeline needs host and thread): nobody who reads a promise looks
for them."""
HISTORY_RUNS = 10
"""Runs kept in the history, this one included: as many as Allure's charts show (its DEFAULT_CHART_HISTORY_LIMIT)."""

OTHER_WAYS = "Any Allure 2 or 3 command line makes a page from {results} too, and your CI's Allure plugin shows it."
SHOWN_LINES = 6
NO_NETWORK = pattern(
    r"^npm (?:error|ERR!) code "
    r"(EAI_AGAIN|ENOTFOUND|ECONN\w+|ETIMEDOUT|ERR_SOCKET_TIMEOUT|E\w+UNREACH|E5\d\d|ENOTCACHED|(?=\w*CERT)\w++)$",
    re.MULTILINE,
    adversarial=("npm error code ", "CERT", "npm error code CERT", "UNREACH"),
)
NPM_SETTINGS = {
    # Without a network npm would wait 70 s before it says so.
    "npm_config_fetch_retry_mintimeout": "1000",
    "npm_config_fetch_retry_maxtimeout": "3000",
    "npm_config_update_notifier": "false",
    "NO_COLOR": "1",
}
OWN_SETTINGS = ("BOOKING_", "SUPABASE_", "TEST_CUSTOMER_")

SEAL = (
    "default-src 'none'; script-src 'unsafe-inline' data: blob:; style-src 'unsafe-inline' data: blob:; "
    "img-src data: blob:; font-src data: blob:; media-src data: blob:; connect-src data: blob:; frame-src data: blob:; "
    "worker-src data: blob:; form-action 'none'"
)
"""The browser's own lock (Content-Security-Policy): nothing is loaded but what the page carries in itself."""

_SCRIPT_BEGINS = pattern(r"<script\b(?P<attributes>[^<>]*+)>", re.IGNORECASE, adversarial=("<script ", "<script", "<"))
_SCRIPT_ENDS = pattern(r"</script\s*+>\n?", re.IGNORECASE, adversarial=("</script", "</script "))
_OUTSIDE_SCRIPT = pattern(
    r"\bsrc\s*+=\s*+(?:[\"']\s*+)?(?:https?:)?//", re.IGNORECASE, adversarial=("src", "src=", "src= ", 'src="')
)
_GOOGLE_TAG = pattern(r"\bgtag\s*+\(", adversarial=("gtag", "gtag "))
_HEAD = pattern(r"<head\b[^<>]*+>", re.IGNORECASE, adversarial=("<head ", "<head"))
_OUTSIDE = pattern(r"\A\s*+(?:https?:|wss?:)?//", re.IGNORECASE)
_NODE_VERSION = pattern(r"v(\d+)\.")
_LOADED = frozenset({"src", "srcset", "href", "xlink:href", "data", "poster", "action", "background", "ping"})


class PageNotMade(SuiteError):
    """The report page could not be made; the results are untouched."""

    code = "page_not_made"


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
    print(f"{options.output}: {count} results, {options.output.stat().st_size / 1e6:.1f} MB; open it in any browser.")
    return 0


def make_page(results: Path, output: Path, history: Path) -> int:
    """Write the page and carry the history on, each in one piece; the number of results. Raises PageNotMade."""
    count = len(list(results.glob("*-result.json")))
    if count == 0:
        state = "holds no results" if results.is_dir() else "does not exist"
        hint = "Run behave first, or name another folder with --results."
        raise PageNotMade(f"the results folder {results} {state}.", hint=hint)
    npx = _find_npx(results)
    with tempfile.TemporaryDirectory(prefix="booking-report-") as name:
        work = Path(name)
        carried = work / "history.jsonl"
        carried.write_text("".join(f"{run}\n" for run in earlier_runs(history, results)), encoding="utf-8")
        _run_allure(npx, results, work)
        _write(output, seal((work / "page" / "index.html").read_text(encoding="utf-8")))
        _write(history, carried.read_text(encoding="utf-8"))
    return count


def earlier_runs(history: Path, results: Path) -> list[str]:
    """The newest runs of the history, a line each, without damaged ones and without the run these results are of:
    a page made twice is no second run."""
    lines = history.read_text(encoding="utf-8", errors="replace").splitlines() if history.is_file() else []
    current = set(_starts(results))
    return [line for line in lines if (began := _began(line)) and not began <= current][1 - HISTORY_RUNS :]


def seal(page: str) -> str:
    """The page without the generator's Google tag, locked by the browser's own means; raises PageNotMade when it still
    names something outside to load."""
    quiet = "".join(_without_google_tag(page))
    lock = f'<meta http-equiv="Content-Security-Policy" content="{SEAL}">'
    locked, heads = _HEAD.subn(lambda head: f"{head.group()}\n    {lock}", quiet, count=1)
    left = outside_references(locked)
    if left or not heads:
        what = f"it would contact {left[0]}" if left else "it has no head"
        raise PageNotMade(f"the page made by {ALLURE} can't be sealed: {what}.", hint="Please report this as a defect.")
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
        ("--history", "reports/history.jsonl", "past runs"),
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


def _starts(results: Path) -> Iterator[object]:
    for path in results.glob("*-result.json"):
        try:
            yield json.loads(path.read_text(encoding="utf-8"))["start"]
        except (ValueError, KeyError, TypeError):
            continue  # Allure says itself what it can't read


def _began(line: str) -> set[object]:
    """When the scenarios of a run in the history began; empty for a damaged line."""
    try:
        return {result["start"] for result in json.loads(line)["testResults"].values()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()


def _find_npx(results: Path) -> str:
    npx, node = shutil.which("npx"), shutil.which("node")
    hint = f"Install Node.js {OLDEST_NODE} or newer (it brings npx). {OTHER_WAYS.format(results=results)}"
    if npx is None or node is None:
        raise PageNotMade("there is no Node.js with npx on the PATH.", hint=hint)
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    major = _NODE_VERSION.match(said)
    if major is None or int(major[1]) < OLDEST_NODE:
        raise PageNotMade(f"{node} is {said or 'broken'}, which is too old.", hint=hint)
    return npx


def _run_allure(npx: str, results: Path, work: Path) -> None:
    """Allure's own page, into `work`. It runs inside the results, for its arguments are patterns, not names."""
    config = work / "config.json"
    config.write_text(json.dumps({"categories": _categories(results)}), encoding="utf-8")
    command = [npx, "--yes", ALLURE, "awesome", ".", "--config", str(config)]
    command += ["--single-file", "--output", str(work / "page")]
    command += ["--history-path", str(work / "history.jsonl"), "--group-by", "feature"]
    command += [word for label in HIDDEN_LABELS for word in ("--hide-labels", label)]
    command += ["--report-name", REPORT_NAME, "--report-language", "en"]
    status, said = _run(command, results)
    if status == 0 and (work / "page" / "index.html").is_file():
        return
    other_ways = OTHER_WAYS.format(results=results)
    if missing := NO_NETWORK.search(said):
        sentence = f"npx could not fetch {ALLURE} from the npm registry ({missing[1]})."
        raise PageNotMade(sentence, hint=f"Check the network, the proxy and npm's registry setting. {other_ways}")
    lines = [line for line in said.splitlines() if line.strip() and not line.lower().startswith("npm warn")]
    quoted = "".join(f"\n    {line}" for line in lines[-SHOWN_LINES:]) or " nothing"
    raise PageNotMade(f"npx {ALLURE} ended with exit status {status}.", hint=f"{other_ways} It said last:{quoted}")


def _categories(results: Path) -> list[Any]:
    """The categories of the results: Allure 3 takes them from its configuration only."""
    try:
        found = json.loads((results / CATEGORIES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return found if isinstance(found, list) else []


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    """Exit status and output; npx and all it started end with us, and learn nothing of the suite's secrets."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    with subprocess.Popen(  # noqa: S603 the arguments are ours
        command,
        cwd=folder,
        env={**NPM_SETTINGS, **own},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=PATIENCE)
        except BaseException as error:
            kill_group(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise PageNotMade(f"npx {ALLURE} was not done after {PATIENCE:g} s.", hint="Try it again.") from None
            raise
    return process.returncode, Sanitizer().text(said)


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
