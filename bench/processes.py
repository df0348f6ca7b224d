"""Programs of the suite in processes of their own: how long they take, and a demo that runs beside them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TAIL = 12
"""Lines of a failed program that are shown."""


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of a piece of work."""
    began = time.perf_counter()
    work()
    return round(time.perf_counter() - began, 3)


def run(argv: Sequence[str], folder: Path, **environment: str) -> None:
    """Run a program quietly; raises RuntimeError with what it printed where it fails."""
    done = subprocess.run(  # noqa: S603 - our own programs
        argv, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        printed = f"{done.stdout}{done.stderr}".strip().splitlines()[-TAIL:]
        raise RuntimeError("\n".join([f"{' '.join(argv)} ended with {done.returncode}:", *printed]))


@contextmanager
def running_demo(**environment: str) -> Iterator[dict[str, Any]]:
    """A demo in a process of its own, gone afterwards; what it says of itself, and its `pid`."""
    argv = [sys.executable, "-m", "demo", "--port", "0", "--json"]
    environment = {**os.environ, **environment}
    with subprocess.Popen(  # noqa: S603 - our own program
        argv, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as demo:
        if demo.stdout is None:
            raise TypeError("a pipe was asked for")
        yield {**json.loads(demo.stdout.readline()), "pid": demo.pid}
