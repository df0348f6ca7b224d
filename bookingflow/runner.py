"""behave's runner with what an acceptance run needs around it: settings first, one clear line for what is wrong,
results of its own folder however it ends, and an exit status that says which kind of end it was.

`environment.py` supplies `open_target(settings)`; everything else of a run is put together here.
"""

from __future__ import annotations

import gc

gc.disable()  # modules are no garbage: looking for some among them while they load takes a quarter of a start

from bookingflow.core.standard_streams import open_closed
from bookingflow.core.stop_signals import interrupt_quietly

open_closed()
interrupt_quietly()

import contextlib
import datetime
import os
import random
import sys
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from behave.exception import ConfigError
from behave.runner import Runner

from bookingflow.core.budgets import load_budgets
from bookingflow.core.errors import NotReady, SettingsError, SuiteError
from bookingflow.core.exit_status import ExitStatus
from bookingflow.core.failures import SPEED_CODES
from bookingflow.core.known_breaches import load_known_breaches
from bookingflow.core.private_files import OTHERS_NOTHING
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.scenario_ids import written_ids
from bookingflow.core.selection import SLOW, in_order, mean_what_is_named, misspelt_tags
from bookingflow.core.settings import Settings
from bookingflow.core.settings.loading import load, output_folder
from bookingflow.core.shards import Share
from bookingflow.core.stop_signals import StopSignals, leave_now
from bookingflow.core.text import counted
from bookingflow.core.time_zones import use_pinned_data
from bookingflow.report import allure
from bookingflow.report.allure_results.categories import write_categories
from bookingflow.report.allure_results.environment import write_surroundings
from bookingflow.report.allure_results.records import AllureRecords
from bookingflow.report.allure_results.run import attach_measured
from bookingflow.report.console import ConsoleFormatter, print_end, say, say_end
from bookingflow.report.jsonlines import JsonLines
from bookingflow.report.outputs import OutputFolder
from bookingflow.report.pretty import PrettyLines
from bookingflow.report.reasons import reason_of
from bookingflow.report.run_end import RunEnd
from bookingflow.report.run_speed import RunSpeed
from bookingflow.report.scenario_results import (
    NOT_REACHED,
    asked_for,
    location_of,
    problems_of,
    result_of,
    scenario_id,
    shown_defines,
    status_of,
)
from bookingflow.report.step_errors import StepErrors, name_error, name_hook_error
from bookingflow.report.summary import PreflightSummary
from bookingflow.report.terminal.folding import folded_for
from bookingflow.report.terminal.notes import end_notes, pace_notice, unused_breaches
from bookingflow.report.terminal.stream import mask_with, take_over
from bookingflow.scenario.session import Session
from bookingflow.world import World

gc.freeze()  # they stay for the whole run
gc.enable()

MAX_FAILURES = "BOOKING_MAX_FAILURES"
LAST_WORD_S = 0.5
NOTHING_MATCHES = "No scenario matches the tags, names and places that were given."
RUN_HOOKS = frozenset({"before_all", "after_all"})
FEATURES = Path(__file__).resolve().parent.parent / "features"


class NothingToRun(SuiteError):
    """No scenario is selected, or none that this platform can be asked."""

    code = "nothing_ran"


