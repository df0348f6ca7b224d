"""What asking twice does: nothing. One request makes one booking, however often it is sent."""

from __future__ import annotations

from bookingflow.checks import api_answers, stored_bookings, tables
from bookingflow.core.failures import Breach
from bookingflow.core.text import counted, series
from bookingflow.platform.api_models import CONFIRMED, REPEATED, Accepted
from bookingflow.promises.base import Promise
from bookingflow.scenario.bookings import SECOND_IS_FIRST


class RepeatPromises(Promise):
    """A request that is sent again."""

    def answered_as_the_same(self) -> None:
        """The answer to a repeated request is the first booking, as it is stored, marked as a repetition."""
        booking, first = self.scenario.booking, self.scenario.first
        again = booking is not first and booking.idempotency_key == first.idempotency_key
        self.demand_done(again, "The first booking was not sent again")
        self.demand_readable_answer(booking)
        submitted = booking.submitted
        if not isinstance(submitted, Accepted):
            raise self.bookings.verdict(self.bookings.follow(booking))
        if submitted.booking_id != first.booking_id:
            twice = "the same request sent again made another booking"
            raise self.bookings.broken(booking, Breach("booked_twice", twice))
        if not submitted.duplicate or submitted.exchange.status != REPEATED:
            unsaid = f"the answer does not say that it is the same booking (HTTP {submitted.exchange.status})"
            raise self.bookings.broken(booking, Breach("repeat_not_recognised", unsaid))
        body = booking.exchange.json_object()
        found = api_answers.answered_as_stored(body, self.bookings.row(first))
        if api_answers.gives_pass(booking.exchange):
            found.append(Breach("pass_given_again", "the answer gives out the pass to the booking again"))
        self.demand(booking, found)

    def of_its_own(self) -> None:
        """The last request was not answered with the first booking, though request id or guest are the same."""
        booking, first = self.scenario.booking, self.scenario.first
        self.demand_done(booking is not first, "No second booking was made")
        self.demand_readable_answer(booking)
        if booking.booking_id != first.booking_id:
            return
        same_key = booking.idempotency_key == first.idempotency_key
        if not same_key and booking.request.email == first.request.email:
            raise self.bookings.broken(booking, SECOND_IS_FIRST)
        made = "the same request id at another restaurant" if same_key else "another request id that resembles it"
        theirs = f"its guest was given another guest's, made with {made}"
        raise self.bookings.broken(booking, Breach("foreign_booking", theirs))

    def lists_what_stands(self) -> None:
        """The answer lists no booking of its guest that stands no more."""
        booking = self.scenario.booking
        self.demand_readable_answer(booking)
        own = {one.booking_id for one in self.scenario.bookings if one.request.email == booking.request.email}
        self.demand(booking, api_answers.lists_what_stands(booking.exchange.json_object(), own))

    def one(self) -> None:
        """There is one booking under the key of the first request."""
        first, session = self.scenario.first, self.session
        rows = session.database.of_guests(emails=[first.request.email], keys=[first.idempotency_key])
        if len(rows) != 1:
            made = counted(len(rows), "booking")
            made += f" ({series([row.reference for row in rows])})" if rows else ""
            code = "booked_twice" if rows else "missing"
            raise self.bookings.broken(first, Breach(code, f"one request sent more than once made {made}"))

    def one_unchanged(self) -> None:
        """There is one booking under the key of the first request, with everything it had."""
        self.one()
        self.first_unchanged()

    def first_unchanged(self) -> None:
        """The first booking has the status, the tables and the words it had when it was confirmed."""
        first, session = self.scenario.first, self.session
        last = self.scenario.booking
        found = []
        if last.idempotency_key != first.idempotency_key and last.booking_id == first.booking_id:
            found.append(SECOND_IS_FIRST)
        now, before = self.bookings.row(first), first.row
        found += stored_bookings.stored_as_asked(now, first.request, self.scenario.restaurant, session.stays)
        found += stored_bookings.reference_kept(now, before)
        found += tables.tables_kept(now, before)
        if before is not None and now.status != before.status:
            was, has = (f"{row.status} with {counted(len(row.tables), 'table')}" for row in (before, now))
            found.append(Breach("confirmation_withdrawn", f"it was {was}, and now it is {has}"))
        elif before is not None and now.tables != before.tables and not found:
            found.append(Breach("table_time_changed", "its tables are not kept for the time they were kept for"))
        if now.status == CONFIRMED:
            held = session.database.holdings([now.id])[now.id]
            found += tables.nothing_left_held(held, now, self.scenario.restaurant.timezone)
        self.demand(first, found)
