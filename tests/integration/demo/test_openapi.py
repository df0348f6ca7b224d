"""The public description is true: a fuzzer that reads it finds no answer it does not announce."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.support.demo import RunningDemo

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
"""Not positive_data_acceptance: a valid request for a closed hour is refused, and rightly so."""


def test_no_server_error_and_nothing_undocumented(demo: RunningDemo, tmp_path: Path) -> None:
    demo.admin("PUT", "/flags", {"rate_limit": False}).raise_for_status()
    schemathesis = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run(
        [
            *(schemathesis, "run", f"{demo.said['api_base_url']}/openapi.json", "--checks", CHECKS),
            *("--max-examples", "8", "--seed", "1", "--no-color", "--workers", "1"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    counted = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert counted is not None, done.stdout
    assert int(counted[1]) == int(counted[2]) > 100
