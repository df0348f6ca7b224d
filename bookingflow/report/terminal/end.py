"""The end of a run on the console: what is broken, by cause, once and in full; last the verdict in a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from bookingflow.audit.findings import ELSEWHERE
from bookingflow.core.failures import SPEED_CODES
from bookingflow.core.repetitions import spans
from bookingflow.core.text import capitalised, counted, for_terminal
from bookingflow.report.causes import Cause, causes_of, listed_ids
from bookingflow.report.repetitions import measured_lines, rate_lines
from bookingflow.report.scenario_results import again_together
from bookingflow.report.summary import Finding, ScenarioResult, Status, Summary
from bookingflow.report.terminal.folding import AS_ONE

Paint = Callable[[str, str], str]
"""A text in a colour, given as the parameter of an SGR sequence; the text itself where there are no colours."""
VERDICTS = {"kept": "Kept", "broken": "Broken", "not_judged": "Not judged"}
COUNTED: Mapping[Status, str] = {
    "known": "broken as known",
    "error": "not judged",
    "not_tried": "not tried",
    "skipped": "skipped",
    "not_run": "not run",
}
WHO_CAN_ACT = "Who can act: "
RED, DIM, BOLD_RED, KNOWN = "31", "2", "1;31", "35"


def end_lines(
    summary: Summary, *, paint: Paint, new: Sequence[ScenarioResult] = (), notes: Sequence[str] = ()
) -> Iterator[str]:
    """The lines of the end. `new` are the failures that the last run did not have, `notes` what else is to be said."""
    broken = [result for result in summary.results if result.status == "failed"]
    unjudged = [result for result in summary.results if result.status in {"error", "not_tried"}]
    for heading, results in (("Broken promises", broken), ("Not judged", unjudged)):
        if results:
            yield f"\n{paint(heading, BOLD_RED)}"
            for cause in causes_of(results):
                yield from _cause_lines(cause, paint)
    yield from _findings_lines(summary, paint)
    failed = [*broken, *unjudged]
    if summary.repetitions is not None and summary.repetitions.planned > 1:
        yield ""
        yield from rate_lines(summary)
        yield from measured_lines(summary.metrics)
    if new:
        yield f"\nNew since the last run: {listed_ids(new)}"
    if failed:
        yield f"\n{AS_ONE}{again_together(failed)}"
    yield from notes
    if summary.exit_status:
        yield "The evidence as a page: make report"
    yield f"\n{last_line(summary)}"


def last_line(summary: Summary) -> str:
    """The verdict in a word, and every count."""
    word = "Cut off" if summary.cut_off and summary.verdict != "broken" else VERDICTS[summary.verdict]
    counts = summary.scenarios
    wrong = _broken(summary)
    head = f"{word}: {wrong}" if wrong else word
    said = [f"{counts.get('passed', 0)} kept"]
    said += [f"{counts[status]} {words}" for status, words in COUNTED.items() if counts.get(status)]
    promises = counted(sum(counts.values()) - counts.get("skipped", 0), "promise")
    if (rate := summary.repetitions) is not None:
        promises = f"{counted(rate.judged + rate.not_judged, 'repetition')}, {promises}"
    return f"{head}. {capitalised(promises)}: {', '.join(said)}, in {summary.seconds:.1f} s"


def end_sentence(summary: Summary, cut_off: str) -> str:
    """One line that says why an end is not green; `cut_off` says why the run ended before its end."""
    if summary.reason is not None:
        return f"{summary.reason.sentence} {summary.reason.hint}".strip()
    if summary.verdict == "broken":
        return f"Broken: {_broken(summary)}. {cut_off}".strip()
    if cut_off:
        return cut_off
    left = summary.counted("error", "not_tried")
    parts = [counted(left, "promise")] if left else []
    parts += ["the run as a whole"] if any(finding.status == "error" for finding in summary.findings) else []
    return f"Not judged: {' and '.join(parts)}."


def _broken(summary: Summary) -> str:
    """`3 promises, 2 findings`; empty when nothing is broken."""
    found = len(summary.broken_findings)
    counts = [counted(summary.broken, "promise")] if summary.broken else []
    return ", ".join([*counts, *([counted(found, "finding")] if found else [])])


def _cause_lines(cause: Cause, paint: Paint) -> Iterator[str]:
    """A cause, with what several failures share, their title and who can act, once above them.

    Each scenario stands in full once: of repetitions the first, with the numbers of the others.
    """
    if cause.not_tried:
        yield f"  {for_terminal(cause.headline())}"
        yield from (indented(reason, "    ") for reason in cause.reasons_not_tried)
        return
    scenarios = _by_scenario(cause.results)
    shared = len(scenarios) > 1
    if shared:
        once = replace(cause, results=[result for result, *_ in scenarios])
        yield f"  {once.headline()}{f'. {WHO_CAN_ACT}{cause.who_can_act}.' if cause.who_can_act else ''}"
    margin = "    " if shared else "  "
    for result, *others in scenarios:
        sentence = result.sentence or ""
        if shared:
            actor = f" {WHO_CAN_ACT}{cause.who_can_act}."
            sentence = sentence.removeprefix(f"{cause.title}. ").removesuffix(actor)
        yield f"{margin}{paint('✗' if result.status == 'failed' else '!', RED)} {for_terminal(result.label)}"
        yield indented(sentence, f"{margin}    ")
        if others:
            numbers = spans([other.repetition for other in others if other.repetition is not None])
            yield f"{margin}    so too in {counted(len(others), 'more repetition')}: {numbers}"
        yield paint(f"{margin}    {result.location}", DIM)


def _by_scenario(results: Sequence[ScenarioResult]) -> list[list[ScenarioResult]]:
    """The repetitions of each scenario together; what is not repeated stands alone."""
    together: dict[tuple[str, int], list[ScenarioResult]] = {}
    for number, result in enumerate(results):
        alone = number if result.repetition is None else -1
        together.setdefault((result.promise, alone), []).append(result)
    return list(together.values())


def _findings_lines(summary: Summary, paint: Paint) -> Iterator[str]:
    elsewhere = [finding for finding in summary.broken_findings if finding.code not in SPEED_CODES]
    if elsewhere:
        yield f"\n{paint(ELSEWHERE, BOLD_RED)}"
    yield from _of_findings(elsewhere, paint)
    for finding in summary.findings:
        if finding.known is not None:
            where = "of the run as a whole" if finding.code in SPEED_CODES else "in bookings of other scenarios"
            yield f"\n{paint('≈', KNOWN)} Known, {where}: {finding.title}. {finding.known}"
    others = [finding for finding in summary.broken_findings if finding.code in SPEED_CODES]
    others += [finding for finding in summary.findings if finding.status != "failed"]
    if others:
        yield f"\n{paint('The run as a whole', BOLD_RED)}"
    yield from _of_findings(others, paint)


def _of_findings(findings: Sequence[Finding], paint: Paint) -> Iterator[str]:
    for finding in findings:
        yield f"  {paint('✗' if finding.status == 'failed' else '!', RED)} {finding.title}"
        yield indented(_without_title(finding), "      ")


def _without_title(finding: Finding) -> str:
    """The finding's sentences, each without the title that stands above them."""
    return "\n".join(line.removeprefix(f"{finding.title}. ") for line in finding.sentence.split("\n"))


def indented(text: str, margin: str) -> str:
    """Every line of the text behind this margin, fit for a terminal."""
    return "\n".join(margin + row for row in for_terminal(text).split("\n"))
