"""One run in several behave processes side by side: one console, one result, one exit status."""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Literal

from behave.configuration import Configuration
from behave.exception import ConfigError

from bookingflow.commands.processes import fork_this
from bookingflow.core.errors import SettingsError, SuiteError
from bookingflow.core.processors import processors
from bookingflow.core.selection import SERIAL
from bookingflow.core.settings import Settings
from bookingflow.core.shards import Item, Share, split
from bookingflow.core.stop_signals import LAST_MOMENT_S, StopSignals, signal_name
from bookingflow.core.text import counted
from bookingflow.report import allure
from bookingflow.report.console import ConsoleFormatter
from bookingflow.report.last_run import DURATIONS
from bookingflow.report.origin import Origin
from bookingflow.report.outputs import read_json
from bookingflow.report.parts import ALLURE, Part, cut_off_among, share_file
from bookingflow.report.scenario_results import label_of, location_of
from bookingflow.report.summary import RED, ScenarioResult
from bookingflow.runner import FEATURES, MAX_FAILURES, AcceptanceRunner

EXCLUSIVE = "uses.exclusive_restaurant"
"""On a live platform all shards book at the same restaurant: what must have it for itself runs alone."""
LOOK_S = 0.2
"""Between two looks at what the shards print; results wake the parent at once."""
WAITING = 2
"""Processes a processor that `--jobs auto` begins: a run waits more than it works."""
LONGEST_MS = 10**9
"""Longer than any scenario takes; a file with more is none of durations."""
GO, STOP = "go", "stop"
OURS = ("allure", "allureformatter", "console", "consoleformatter")
"""Formats that the parent writes as of one run; any other one writes in each shard."""


# -- in the shard ----------------------------------------------------------------------------------------------


def run_share(
    arguments: Sequence[str],
    share: Share,
    connection: Connection,
    ends_of_parent: Sequence[Connection],
    features: Sequence[Any],
) -> int:
    """Run this share of the features, which the parent has read; what a process of a shard does.

    Of signals it hears what its parent hands on, and not the terminal beside it: a Ctrl-C would be two.
    """
    os.setpgid(0, 0)
    for end in ends_of_parent:  # open here, they would outlive the parent, and nobody would notice its death
        end.close()
    allure.leave_to_parent()
    config = Configuration(list(arguments))
    config.format = list(config.format or ["null"])  # the parent has the console
    link = _Link(connection)
    config.share = replace(share, ended=link.ended, alone=link.alone, to_stop=link.to_stop)
    return int(_ShareRunner(config, features).run())


class _ShareRunner(AcceptanceRunner):
    """Runs a share in a fork of the process that has read steps and features, and has put them in order."""

    def __init__(self, config: Any, features: Sequence[Any]) -> None:
        super().__init__(config)
        self.features = list(features)

    def load_step_definitions(self, extra_step_paths: Sequence[str] | None = None) -> None:
        """They are loaded."""

    def feature_locations(self) -> list[str]:
        """None are left to be read."""
        return []

    def _shuffle(self, settings: Settings) -> None:  # noqa: ARG002 - as where it is not done yet
        self.end.seed = self.share.seed if self.share is not None else None


class _Link:
    """The line to the parent; when nobody is there any more, the shard is to stop."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stopped = False

    def ended(self, place: str, result: str) -> None:
        try:
            self._connection.send((place, result))
        except OSError:
            self._stopped = True

    def alone(self) -> bool:
        try:
            self._connection.send(None)
            self._stopped = self._stopped or self._connection.recv() == STOP
        except (OSError, EOFError):
            self._stopped = True
        return not self._stopped

    def to_stop(self) -> bool:
        try:
            while not self._stopped and self._connection.poll():
                self._stopped = self._connection.recv() == STOP
        except (OSError, EOFError):
            self._stopped = True
        return self._stopped


# -- what is asked for -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """How `bookingflow run` is to divide a run."""

    arguments: Sequence[str]
    """behave's own."""
    jobs: int | Literal["auto"] | None = None
    """Processes side by side; None for this one alone."""
    shard: tuple[int, int] | None = None
    """Which of how many parts, where other machines run the others."""
    durations_file: Path | None = None

    def jobs_for(self, scenarios: int) -> int:
        """How many processes so many scenarios are worth."""
        wanted = WAITING * processors() if self.jobs in {"auto", None} else int(self.jobs or 1)
        return max(1, min(wanted, scenarios))

    def durations(self, items: Sequence[Item], folder: Path) -> Mapping[str, int]:
        """How long scenarios took, in milliseconds by label.

        From the file that was named; raises SettingsError where it is none of this suite. Else, side by side on one
        machine, from the last run; other machines don't have that, and count steps.
        """
        path = self.durations_file
        if path is None:
            found = read_json(folder / "reports" / DURATIONS) if self.shard is None else None
            return {} if found is None or not _are_durations(found) else dict(found)
        if not path.is_file():
            raise SettingsError([f"--durations: there is no file {path}."])
        found = read_json(path)
        if not _are_durations(found):
            raise SettingsError([f"--durations: {path} is no file of durations: milliseconds by scenario, as JSON."])
        if not found.keys() & {item.label for item in items}:
            raise SettingsError([f"--durations: {path} is of another suite: it knows none of the chosen scenarios."])
        return dict(found)


