"""What asking twice does: nothing. One request makes one booking, however often it is sent."""

from __future__ import annotations

from bookingflow.checks import api_answers, stored_bookings
from bookingflow.core.text import counted
from bookingflow.platform.api_models import REPEATED, Accepted
from bookingflow.promises.base import Promise


class RepeatPromises(Promise):
    """A request that is sent again."""

    def answered_as_the_same(self) -> None:
        """The answer to a repeated request is the first booking, as it is stored, marked as a repetition."""
        booking, first = self.scenario.booking, self.scenario.first
        self.demand_readable_answer(booking)
        submitted = booking.submitted
        if not isinstance(submitted, Accepted):
            raise self.bookings.verdict(self.bookings.follow(booking))
        if submitted.booking_id != first.booking_id:
            raise self.bookings.broken(booking, ["the same request sent again made another booking"], "booked_twice")
        if not submitted.duplicate or submitted.exchange.status != REPEATED:
            told = f"the answer does not say that it is the same booking (HTTP {submitted.exchange.status})"
            raise self.bookings.broken(booking, [told], "repetition_not_told")
        body = booking.exchange.json_object()
        found = api_answers.answered_as_stored(body, self.bookings.row(first))
        if body.get("confirmationToken"):
            found.append("the answer hands out the pass to the booking once more")
        self.demand(booking, found, "answer_differs")

    def one(self) -> None:
        """There is one booking under the key of the first request."""
        first, session = self.scenario.first, self.session
        rows = session.database.of_guests(emails=[first.request.email], keys=[first.idempotency_key])
        if len(rows) != 1:
            references = ", ".join(row.reference for row in rows) or "none"
            told = f"one request sent more than once made {len(rows)} bookings ({references})"
            raise self.bookings.broken(first, [told], "booked_twice")

    def first_unchanged(self) -> None:
        """The first booking has the status, the tables and the words it had when it was confirmed."""
        first, session = self.scenario.first, self.session
        last = self.scenario.booking
        if last.idempotency_key != first.idempotency_key and last.booking_id == first.booking_id:
            raise self.bookings.broken(
                first, ["the guest asked for a second booking and was given the first again"], "not_two"
            )
        now, before = self.bookings.row(first), first.row
        told = stored_bookings.stored_as_asked(now, first.request, self.scenario.restaurant, session.stays)
        told += stored_bookings.reference_kept(now, before)
        told += stored_bookings.tables_kept(now, before)
        if before is not None and (now.status, len(now.tables)) != (before.status, len(before.tables)):
            told.append(
                f"it was {before.status} with {counted(len(before.tables), 'table')}, and now it is {now.status} "
                f"with {counted(len(now.tables), 'table')}"
            )
        elif before is not None and now.tables != before.tables and not told:
            told.append("its tables are not held as they were")
        self.demand(first, told, "first_damaged")
