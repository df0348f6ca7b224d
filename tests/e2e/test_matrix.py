"""`bookingflow matrix`: a run of its own, with its table on the console and in a file."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.shards import bookingflow, summary_of

SMALL = ("-n", "4 parties of 2 guests, at a lunch time")


def test_a_crowd_is_counted_on_the_console_and_in_the_file(tmp_path: Path) -> None:
    done = bookingflow(tmp_path, "matrix", *SMALL)
    assert done.returncode == 0, done.stdout + done.stderr
    written = json.loads((tmp_path / "reports" / "matrix.json").read_text(encoding="utf-8"))
    (cell,) = written["cells"]
    assert (cell["party"], cell["atOnce"], cell["confirmed"], cell["waiting"], cell["refused"]) == (2, 4, 4, 0, 0)
    assert (written["runId"], written["wrongBefore"]) == (summary_of(tmp_path)["runId"], [])
    (line,) = [line for line in done.stdout.splitlines() if cell["when"] in line]
    assert line.split()[5:9] == ["2", "4", "4", "0"]
    assert done.stdout.splitlines()[-1].startswith("Kept.")
