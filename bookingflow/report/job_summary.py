"""The run in a few lines of Markdown, `reports/summary.md`: for a chat message, and for the job's page on GitHub.

On GitHub Actions the first failures become annotations too, at their lines of the feature files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bookingflow.core.failures import SPEED_CODES
from bookingflow.core.text import counted, markdown, workflow_command
from bookingflow.report.causes import Cause, causes_of, listed_ids
from bookingflow.report.repetitions import rate_words
from bookingflow.report.scenario_results import again_together
from bookingflow.report.summary import Finding, ScenarioResult, Summary
from bookingflow.report.terminal.end import last_line

MOST_CAUSES, MOST_FINDINGS, MOST_LINES = 8, 4, 30
MOST_ANNOTATIONS = 10
"""As many as GitHub shows of one step."""
LONGEST_TEXT = 300
"""Characters of a sentence: a chat message is read on a telephone."""


def job_summary(summary: Summary, *, cut_off: str = "", new: Sequence[ScenarioResult] = ()) -> str:
    """At most MOST_LINES lines: verdict, failures by cause with who can act, what is new, how to run it again, where
    the page is.
    """
    head, _, counts = last_line(summary).partition(". ")
    lines = [f"## {markdown(head)}", "", markdown(counts), *_blocks(summary, cut_off, new)]
    return "\n".join([*lines[:MOST_LINES], ""])


def _blocks(summary: Summary, cut_off: str, new: Sequence[ScenarioResult]) -> Iterator[str]:
    if summary.reason is not None:
        yield from ("", _short(f"{summary.reason.sentence} {summary.reason.hint}"))
    if cut_off:
        yield from ("", _short(cut_off))
    if rate := rate_words(summary):
        yield from ("", _short(rate))
    failed = summary.of_status("failed", "error", "not_tried")
    causes = causes_of(failed)
    if causes:
        yield from ("", *map(_cause, causes[:MOST_CAUSES]))
    if len(causes) > MOST_CAUSES:
        yield f"- and {counted(len(causes) - MOST_CAUSES, 'more cause')}"
    findings = [finding for finding in summary.findings if finding.known is None]
    elsewhere = [finding for finding in findings if finding.code not in SPEED_CODES]
    if elsewhere:
        yield from ("", "Also, in bookings of other scenarios:", "", *map(_finding, elsewhere[:MOST_FINDINGS]))
    slow = [finding for finding in findings if finding.code in SPEED_CODES]
    if slow:
        yield from ("", "The run as a whole:", "", *map(_slow, slow))
    if new:
        yield from ("", f"New since the last run: {_short(listed_ids(new))}")
    if failed:
        yield from ("", f"Run it again: `{again_together(failed).replace('`', '')}`")
    if summary.exit_status:
        page = "`make report` makes the page from `allure-results/`"
        build = f"; the build: {summary.build.url}" if summary.build is not None and summary.build.url else ""
        yield from ("", f"The evidence: {page}{build}")


def error_commands(summary: Summary) -> list[str]:
    """GitHub's workflow commands for what is red, broken promises first: at most MOST_ANNOTATIONS, of repetitions the
    first.
    """
    said, repeated = [], set[str]()
    for result in [*summary.of_status("failed"), *summary.of_status("error")]:
        if result.repetition is not None and result.promise in repeated:
            continue
        repeated.add(result.promise)
        file, _, line = result.location.rpartition(":")
        said.append(workflow_command("error", result.sentence or "", file=file, line=line, title=result.label))
    said += [
        workflow_command("error", finding.sentence, title=finding.title)
        for finding in summary.findings
        if finding.known is None
    ]
    if summary.reason is not None:
        sentence = f"{summary.reason.sentence} {summary.reason.hint}".strip()
        said.append(workflow_command("error", sentence, title="Nothing was judged"))
    return said[:MOST_ANNOTATIONS]


def on_github(environ: Mapping[str, str]) -> bool:
    """Whether GitHub Actions runs this, which obeys workflow commands."""
    return environ.get("GITHUB_ACTIONS") == "true"


def append_to_job(environ: Mapping[str, str], text: str) -> None:
    """Show the text on the job's page, where GitHub has one; raises OSError."""
    path = environ.get("GITHUB_STEP_SUMMARY")
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")


def _cause(cause: Cause) -> str:
    who = f" Who can act: {_short(cause.who_can_act)}." if cause.who_can_act else ""
    number = "" if len(cause.results) == 1 else f"{counted(len(cause.results), 'promise')}: "
    why = "".join(f" {_short(reason)}" for reason in cause.reasons_not_tried)
    return f"- **{number}{_short(cause.title)}** ({_short(listed_ids(cause.results))}).{why}{who}"


def _finding(finding: Finding) -> str:
    who = f" Who can act: {_short(finding.who_can_act)}." if finding.who_can_act else ""
    number = f" ({finding.count} times)" if finding.count > 1 else ""
    return f"- **{_short(finding.title)}**{number}.{who}"


def _slow(finding: Finding) -> str:
    """A finding about speed, with its numbers, which its title does not say."""
    return f"- {_short(finding.sentence)}"


def _short(text: str) -> str:
    cut = text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
    return markdown(cut)
