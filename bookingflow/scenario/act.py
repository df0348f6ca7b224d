"""What a When does in a scenario: it books, and runs the background job; the parts of `Act` change, cancel and ask."""

from __future__ import annotations

import datetime
import itertools
import math
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bookingflow.booking.submission import BLANK_KEY
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible, SuiteError
from bookingflow.core.failures import Breach
from bookingflow.core.settings import DEMO_RESTAURANT_SLUG
from bookingflow.core.text import counted
from bookingflow.platform.api_models import BookingRequest
from bookingflow.platform.seating import MOST_JOINED, Seating
from bookingflow.platform.slots import ONE_DAY, Slot, has_room_for
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.changes import Changes
from bookingflow.scenario.rate_limit import RateLimitActs
from bookingflow.scenario.sending import Sender
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.scenario.unauthenticated import Unauthenticated
from bookingflow.testdata.booking_details import Details
from bookingflow.testdata.moments import HALF_AN_HOUR, Moment
from bookingflow.testdata.parties import Party
from bookingflow.testdata.request_variants import COUNTED, MANNERS, MISTAKES, UNNAMED

HANG_UP_S = 0.01
"""Seconds until an impatient guest hangs up: long enough to send a request, too short for any answer."""
IN_A_ROW = 10
"""Parties that book one after the other at most: of a larger house every second table gets one, or every third."""
DIFFERENT_WISHES: Sequence[Mapping[str, str]] = (
    {"notes": "A quiet corner, please", "marketing": "yes"},
    {"seating": "anywhere", "marketing": "no"},
    {"notes": "<two lines>", "name": "Zoë  Ångström-O'Neil"},
    {"notes": "<500 characters>", "phone": "<of 20 characters>", "marketing": "yes"},
    {"e-mail": "<in capitals>", "notes": "Grüße 🎂"},
)
"""The details of guests who book in a row."""