class AcceptanceRunner(Runner):
    """Runs the features against one platform."""

    features: list[Any]

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        mean_what_is_named(config)
        self.console = take_over(config)
        self.signals = StopSignals()
        self.share: Share | None = getattr(config, "share", None)
        """The part of a run that this one is, where `bookingflow run` made it one."""
        run_id = self.share.run_id if self.share is not None else None
        self.end = RunEnd(run_id=run_id or uuid.uuid4().hex[:10], config=config)
        self.end.share = self.share
        self.settings: Settings | None = None
        self.world: World | None = None
        self.records: AllureRecords | None = None
        self._closes_formatters = False
        """Whether behave has begun what ends with closing them."""
        self._broken = 0
        """Promises that were broken so far."""
        self._speaking, self._spoken = threading.Lock(), False
        """Taken while it is said what came out; whether it was."""

    def run(self) -> bool:
        """False when every promise was kept; ends the process by SystemExit with its ExitStatus otherwise."""
        use_pinned_data()
        self.signals.last_resort = self._leave_now
        with self.signals.handled():
            status = self._dry_run() if self.config.dry_run else self._run()
        gc.freeze()  # what is left goes with the process
        if status:
            raise SystemExit(int(status))
        return False

    def _run(self) -> ExitStatus:
        given, ini = self._given()
        os.umask(OTHERS_NOTHING)
        try:
            output = self._settle(output_folder(given, ini))
        except SettingsError as error:
            return _refused(str(error))
        except OSError as error:
            why = error.strerror or type(error).__name__
            return _refused(f"The results can't be written to {error.filename}: {why}. See BOOKING_OUTPUT_DIR.")
        try:
            self._place_files(output.path)
            self.end.begin(output)
            if output.shared_with is not None:
                print(f"Note: another run writes to {output.shared_with}; this one writes to {output.path}.")
            if self.config.jobs > 1:
                print("Note: behave itself runs nothing side by side; `bookingflow run --jobs N` does.")
            self.settings = self.end.settings = self._load()
            super().run()
        except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - every end leaves its results
            self._note_not_begun(error)
        return self._finish()

    @property
    def _repeats(self) -> bool:
        """Whether what is booked is repeated, and so measured."""
        return self.settings is not None and (self.settings.repeat > 1 or self.end.repeating is not None)

    @property
    def _has_parent(self) -> bool:
        """Whether another process speaks for this one, and puts its results together with others'."""
        return self.share is not None and self.share.folder is not None

    def _settle(self, folder: Path) -> OutputFolder:
        """The folder for the results: for a shard with a parent, the one that it was given."""
        if self.share is not None and self.share.folder is not None:
            return OutputFolder(self.share.folder, None)
        return OutputFolder.settle(folder, self.end.run_id)

    def _dry_run(self) -> ExitStatus:
        """Read everything, run and write nothing; undefined steps are an error of the suite."""
        try:
            self._place_files(output_folder(*self._given()))
            self.settings = self._load()
            failed = super().run()
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - one line instead of a traceback
            reason, status = reason_of(error, Sanitizer(), signal_name=self._stopped_by())
            say(f"{reason.sentence} {reason.hint}".strip())
            return status
        for sentence in without_step(self.undefined_steps):
            print(sentence)
        if failed:
            say("Not every sentence has its step.")
        elif not self.config.steps_catalog:
            self._say_read([one for feature in self.features for one in feature.walk_scenarios()])
        return ExitStatus.BROKEN if failed else ExitStatus.KEPT

    def _say_read(self, scenarios: Sequence[Any]) -> None:
        """Say what a dry run came to: a silent green would pass for a run."""
        read = sum(asked_for(scenario, self.config) for scenario in scenarios)
        if read:
            print(f"Dry run: {counted(read, 'scenario')} read, each sentence has its step. Nothing was run.")
        else:
            say(f"{NOTHING_MATCHES} {misspelt_tags(self.config, scenarios)}".strip())

    def _given(self) -> tuple[dict[str, str], dict[str, str]]:
        """What -D says, and what behave.ini says."""
        defined = dict(self.config.userdata_defines or ())
        return defined, {name: str(value) for name, value in self.config.userdata.items() if name not in defined}

    def _place_files(self, folder: Path) -> None:
        """Files named in behave.ini, or on the command line, lie under the output folder."""
        for opener in self.config.outputs:
            if opener.name and not Path(opener.name).is_absolute():
                opener.name = str(folder / opener.name)

    def _load(self) -> Settings:
        settings = load(*self._given())
        self.end.sanitizer.register_settings(settings)
        mask_with(self.end.sanitizer.masked)
        self.known_breaches = load_known_breaches(
            settings.known_breaches,
            required="known_breaches" in settings.model_fields_set,
            today=datetime.datetime.now(datetime.UTC).date(),
            scenarios=written_ids(FEATURES),
            seen={} if self.end.last is None else {one.id: one.codes for one in self.end.last.of_status("failed")},
        )
        budgets = load_budgets(settings.budgets, required="budgets" in settings.model_fields_set)
        self.end.speed = RunSpeed(budgets, self.known_breaches)
        return settings

    def _note_not_begun(self, error: BaseException) -> None:
        reason, status = reason_of(error, self.end.sanitizer, signal_name=self._stopped_by())
        if isinstance(error, NotReady):
            self.end.preflight = PreflightSummary.of(error.problems, error.notes)
        self.end.could_not_begin(reason, status)

    def _stopped_by(self) -> str:
        return self.signals.received[0] if self.signals.received else ""

    def load_hooks(self, filename: str | None = None) -> None:
        """As behave does; raises ConfigError where what lies among the features hides the suite's own hooks."""
        super().load_hooks(filename)
        if "open_target" not in self.hooks:
            folder = os.path.relpath(self.base_dir)
            raise ConfigError(
                f"{folder} has a steps/ or an environment.py, which hides the suite's own: all steps belong into the "
                "folder steps/ beside features/"
            )

    def run_model(self, features: Any = None) -> bool:
        """Join the platform and run to the end, with the judgement of the run as a whole. But for a dry run the answer
        is False and says nothing: `_finish` writes the results and decides the status, whatever ends this.
        """
        if self.config.dry_run or self.settings is None:
            return bool(super().run_model(features))
        self.formatters.insert(0, StepErrors(self.config, self.end.sanitizer.text))
        for formatter in self.formatters:
            if isinstance(formatter, ConsoleFormatter):
                formatter.prints_end = False
        self.features = in_order(self.features, self._shuffle(self.settings))
        self.end.features = self.features
        scenarios = self.end.scenarios()
        if self.settings.last_failed and not self._has_parent and (nothing := self.end.select_last_failed()):
            print(nothing)
            self.end.nothing_again = True
            return False
        if not any(asked_for(scenario, self.config) for scenario in scenarios):
            raise NothingToRun(NOTHING_MATCHES, hint=misspelt_tags(self.config, scenarios))
        self._run_scenarios(features, scenarios, self.settings)
        return False

    def _run_scenarios(self, features: Any, scenarios: Sequence[Any], settings: Settings) -> None:
        """Run those that are asked for, of a shard its own."""
        of_all_shards = [scenario for scenario in scenarios if asked_for(scenario, self.config)]
        self.leave_to_others(scenarios)
        self.world = World.open(
            settings, self.hooks["open_target"], self.known_breaches, self.end.sanitizer, self.end.run_id
        )
        for note in self.world.session.preflight.notes:
            print(folded_for(sys.stdout, f"Note: {self.end.sanitizer.text(str(note))}"))
        if pace := self._pace(of_all_shards, self.world.session):
            print(folded_for(sys.stdout, pace))
        self._start_reports(self.world, settings)
        for scenario in scenarios:
            scenario.run = self._guarded(scenario, scenario.run)
        self._run_features(features)

    def _pace(self, of_all_shards: Sequence[Any], session: Session) -> str:
        """What the rate budget will cost; shards with one parent share it, and all say the same."""
        if self.share is not None and self._has_parent:
            return pace_notice(session, of_all_shards, len(self.share.shards))
        return pace_notice(session, [scenario for scenario in of_all_shards if asked_for(scenario, self.config)])

    def leave_to_others(self, scenarios: Sequence[Any]) -> None:
        """Take the scenarios of other shards out of this run; raises NothingToRun where none is left."""
        if self.share is None:
            return
        for scenario in scenarios:
            if location_of(scenario) not in self.share.places:
                scenario.mark_skipped()
        if not any(asked_for(scenario, self.config) for scenario in scenarios):
            raise NothingToRun(f"Shard {self.share.number} has no scenario: there are fewer of them than shards.")

    def _run_features(self, features: Any) -> None:
        self.signals.on_wish, self._closes_formatters = self._stop, True
        try:
            with self.signals.shielded():
                super().run_model(features)
        except ConfigError as error:  # what the report found as it was closed
            if not self.signals.hurried:  # a run that is ended at once may lack the result that it was writing
                self.end.errors.append(SuiteError(str(error)))
        except KeyboardInterrupt:
            self._stop()
        except Exception as error:  # noqa: BLE001 - results that there are stay, with this one beside them
            reason, _ = reason_of(error, self.end.sanitizer)
            self.end.errors.append(SuiteError(reason.sentence, hint=reason.hint))

    def _start_reports(self, world: World, settings: Settings) -> None:
        self.records = AllureRecords()
        self.end.attend(world)
        world.session.stream.subscribe(self.records)
        if settings.pretty is not None:
            world.session.stream.subscribe(PrettyLines(sys.stdout) if settings.pretty else JsonLines(sys.stdout))
        for formatter in self.formatters:
            if isinstance(formatter, ConsoleFormatter) and settings.pretty is None:
                formatter.attend(world.session.stream)
        allure.sanitize_with(self.end.sanitizer.text)
        folder = allure.results_folder()
        if folder is not None and self.end.files is not None:
            with self.end.files.losing(folder):
                write_categories(folder)
                write_surroundings(folder, world, os.environ)
        context: Any = self.context
        context.world, context.records = world, self.records

    def _shuffle(self, settings: Settings) -> random.Random | None:
        if not settings.shuffle:
            return None
        given = settings.seed if self.share is None or self.share.seed is None else self.share.seed
        seed = random.SystemRandom().randrange(10**6) if given is None else given
        self.end.seed = seed
        if not self._has_parent:
            print(f"Order: drawn with seed {seed}; BOOKING_SHUFFLE=true BOOKING_SEED={seed} repeats it.")
        return random.Random(seed)

    # -- stopping ----------------------------------------------------------------------------------------------

    def _stop(self) -> None:
        """Begin no further scenario; what has begun is put back."""
        if self.context is not None:
            self.aborted = True

    def abort(self, reason: str | None = None) -> None:  # noqa: ARG002 - behave's signature
        """As behave's, without its remark: the end of the run says why it was cut off."""
        self._stop()

    def _guarded(self, scenario: Any, run: Any) -> Any:
        """A scenario's `run` that counts what broke, and does nothing once the run is to end: behave would go on.

        In a shard a serial one waits until all other shards are done, and each tells how it ended.
        """
        share = self.share

        def run_unless_ending(runner: Any) -> bool:
            place = location_of(scenario)
            mine = share is not None and place in share.places
            if share is not None and (share.to_stop() or (mine and place in share.serial and not share.alone())):
                self._stop()
            if runner.aborted:
                return True
            failed = bool(run(runner))
            self._broken += status_of(scenario, problems_of(scenario)) == "failed"
            if self._limit().startswith(MAX_FAILURES):
                self._stop()
            if share is not None and asked_for(scenario, self.config) and scenario.status not in NOT_REACHED:
                result = result_of(scenario, shown_defines(dict(self.config.userdata_defines or ())))
                share.ended(place, result.model_dump_json(by_alias=True))
            return failed or runner.aborted

        return run_unless_ending

    def _limit(self) -> str:
        """What ends this run early, if it was set."""
        most = self.settings.max_failures if self.settings is not None else None
        if most is not None and self._broken >= most:
            return f"{MAX_FAILURES}={most}"
        return "--stop" if self.config.stop else ""

    def run_hook(self, hook_name: str, *args: Any, **kwargs: Any) -> Any:
        """Let signals interrupt steps, and keep what the hooks of the run meet; behave prints it and forgets it."""
        if self.signals.hurried:
            return True
        if hook_name == "after_step":
            self.signals.shut()
            name_error(args[0], self._stopped_by())
        if hook_name == "after_all":
            self.signals.open()
        try:
            with self._kept_errors(hook_name):
                return super().run_hook(hook_name, *args, **kwargs)
        finally:
            if hook_name in {"before_scenario", "after_scenario"} and self.signals.hurried:
                name_hook_error(args[0], self._stopped_by())
            if hook_name == "before_step":
                self.signals.open()
            if hook_name == "after_all":
                self.signals.shut()
                self._after_all()

    @contextlib.contextmanager
    def _kept_errors(self, hook_name: str) -> Iterator[None]:
        hook = self.hooks.get(hook_name)
        if hook is None or hook_name not in RUN_HOOKS:
            yield
            return

        def kept(*arguments: Any) -> None:
            try:
                hook(*arguments)
            except Exception as error:
                if hook_name == "before_all":
                    self._note_not_begun(error)
                else:
                    self.end.errors += error.exceptions if isinstance(error, ExceptionGroup) else [error]
                raise

        self.hooks[hook_name] = kept
        try:
            yield
        finally:
            self.hooks[hook_name] = hook

    def _after_all(self) -> None:
        """The end is known: the Allure formatter, which behave closes now, may say so."""
        self.aborted = False  # behave would call every early end "by user"
        if self.world is not None and self.world.session.reports and self._repeats:
            attach_measured(self.world)
        if self.end.reason is None:
            self.end.reached(self._stopped_by(), self._limit())
        self.end.judge_speed()
        self.end.note_cut_off()

    # -- the end -----------------------------------------------------------------------------------------------

    def _finish(self) -> ExitStatus:
        """Write the results, say what came out, take down what was built."""
        with self.signals.held():
            if self.signals.hurried and self.end.reason is None:
                self.end.reached(self._stopped_by())
            status = self.end.write()
            if not self._closes_formatters:
                for formatter in self.formatters:
                    formatter.close()
            self._speak(self._print_end)
            if not self.signals.hurried and self.world is not None:
                self.world.close()
            self.end.release()
            if self.signals.received:
                self._leave_now()  # another signal would find no handler, and change the status that is written
        return status

    def _speak(self, what_came_out: Callable[[], object]) -> None:
        """Say what came out, once. Who finds another thread at it gives that a moment: nobody may be reading."""
        if self._has_parent or not self._speaking.acquire(timeout=LAST_WORD_S):
            return
        try:
            if not self._spoken:
                self._spoken = True
                what_came_out()
        finally:
            self._speaking.release()

    def _print_end(self) -> None:
        notes = [] if self.settings is None else list(self._notes(self.settings))
        print_end(self.end, self.config, self.console, notes)

    def _notes(self, settings: Settings) -> Iterator[str]:
        """What people should know beside the verdict."""
        if self.end.summary is None:
            return
        slow = {scenario_id(scenario) for scenario in self.end.scenarios() if SLOW in scenario.effective_tags}
        unjudged = SPEED_CODES if self.end.speed is None else self.end.speed.unjudged()
        summary, session = self.end.summary, None if self.world is None else self.world.session
        self.known_breaches.note_met(self.end.known_met())
        in_part = {scenario_id(scenario) for scenario in self.end.scenarios() if not asked_for(scenario, self.config)}
        whole = [result for result in summary.results if result.id not in in_part]  # with all rows of their outlines
        unused = unused_breaches(self.known_breaches, whole, written_ids(FEATURES) - slow, unjudged)
        yield from end_notes(summary, settings, session, unused)

    def _leave_now(self) -> None:
        """End the process, with its results written; what still waits for an answer is not waited for."""
        status = ExitStatus.CUT_OFF
        with contextlib.suppress(Exception):
            if self.end.reason is None:
                self.end.reached(self._stopped_by())
            status = self.end.write()
            self._speak(lambda: say_end(self.end))
            live = self.world is not None and self.settings is not None and not self.settings.starts_demo
            if live and self.signals.hurried:
                say("Stopped at once: bookings of this run may be left.")
        leave_now(status)


def without_step(steps: Iterable[Any]) -> list[str]:
    """Sentences that no step fits, each once with its place: `features/tables.feature:12: Then it has a view`."""
    return list(dict.fromkeys(f"{step.location}: {step.keyword} {step.name}" for step in steps))


def _refused(sentence: str) -> ExitStatus:
    say(sentence)
    return ExitStatus.WRONG_USE
