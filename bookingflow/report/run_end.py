"""What a run came to, however it ends: collected while it lasts, summed up at its end, with its exit status."""

from __future__ import annotations

import datetime
import operator
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.failures import failure_of
from bookingflow.core.packed import Packer
from bookingflow.core.repetitions import Repeating
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.shards import Share
from bookingflow.core.speed_history import Circumstances, PastRun, PhaseTimes, this_machine
from bookingflow.core.text import counted
from bookingflow.report import allure
from bookingflow.report.allure import title_of
from bookingflow.report.allure_results.environment import executor
from bookingflow.report.allure_results.run import attach_judgement
from bookingflow.report.last_run import left_from, new_failures, read_summary
from bookingflow.report.origin import Origin
from bookingflow.report.outputs import SUMMARY, OutputFolder
from bookingflow.report.parts import (
    Part,
    ShardRecord,
    merged_findings,
    merged_judgement,
    merged_times,
    name_of_target,
)
from bookingflow.report.reasons import CUT_OFF
from bookingflow.report.repetitions import repetitions
from bookingflow.report.run_files import RunFiles, RunResult, View
from bookingflow.report.run_findings import findings_of
from bookingflow.report.run_speed import RunSpeed
from bookingflow.report.scenario_results import (
    NOT_REACHED,
    asked_for,
    counts,
    label_of,
    location_of,
    result_of,
    scenario_id,
    shown_defines,
)
from bookingflow.report.summary import (
    NOT_GREEN,
    BookingSummary,
    Build,
    PreflightSummary,
    Reason,
    ScenarioResult,
    Summary,
    TargetSummary,
    booking_summary,
    run_metrics,
    verdict_of,
)
from bookingflow.scenario.session import BookingReport
from bookingflow.world import World


