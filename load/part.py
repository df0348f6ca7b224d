"""One process's part of a load: its arrivals, begun by the clock, and its bookings, judged and undone at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from bookingflow.core.known_breaches import KnownBreaches
from bookingflow.platform.cancellation import Ownership
from bookingflow.report.jsonlines import RecordFile
from bookingflow.scenario.session import Session
from load.arrivals import Arrival, dispatch
from load.crew import Crew, shared
from load.guest_ends import GuestEnd
from load.integrity import Judged, own_bookings, undo

RECORDS = "load-phases.jsonl"
"""Under `reports/` of the output folder; those of worker 1 stand in load-phases-1.jsonl, and so on."""


class Part:
    """The guests that one process lets come. `spawn` runs a call beside the others."""

    def __init__(
        self,
        session: Session,
        *,
        number: int,
        spawn: Callable[[Callable[[], None]], object],
        on_end: Callable[[GuestEnd], None],
        most_in_flight: int,
        within_budget: bool,
    ) -> None:
        """`number` is that of the worker, from 1 on; 0 where there is one process only."""
        self._session, self._tell = session, on_end
        session.enter(f"load {number}")
        name = RECORDS.replace(".", f"-{number}.") if number else RECORDS
        self._records = RecordFile(session.settings.output_dir / "reports" / name, _lost)
        session.stream.subscribe(self._records)
        self._opened = ExitStack()
        guests_session, clients = self._opened.enter_context(shared(session))
        self._crew = Crew(
            guests_session,
            clients,
            spawn=spawn,
            on_end=self._ended,
            most_in_flight=most_in_flight,
            within_budget=within_budget,
        )
        self._guests: list[GuestEnd] = []
        self._halted = self._all_sent = False

    def let_come(self, arrivals: Sequence[Arrival]) -> None:
        """Let them come, each at its moment from now on; returns when the last one has begun."""
        self._crew.start()
        try:
            dispatch(arrivals, self._session.clock, self._crew.begin, lambda: self._halted)
        finally:
            self._all_sent = True

    def _ended(self, guest: GuestEnd) -> None:
        self._guests.append(guest)
        self._tell(guest)

    def halt(self) -> None:
        """Let nobody come any more; who is on the way goes on."""
        self._halted = True

    @property
    def over(self) -> bool:
        """Whether everybody came, and nobody is on the way."""
        return self._all_sent and not self._crew.in_flight

    @property
    def in_flight(self) -> int:
        """How many are on the way."""
        return self._crew.in_flight

    def judge(self, known: KnownBreaches) -> tuple[Judged, list[str]]:
        """What is wrong with its bookings; then they are undone, and what could not be is said."""
        session = self._session
        judged = own_bookings(self._crew.session, known)
        # Also what no guest's end tells of, since something went wrong here.
        sent = Ownership(session.guests.emails, set(session.submission.keys) - {""})
        return judged, undo(session, self._guests, sent)

    @property
    def undoes(self) -> bool:
        """Whether it has a way to undo bookings."""
        return self._session.cleaner.cancels

    def close(self) -> None:
        """Give back what it opened; the session is its opener's."""
        self._opened.close()
        self._records.close()


def _lost(error: OSError) -> None:
    print(f"Phase records are not written any more: {error.strerror or error}.")
