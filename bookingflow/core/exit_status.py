"""The exit status of a run, by the kind of its end; the same for `behave` and for the project's own commands."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class ExitStatus(IntEnum):
    """What a process of ours ends with. Where several hold, the one that stands first in `PRECEDENCE`."""

    KEPT = 0
    """Every promise was kept, known breaches aside."""
    BROKEN = 1
    """A promise is broken."""
    WRONG_USE = 2
    """A setting, a file or the folder is wrong; nothing was booked."""
    NOT_JUDGED = 3
    """Something kept the suite from judging: unreachable, hidden evidence, nothing selected, an error of the suite."""
    CUT_OFF = 4
    """Ended before its end: a signal, or `--stop` after something that was not judged."""

    @classmethod
    def first(cls, statuses: Iterable[ExitStatus]) -> ExitStatus:
        """The one of these that a run ends with."""
        return min(statuses, key=PRECEDENCE.index, default=cls.KEPT)


PRECEDENCE = (
    ExitStatus.BROKEN,
    ExitStatus.WRONG_USE,
    ExitStatus.CUT_OFF,
    ExitStatus.NOT_JUDGED,
    ExitStatus.KEPT,
)
