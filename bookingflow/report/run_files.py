"""The files that a run leaves: emptied at its beginning, written at its end, so that they agree with each other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookingflow.core.events import EventStream
from bookingflow.core.failures import failure_of
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.speed_history import FILE as SPEED
from bookingflow.core.speed_history import PastRun, read
from bookingflow.core.timing import SystemClock
from bookingflow.report import allure
from bookingflow.report.allure_results.environment import RATE, escaped
from bookingflow.report.job_summary import append_to_job, job_summary
from bookingflow.report.jsonlines import RecordFile
from bookingflow.report.junit import junit_xml
from bookingflow.report.last_run import DURATIONS, durations
from bookingflow.report.outputs import JUNIT, MARKDOWN, PHASES, SHARD, SUMMARY, OutputFolder, read_json
from bookingflow.report.page.history import HISTORY, with_this_run
from bookingflow.report.parts import ShardRecord, gather_allure, merged_records
from bookingflow.report.reasons import CUT_OFF, name_of
from bookingflow.report.repetitions import rate_words
from bookingflow.report.summary import Finding, Reason, ScenarioResult, Summary

View = Callable[[Summary], str]
"""Makes the text of a file from the summary."""


@dataclass(frozen=True)
class RunResult:
    """What a run came to, for its files."""

    summary: Summary
    """As it may be shown."""
    scenarios: Sequence[Any]
    """behave's own, one for each result of this run."""
    cut_off: str
    """Why the run ended before its end; empty when it did not."""
    new: Sequence[ScenarioResult]
    """The failures that were kept promises in the run before."""
    speed: str | None
    """The text of the file of runs to compare with; None where it stays as it is."""
    shard: ShardRecord | None
    """The record of a part of a run; None for a whole one."""
    alone: bool
    """Whether no parent process puts these files together with those of other shards."""


class RunFiles:
    """The files of one run. What can't be written is in `lost`, and ends nothing."""

    def __init__(self, output: OutputFolder, allure_folders: Sequence[Path], views: Mapping[str, View]) -> None:
        """Empty the folder, and say in it that there is a run which has not come to its end.

        `views` are what else is written into `reports/`, by the file's name.
        """
        self._output = output
        self._allure_folders = allure_folders
        self._views = views
        output.empty(allure_folders, views)
        for folder in allure_folders:
            self._note_state(folder, allure.UNFINISHED)
        path = output.report(PHASES)
        self._records = RecordFile(path, lambda error: output.note_lost(path, error))

    @property
    def folder(self) -> Path:
        """The folder of the results."""
        return self._output.path

    @property
    def lost(self) -> Mapping[str, str]:
        """What could not be written, and why."""
        return self._output.lost

    @contextlib.contextmanager
    def losing(self, path: Path) -> Iterator[None]:
        """What can't be written here is kept for the end, and ends nothing."""
        try:
            yield
        except OSError as error:
            self._output.note_lost(path, error)

    def attend(self, stream: EventStream) -> None:
        """Write the records of this stream as they come."""
        stream.subscribe(self._records)

    def gather(
        self,
        folders: Sequence[Path],
        findings: Sequence[Finding],
        reported: Collection[str | None],
        take: Callable[[Path, Path], object],
    ) -> None:
        """Take the records and Allure's results of these folders, which shards left; `findings` are all of theirs, but
        for those whose codes scenarios `reported`.
        """
        self._records.add(merged_records(folders))
        for folder in self._allure_folders:
            with self.losing(folder):
                own = f"{allure.THE_RUN}: {allure.CUT_OFF}"
                gather_allure(folders, folder, own, findings, reported, take)
        allure.count_own_result()

    def past_runs(self) -> list[PastRun]:
        """The runs that this one is compared with, the oldest first."""
        return read(self._output.report(SPEED))

    def write(self, result: RunResult, sanitizer: Sanitizer) -> None:
        """Write every file."""
        summary = result.summary
        self._record_end(result, sanitizer)
        self._records.close()
        self._output.write(SUMMARY, summary.as_json())
        if result.speed is not None:
            self._output.write(SPEED, result.speed)
        said = job_summary(summary, cut_off=result.cut_off, new=result.new)
        self._output.write(MARKDOWN, said)
        if result.alone:
            with self.losing(Path(os.environ.get("GITHUB_STEP_SUMMARY", ""))):
                append_to_job(os.environ, said)
        if result.shard is not None:
            self._output.write(SHARD, result.shard.model_dump_json(by_alias=True))
        self._output.write(DURATIONS, durations(read_json(self._output.report(DURATIONS)), summary.results))
        self._output.write(JUNIT, junit_xml(summary, result.scenarios, result.cut_off))
        for name, view in self._views.items():
            self._output.write(name, view(summary))
        for folder in self._allure_folders:
            self._finish_allure(folder, result)
        if result.alone and self._allure_folders:
            self._carry_history_on(self._allure_folders[0])

    def release(self) -> None:
        """Let other runs have the folder."""
        self._output.release()

    def _record_end(self, result: RunResult, sanitizer: Sanitizer) -> None:
        """The records tell of an end that is not the usual one."""
        reason = result.summary.reason
        if reason is None and not result.cut_off:
            return
        stream = EventStream(run_id=result.summary.run_id, clock=SystemClock(), sanitizer=sanitizer)
        stream.subscribe(self._records)
        if reason is None:
            stream.note(result.cut_off, level="ERROR", code=CUT_OFF)
        else:
            stream.note(name_of(reason), level="ERROR", **reason.model_dump())

    def _finish_allure(self, folder: Path, result: RunResult) -> None:
        lost = allure.lost_results()
        if lost is not None:
            self._output.note_lost(folder, lost)
        if result.summary.reason is not None:
            with self.losing(folder):
                _write_reason(folder, result.summary.reason)
        if rate := rate_words(result.summary):
            with self.losing(folder / allure.ENVIRONMENT_FILE):
                allure.note_in_environment(folder, RATE, escaped(rate))
        run_id = result.summary.run_id
        self._note_state(folder, f"{run_id}, cut off" if result.cut_off else run_id)

    def _note_state(self, folder: Path, state: str) -> None:
        with self.losing(folder / allure.ENVIRONMENT_FILE):
            allure.note_state(folder, state)

    def _carry_history_on(self, results: Path) -> None:
        """Add this run to the history, by what was written of it for Allure."""
        history = self._output.report(HISTORY)
        with self.losing(history):
            self._output.write(HISTORY, with_this_run(history, results))


def _write_reason(folder: Path, reason: Reason) -> None:
    """Write why the run could not begin as one of Allure's results."""
    failure = failure_of(reason.code)
    allure.write_run_result(
        folder,
        name_of(reason),
        f"{reason.sentence} {reason.hint}".strip(),
        reason.code,
        title=failure.title,
        who_can_act=failure.who_can_act,
    )
    allure.count_own_result()
