"""How much of this machine's processors others use while a run lasts: what is slow then may not be the platform."""

from __future__ import annotations

import contextlib
import os


class ProcessorUse:
    """Watches the processors from now on."""

    def __init__(self) -> None:
        self._busy, self._all, self._own = _seconds()

    def others(self) -> float:
        """The part of all processors' time since then that was used by others than this process and what it started.

        From 0 to 1; what the machine's host took away is theirs too.
        """
        busy, whole, own = _seconds()
        if whole <= self._all:
            return 0.0
        return min(1.0, max(0.0, (busy - self._busy - (own - self._own)) / (whole - self._all)))


def _seconds() -> tuple[float, float, float]:
    """Seconds of all processors: used, in all, and used by this process with those that it started."""
    import psutil  # only where budgets ask for it

    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # Linux counts them as user time too
    whole = sum(times) - guests
    own = sum(os.times()[:4])
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):  # it is over, or somebody else's
            used = process.cpu_times()
            own += used.user + used.system + used.children_user + used.children_system
    return whole - idle, whole, own
