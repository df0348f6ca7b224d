"""What the benchmarks ran on, as far as figures hang on it; nothing that names the machine."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import psutil

from demo.binaries import find_binaries

GIB = 1024**3


def machine() -> dict[str, str]:
    """The machine, in words."""
    return {
        "cpu": _cpu(),
        "cores": f"{os.cpu_count()} cores",
        "memory": f"{psutil.virtual_memory().total / GIB:.0f} GiB",
        "python": f"Python {platform.python_version()}",
        "postgresql": f"PostgreSQL {_postgresql()}",
        "os": _os(),
    }


def _cpu() -> str:
    """The processor's model as Linux names it, elsewhere its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _postgresql() -> str:
    """The version of the PostgreSQL that the demo starts, as its server says it."""
    asked = [str(find_binaries().bin / "postgres"), "--version"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout  # noqa: S603 - the demo's own server
    return str(said.split()[-1])


def _os() -> str:
    """The system's own name."""
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.platform(terse=True)
