"""What is done in a scenario: booking, changing, cancelling, running the job, asking too often."""

from __future__ import annotations

import datetime
import itertools
import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal, TypeVar

import httpx

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import NotAtThisRestaurant, ScenarioNotPossible, SuiteError
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted
from bookingflow.platform.answers import retry_after
from bookingflow.platform.api_models import BookingRequest, Exchange, NotSent, RateLimited
from bookingflow.platform.rate_budget import WINDOW_S
from bookingflow.platform.seating import MOST_JOINED, Seating
from bookingflow.platform.slots import ONE_DAY, Slot
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState
from bookingflow.scenario.unauthenticated import Unauthenticated
from bookingflow.testdata.booking_details import Details, request_fields
from bookingflow.testdata.guests import Guest
from bookingflow.testdata.moments import HALF_AN_HOUR, Moment
from bookingflow.testdata.parties import Party
from bookingflow.testdata.request_variants import COUNTED, MANNERS, MISTAKES

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")

NOTED_FROM_S = 1.0
"""Seconds from which on a pause is worth a line."""
HANG_UP_S = 0.01
"""Seconds until an impatient guest hangs up: long enough to send a request, too short for any answer."""
REFUSED_AT = datetime.time(3, 7)
"""A time at which no restaurant seats guests: such a request counts for the limit, and nothing of it is stored."""
IN_A_ROW = 10
DIFFERENT_WISHES: Sequence[Mapping[str, str]] = (
    {"notes": "A quiet corner, please", "marketing": "yes"},
    {"seating": "anywhere", "marketing": "no"},
    {"notes": "<two lines>", "name": "Zoë  Ångström-O'Neil"},
    {"notes": "<500 characters>", "phone": "<of 20 characters>", "marketing": "yes"},
    {"e-mail": "<in capitals>", "notes": "Grüße 🎂"},
)
"""The details of guests who book in a row."""
AT_ONCE = 8
MOST_REQUESTS = 128
"""The limit is 60 in a window of a minute: 128 requests within one meet it wherever the window begins."""
MOST_LOOKUPS = 48
"""The same for the lookups of a contact, of which 20 a minute are allowed."""
KNOCK_S = 10.0
"""Seconds that each of them may take."""
LEAST_LEFT_S = 5.0
"""Seconds of the limited minute that must be left for the proper request that follows."""