def _are_durations(found: Any) -> bool:
    if not isinstance(found, dict):
        return False
    return all(isinstance(took, int) and 0 <= took <= LONGEST_MS for took in found.values())


# -- in the parent ---------------------------------------------------------------------------------------------


@dataclass
class Shard:
    """A shard that runs, as its parent sees it."""

    share: Share
    folder: Path
    process: BaseProcess
    connection: Connection
    printed: Path
    relayed: int = 0
    """Bytes of what it printed that were shown."""
    waits: bool = False
    """Whether it waits for the others to be done."""
    over: bool = False
    results: dict[str, str] = field(default_factory=dict)

    def receive(self) -> None:
        """Take what it has sent."""
        with contextlib.suppress(OSError, EOFError):
            while self.connection.poll():
                sent = self.connection.recv()
                if sent is None:
                    self.waits = True
                else:
                    place, result = sent
                    self.results[place] = result

    def tell(self, word: str) -> None:
        """Tell it to go on, or to stop."""
        with contextlib.suppress(OSError):  # it is over
            self.connection.send(word)

    def signal(self, name: str) -> None:
        """Hand a signal on, unless it is over."""
        if not self.over and self.process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.Signals[name])

    @property
    def died_of(self) -> str:
        """What ended it before it could leave its results; empty when nothing did."""
        if (self.folder / "reports" / "summary.json").exists():
            return ""
        status = self.process.exitcode or 0
        return signal_name(-status) if status < 0 else f"exit status {status}"


