"""`make verdicts`: the suite against the demo with each defect on, one at a time, and with none.

A defect must turn at least one scenario red (caught), the one that names the broken promise among them, with a message
that tells the breach (named), with a reason and the platform as who can act (explained), and nothing outside of what it
declares it may break (no false alarm). What tells one breach must not match without it: with no defect, or with another
defect of the same promise (unclear). Without a defect nothing may be red. The matrix goes to the console and to
reports/verdicts.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import signal
import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NoReturn

from bookingflow.core.alike import most_alike
from verdicts.judging import Judgement, judge, said_without_it
from verdicts.processes import interrupt
from verdicts.runs import Defect, Run, defects, features_of, merged, run, shards

ROOT = Path(__file__).resolve().parent.parent
CORES = os.cpu_count() or 1
AT_ONCE, SLOW_AT_ONCE = 7 * CORES, 8 * CORES
"""Runs wait four fifths of their time, those in which bookings wait in vain nearly all of it: more than cores."""
APART = 5
"""Features between the beginnings of two runs that follow each other."""
HEALTHY_RUNS = 3
COUNTED = ("defects", "caught", "named", "explained", "false_alarms", "seconds")


def main() -> int:
    """Run the matrix, print it, write it down; 0 when every verdict was right."""
    known = {defect.name: defect for defect in defects()}
    options = _options(known)
    chosen = [known[name] for name in options.only] or list(known.values())
    began = time.monotonic()
    if options.sample:
        spoiled, clean = _run_all({defect: [features_of(defect.promise)] for defect in _sample(chosen)}, 0)
    else:
        healthy = 0 if options.only else options.healthy
        last = [defect for defect in chosen if not defect.slow][-AT_ONCE // 2 :]
        spoiled, clean = _run_all({defect: shards(defect, halved=defect in last) for defect in chosen}, healthy)
    judged = [judge(one) for one in spoiled]
    report = _report(judged, clean)
    report["seconds"] = round(time.monotonic() - began)
    target = Path(options.output)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    _show(judged, clean, report)
    right = report["caught"] == report["named"] == report["explained"] == report["defects"]
    return 0 if right and not report["false_alarms"] and not report["unclear"] else 1


def _run_all(planned: Mapping[Defect, Sequence[Sequence[str]]], healthy: int) -> tuple[list[Run], list[Run]]:
    """All runs, more at once than there are cores; of each defect one, and those without a defect."""
    with ThreadPoolExecutor(AT_ONCE) as pool, ThreadPoolExecutor(SLOW_AT_ONCE) as slow_pool:
        numbers = itertools.count()
        (everything,) = shards(None)
        clean = [pool.submit(run, None, _turned(everything, numbers)) for _ in range(healthy)]
        begun = {
            defect: [(slow_pool if defect.slow else pool).submit(run, defect, _turned(part, numbers)) for part in parts]
            for defect, parts in planned.items()
        }
        try:
            spoiled = [merged([part.result() for part in parts]) for parts in begun.values()]
            return spoiled, [one.result() for one in clean]
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            slow_pool.shutdown(wait=False, cancel_futures=True)
            raise


def _stop(*_: object) -> NoReturn:
    """End the matrix. At a terminal Ctrl-C reaches the runs as well; another signal reaches this process alone."""
    interrupt()
    raise KeyboardInterrupt


def _turned(features: Sequence[str], numbers: Iterator[int]) -> list[str]:
    """The same, each run beginning with another: runs that begin together would all work, and wait, together."""
    first = next(numbers) * APART % len(features)
    return [*features[first:], *features[:first]]


def _sample(chosen: Sequence[Defect]) -> list[Defect]:
    """For each feature file the first defect whose promise stands in it, and that is not slow."""
    found: dict[str, Defect] = {}
    for defect in chosen:
        for feature in features_of(defect.promise):
            if not defect.slow:
                found.setdefault(feature, defect)
    return list(found.values())


def _options(known: Collection[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m verdicts", description="prove every verdict of the suite")
    parser.add_argument("only", nargs="*", metavar="DEFECT", help="these defects only, and no healthy runs")
    parser.add_argument("--sample", action="store_true", help="one defect a feature file, and that file only")
    parser.add_argument("--healthy", type=int, default=HEALTHY_RUNS, help="runs without a defect (default: 3)")
    parser.add_argument("--output", default=str(ROOT / "reports" / "verdicts.json"))
    options = parser.parse_args()
    if Path(options.output).is_dir():
        parser.error(f"--output: {options.output} is a folder; give the file to write.")
    for name in options.only:
        if name not in known:
            meant = most_alike(name, known)
            hint = f"did you mean {meant}?" if meant else "python -m demo --list-defects has their names."
            parser.error(f"there is no defect {name}; {hint}")
    return options


def _report(judged: Sequence[Judgement], clean: Sequence[Run]) -> dict[str, object]:
    return {
        "defects": len(judged),
        "caught": sum(one.caught for one in judged),
        "named": sum(one.named for one in judged),
        "explained": sum(one.explained for one in judged),
        "false_alarms": sum(len(one.false_alarms) for one in judged) + sum(len(one.red) for one in clean),
        "unclear": said_without_it(judged, clean),
        "healthy_runs": len(clean),
        "matrix": {one.defect.name: one.as_json() for one in judged},
        "healthy": [{scenario.title: scenario.message for scenario in one.red} for one in clean],
    }


def _show(judged: Sequence[Judgement], clean: Sequence[Run], report: dict[str, object]) -> None:
    for one in judged:
        print(f"{'✓' if one.right else '✗'} {one.defect.name:32} {one.described()}")
    for number, healthy in enumerate(clean, start=1):
        red = "; ".join(f"{scenario.title}: {scenario.message}" for scenario in healthy.red)
        print(f"{'✗' if healthy.red else '✓'} no defect, run {number:<15} {red or f'{healthy.passed} scenarios green'}")
    for name, places in said_without_it(judged, clean).items():
        print(f"✗ what tells {name} is also said with {', '.join(places)}")
    counts = ", ".join(f"{name} {report[name]}" for name in COUNTED)
    print(counts)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Stopped before the matrix was complete: nothing is proved.")
