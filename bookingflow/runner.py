"""behave's runner with what an acceptance run needs around it: settings first, one clear line for what is wrong,
results of its own folder, and no green when nothing ran.

`environment.py` supplies `open_target(settings)`; everything else of a run is put together here.
"""

from __future__ import annotations

import gc

gc.disable()  # modules are no garbage: looking for some among them while they load takes a quarter of a start

import contextlib
import datetime
import io
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from behave.exception import ConfigError
from behave.model_type import Status
from behave.runner import Runner
from filelock import FileLock, Timeout

from bookingflow.core.errors import NotJudged, SuiteError
from bookingflow.core.feature_order import in_order
from bookingflow.core.known_breaches import load_known_breaches
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.scenario_ids import written_ids
from bookingflow.core.settings import load
from bookingflow.core.text import counted
from bookingflow.report.allure import results_folder, sanitize_with
from bookingflow.report.allure_environment import ENVIRONMENT_FILE, EXECUTOR_FILE, write_surroundings
from bookingflow.report.allure_records import AllureRecords
from bookingflow.report.categories import CATEGORIES_FILE, write_categories
from bookingflow.report.console import ConsoleFormatter, Problem
from bookingflow.report.console_encoding import show_what_can_be_shown
from bookingflow.report.jsonlines import JsonLines
from bookingflow.report.junit import write_junit
from bookingflow.report.pretty import PrettyLines
from bookingflow.report.summary import RunVerdict, write_summary
from bookingflow.world import World

gc.freeze()  # they stay for the whole run
gc.enable()

ALLURE_LEFTOVERS = (
    *("*-result.json", "*-container.json", "*-attachment.*", "*-attachment", "*-globals.json"),
    *(ENVIRONMENT_FILE, EXECUTOR_FILE, CATEGORIES_FILE),
)
RUN_HOOKS = frozenset({"before_all", "after_all"})
NOT_REACHED = frozenset({Status.untested, Status.untested_pending})
NOT_RUN = NOT_REACHED | {Status.skipped}
FEATURES = Path(__file__).resolve().parent.parent / "features"
STOPPED_BY = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
ALL_SIGNALS = [signal.SIGINT, *STOPPED_BY]
"""Passed over while results are written and what was built is taken down: seconds at most."""


