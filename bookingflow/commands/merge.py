"""`bookingflow merge`: make one result of what `bookingflow run --shard i/n` left on several machines."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from behave.__main__ import run_behave
from behave.configuration import Configuration

from bookingflow.commands.side_by_side import Plan, SideBySideRunner
from bookingflow.core.errors import NotOneRun, SettingsError
from bookingflow.core.settings import Settings
from bookingflow.core.settings.loading import output_folder
from bookingflow.core.text import counted, series
from bookingflow.report.one_run import attempts_of, demand_one_run
from bookingflow.report.parts import Part, cut_off_among, has_died
from bookingflow.report.scenario_results import label_of, location_of
from bookingflow.runner import FEATURES


def main(arguments: Sequence[str]) -> int:
    """Merge into BOOKING_OUTPUT_DIR; the exit status is that of one run, and 2 where the folders are of no one run."""
    parser = argparse.ArgumentParser(prog="bookingflow merge", description=__doc__)
    parser.add_argument("folders", metavar="DIR", nargs="+", type=Path, help="holds reports/ and allure-results/")
    options = parser.parse_args(arguments)
    folders = [folder.absolute() for folder in options.folders]
    if not Path("environment.py").exists():
        os.chdir(FEATURES.parent)
    parts, died = _read(folders)
    into = output_folder({}, {}).absolute()
    if into.resolve() in {folder.resolve() for folder in folders}:
        raise SettingsError([f"BOOKING_OUTPUT_DIR: {into} is one of the shards, whose results would be lost."])
    config = Configuration([])
    config.plan, config.parts, config.died = Plan(()), parts, died
    return int(run_behave(config, MergeRunner))


def _read(folders: Sequence[Path]) -> tuple[list[Part], list[Path]]:
    """What the shards of one run left, and the folders of those that died; raises NotOneRun."""
    died = [folder for folder in folders if has_died(folder)]
    parts = [Part.read(folder) for folder in folders if folder not in died]
    if len(parts) + len(died) > (len(parts[0].record.shards) if parts else 0):  # of no shard that is missing
        parts += map(Part.read, died)
    demand_one_run(parts)
    return parts, died


class MergeRunner(SideBySideRunner):
    """Runs nothing: the scenarios have ended in the shards."""

    def _run_scenarios(
        self,
        features: Any,  # noqa: ARG002 - the runner's signature
        scenarios: Sequence[Any],
        settings: Settings,  # noqa: ARG002 - the runner's signature
    ) -> None:
        parts: Sequence[Part] = self.config.parts
        shards = parts[0].record.shards
        by_place = {location_of(scenario): scenario for scenario in scenarios}
        unknown = [place for places in shards for place in places if place not in by_place]
        if unknown:
            raise NotOneRun(
                f"The shards ran other features than these here: there is no scenario {unknown[0]}.",
                hint="Merge in a checkout of the version that the shards ran.",
            )
        for place in by_place.keys() - {place for places in shards for place in places}:
            by_place[place].mark_skipped()
        self.end.began_at = min(part.began for part in parts)
        self.end.ended_at = max(part.ended for part in parts)
        seeds = {part.summary.seed for part in parts}
        self.end.seed = seeds.pop() if len(seeds) == 1 else None
        self.end.machine = " and ".join(sorted({part.record.machine for part in parts}))
        self.end.processes = max(part.record.processes for part in parts)
        self.end.others = max(part.record.others for part in parts)
        self.end.join(parts, [*(part.folder for part in parts), *self.config.died])
        if note := attempts_of(parts):
            print(note)
        if self.end.reason is None:
            self.end.reached(cut_off_among(parts))
        there = {part.record.number for part in parts}
        for number, places in enumerate(shards, 1):
            if number not in there:
                lost = ", ".join(label_of(by_place[place]) for place in places)
                missing = (
                    f"Shard {number} of {len(shards)} is missing, with {counted(len(places), 'scenario')}: {lost}."
                )
                self.end.cut_off = f"{missing} {self.end.cut_off}".strip()
        if died := series([str(folder) for folder in self.config.died]):
            self.end.cut_off = f"The run in {died} was killed before it left a result. {self.end.cut_off}"
        self.end.judge_speed()
        self.end.note_cut_off()
        self._show([location_of(scenario) for scenario in scenarios], set(by_place))
        self._close_formatters()
