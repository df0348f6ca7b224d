"""Standard input, output and error of a process that was started without them, as some supervisors start jobs."""

from __future__ import annotations

import os

LAST = 2
"""The number of standard error, the highest of the three."""


def open_closed() -> None:
    """Give each that is closed the null device: the next file or pipe would take its number, and what a child process
    prints would go there.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= LAST:
        os.set_inheritable(number, True)
    os.close(number)
