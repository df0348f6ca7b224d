"""The requests of a scenario: built whole, sent in time and at the pace that the platform allows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.platform.api_models import BookingRequest, RateLimited
from bookingflow.platform.rate_budget import WINDOW_S
from bookingflow.platform.slots import Slot
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.testdata.booking_details import Details, request_fields
from bookingflow.testdata.parties import Party

NOTED_FROM_S = 1.0
"""Seconds from which on a pause is worth a line."""


class Sender:
    """Builds and sends the requests of the scenario at hand; what is sent becomes one of its bookings."""

    def __init__(self, session: Session, state: ScenarioState, bookings: Bookings) -> None:
        self._session = session
        self._state = state
        self._bookings = bookings

    def request(
        self, party: Party | int, slot: Slot | None = None, *, details: Details | None = (), **fields: Any
    ) -> BookingRequest:
        """A complete, valid request of a new guest, for this slot or the scenario's, with these details; raises
        WrongTable where they can't be read.
        """
        session, state = self._session, self._state
        slot = slot or state.the_slot()
        guest = session.guests.next()
        wanted: dict[str, Any] = {
            "booking_type": session.settings.booking_type,
            "name": guest.name,
            "email": guest.email,
            "phone": guest.phone,
            "notes": guest.notes,
            "marketing_opt_in": guest.marketing_opt_in,
            **request_fields(details, guest),
            **fields,
        }
        self.introduce(wanted["name"], wanted["email"], wanted["phone"], wanted["notes"])
        size = party if isinstance(party, int) else party.size(state.tables)
        return BookingRequest(
            restaurant_slug=state.restaurant.slug, date=slot.date, time=slot.time, party=size, **wanted
        )

    def introduce(self, name: str, email: str, phone: str, notes: str | None) -> None:
        """Mask a guest's contact wherever it is shown; recognise it, and the notes, wherever they must not be."""
        self._session.sanitizer.register_guest(email=email, phone=phone)
        self._session.guests.know(name=name, email=email, phone=phone, notes=notes)

    def submit(
        self, request: BookingRequest, *, key: str | None = None, payload: Any = None, counts: bool = True
    ) -> TrackedBooking:
        """Submit a booking; the deadline is the first "within N s" that follows in the scenario.

        `counts` says whether it counts for the platform's rate limit; else it takes nothing of the rate budget.
        """
        booking = self._session.submission.submit(
            request,
            restaurant_id=self._state.restaurant.id,
            seconds=self._seconds(turns=int(counts)),
            idempotency_key=key,
            payload=payload,
        )
        self._bookings.add([booking])
        return booking

    def submit_at_pace(self, request: BookingRequest) -> TrackedBooking:
        """Submit a booking of many; where a live platform asks to slow down, wait as it asks and send it once more.

        Raises NotJudged where it asks for that again: what could not be arranged is not judged.
        """
        booking = self.submit(request)
        limited = booking.submitted
        if self._session.settings.on_demo or not isinstance(limited, RateLimited):
            return booking
        seconds = limited.retry_after
        if seconds is None or not 0 < seconds <= WINDOW_S:
            raise self._bookings.verdict(booking)
        self._session.stream.note(f"the platform asks to wait {seconds:g} s, and the suite waits", waitsS=seconds)
        self._session.clock.sleep(seconds)
        self._state.bookings.remove(booking)
        again = self.submit(request)
        if isinstance(again.submitted, RateLimited):
            raise self._bookings.verdict(again)
        return again

    def submit_together(self, requests: Sequence[BookingRequest], *, key: str | None = None) -> None:
        """Submit all of them at the same moment; all with this key when one is given."""
        seconds = self._seconds(turns=len(requests))
        self._state.together = self._session.submission.submit_together(
            requests, restaurant_id=self._state.restaurant.id, seconds=seconds, key=key
        )
        self._bookings.add(self._state.together)

    def _seconds(self, turns: int) -> float:
        """Wait until the rate budget has room for this many requests; the seconds that a booking made then may take."""
        session, stated = self._session, self._state.deadline_ahead()
        session.deadlines_used.add(stated)
        for _ in range(turns):
            session.budget.take(self._note_pause)
        return session.settings.deadline(stated)

    def _note_pause(self, seconds: float) -> None:
        if seconds >= NOTED_FROM_S:
            note = f"the suite waits {seconds:.0f} s to stay below the platform's rate limit (BOOKING_RATE_BUDGET)"
            self._session.stream.note(note, waitsS=round(seconds, 1))

    def change_address(self) -> None:
        """Ask from another address from here on, as another guest would; on the demo only."""
        self._session.next_address()
        self._state.count_anew()
