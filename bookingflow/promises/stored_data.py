"""What is kept of a booking, what is refused, and what asking twice does."""

from __future__ import annotations

from bookingflow.audit.related_records import contacts_used_twice, is_among
from bookingflow.booking.tracked_booking import Outcome
from bookingflow.checks import api_answers, stored_bookings
from bookingflow.checks.refusals import ExpectedRefusal, refused_as_agreed
from bookingflow.core.text import counted, listed
from bookingflow.platform.api_models import REPEATED, Accepted, Refused
from bookingflow.promises.base import Promise


class StoredPromises(Promise):
    """What is kept, refused and repeated."""

    def as_asked(self) -> None:
        """Every wish and every word of the guest is stored as it was told."""
        followed, world = self.scene.booking, self._world
        row = self.row(followed)
        found = stored_bookings.stored_as_asked(row, followed.request, world.restaurant, world.stays)
        customer = world.database.customers([row.id]).get(row.id)
        if customer is not None:
            known = is_among(contacts_used_twice(one.followed for one in world.reports), followed.request)
            found += stored_bookings.customer_kept(customer, row, followed.request, known=known)
        self.demand(followed, found, "not_as_asked")

    def at_the_time_asked(self) -> None:
        """Day, start and end are those of the restaurant's own clock."""
        followed, world = self.scene.booking, self._world
        found = stored_bookings.times_kept(self.row(followed), followed.request, world.restaurant, world.stays)
        self.demand(followed, found, "wrong_time")

    # -- refusals ----------------------------------------------------------------------------------------------

    def refused(self, agreed: ExpectedRefusal) -> None:
        """The platform says no, the way it was agreed."""
        followed = self.scene.booking
        self.demand_answer(followed)
        followed.outcome = followed.outcome or Outcome.NOT_REFUSED
        self.demand(followed, refused_as_agreed(followed.submitted, agreed), "wrong_refusal")

    def refusal_names_times(self) -> None:
        """It says which times of that day can be booked."""
        followed, submitted = self.scene.booking, self.scene.booking.submitted
        details = (submitted.refusal.details or {}) if isinstance(submitted, Refused) else {}
        slots = self._world.slots.schedule(followed.request.date).open_slots()
        wanted = {"firstAvailableSlot": f"{slots[0].value:%H:%M}", "lastAvailableSlot": f"{slots[-1].value:%H:%M}"}
        told = [
            f"the refusal names {details.get(name) or 'no time'} as {name}, and {time} can be booked"
            for name, time in wanted.items()
            if details.get(name) != time
        ]
        hours = self._world.database.hours(self._world.restaurant.id, followed.request.date)
        facts = {"requestedTime": f"{followed.request.time:%H:%M}", "timezone": self._world.restaurant.timezone}
        if hours is not None and hours.opens is not None and hours.closes is not None:
            facts |= {"opensAt": f"{hours.opens:%H:%M}", "closesAt": f"{hours.closes:%H:%M}"}
        told += [
            f"the refusal names {details[name]} as {name} instead of {fact}"
            for name, fact in facts.items()
            if str(details.get(name) or fact)[: len(fact)] != fact
        ]
        self.demand(followed, told, "refusal_without_times")

    def nothing(self) -> None:
        """Nothing of a refused booking is kept."""
        followed = self.scene.booking
        rows = self._world.database.of_guests(emails=[followed.request.email], keys=[followed.idempotency_key])
        told = [f"the platform refused it and stored it all the same, as {row.reference}" for row in rows]
        if self._world.database.knows_guest(followed.request.email):
            told.append("the platform refused it and keeps its guest among the customers")
        self.demand(followed, [listed(told)] if told else [], "refused_but_stored")

    # -- asking twice ------------------------------------------------------------------------------------------

    def told_the_same(self) -> None:
        """The answer to a repeated request is the first booking, as it is stored, marked as a repetition."""
        followed, first = self.scene.booking, self.scene.first
        self.demand_readable_answer(followed)
        submitted = followed.submitted
        if not isinstance(submitted, Accepted):
            raise self.verdict(self._world.follow(followed))
        if submitted.booking_id != first.booking_id:
            raise self.broken(followed, ["the same request sent again made another booking"], "booked_twice")
        if not submitted.duplicate or submitted.exchange.status != REPEATED:
            told = f"the answer does not say that it is the same booking (HTTP {submitted.exchange.status})"
            raise self.broken(followed, [told], "repetition_not_told")
        body = followed.exchange.json_object()
        found = api_answers.answered_as_stored(body, self.row(first))
        if body.get("confirmationToken"):
            found.append("the answer hands out the pass to the booking once more")
        self.demand(followed, found, "answer_differs")

    def one(self) -> None:
        """There is one booking under the key of the first request."""
        first, world = self.scene.first, self._world
        rows = world.database.of_guests(emails=[first.request.email], keys=[first.idempotency_key])
        if len(rows) != 1:
            references = ", ".join(row.reference for row in rows) or "none"
            told = f"one request sent more than once made {len(rows)} bookings ({references})"
            raise self.broken(first, [told], "booked_twice")

    def first_unchanged(self) -> None:
        """The first booking has the status, the tables and the words it had when it was confirmed."""
        first, world = self.scene.first, self._world
        last = self.scene.booking
        if last.idempotency_key != first.idempotency_key and last.booking_id == first.booking_id:
            raise self.broken(first, ["the guest asked for a second booking and was given the first again"], "not_two")
        now, before = self.row(first), first.row
        told = stored_bookings.stored_as_asked(now, first.request, world.restaurant, world.stays)
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
