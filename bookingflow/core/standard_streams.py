"""Standard input, output and error of a process that was started without them, as some supervisors start jobs."""

from __future__ import annotations

import os
import sys

LAST = 2
"""The number of standard error, the highest of the three."""


def open_closed() -> None:
    """Give each that is closed the null device: the next file or pipe would take its number, and what a child process
    prints would go there. Python, which has none for those, is given them too.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= LAST:
        os.set_inheritable(number, True)
    os.close(number)
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)  # by which a shard finds its own
