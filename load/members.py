"""The workers of a master: what each was given and said, and when it is given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bookingflow.core.errors import SettingsError, SuiteError
from bookingflow.core.text import counted
from bookingflow.core.timing import Clock
from load.guest_ends import GuestEnd
from load.integrity import Judged
from load.messages import GUEST, HERE, JUDGED, OVER, READY, WRONG

SILENT_S = 20.0
"""Seconds without a sign of life after which a worker is given up; Locust notices its silence within a few."""


class Process(Protocol):
    """A worker that was started here; `subprocess.Popen` is one."""

    pid: int

    def poll(self) -> int | None:
        """Its exit status once it ended."""


@dataclass
class Member:
    """A worker, as far as the master knows."""

    number: int
    client_id: str
    process: Process | None = None
    given: int = 0
    guests: list[GuestEnd] = field(default_factory=list)
    """Those whose end was heard of."""
    in_flight: int = 0
    ready: bool = False
    over: bool = False
    lost: bool = False
    missing_since: float | None = None
    judged: Judged | None = None
    left: list[str] = field(default_factory=list)
    undid: bool = False


class Members:
    """All of them."""

    def __init__(self, clock: Clock, tell: Callable[[GuestEnd], None]) -> None:
        """`tell` hears of each guest at its end."""
        self._clock, self._tell = clock, tell
        self._by_client: dict[str, Member] = {}
        self.processes: Sequence[Process] = ()
        self.here: set[str] = set()
        """Clients that listen: Locust counts one as ready before it understands a message of ours."""
        self.losses: list[str] = []
        """A sentence for each that was lost."""
        self.wrong: list[SuiteError] = []
        """Why some can't begin."""

    def add(self, client_ids: Sequence[str]) -> None:
        """From here on these are the workers."""
        for number, client_id in enumerate(client_ids, start=1):
            self._by_client[client_id] = Member(number, client_id)

    @property
    def all(self) -> list[Member]:
        """In the order of their numbers."""
        return list(self._by_client.values())

    @property
    def living(self) -> list[Member]:
        """Those that were not lost."""
        return [member for member in self.all if not member.lost]

    def hear(self, kind: str, client_id: str, said: Mapping[str, Any]) -> None:
        """Take a message; of somebody who is no worker of this run only that it is here."""
        if kind == HERE:
            self.here.add(client_id)
        member = self._by_client.get(client_id)
        if member is None:
            return
        if kind == READY:
            member.ready = True
            member.process = next((one for one in self.processes if one.pid == said["pid"]), None)
        elif kind == WRONG:
            sentence = f"Worker {member.number} can't begin: {said['sentence']}"
            self.wrong.append(SettingsError([sentence]) if said["use"] else SuiteError(sentence))
        elif kind == GUEST:
            guest = GuestEnd.from_message(said["guest"])
            member.guests.append(guest)
            member.in_flight = int(said["onTheWay"])
            self._tell(guest)
        elif kind == OVER:
            member.over, member.in_flight = True, 0
        elif kind == JUDGED:
            member.judged = Judged.from_message(said["judged"])
            member.left, member.undid = list(said["left"]), bool(said["undid"])

    def look_after(self, is_missing: Callable[[str], bool]) -> None:
        """Give up those that ended, or of which nothing was heard for long."""
        now = self._clock.monotonic()
        for member in self.living:
            if not is_missing(member.client_id):
                member.missing_since = None
            elif member.missing_since is None:
                member.missing_since = now
            status = None if member.process is None else member.process.poll()
            silent = member.missing_since is not None and now - member.missing_since >= SILENT_S
            if status is not None or silent:
                member.lost = True
                why = "fell silent" if status is None else f"ended with status {status}"
                heard = f"of its {counted(member.given, 'guest')} {len(member.guests)} were heard of"
                self.losses.append(f"Worker {member.number} {why}: {heard}")

    def judged(self) -> tuple[Judged, list[str]]:
        """What all of them found, and what could not be undone."""
        judged, left = Judged(), list[str]()
        for member in self.all:
            left += member.left
            if member.judged is None:
                judged.errors.append(f"worker {member.number} did not look at its bookings again")
            else:
                judged.add(member.judged)
        return judged, left

    def unattended(self) -> list[GuestEnd]:
        """Guests of those that undid nothing: lost, or without a way to."""
        return [guest for member in self.all if not member.undid for guest in member.guests]