class AcceptanceRunner(Runner):
    """Runs the features against one platform."""

    features: list[Any]

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.world: World | None = None
        self.sanitizer = Sanitizer()
        self._joins = False
        """Whether the run came so far that it joins the platform."""
        self.records: AllureRecords | None = None
        self._files: JsonLines | None = None
        self._lock: FileLock | None = None
        self._alone = True
        self._problems: list[Problem] = []
        self._errors: list[Exception] = []

    def run(self) -> bool:
        """Whether the run failed, or was ended; raises ConfigError, a clear line, when it could not begin."""
        with _handled(STOPPED_BY, _interrupt):
            return self._run()

    def _run(self) -> bool:
        try:
            for stream in (sys.stdout, sys.stderr):
                show_what_can_be_shown(stream)
            self.config.run_began = time.monotonic()
            self.settings = load(dict(self.config.userdata_defines or ()), self._ini())
            self.sanitizer.register_settings(self.settings)
            self.known_breaches = load_known_breaches(
                self.settings.known_breaches,
                required="known_breaches" in self.settings.model_fields_set,
                today=datetime.datetime.now(datetime.UTC).date(),
                scenarios=written_ids(FEATURES),
            )
            self._place_outputs()
            return bool(super().run())
        except SuiteError as error:
            self._tell_not_begun(error)
            raise ConfigError(str(error)) from None
        except KeyboardInterrupt:
            began = "before any scenario began" if self.records is None else "while the run was ending"
            raise ConfigError(f"Interrupted {began}.") from None
        except BrokenPipeError:
            _print_nothing_more()
            print("The run was ended: nobody reads what it prints any more.", file=sys.stderr)
            return True
        except OSError as error:
            if isinstance(error, FileNotFoundError) and error.errno is None:  # behave's own
                raise ConfigError(f"There is no feature file {error}.") from None
            where, why = error.filename or self.settings.output_dir, error.strerror or error
            raise ConfigError(f"The results can't be written to {where}: {why}. See BOOKING_OUTPUT_DIR.") from None
        finally:
            with _handled(ALL_SIGNALS, signal.SIG_IGN):
                self._close()

    def _ini(self) -> dict[str, str]:
        defined = dict(self.config.userdata_defines or ())
        return {name: str(value) for name, value in self.config.userdata.items() if name not in defined}

    def _place_outputs(self) -> None:
        """Files named in behave.ini lie under the output folder, which can be written to."""
        reports = self.settings.output_dir / "reports"
        reports.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=reports):
            pass
        self._lock = FileLock(reports / "run.lock")
        for opener in self.config.outputs:
            if opener.name and not Path(opener.name).is_absolute():
                opener.name = str(self.settings.output_dir / opener.name)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            self._alone = False
            print(
                f"Note: another run is writing to {self.settings.output_dir} too. Results are added to its own; the "
                "sums are those of the run that ends last; BOOKING_OUTPUT_DIR names another folder."
            )

    def load_hooks(self, filename: str | None = None) -> None:
        """Load environment.py, then join the platform: before any result is touched, so that a refusal loses none."""
        super().load_hooks(filename)
        if self.config.dry_run:
            return
        self._joins = True
        self.world = World.open(self.settings, self.hooks["open_target"], self.known_breaches, self.sanitizer)

    def _start_reports(self, world: World) -> None:
        if self._alone:
            self._empty_results()
        phases = self.settings.output_dir / "reports" / "phases.jsonl"
        self._files = JsonLines.to_file(phases, append=not self._alone)
        self.records = AllureRecords()
        world.session.stream.subscribe(self._files)
        world.session.stream.subscribe(self.records)
        if self.settings.pretty is not None:
            world.session.stream.subscribe(PrettyLines(sys.stdout) if self.settings.pretty else JsonLines(sys.stdout))

    def _empty_results(self) -> None:
        for name in ("summary.json", "junit.xml"):
            (self.settings.output_dir / "reports" / name).unlink(missing_ok=True)
        for opener in self.config.outputs:
            if opener.name and Path(opener.name).is_dir():
                for pattern in ALLURE_LEFTOVERS:
                    for leftover in Path(opener.name).glob(pattern):
                        leftover.unlink(missing_ok=True)

    def run_model(self, features: Any = None) -> bool:
        """Run, judge the run as a whole, and sum it up."""
        if self.world is None:
            return bool(super().run_model(features))
        self._start_reports(self.world)
        context: Any = self.context
        context.world = self.world
        context.records = self.records
        self._attend(self.world)
        self._tell_surroundings(self.world)
        self.features = in_order(self.features, self._shuffle())
        differs: ConfigError | None = None
        try:
            failed = bool(super().run_model(features))
        except ConfigError as error:  # what the report found as it was closed; the run is summed up all the same
            differs, failed = error, True
        except KeyboardInterrupt:  # once more, while the first one was obeyed
            failed = True
        scenarios = [scenario for feature in self.features for scenario in feature.walk_scenarios()]
        ran = [scenario for scenario in scenarios if scenario.status not in NOT_RUN]
        left = sum(1 for scenario in scenarios if scenario.status in NOT_REACHED and scenario.should_run(self.config))
        cut_off = f"Cut off: {counted(left, 'scenario')} did not run."
        self._errors += [NotJudged(cut_off, code="cut_off")] if left else []
        with _handled(ALL_SIGNALS, signal.SIG_IGN):
            self._sum_up(self.world, scenarios, _verdict(self.world, scenarios, failed=failed))
        if differs is not None:
            raise differs
        if left:
            print(cut_off)
        if not ran and not failed and not self.known_breaches.met:
            print(f"Nothing ran: {_why_nothing(scenarios)}")
            return True
        for breach in self.known_breaches.healed(_ids_of(scenarios, Status.passed)):
            print(f"Healed: {breach.scenario} holds again. Take it out of {self.settings.known_breaches}.")
        if self.world.session.unused_timeout():
            print(f"Note: timeout={self.settings.timeout:g} was not used; every sentence that ran states its own.")
        return failed

    def _shuffle(self) -> random.Random | None:
        if not self.settings.shuffle:
            return None
        seed = random.SystemRandom().randrange(10**6) if self.settings.seed is None else self.settings.seed
        print(f"Order: drawn with seed {seed}; BOOKING_SHUFFLE=true BOOKING_SEED={seed} repeats it.")
        return random.Random(seed)

    def _attend(self, world: World) -> None:
        """Let the console show what goes on; records that are printed themselves say more than it could."""
        for formatter in self.formatters:
            if isinstance(formatter, ConsoleFormatter) and self.settings.pretty is None:
                formatter.attend(world.session.stream, self._problems)

    def _tell_surroundings(self, world: World) -> None:
        """What the Allure report must know of the run beside its results."""
        sanitize_with(self.sanitizer.text)
        folder = results_folder()
        if folder is not None:
            write_categories(folder)
            write_surroundings(folder, world, os.environ)

    def run_hook(self, hook_name: str, *args: Any, **kwargs: Any) -> Any:
        """Keep what the hooks of the run meet for the console's end; behave prints it and forgets it."""
        hook = self.hooks.get(hook_name)
        if hook is None or hook_name not in RUN_HOOKS:
            return super().run_hook(hook_name, *args, **kwargs)

        def told(*hook_args: Any) -> None:
            try:
                hook(*hook_args)
            except Exception as error:
                met = error.exceptions if isinstance(error, ExceptionGroup) else [error]
                self._errors += met
                self._problems += [Problem("The run as a whole", str(item)) for item in met]
                raise

        self.hooks[hook_name] = told
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return super().run_hook(hook_name, *args, **kwargs)
        finally:
            self.hooks[hook_name] = hook

    def _sum_up(self, world: World | None, scenarios: list[Any], verdict: RunVerdict) -> None:
        write_summary(
            self.settings.output_dir / "reports" / "summary.json",
            run_id="" if world is None else world.session.run_id,
            target=self.settings.target_kind,
            verdict=verdict,
            scenarios=Counter(scenario.status.name for scenario in scenarios if _asked_for(scenario)),
            bookings=() if world is None else world.session.reports,
            known_breaches=self.known_breaches.met,
            healed=[breach.scenario for breach in self.known_breaches.healed(_ids_of(scenarios, Status.passed))],
            sanitizer=self.sanitizer,
        )
        shown = [scenario for scenario in scenarios if _asked_for(scenario)]
        write_junit(self.settings.output_dir / "reports" / "junit.xml", shown, self._errors, self.sanitizer)

    def _tell_not_begun(self, error: SuiteError) -> None:
        """Whoever reads the files of a run that could not begin must not take the one before for it."""
        if self._joins and self._alone:
            self._errors.append(error)
            self._sum_up(self.world, [], "not_judged")

    def _close(self) -> None:
        if self.world is not None:
            self.world.close()
        if self._files is not None:
            self._files.close()
        if self._lock is not None:
            self._lock.release()


