"""`python -m bench.measured FILE [--report] ARGUMENT…`: behave, and what its process used, without its demo, into FILE.

With `--report` it counts what of that was spent in the report's own code: the Allure formatter, the records, the
evidence, the files. Counting costs time itself, so it is done in a run of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FunctionType
from typing import Any

from bench.processes import run

OF_REPORT = "--report"
KIB_A_MB = 1000
"""Linux counts the peak in KiB; what a page says of memory is no matter of 2 %."""


@dataclass(frozen=True)
class Used:
    """What a process used, from its start to its end."""

    wall_s: float
    cpu_s: float
    report_cpu_s: float
    peak_mb: float


def measured_behave(folder: Path, argv: list[str], **environment: str) -> Used:
    """Run behave in this folder and return what its process used; raises RuntimeError where it is not green."""
    written = Path(environment["BOOKING_OUTPUT_DIR"]) / "used.json"
    run([sys.executable, "-m", "bench.measured", str(written), *argv], folder, **environment)
    return Used(**json.loads(written.read_text(encoding="utf-8")))


class Stopwatch:
    """Adds up the CPU time of calls, those within others not twice."""

    def __init__(self) -> None:
        self.spent_s = 0.0
        self._running = False

    def timed(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, with its time added."""

        def counted(*arguments: Any, **named: Any) -> Any:
            if self._running:
                return call(*arguments, **named)
            self._running, began = True, time.thread_time()
            try:
                return call(*arguments, **named)
            finally:
                self._running = False
                self.spent_s += time.thread_time() - began

        return counted

    def time_methods(self, kind: type, names: Mapping[str, Any] | None = None) -> None:
        """Time these methods of a class, all its own where none are named."""
        for name, member in dict(vars(kind) if names is None else names).items():
            if isinstance(member, FunctionType) and name not in RUNS_SCENARIOS:
                setattr(kind, name, self.timed(member))


def _peak_kib() -> int:
    """The most memory that this process had. What getrusage says is no less than that of the process it was forked
    from, so it is asked only where there is nothing better.
    """
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


RUNS_SCENARIOS = frozenset({"_wrapped", "result_of_the_run", "__init__"})
"""Methods of the formatter within which more runs than the report."""


def main() -> int:
    """Run behave with the arguments behind the file's name; its exit status."""
    began = time.time()
    target, *arguments = sys.argv[1:]
    watch = Stopwatch()
    if arguments[:1] == [OF_REPORT]:
        arguments.pop(0)
        _time_the_report(watch)
    from behave.__main__ import main as behave  # after the report's code was replaced

    try:
        return int(behave(arguments))
    finally:
        peak = _peak_kib() / KIB_A_MB
        used = Used(time.time() - began, time.process_time(), watch.spent_s, peak)
        Path(target).write_text(json.dumps(asdict(used)), encoding="utf-8")


def _time_the_report(watch: Stopwatch) -> None:
    from bookingflow.report import jsonlines, run_end
    from bookingflow.report.allure import AllureFormatter
    from bookingflow.report.allure_results import evidence
    from bookingflow.report.allure_results.records import AllureRecords

    for kind in (AllureFormatter, AllureRecords, jsonlines.RecordFile):
        watch.time_methods(kind)
    watch.time_methods(run_end.RunEnd, {"write": run_end.RunEnd.write})
    evidence.attach_evidence = watch.timed(evidence.attach_evidence)


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    sys.exit(main())
