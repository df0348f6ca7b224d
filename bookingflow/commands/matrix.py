"""`bookingflow matrix`: parties of several sizes book, one and many at the same moment, at several times.

It is `behave --tags=@matrix`, with a table of what became of them at its end and in `reports/matrix.json`. All
arguments are behave's own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from behave.__main__ import run_behave

from bookingflow.commands.processes import configuration
from bookingflow.core.settings import Settings
from bookingflow.report.matrix import FILE, TAG, Matrix, cells_of, matrix_lines
from bookingflow.report.scenario_results import label_of
from bookingflow.report.summary import Summary
from bookingflow.runner import FEATURES, AcceptanceRunner


def main(arguments: Sequence[str]) -> int:
    """Run; the exit status is that of a run by `behave`."""
    if list(arguments) in (["-h"], ["--help"]):
        print(f"usage: bookingflow matrix [behave's arguments]\n\n{sys.modules[__name__].__doc__}")
        return 0
    if not Path("environment.py").exists():
        os.chdir(FEATURES.parent)
    return int(run_behave(configuration([f"--tags=@{TAG}", *arguments]), MatrixRunner))


class MatrixRunner(AcceptanceRunner):
    """Shows at the run's end what became of the guests of each cell."""

    def __init__(self, config: object) -> None:
        super().__init__(config)
        self.end.views[FILE] = lambda summary: self._matrix(summary).as_json()

    def _matrix(self, summary: Summary) -> Matrix:
        cells = {label_of(scenario) for scenario in self.end.scenarios() if TAG in scenario.effective_tags}
        results = [result for result in summary.results if result.label in cells]
        session = None if self.world is None else self.world.session
        matrix = Matrix(
            run_id=summary.run_id,
            wrong_before=() if session is None else tuple(session.wrong_before),
            cells=() if session is None else cells_of(results, session.reports),
        )
        clean = Matrix.model_validate(self.end.sanitizer.value(matrix.model_dump(mode="json", by_alias=True)))
        return clean.model_copy(update={"run_id": summary.run_id})  # some look like a phone number

    def _notes(self, settings: Settings) -> Iterator[str]:
        yield from super()._notes(settings)
        if self.end.summary is not None:
            yield from matrix_lines(self._matrix(self.end.summary))