class SideBySideRunner(AcceptanceRunner):
    """Runs the features in shards, each a behave process, and makes one result of what they leave."""

    def __init__(self, config: Any) -> None:
        formats, outputs = list(config.format or ()), list(config.outputs)
        ours = OURS if config.plan.jobs is not None else ("",)
        kept = [number for number, name in enumerate(formats) if name.lower().endswith(ours)]
        config.format = [formats[number] for number in kept]
        config.outputs = [outputs[number] for number in kept if number < len(outputs)]
        super().__init__(config)
        self.signals = StopSignals(last_moment_s=2 * LAST_MOMENT_S)  # the shards' own last moment comes before

    def _run_scenarios(self, features: Any, scenarios: Sequence[Any], settings: Settings) -> None:
        plan: Plan = self.config.plan
        items = [_item(scenario, settings) for scenario in scenarios if scenario.should_run(self.config)]
        durations = plan.durations(items, self.end.folder)
        if plan.shard is not None:
            number, count = plan.shard
            self.share = self.end.share = Share(number, split(items, count, durations))
            self.end.origin = Origin.of(os.environ, FEATURES.parent)
            items = [item for item in items if item.place in self.share.places]
            self.leave_to_others(scenarios)
        if plan.jobs is None:
            super()._run_scenarios(features, scenarios, settings)
            return
        jobs = plan.jobs_for(sum(not item.serial for item in items))
        if settings.on_demo and not settings.starts_demo:
            print("Note: a running demo has one clock and one set of switches for all: its scenarios run in one shard.")
            jobs = 1
        if settings.starts_demo:
            importlib.import_module("targets").fork_demos()  # here, once for all shards
        self._run_side_by_side(items, split(items, jobs, durations))

    def _run_side_by_side(self, items: Sequence[Item], places: Sequence[Sequence[str]]) -> None:
        serial = frozenset(item.place for item in items if item.serial)
        self.end.processes = len(places)
        folder = self.end.folder / "reports" / "shards"
        shutil.rmtree(folder, ignore_errors=True)
        shards: list[Shard] = []
        self.signals.on_wish = lambda: self._hand_on_signal(shards)
        with self.signals.held():
            try:
                for number in range(1, len(places) + 1):
                    share = Share(number, places, serial, run_id=self.end.run_id, seed=self.end.seed)
                    shards.append(self._begin(share, folder / str(number), [shard.connection for shard in shards]))
                self._attend(shards, [item.place for item in items])
            finally:
                for shard in shards:
                    shard.process.join()
                self._join(shards, {item.place: item.label for item in items})
                self._close_formatters()

    def _begin(self, share: Share, folder: Path, ends_of_others: Sequence[Connection]) -> Shard:
        (folder / "reports").mkdir(parents=True)
        printed = folder / "reports" / "output.txt"
        ours, theirs = Pipe()
        arguments, share = list(self.config.plan.arguments), replace(share, folder=folder.absolute())
        given = (arguments, share, theirs, [*ends_of_others, ours], self.features)
        process = fork_this(run_share, given, printed=printed)
        theirs.close()
        with contextlib.suppress(OSError):  # a full disk; what is begun must be attended all the same
            (folder / "reports" / "shard.pid").write_text(f"{process.pid}\n", encoding="utf-8")
        return Shard(share, folder, process, ours, printed)

    # -- while they run ----------------------------------------------------------------------------------------

    def _attend(self, shards: Sequence[Shard], order: Sequence[str]) -> None:
        """Show what the shards tell, as of one run, until all are over."""
        running, said = list(shards), set[str]()
        waiting = list(order)
        while running:
            wait([*(shard.process.sentinel for shard in running), *(shard.connection for shard in running)], LOOK_S)
            over = [shard for shard in running if not shard.process.is_alive()]
            for shard in running:
                shard.receive()
                self._relay(shard, said)
                for place in shard.results.keys() - self.end.shown.keys():
                    self.end.shown[place] = ScenarioResult.model_validate_json(shard.results[place])
            for shard in over:
                shard.over = True
            running = [shard for shard in running if not shard.over]
            lost = {place for shard in shards if shard not in running for place in shard.share.places}
            waiting = self._show(waiting, lost)
            stop = self.signals.received or self._reached_limit()
            for shard in running:
                if stop:
                    shard.tell(STOP)
                elif shard.waits and len(running) == 1:
                    shard.waits = False
                    shard.tell(GO)

    def _reached_limit(self) -> bool:
        """Whether so much went wrong, over all shards, that none is to go on."""
        statuses = [result.status for result in self.end.shown.values()]
        self._broken = statuses.count("failed")
        return self._limit().startswith(MAX_FAILURES) or (self.config.stop and not RED.isdisjoint(statuses))

    def _show(self, waiting: Sequence[str], lost: set[str]) -> list[str]:
        """Print the lines whose turn has come, in the features' order; those still waiting for theirs.

        What is `lost` has ended, or will never.
        """
        consoles = [formatter for formatter in self.formatters if isinstance(formatter, ConsoleFormatter)]
        for number, place in enumerate(waiting):
            result = self.end.shown.get(place)
            if result is None and place not in lost:
                return list(waiting[number:])
            if result is not None:
                for console in consoles:
                    console.show(result)
        return []

    def _relay(self, shard: Shard, said: set[str]) -> None:
        """Print what a shard printed; what all of them say before their first scenario, once."""
        with shard.printed.open("rb") as file:
            file.seek(shard.relayed)
            whole = file.read().rpartition(b"\n")[0]
        shard.relayed += len(whole) + 1 if whole else 0
        for line in whole.decode("utf-8", "replace").splitlines():
            if shard.results or line not in said:
                said.add(line)
                print(line)
        sys.stdout.flush()

    def _hand_on_signal(self, shards: Sequence[Shard]) -> None:
        for shard in shards:
            shard.signal(self.signals.received[-1])

    # -- when they are over ------------------------------------------------------------------------------------

    def _join(self, shards: Sequence[Shard], labels: Mapping[str, str]) -> None:
        dead = [shard for shard in shards if shard.died_of]
        parts = [Part.read(shard.folder) for shard in shards if not shard.died_of]
        self.end.join(parts, [shard.folder for shard in shards], take=share_file)
        if self.end.reason is None:
            limit = self._limit()
            self.end.reached(self._stopped_by() or ("" if limit else cut_off_among(parts)), limit)
        for shard in dead:
            lost = [labels[place] for place in shard.share.places if place not in self.end.shown]
            died = f"Shard {shard.share.number} died ({shard.died_of})"
            left = f"with {counted(len(lost), 'scenario')}: {', '.join(sorted(lost))}" if lost else "at its very end"
            self.end.cut_off = f"{died} {left}. {self.end.cut_off}".strip()
        self.end.judge_speed()
        self.end.note_cut_off()
        for shard in shards:
            self._keep_others_files(shard)
            if shard not in dead:
                shutil.rmtree(shard.folder, ignore_errors=True)
        if not dead and shards:
            shutil.rmtree(shards[0].folder.parent, ignore_errors=True)

    def _keep_others_files(self, shard: Shard) -> None:
        """Move what other formats wrote into the output folder, with the shard's number before the ending."""
        others = [path for path in shard.folder.iterdir() if path.name not in {"reports", ALLURE}]
        for path in others + [below for folder in others for below in folder.rglob("*")]:
            if path.is_file():
                place = path.relative_to(shard.folder)
                target = self.end.folder / place.with_suffix(f".{shard.share.number}{place.suffix}")
                target.parent.mkdir(parents=True, exist_ok=True)
                path.replace(target)

    def _close_formatters(self) -> None:
        self._closes_formatters = True
        try:
            for formatter in self.formatters:
                formatter.close()
        except ConfigError as error:
            self.end.errors.append(SuiteError(str(error)))


def _item(scenario: Any, settings: Settings) -> Item:
    tags = set(scenario.effective_tags)
    alone = SERIAL in tags or (not settings.on_demo and EXCLUSIVE in tags)
    return Item(location_of(scenario), label_of(scenario), len(list(scenario.all_steps)), alone)
