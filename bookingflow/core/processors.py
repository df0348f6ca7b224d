"""How many processors this process may use: fewer than the machine has, in a container or where it is bound to some."""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")


def processors(cgroups: Path = CGROUPS) -> int:
    """Those that it is bound to, at most as many as its container is given the time of; one at least."""
    count = os.cpu_count() or 1
    with contextlib.suppress(AttributeError, OSError):  # not on macOS and Windows
        count = len(os.sched_getaffinity(0))
    given = _given(cgroups)
    return max(1, count if math.isinf(given) else min(count, math.ceil(given)))


def _given(cgroups: Path) -> float:
    """Processors' worth of time in which a container's processes may run; infinite without such a limit."""
    with contextlib.suppress(OSError, ValueError):  # version 2
        quota, period = (cgroups / "cpu.max").read_text(encoding="ascii").split()
        return math.inf if quota == "max" else int(quota) / int(period)
    with contextlib.suppress(OSError, ValueError):  # version 1
        quota = (cgroups / "cpu" / "cpu.cfs_quota_us").read_text(encoding="ascii")
        period = (cgroups / "cpu" / "cpu.cfs_period_us").read_text(encoding="ascii")
        return math.inf if int(quota) <= 0 else int(quota) / int(period)
    return math.inf
