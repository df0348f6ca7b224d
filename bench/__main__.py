"""`make bench`: how fast the suite starts, runs and notices, each against a yardstick measured in the same run.

Prints a table and writes reports/bench.json. A goal that is missed fails nothing: timed tests do not belong into a test
suite. A part that could not be measured does: the exit status is then 1.
"""

from __future__ import annotations

import argparse
import compileall
import importlib
import json
import sys
import time

from bench import LONG, PARTS
from bench.figures import Figure, as_markdown, as_text
from bench.machine import machine
from bench.processes import ROOT

ALL = (*PARTS, *LONG)
COMPILED = ("bookingflow", "demo")
"""As set-up leaves them: where Python may not write bytecode, each start would compile anew what was changed since."""


def main() -> int:
    """Measure, print, write down."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"only these of {', '.join(ALL)}")
    parser.add_argument("--long", action="store_true", help=f"also what takes minutes: {', '.join(LONG)}")
    parser.add_argument("--markdown", action="store_true", help="print the table as docs/performance.md has it")
    options = parser.parse_args()
    unknown = [name for name in options.parts if name not in ALL]
    if unknown:
        parser.error(f"there is no part {unknown[0]!r}; there are: {', '.join(ALL)}")
    wanted = options.parts or (ALL if options.long else PARTS)
    chosen = [name for name in ALL if name in wanted]
    for folder in COMPILED:
        compileall.compile_dir(ROOT / folder, quiet=1)
    began = time.perf_counter()
    measured: dict[str, list[Figure]] = {}
    failed: dict[str, str] = {}
    for name in chosen:
        print(f"measuring: {name}", file=sys.stderr)
        figures = measured.setdefault(name, [])
        try:
            figures.extend(importlib.import_module(f"bench.{name}").measure())
        except Exception as error:  # noqa: BLE001 - the other parts are measured nonetheless
            failed[name] = f"{type(error).__name__}: {error}"
    where, took = machine(), round(time.perf_counter() - began)
    everything = [figure for figures in measured.values() for figure in figures]
    target = ROOT / "reports" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    parts = {name: [figure.as_json() for figure in figures] for name, figures in measured.items()}
    written = {"machine": where, "seconds": took, "parts": parts, "notMeasured": failed}
    target.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(as_markdown(everything, where) if options.markdown else as_text(everything))
    print(f"{took} s in all", file=sys.stderr)
    for name, why in failed.items():
        print(f"not measured: {name}: {why}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
