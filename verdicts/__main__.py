"""`make verdicts`: the suite against the demo with each defect on, one at a time, and with none.

A defect must turn at least one scenario red (caught), the one that names the broken promise among them, with a message
that tells the breach (named), and nothing outside of what it declares it may break (no false alarm). Without a defect
nothing may be red. The matrix goes to the console and to reports/verdicts.json.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from verdicts.judging import Judgement, judge
from verdicts.runs import Run, defects, run

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 3 * (os.cpu_count() or 1)
"""Runs wait most of their time, for bookings that are never confirmed: more of them than cores."""
HEALTHY_RUNS = 3


def main() -> int:
    """Run the matrix, print it, write it down; 0 when every verdict was right."""
    options = _options()
    known = {defect.name: defect for defect in defects()}
    chosen = [known[name] for name in options.only] or list(known.values())
    healthy = 0 if options.only else options.healthy
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        # The slow ones first, so that no core waits for them at the end.
        spoiled = list(pool.map(run, sorted(chosen, key=lambda defect: not defect.slow)))
        clean = list(pool.map(lambda _: run(None), range(healthy)))
    judged = [judge(one) for one in sorted(spoiled, key=lambda one: chosen.index(one.defect))]  # type: ignore[arg-type]
    report = _report(judged, clean)
    report["seconds"] = round(time.monotonic() - began)
    target = Path(options.output)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _show(judged, clean, report)
    right = report["caught"] == report["named"] == report["defects"] and not report["false_alarms"]
    return 0 if right else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m verdicts", description="prove every verdict of the suite")
    parser.add_argument("only", nargs="*", metavar="DEFECT", help="these defects only, and no healthy runs")
    parser.add_argument("--healthy", type=int, default=HEALTHY_RUNS, help="runs without a defect (default: 3)")
    parser.add_argument("--output", default=str(ROOT / "reports" / "verdicts.json"))
    return parser.parse_args()


def _report(judged: Sequence[Judgement], clean: Sequence[Run]) -> dict[str, object]:
    return {
        "defects": len(judged),
        "caught": sum(one.caught for one in judged),
        "named": sum(one.named for one in judged),
        "false_alarms": sum(len(one.false_alarms) for one in judged) + sum(len(one.red) for one in clean),
        "healthy_runs": len(clean),
        "matrix": {one.defect.name: one.as_json() for one in judged},
        "healthy": [{scenario.title: scenario.message for scenario in one.red} for one in clean],
    }


def _show(judged: Sequence[Judgement], clean: Sequence[Run], report: dict[str, object]) -> None:
    for one in judged:
        print(f"{'✓' if one.right else '✗'} {one.defect.name:32} {one.told()}")
    for number, healthy in enumerate(clean, start=1):
        red = "; ".join(f"{scenario.title}: {scenario.message}" for scenario in healthy.red)
        print(f"{'✗' if healthy.red else '✓'} no defect, run {number:<15} {red or f'{healthy.passed} scenarios green'}")
    counts = ", ".join(f"{name} {report[name]}" for name in ("defects", "caught", "named", "false_alarms", "seconds"))
    print(counts)


if __name__ == "__main__":
    sys.exit(main())