class Act:
    """What is done in the scenario at hand."""

    def __init__(self, session: Session, state: ScenarioState, bookings: Bookings) -> None:
        self._session = session
        self._state = state
        self._bookings = bookings
        self.unauthenticated = Unauthenticated(session, state, bookings)

    # -- booking -------------------------------------------------------------------------------------------------

    def request(
        self, party: Party | int, slot: Slot | None = None, *, details: Details = (), **fields: Any
    ) -> BookingRequest:
        """A complete, valid request of a new guest, for this slot or the scenario's, with these details."""
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
        self._introduce(wanted["name"], wanted["email"], wanted["phone"])
        size = party if isinstance(party, int) else party.size(state.tables)
        return BookingRequest(
            restaurant_slug=state.restaurant.slug, date=slot.date, time=slot.time, party=size, **wanted
        )

    def _introduce(self, name: str, email: str, phone: str) -> None:
        """Mask a guest's contact wherever it is shown, and recognise it wherever it must not be."""
        self._session.sanitizer.register_guest(email=email, phone=phone)
        self._session.guests.know(name=name, email=email, phone=phone)

    def _at(self, moment: Moment) -> Slot:
        return moment.slot(self._state.slots, self._state.the_slot())

    def book(self, party: Party, moment: Moment, *, details: Details = ()) -> None:
        """Book for a moment, with the details of the step's table."""
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
        request = self.request(party, self._at(moment), notes=None, marketing_opt_in=False)
        self.submit(request, payload=MANNERS[manner](request.payload()))

    def book_without_key(self, party: Party, moment: Moment) -> None:
        """Book without an idempotency key, as a simple website does."""
        self.submit(self.request(party, self._at(moment)), key="")

    def book_with_own_key(self, party: Party, moment: Moment) -> None:
        """Book under a key that is no UUID, as a partner does that numbers its orders."""
        self.submit(self.request(party, self._at(moment)), key=f"order {_new_key()[:8]}/1")

    def book_with_mistake(self, mistake: str) -> None:
        """Send a proper request with one thing wrong."""
        request = self.request(Party("2 guests"))
        self._state.mistake = mistake
        self.submit(request, payload=MISTAKES[mistake](request.payload()), counts=mistake in COUNTED)

    def book_again(self) -> None:
        """The same guest books the same time once more, as a booking of its own."""
        self.submit(self._state.booking.request)

    def book_with_new_contact(self, half: str) -> None:
        """The same guest books half an hour later, with another e-mail or another phone number."""
        request, news = self._state.booking.request, self._session.guests.next()
        self._introduce(request.name, news.email, news.phone)
        field = {"e-mail": "email", "phone number": "phone"}[half]
        slot = self._state.slots.offered_after(
            Slot(request.date, request.time, self._state.restaurant.timezone), HALF_AN_HOUR
        )
        self.submit(request.model_copy(update={field: getattr(news, field), "time": slot.time}))

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
        free_at = max(ends).astimezone(slot.start_at.tzinfo).time()
        times = [item.value for item in state.slots.schedule(slot.date).open_slots() if item.value >= free_at]
        if not times:
            raise ScenarioNotPossible(
                f"The tables are taken until closing on {slot.date}.", hint="The next run looks for another day."
            )
        return slot.at(times[0])

    def book_from_elsewhere(self, party: Party) -> None:
        """Somebody at another address books."""
        self._change_address()
        self.submit(self.request(party))

    def send_again(self) -> None:
        """Send the first request once more, with its own key."""
        first = self._state.first
        self.submit(first.request, key=first.idempotency_key)

    def send_again_changed(self) -> None:
        """Send other content under the first request's key."""
        first = self._state.first
        changed = first.request.model_copy(update={"notes": "On second thoughts", "party": first.request.party + 1})
        self.submit(changed, key=first.idempotency_key)

    def book_together(self, parties: Sequence[Party]) -> None:
        """Parties book at the same moment, each a guest of its own."""
        self._submit_together([self.request(party) for party in parties])

    def send_together(self, times: int) -> None:
        """Send one request with one key so many times at the same moment, over as many connections."""
        self._submit_together([self.request(Party("2 guests"))] * times, key=_new_key())

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
        seats = sorted((table.capacity for table in house.free), reverse=True)
        joins = session.settings.platform_has("merges") and len(seats) > MOST_JOINED
        joins = joins and bool(house.joined(seats[0] + 1))
        alone = seats[MOST_JOINED:] if joins else seats
        alone = alone[:: max(1, math.ceil(len(alone) / IN_A_ROW))]
        sizes = [seats[0] + 1] * joins + [max(1, size - number % 2) for number, size in enumerate(alone)]
        wishes = itertools.cycle(DIFFERENT_WISHES)
        state.together = [self.submit_at_pace(self.request(size, details=next(wishes).items())) for size in sizes]

    def fill_house(self) -> None:
        """Parties of the tables' sizes book, largest first, until one of them is not seated."""
        for capacity in sorted((table.capacity for table in self._state.tables), reverse=True):
            if not self._bookings.seated(self.submit_at_pace(self.request(capacity))):
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
                self.undo(booking)
            if session.settings.on_demo:
                self._change_address()
        self.submit(self._requested())

    def _requested(self) -> BookingRequest:
        """The booking that the settings ask for."""
        settings, state = self._session.settings, self._state
        self._demand_seats(settings.party_size)
        return self.request(
            settings.party_size,
            state.open_at(settings.date or state.slots.today + ONE_DAY, settings.time),
            booking_type=settings.booking_type,
            seating=settings.seating,
            notes=settings.notes,
            marketing_opt_in=settings.marketing_opt_in,
        )

    def submit(
        self, request: BookingRequest, *, key: str | None = None, payload: Any = None, counts: bool = True
    ) -> TrackedBooking:
        """Submit a booking; the deadline is the first "within N s" that follows in the scenario.

        Where it does not count for the platform's limit (`counts`) it needs no place in the budget.
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

    def _submit_together(self, requests: Sequence[BookingRequest], *, key: str | None = None) -> None:
        """Submit all of them at the same moment; all with this key when one is given."""
        seconds = self._seconds(turns=len(requests))
        self._state.together = self._session.submission.submit_together(
            requests, restaurant_id=self._state.restaurant.id, seconds=seconds, key=key
        )
        self._bookings.add(self._state.together)

    def _seconds(self, turns: int) -> float:
        """The deadline of a booking made now, once it is its turn to be sent."""
        session, stated = self._session, self._state.deadline_ahead()
        session.deadlines_used.add(stated)
        for _ in range(turns):
            session.budget.take(self._note_pause)
        return session.settings.deadline(stated)

    def _note_pause(self, seconds: float) -> None:
        if seconds >= NOTED_FROM_S:
            note = f"the suite waits {seconds:.0f} s to stay below the platform's rate limit (BOOKING_RATE_BUDGET)"
            self._session.stream.note(note, waitsS=round(seconds, 1))

    def _change_address(self) -> None:
        self._session.next_address()
        self._state.count_anew()

    # -- changing and cancelling -----------------------------------------------------------------------------------

    def cancel_first(self, by: Literal["staff", "guest"]) -> None:
        """The restaurant or the guest cancels the first booking."""
        self.cancel(self._state.first, by)

    def cancel(self, booking: TrackedBooking, by: Literal["staff", "guest"]) -> None:
        """Cancel a booking as the restaurant or the guest would."""
        row = self._bookings.own_row(booking)
        self._session.demo().cancel(row.id, by)
        self._session.ledger.undone([row.id])
        booking.was_cancelled()

    def come_with(self, party: Party) -> None:
        """Come with another number of guests; from here on that is what was asked for."""
        booking, size = self._state.booking, party.size(self._state.tables)
        self._session.demo().edit(self._bookings.own_row(booking).id, party=size)
        booking.was_changed(party=size)

    def come_at(self, moment: Moment) -> None:
        """Come at another time of that day; from here on that is what was asked for."""
        booking, slot = self._state.booking, self._at(moment)
        self._session.demo().edit(self._bookings.own_row(booking).id, time=slot.time)
        booking.was_changed(time=slot.time)

    def move_first(self) -> None:
        """Another party of the first one's size cancels, and the restaurant moves the first to their table."""
        state = self._state
        first, *others = [booking for booking in state.bookings if not booking.cancelled]
        another = next((one for one in others if one.request.party == first.request.party), None)
        if another is None:
            raise NotAtThisRestaurant(f"{state.restaurant.name} has one table of that size only.")
        table = self._bookings.row(another).tables[0].number
        self.cancel(another, "guest")
        self._session.demo().move(self._bookings.own_row(first).id, table)
        first.was_changed()

    def undo_first(self) -> None:
        """Cancel the first booking by the way that is set up for cleaning up."""
        self.undo(self._state.first)

    def undo(self, booking: TrackedBooking) -> None:
        """Cancel a booking of this run by the way that is set up for that."""
        cleaner = self._session.cleaner
        if not cleaner.cancels:
            raise ScenarioNotPossible(
                "This scenario needs bookings to be cancelled.", hint="Tag it @uses.cleanup, or set BOOKING_CLEANUP."
            )
        self._bookings.locate(booking)
        if booking.booking_id is not None:
            result = cleaner.undo([booking.booking_id], self._session.ownership)
            if result.left:
                raise SuiteError(" ".join(result.left.values()))
            if result.foreign:
                self._bookings.row(booking)  # raises the verdict: the answer named somebody else's booking
            self._session.ledger.undone([booking.booking_id])
            booking.was_cancelled()

    def run_job(self, *, times: int = 1) -> None:
        """Start the background job for the booking so many times, one after the other."""
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
                    f"The background job could not be started: {result.said}.",
                    hint="Check BOOKING_JOB_URL and BOOKING_JOB_TOKEN, or BOOKING_JOB_COMMAND.",
                )
            if result.state == "failed":
                failed = Breach("background_job_failed", f"the background job failed ({result.said})")
                raise self._bookings.broken(booking, failed)

    # -- asking too often --------------------------------------------------------------------------------------------

    def exceed_limit(self) -> None:
        """Ask from one address until told to wait, then book properly in the same minute."""
        request = self.request(2)
        limited = self._ask_until_limited()
        if limited is not None and 0 < (left := limited.retry_after or 0) < LEAST_LEFT_S:
            self._session.clock.sleep(left)
            self._state.waited_s = left
            self._ask_until_limited()
        self.submit(request, counts=False)

    def _ask_until_limited(self) -> RateLimited | None:
        """Ask for what is refused anyway; the first answer that says to wait, None when there is none."""
        session, state, minute = self._session, self._state, self._minute()
        began, state.let_in = session.clock.monotonic(), 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for answers in _in_rounds(pool, self._knock, self._hopeless, MOST_REQUESTS):
                if lost := next((one for one in answers if isinstance(one.submitted, NotSent)), None):
                    raise self._bookings.verdict(lost)
                state.one_minute = self._minute() == minute
                limited = [one.submitted for one in answers if isinstance(one.submitted, RateLimited)]
                state.let_in += len(answers) - len(limited)
                if limited:
                    session.stream.note(f"one address was let in {state.let_in} times, and then told to wait")
                    return limited[0]
        self._demand_fast(began, MOST_REQUESTS)
        return None

    def _demand_fast(self, began: float, requests: int) -> None:
        """Raise ScenarioNotPossible when so many requests took too long to meet a limit that counts by the minute."""
        took = self._session.clock.monotonic() - began
        if took > WINDOW_S:
            raise ScenarioNotPossible(
                f"{requests} requests took {took:.0f} s: so slowly the limit can't be met.",
                hint="Is the platform, or the way to it, slower than usual?",
            )

    def _knock(self, request: BookingRequest) -> TrackedBooking:
        return self._session.submission.knock(request, restaurant_id=self._state.restaurant.id, seconds=KNOCK_S)

    def _hopeless(self) -> BookingRequest:
        """A request that is refused, of another guest each time: the limit is the address's."""
        return self.request(2).model_copy(update={"time": REFUSED_AT})

    def _minute(self) -> int:
        return int(self._state.now.timestamp() // WINDOW_S)

    def look_up_too_often(self) -> None:
        """Look up one stranger's bookings after the other until told to wait."""
        session, state = self._session, self._state
        began, state.let_in = session.clock.monotonic(), 0
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for answers in _in_rounds(pool, self._look_up, session.guests.next, MOST_LOOKUPS):
                turned_away = [one for one in answers if one.status == httpx.codes.TOO_MANY_REQUESTS]
                state.let_in += len(answers) - len(turned_away)
                if turned_away:
                    state.turned_away = turned_away[0]
                    return
        self._demand_fast(began, MOST_LOOKUPS)

    def _look_up(self, guest: Guest) -> Exchange:
        return self._session.api.lookup(guest.email, guest.phone, self._state.restaurant.id)

    def wait_as_asked(self) -> None:
        """Set the platform's clock so many seconds later as it asked to wait."""
        state, limited = self._state, self._state.booking.submitted
        seconds = limited.retry_after if isinstance(limited, RateLimited) else None
        state.set_clock(state.now + datetime.timedelta(seconds=seconds or 0))
        state.count_anew()
        state.waited_s = seconds

    def leave_minute(self) -> None:
        """Wait until a limited minute is over, where later scenarios ask from the same address."""
        session, state = self._session, self._state
        answers = [*([state.turned_away] if state.turned_away else []), *(one.exchange for one in state.bookings)]
        waits = [retry_after(answer) or 0 for answer in answers if answer.status == httpx.codes.TOO_MANY_REQUESTS]
        if waits and not session.settings.on_demo:
            seconds = min(max(waits), WINDOW_S)
            session.stream.note(f"the suite waits {seconds:.0f} s until the limited minute is over", waitsS=seconds)
            session.clock.sleep(seconds)


def _new_key() -> str:
    """A fresh idempotency key."""
    return str(uuid.uuid4())


def _in_rounds(
    pool: ThreadPoolExecutor, ask: Callable[[Asked], Answer], for_what: Callable[[], Asked], most: int
) -> Iterator[list[Answer]]:
    """Answers, so many asked for at once, until the reader knows enough."""
    for _ in range(most // AT_ONCE):
        yield list(pool.map(ask, [for_what() for _ in range(AT_ONCE)]))