class RunEnd:
    """Collects what is known of a run while it lasts, and sums it up at its end."""

    def __init__(self, run_id: str, config: Any) -> None:
        self.run_id = run_id
        self.sanitizer = Sanitizer()
        self.began_at = datetime.datetime.now(datetime.UTC)
        self.ended_at: datetime.datetime | None = None
        """When it ended, where that is not now."""
        self.features: Sequence[Any] = ()
        self.errors: list[Exception] = []
        """What the hooks of the run met, and what went wrong beside them."""
        self.seed: int | None = None
        self.settings: Settings | None = None
        self.world: World | None = None
        self.last: Summary | None = None
        """That of the run before, read before it was removed; None without one that can be read."""
        self.preflight: PreflightSummary | None = None
        self.reason: Reason | None = None
        self.cut_off = ""
        """Why the run ended before its end; empty when it did not."""
        self.nothing_again = False
        """Whether only what failed last was to run, and nothing did."""
        self.summary: Summary | None = None
        self.speed: RunSpeed | None = None
        """What the budgets came to; None where the settings are not read."""
        self.machine = this_machine((executor(os.environ) or {}).get("name", ""))
        self.processes = 1
        """So many run side by side on it."""
        self.others: float | None = None
        """The part of its processors that others used; None where that is for this process to know."""
        self.repeating: Repeating | None = None
        """What is repeated; None where nothing is."""
        self.during = ""
        """Which repetition runs, for the sentence that says where the run was cut off."""
        self.unfinished = False
        """Whether repetitions are left that a limit kept from beginning."""
        self.share: Share | None = None
        """The part of a run that this one is; None for a whole one."""
        self.origin = Origin()
        """Which run the shard is of, where other machines run the others."""
        self.parts: Sequence[Part] = ()
        """What shards left, where those did what this run is made of."""
        self.files: RunFiles | None = None
        """None where the run has no folder yet."""
        self.views: dict[str, View] = {}
        """What else is written into `reports/` of this run, by the file's name."""
        self.shown: dict[str, ScenarioResult] = {}
        """How the scenarios of shards ended, by their places."""
        self._packer = Packer()
        self._past: list[tuple[bytes, Sequence[Any]]] = []
        """The results of each repetition that is over, packed, with behave's scenarios."""
        self._between = False
        """Whether the last repetition that began is over."""
        self._seen = 0
        """Bookings of repetitions that are over."""
        self._config = config
        self._status = ExitStatus.KEPT
        self._writing = threading.Lock()

    def scenarios(self) -> list[Any]:
        """All that were read, selected or not."""
        return [scenario for feature in self.features for scenario in feature.walk_scenarios()]

    @property
    def new(self) -> list[ScenarioResult]:
        """The failures of this run that were kept promises in the run before."""
        return [] if self.summary is None else new_failures(self.summary, self.last)

    # -- at the beginning --------------------------------------------------------------------------------------

    def begin(self, output: OutputFolder) -> None:
        """Read what the last run left, and make room in the folder for what this one leaves."""
        self.last = read_summary(output.report(SUMMARY))
        self.files = RunFiles(output, self._allure_folders(), self.views)

    def attend(self, world: World) -> None:
        """Write the records of this world as they come."""
        self.world = world
        checked = world.session.preflight
        self.preflight = PreflightSummary.of(checked.problems, checked.notes)
        if self.files is not None:
            self.files.attend(world.session.stream)

    def select_last_failed(self) -> str:
        """Leave only what was not green in the last run; why there is nothing to run, or an empty text."""
        if self.last is None:
            return f"There is no last run in {self.folder}: nothing to run again."
        if self.last.reason is not None and not self.last.results:
            return ""  # it could not begin: everything runs
        wanted = {(result.id, result.name) for result in self.last.results if result.status in NOT_GREEN}
        for scenario in self.scenarios():
            if (scenario_id(scenario), title_of(scenario)) not in wanted:
                scenario.mark_skipped()
        return "" if wanted else "Nothing to run again: the last run was green."

    # -- repetitions -------------------------------------------------------------------------------------------

    def begin_repetition(self, during: str) -> None:
        """Another repetition runs from here on; `during` says which, in a sentence."""
        self.during, self._between = during, False

    def end_repetition(self, after: str) -> list[ScenarioResult]:
        """Keep the results of the repetition that is over: behave's scenarios may run once more. `after` is for the
        sentence that says where the run was cut off.
        """
        self.during = after
        scenarios = self._asked()
        results = self._results_of(scenarios)
        before = self._past[-1][1] if self._past else ()
        same = len(before) == len(scenarios) and all(map(operator.is_, before, scenarios))
        self._past.append((self._packer.pack(results), before if same else scenarios))
        self._between = True
        self._seen = len(self._reports())
        return results

    def _asked(self) -> list[Any]:
        return [scenario for scenario in self.scenarios() if asked_for(scenario, self._config)]

    def _reports(self) -> Sequence[BookingReport]:
        return self.world.session.reports if self.world is not None else []

    def _results_of(self, scenarios: Sequence[Any]) -> list[ScenarioResult]:
        """How these ended, of a repetition those of the last one."""
        defines = shown_defines(dict(self._config.userdata_defines or ()))
        made: dict[str, list[str]] = {}
        for report in self._reports()[self._seen :]:
            made.setdefault(report.scenario, []).append(report.booking.log.correlation_id)
        return [
            self.shown.get(location_of(scenario)) or result_of(scenario, defines, made.get(label_of(scenario), ()))
            for scenario in scenarios
        ]

    # -- at the end --------------------------------------------------------------------------------------------

    def join(
        self,
        parts: Sequence[Part],
        folders: Sequence[Path],
        take: Callable[[Path, Path], object] = shutil.copyfile,
    ) -> None:
        """Take what shards left for what this run came to. `folders` are theirs, also of those that died; records and
        Allure's results are taken from them at once, each file by `take`.
        """
        self.parts = parts
        for part in parts:
            self.shown |= {result.location: result for result in part.summary.results if result.status != "not_run"}
        reasons = [part.summary.reason for part in parts if part.summary.reason is not None]
        reasons = [reason for reason in reasons if reason.code != "nothing_ran"]
        if self.shown:  # a shard that was stopped at its start is a part that is missing
            reasons = [reason for reason in reasons if reason.code != CUT_OFF]
        if reasons:
            self.could_not_begin(reasons[0], ExitStatus.first(ExitStatus(part.summary.exit_status) for part in parts))
        if self.files is not None:
            findings = merged_findings(found for part in parts for found in part.summary.findings)
            self.files.gather(folders, findings, _reported(self.shown.values()), take)
        if any(part.record.bookings for part in parts):
            notes = next((part.summary.preflight.notes for part in parts if part.summary.preflight is not None), ())
            attach_judgement(merged_judgement(parts), notes, self.sanitizer)

    def could_not_begin(self, reason: Reason, status: ExitStatus) -> None:
        """No scenario was begun, for this reason."""
        self.reason, self._status = reason, status

    def reached(self, signal_name: str, limit: str = "") -> None:
        """No further scenario begins: a signal ended the run, or a limit that was set for it."""
        left = sum(1 for scenario in self.scenarios() if self._left(scenario))
        if signal_name or left or self.unfinished:
            by = f" by {signal_name or limit}" if signal_name or limit else ""
            self.cut_off = f"Cut off{by}{self.during}" + (
                f": {counted(left, 'scenario')} did not run." if left else "."
            )

    def judge_speed(self) -> None:
        """Judge the whole run beside its budgets; a part of one is not judged, nor one that did not come to its end."""
        whole = self.share is None and self.reason is None and not self.cut_off
        name = name_of_target(self._target())
        if self.speed is None or not self.speed.asked or self.files is None or not whole or name is None:
            return
        clean = self.sanitizer.text
        times: PhaseTimes = {
            phase: {clean(scenario): values for scenario, values in by_scenario.items()}
            for phase, by_scenario in self._times().items()
        }
        alike = Circumstances(target=clean(name), machine=clean(self.machine), processes=self.processes)
        ended_at = self.ended_at or datetime.datetime.now(datetime.UTC)
        run = PastRun.of(self.run_id, ended_at, alike, times, others=self._others())
        zone = ZoneInfo(self._target().time_zone or "UTC")
        self.speed.judge(run, times, self.files.past_runs(), zone=zone, sanitizer=self.sanitizer)

    def _others(self) -> float:
        if self.others is not None:
            return self.others
        return 0.0 if self.speed is None else self.speed.others()

    def _times(self) -> PhaseTimes:
        return merged_times(self.parts) if self.world is None else self.world.audit.measured.times

    def _left(self, scenario: Any) -> bool:
        if scenario.status not in NOT_REACHED or not scenario.should_run(self._config):
            return False
        shown = self.shown.get(location_of(scenario))
        return shown is None or shown.status == "not_run"

    def note_cut_off(self) -> None:
        """Let the report say why the run was cut off, where it was."""
        if self.cut_off:
            allure.note_cut_off(self.cut_off, failure_of(CUT_OFF).who_can_act)

    def write(self) -> ExitStatus:
        """Write every file of the run that is not written yet. What could not be written is in `lost`.

        Who calls while another thread writes waits for it: the process ends afterwards.
        """
        with self._writing:
            return self._write()

    def _write(self) -> ExitStatus:
        if self.summary is not None or self.files is None:
            return ExitStatus(self.summary.exit_status) if self.summary is not None else self._status
        scenarios = self._asked() if (self.reason is None or self.shown) and not self._between else []
        self.summary = self._summarize(scenarios).sanitized(self.sanitizer)
        result = RunResult(
            self.summary,
            [*(scenario for _, past in self._past for scenario in past), *scenarios],
            self.cut_off,
            self.new,
            speed=self.speed.history() if self.speed is not None and not self.summary.exit_status else None,
            shard=self._shard_record(self.share) if self.share is not None else None,
            alone=self.share is None or self.share.folder is None,
        )
        self.files.write(result, self.sanitizer)
        if self.nothing_again:
            allure.count_own_result()
        return ExitStatus(self.summary.exit_status)

    @property
    def folder(self) -> Path:
        """The folder of the results."""
        return self.files.folder if self.files is not None else Path()

    @property
    def lost(self) -> Mapping[str, str]:
        """What could not be written, and why."""
        return self.files.lost if self.files is not None else {}

    def release(self) -> None:
        """Let other runs have the folder."""
        if self.files is not None:
            self.files.release()

    def _summarize(self, scenarios: Sequence[Any]) -> Summary:
        reports = self._reports()
        past = [result for packed, _ in self._past for result in self._packer.unpack(packed)]
        results = [*past, *self._results_of(scenarios)]
        judged = [] if self.world is None else self.world.audit.findings
        findings = findings_of(self.errors, [*judged, *([] if self.speed is None else self.speed.found)])
        bookings = [booking_summary(report) for report in reports] + self._bookings_of_parts(results)
        if self.parts:
            findings = merged_findings([*(found for part in self.parts for found in part.summary.findings), *findings])
        results += left_from(self.last, results) if self.settings is not None and self.settings.last_failed else []
        if (
            self.reason is None
            and not self.nothing_again
            and not any(result.status not in {"skipped", "not_run"} for result in results)
        ):
            self._note_nothing_ran(results)
        verdict, status = verdict_of(results, findings, cut_off=bool(self.cut_off), reason=self.reason)
        reported = _reported(results)
        findings = [finding for finding in findings if finding.code not in reported]
        if self.reason is not None and status is not ExitStatus.BROKEN:
            status = ExitStatus.first([status, self._status])
        build = executor(os.environ)
        return Summary(
            run_id=self.run_id,
            verdict=verdict,
            exit_status=int(status),
            cut_off=bool(self.cut_off) or status is ExitStatus.CUT_OFF,
            reason=self.reason,
            started_at=_instant(self.began_at),
            ended_at=_instant(self.ended_at or datetime.datetime.now(datetime.UTC)),
            target=self._target(),
            suite=version("bookingflow"),
            build=None if build is None else Build(name=build["name"], url=build.get("buildUrl", "")),
            seed=self.seed,
            preflight=self.preflight or next((part.summary.preflight for part in self.parts), None),
            scenarios=counts(results),
            results=tuple(results),
            findings=tuple(findings),
            bookings=tuple(bookings),
            metrics=run_metrics(bookings),
            budgets=() if self.speed is None else self.speed.summaries(),
            repetitions=None if self.repeating is None else repetitions(self.repeating, results, findings, bookings),
        )

    def _bookings_of_parts(self, results: Sequence[ScenarioResult]) -> list[BookingSummary]:
        order = {result.label: number for number, result in enumerate(results)}
        bookings = [booking for part in self.parts for booking in part.summary.bookings]
        return sorted(bookings, key=lambda booking: order.get(booking.scenario, len(order)))

    def known_met(self) -> set[str]:
        """The entries of known breaches that were met, here and in the shards, by name."""
        own = () if self.world is None else self.world.known_breaches.met
        return set(own).union(*(part.record.known_met for part in self.parts))

    def _shard_record(self, share: Share) -> ShardRecord:
        judged = merged_judgement(self.parts) if self.world is None else self.world.audit.judged
        return ShardRecord(
            number=share.number,
            count=len(share.shards),
            shards=tuple(map(tuple, share.shards)),
            ends=dict(judged.ends),
            audited=judged.audited,
            bookings=judged.bookings,
            waited_ms={path: tuple(times) for path, times in judged.waited_ms.items()},
            milliseconds={
                phase: {scenario: tuple(values) for scenario, values in by_scenario.items()}
                for phase, by_scenario in self._times().items()
            },
            machine=self.machine,
            processes=self.processes,
            others=self._others(),
            known_met=tuple(sorted(self.known_met())),
            origin=self.origin,
        )

    def _note_nothing_ran(self, results: Sequence[ScenarioResult]) -> None:
        if self.cut_off:
            return
        reasons = list(dict.fromkeys(result.sentence for result in results if result.sentence))
        said = "All selected scenarios were skipped" + (f": {'; '.join(reasons)}" if reasons else "")
        self.reason = Reason(code="nothing_ran", sentence=f"{said.rstrip('.')}.")
        self._status = ExitStatus.NOT_JUDGED

    def _target(self) -> TargetSummary:
        if self.parts:
            return next((part.summary.target for part in self.parts if part.summary.target.restaurant), TargetSummary())
        if self.settings is None:
            return TargetSummary()
        kind = self.settings.target_kind
        if self.world is None:
            return TargetSummary(kind=kind, address=self.settings.api_base_url)
        home = self.world.session.home
        return TargetSummary(
            kind=kind,
            address=self.world.session.api.base_url,
            restaurant=f"{home.name} ({home.slug})",
            time_zone=home.timezone,
        )

    def _allure_folders(self) -> list[Path]:
        """The folders of Allure results: those of the formats that end in `allure` or `AllureFormatter`."""
        formats, outputs = list(self._config.format or ()), list(self._config.outputs)
        return [
            Path(opener.name)
            for name, opener in zip(formats, outputs, strict=False)
            if opener.name and name.lower().endswith(("allure", "allureformatter"))
        ]


def _reported(results: Iterable[ScenarioResult]) -> set[str | None]:
    """The codes that scenarios failed with: the run does not find them once more."""
    return {result.code for result in results if result.status == "failed"}


def _instant(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
