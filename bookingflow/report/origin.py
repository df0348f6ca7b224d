"""Which run a shard is of: what its machine shares with those of the other shards, without any setting."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from bookingflow.report.allure_results.environment import system_of
from bookingflow.report.summary import Model

SUITE = ("features", "steps", "bookingflow", "environment.py", "targets.py")
"""What decides what is asked and how it is judged."""
KINDS = (".feature", ".py")


class Origin(Model):
    """What a shard knows of the run that it belongs to."""

    run: str | None = None
    """The CI system's run: the same in all its jobs, also in one that is run again. None where it is not known."""
    attempt: str = ""
    """Which attempt at that run it was; empty where the system does not tell."""
    splits: bool = False
    """Whether a shard with another `run` is certainly of another run."""
    suite: str = ""
    """A digest of the suite's code and features."""

    @classmethod
    def of(cls, environ: Mapping[str, str], suite: Path) -> Origin:
        """That of a shard that runs here, by the suite in this folder."""
        system, digest = system_of(environ), digest_of(suite)
        run = environ.get(system.run) if system is not None and system.run else None
        if system is None or not run:
            return cls(suite=digest)
        attempt = environ.get(system.attempt, "") if system.attempt else ""
        return cls(run=f"{system.name} {run}", attempt=attempt, splits=system.splits, suite=digest)


def digest_of(suite: Path) -> str:
    """A short text that is the same for the same code and features, however a system ends their lines."""
    whole = hashlib.sha256()
    for path in sorted(_files(suite), key=lambda path: path.relative_to(suite).as_posix()):
        whole.update(f"{path.relative_to(suite).as_posix()}\n".encode())
        whole.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return whole.hexdigest()[:12]


def _files(suite: Path) -> Iterator[Path]:
    for name in SUITE:
        path = suite / name
        if path.is_dir():
            yield from (inner for inner in path.rglob("*") if inner.suffix in KINDS and inner.is_file())
        elif path.is_file():
            yield path