@contextlib.contextmanager
def _handled(numbers: Iterable[int], handler: Any) -> Iterator[None]:
    """These signals are handled so for a while."""
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)


def _print_nothing_more() -> None:
    """Nothing can be printed where nobody reads: behave would end in a traceback, and Python once more at its exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _interrupt(*_: object) -> None:
    """Whoever stops a run wants it to clean up, as after Ctrl-C."""
    raise KeyboardInterrupt


def _ids_of(scenarios: Iterable[Any], status: Status) -> set[str]:
    """The ids of the scenarios with this status, of outlines only where every row that ran has it."""
    ran = [scenario for scenario in scenarios if scenario.status not in NOT_RUN]
    return {tag for scenario in ran for tag in scenario.effective_tags} - {
        tag for scenario in ran if scenario.status != status for tag in scenario.effective_tags
    }


def _asked_for(scenario: Any) -> bool:
    return scenario.status not in NOT_RUN or bool(scenario.skip_reason)


def _verdict(world: World, scenarios: list[Any], *, failed: bool) -> RunVerdict:
    """Broken as soon as one promise is; an interrupt, a suite defect or a silent platform is no broken promise."""
    ran = [scenario for scenario in scenarios if scenario.status not in NOT_RUN]
    if world.audit.promise_broken or any(_broke_a_promise(scenario) for scenario in ran):
        return "broken"
    return "not_judged" if failed or not (ran or world.known_breaches.met) else "kept"


def _broke_a_promise(scenario: Any) -> bool:
    raised = [scenario.exception, *(step.exception for step in scenario.all_steps)]
    return any(isinstance(error, AssertionError) and not isinstance(error, NotJudged) for error in raised)


def _why_nothing(scenarios: list[Any]) -> str:
    reasons = Counter(scenario.skip_reason for scenario in scenarios if scenario.skip_reason)
    if reasons:
        return "all selected scenarios were skipped: " + "; ".join(f"{text} ({n})" for text, n in reasons.items())
    return "no scenario matches the tags or names given."
