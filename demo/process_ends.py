"""How a process ended, in words."""

from __future__ import annotations

import signal


def how_ended(status: int) -> str:
    """Return how a process with this exit status, negative for a signal, ended: `was ended by SIGKILL`."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was ended by {signal.Signals(-status).name}"
    except ValueError:  # most real-time signals have no name
        return f"was ended by signal {-status}"