class Act(Sender):
    """Books in the scenario at hand; what else can be done in it stands in parts of its own."""

    def __init__(self, session: Session, state: ScenarioState, bookings: Bookings) -> None:
        super().__init__(session, state, bookings)
        self.changes = Changes(session, state, bookings)
        self.rate_limit = RateLimitActs(session, state, bookings, self)
        self.unauthenticated = Unauthenticated(session, state, bookings)

    def _at(self, moment: Moment) -> Slot:
        return moment.slot(self._state.slots, self._state.the_slot())

    def book(self, party: Party, moment: Moment, *, details: Details | None = ()) -> None:
        """Book for a moment, with the details of the step's table."""
        self._state.mistake = ""
        self.submit(self.request(party, self._at(moment), details=details))

    def book_today(self, party: Party, time: datetime.time) -> None:
        """Book for today, by the restaurant's own calendar."""
        self._demand_seats(party.size(self._state.tables))
        self.submit(self.request(party, self._state.today_at(time)))

    def book_tomorrow(self, party: Party, time: datetime.time) -> None:
        """Book for tomorrow, by the restaurant's own calendar."""
        self._demand_seats(party.size(self._state.tables))
        self.submit(self.request(party, self._state.tomorrow_at(time)))

    def _demand_seats(self, party: int) -> None:
        """Raise NotAtThisRestaurant where the house can't seat so many even when it is empty."""
        tables = self._state.tables
        house = Seating(tables, tables)
        if not house.single(party) and not house.joined(party):
            name = self._state.restaurant.name
            raise NotAtThisRestaurant(f"{name} can't seat {counted(party, 'guest')}, even when it is empty.")

    def book_naming_restaurant(self, party: Party, moment: Moment, naming: Callable[[Any], Mapping[str, Any]]) -> None:
        """Book with the restaurant named in another way."""
        request = self.request(party, self._at(moment))
        self.submit(request.model_copy(update=naming(self._state.restaurant)))

    def book_in_manner(self, party: Party, moment: Moment, manner: str) -> None:
        """Book with the request written in another way; its guest has no notes and no wish for news."""
        if manner == UNNAMED and self._state.restaurant.slug != DEMO_RESTAURANT_SLUG:
            raise NotAtThisRestaurant("Who names no restaurant is booked at another one.")
        request = self.request(party, self._at(moment), notes=None, marketing_opt_in=False)
        self.submit(request, payload=MANNERS[manner](request.payload()))

    def book_without_key(self, party: Party, moment: Moment) -> None:
        """Book without an idempotency key, as a simple website does."""
        self.submit(self.request(party, self._at(moment)), key="")

    def book_with_empty_key(self, party: Party, moment: Moment) -> None:
        """Book with the header of the key, which is empty, as a website does that lost its key."""
        self.submit(self.request(party, self._at(moment)), key=BLANK_KEY)

    def book_with_own_key(self, party: Party, moment: Moment) -> None:
        """Book under a key that is no UUID and has a capital letter, as a partner does that numbers its orders."""
        self.submit(self.request(party, self._at(moment)), key=f"Order {_new_key()[:8]}/1")

    def book_with_next_key(self, party: Party, moment: Moment) -> None:
        """Book under the key that follows the first request's own: only its last digit is another."""
        key = self._state.first.idempotency_key
        self.submit(self.request(party, self._at(moment)), key=f"{key[:-1]}{int(key[-1]) + 1}")

    def book_with_mistake(self, mistake: str, *, times: int = 1) -> None:
        """Send a proper request with one thing wrong, or this many of them."""
        self._state.mistake = mistake
        for _ in range(times):
            request = self.request(Party("2 guests"))
            self.submit(request, payload=MISTAKES[mistake](request.payload()), counts=mistake in COUNTED)
            if mistake not in COUNTED:
                self._state.count_not()

    def book_again(self) -> None:
        """The same guest books the same time once more, as a booking of its own."""
        self.submit(self._state.booking.request)

    def book_later(self) -> None:
        """Under the same contact half an hour later is booked, with another name, other notes and marketing choice."""
        request, name = self._state.booking.request, self._session.guests.next().name
        wishes = {"name": name, "notes": "A quiet corner, please", "marketing_opt_in": not request.marketing_opt_in}
        later = request.model_copy(update={"time": self._half_an_hour_after(request).time, **wishes})
        self.introduce(later.name, later.email, later.phone, later.notes)
        self.submit(later)

    def book_with_new_contact(self, half: str) -> None:
        """The same guest books half an hour later, with another e-mail or another phone number."""
        request, news = self._state.booking.request, self._session.guests.next()
        self.introduce(request.name, news.email, news.phone, request.notes)
        field = {"e-mail": "email", "phone number": "phone"}[half]
        time = self._half_an_hour_after(request).time
        self.submit(request.model_copy(update={field: getattr(news, field), "time": time}))

    def _half_an_hour_after(self, request: BookingRequest) -> Slot:
        slot = Slot(request.date, request.time, self._state.restaurant.timezone)
        return self._state.slots.offered_after(slot, HALF_AN_HOUR)

    def book_there_with_same_key(self, party: Party, kind: str) -> None:
        """Another guest books at the demo's restaurant of this kind, under the first request's key."""
        key = self._state.first.idempotency_key
        self.submit(self.request(party, self._slot_there(party, kind)), key=key)

    def book_there_too(self, party: Party, kind: str) -> None:
        """The first guest books at the demo's restaurant of this kind too, under the same contact."""
        first = self._state.first.request
        there = self.request(party, self._slot_there(party, kind), notes=first.notes)
        guest = {name: getattr(first, name) for name in ("name", "email", "phone", "marketing_opt_in")}
        self.submit(there.model_copy(update=guest))

    def _slot_there(self, party: Party, kind: str) -> Slot:
        """Go to the demo's restaurant of this kind; a slot there at which the party finds a table."""
        state = self._state
        state.go_to(kind)
        return state.slots.find(f"time with room for {party}", has_room_for(party.size(state.tables)))

    def book_like_the_first(self, moment: Moment) -> None:
        """Another guest books for as many as the first booking of the scenario."""
        self.submit(self.request(self._state.first.request.party, self._at(moment)))

    def book_when_free(self, party: Party) -> None:
        """Book the first bookable time at which the tables taken before are free again."""
        self.submit(self.request(party, self._when_free()))

    def _when_free(self) -> Slot:
        state = self._state
        slot = state.the_slot()
        rows = [self._bookings.row(booking) for booking in state.bookings]
        ends = [table.end_at for row in rows for table in row.tables if table.end_at is not None]
        if not ends:
            raise ScenarioNotPossible(
                "The tables are given without saying until when, so that nobody knows when they are free.",
                hint="The scenario of how long a table is kept (BOOK-025) judges that.",
            )
        free_at = max(ends).astimezone(slot.start_at.tzinfo).time()
        times = [item.value for item in state.slots.schedule(slot.date).open_slots() if item.value >= free_at]
        if not times:
            raise ScenarioNotPossible(
                f"The tables are taken until closing on {slot.date:%a %d %b}.",
                hint="The next run looks for another day.",
            )
        return slot.at(times[0])

    def book_from_elsewhere(self, party: Party) -> None:
        """Somebody at another address books."""
        self.change_address()
        self.submit(self.request(party))

    def send_again(self) -> None:
        """Send the first request once more, with its own key."""
        first = self._state.first
        self.submit(first.request, key=first.idempotency_key)

    def send_again_changed(self) -> None:
        """Send other content under the first request's key."""
        first = self._state.first
        request = first.request
        wishes = {"notes": "On second thoughts", "marketing_opt_in": not request.marketing_opt_in}
        later = {"time": self._half_an_hour_after(request).time, "party": request.party + 1}
        self.submit(request.model_copy(update={**wishes, **later}), key=first.idempotency_key)

    def book_together(self, parties: Sequence[Party]) -> None:
        """Parties book at the same moment, each a guest of its own."""
        self.submit_together([self.request(party) for party in parties])

    def send_together(self, times: int) -> None:
        """Send one request with one key this many times at the same moment, over as many connections."""
        self.submit_together([self.request(Party("2 guests"))] * times, key=_new_key())

    def book_and_hang_up(self, party: Party) -> None:
        """Send a booking and leave before the answer; what became of it only the platform knows."""
        session = self._session
        booking = session.submission.submit(
            self.request(party),
            restaurant_id=self._state.restaurant.id,
            seconds=HANG_UP_S,
            idempotency_key=_new_key(),
        )
        self._bookings.add([booking])

    def book_in_a_row(self) -> None:
        """Parties for the tables that are free book one after the other, each with details of its own.

        Every second one leaves a seat empty, and where tables are joined one party needs that.
        """
        state, session = self._state, self._session
        house = Seating(state.tables, state.slots.free_at(state.the_slot()))
        free = sorted(house.free, key=lambda table: -table.largest_party)
        seats = [table.largest_party for table in free]
        joins = session.settings.platform_has("merges") and len(seats) > MOST_JOINED
        joins = joins and bool(house.joined(seats[0] + 1))
        alone = free[MOST_JOINED:] if joins else free
        alone = alone[:: max(1, math.ceil(len(alone) / IN_A_ROW))]
        sizes = [seats[0] + 1] * joins
        sizes += [max(table.min_party, table.largest_party - number % 2) for number, table in enumerate(alone)]
        wishes = itertools.cycle(DIFFERENT_WISHES)
        state.together = [self.submit_at_pace(self.request(size, details=next(wishes).items())) for size in sizes]

    def fill_house(self) -> None:
        """Parties of the tables' sizes book, largest first, until one of them is not seated."""
        for party in sorted((table.largest_party for table in self._state.tables), reverse=True):
            if not self._bookings.seated(self.submit_at_pace(self.request(party))):
                return
        self.submit_at_pace(self.request(1))

    def book_as_requested(self) -> None:
        """Book what the settings ask for, `repeat` times; the first that fails ends the row with its verdict.

        All but the last are followed to their end here and, where that is set up, cancelled: each finds its slot as
        the first did.
        """
        session = self._session
        for number in range(1, session.settings.repeat):
            booking = self.submit(self._requested())
            self._bookings.confirmed(booking)
            session.stream.note(f"requested booking {number} of {session.settings.repeat}: {booking.outcome_code}")
            if session.cleaner.cancels:
                self.changes.undo(booking)
            if session.settings.on_demo:
                self.change_address()
        self.submit(self._requested())

    def book_requested_at(self, slot: Slot) -> None:
        """Book what the settings ask for, at this slot instead of the day and time that they name."""
        self.submit(self._requested(slot))

    def _requested(self, slot: Slot | None = None) -> BookingRequest:
        """The booking that the settings ask for."""
        settings, state = self._session.settings, self._state
        self._demand_seats(settings.party_size)
        return self.request(
            settings.party_size,
            slot or state.open_at(settings.date or state.slots.today + ONE_DAY, settings.time),
            booking_type=settings.booking_type,
            seating=settings.seating,
            notes=settings.notes,
            marketing_opt_in=settings.marketing_opt_in,
        )

    def run_job(self, *, times: int = 1) -> None:
        """Start the background job for the booking this many times, one after the other."""
        booking = self._state.booking
        booking_id = self._bookings.demand_made(booking)
        self._state.before = self._bookings.own_row(booking)
        for _ in range(times):
            result = self._session.observation.job.run(
                booking_id, booking.deadline, correlation_id=booking.log.correlation_id
            )
            booking.log.note(f"the job was asked to run: {result.said}", result=result.state, **result.evidence)
            if result.state == "disabled":
                raise ScenarioNotPossible(
                    f"The background job could not be run: {result.said}.",
                    hint="Check BOOKING_JOB_URL or BOOKING_JOB_COMMAND.",
                )
            if result.unusable:
                raise SuiteError(
                    f"The background job could not be run: {result.said}.",
                    hint="Check BOOKING_JOB_URL and BOOKING_JOB_TOKEN, or BOOKING_JOB_COMMAND.",
                )
            if result.state == "failed":
                failed = Breach("background_job_failed", f"the background job failed ({result.said})")
                raise self._bookings.broken(booking, failed)


def _new_key() -> str:
    """A fresh idempotency key."""
    return str(uuid.uuid4())
