"""Who may see and change a booking, and what answers give away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.api_answers import (
    GUESTS_EMAIL,
    link_as_stored,
    listed_as_stored,
    marked_as_json,
    stored_facts,
    tells_of_others,
)
from bookingflow.checks.information_leaks import gives_away_nothing, told_in
from bookingflow.core.patterns import EMAIL
from bookingflow.platform.api_models import CLOSED_ACTS, CLOSED_LISTS, Exchange
from bookingflow.platform.database_models import BookingRow
from bookingflow.promises.base import Promise

LINK_LENGTH = 43
BACK_DOOR = "/api/test/bookings"
"""docs/platform.md, "Reading"."""
SHUT = frozenset({401, 403, 404, 405, 429})
"""What whoever comes without the key may be answered: refused, not there, or too often."""
ALIKE = 4
"""Digits at the end of a phone number, by which no contact may be recognised."""
STRANGERS_WORDS = {"startIso": "2030-01-01T12:00:00Z", "partySize": 1, "notes": "changed by a stranger"}


class PrivacyPromises(Promise):
    """A guest's data is the guest's own."""

    def answer_shows_own_only(self) -> None:
        """No contact and no booking of anybody else."""
        booking = self.scenario.booking
        self.demand_answer(booking)
        body = booking.exchange.json()
        told = ["it shows another guest's e-mail"] if self._strangers(booking.exchange, booking) else []
        if self._foreign(body, booking):
            told.append("it lists another guest's booking")
        told += tells_of_others(booking.exchange.response_text, booking.request, self.session.guests.words)
        self.demand(booking, told, "others_data")

    def _strangers(self, exchange: Exchange, booking: TrackedBooking) -> set[str]:
        """Other guests' addresses in an answer: named as a guest's, or known as one's. The restaurant's own is none."""
        own = booking.request.email.strip().lower()
        found = {address.lower() for address in EMAIL.findall(exchange.response_text)} - {own}
        named = {address.lower() for address in GUESTS_EMAIL.findall(exchange.response_text)} - {own}
        return named | (self.session.database.guests_among(sorted(found)) if found else set())

    def _foreign(self, body: Any, booking: TrackedBooking) -> bool:
        """Whether a list holds a booking that is not this guest's."""
        own = {row.id for row in self.session.database.of_guests(emails=[booking.request.email], keys=[])}
        return any(not isinstance(item, Mapping) or item.get("id") not in own for item in _listed(body))

    def answer_without_secret(self) -> None:
        """Nothing from inside the platform."""
        booking = self.scenario.booking
        self.demand_answer(booking)
        told = gives_away_nothing(booking.exchange)
        if self.session.sanitizer.knows_secret_in(told_in(booking.exchange)):
            told.append("the answer gives away a secret that the suite itself was trusted with")
        self.demand(booking, told, "secret_told")

    def lookup(self, *, email: str, phone: str, found: bool) -> None:
        """Looking a contact up finds the booking, or nothing, as it should.

        Each half of the contact is "my", "another" or "no"; the e-mail also "my capitalised" one, the phone number "my
        spaced" or "a similar" one.
        """
        booking, session = self.scenario.booking, self.session
        own, stranger = booking.request, session.guests.next()
        emails = {"my": own.email, "my capitalised": own.email.upper(), "another": stranger.email, "no": None}
        phones = {
            "my": own.phone,
            "my spaced": f"{own.phone[:-ALIKE]} {own.phone[-ALIKE:]}",
            "another": stranger.phone,
            "a similar": stranger.phone[:-ALIKE] + own.phone[-ALIKE:],
            "no": None,
        }
        asked_email, asked_phone = emails[email], phones[phone]
        if asked_email and asked_phone:
            session.sanitizer.register_guest(email=asked_email, phone=asked_phone)  # in this spelling too
        exchange = session.api.lookup(
            asked_email, asked_phone, self.scenario.restaurant.id, correlation_id=booking.log.correlation_id
        )
        if "no" in (email, phone) and exchange.status is not None and 400 <= exchange.status < 500:
            return
        if exchange.status != 200:
            raise self.bookings.broken(booking, [f"looking it up failed ({_said(exchange)})"], "lookup")
        told = [*gives_away_nothing(exchange), *marked_as_json(exchange)]
        told += tells_of_others(exchange.response_text, own if found else None, session.guests.words)
        if found:
            self.demand(booking, [*self._found_as_stored(exchange, booking), *told], "lookup")
            return
        seen = str(booking.booking_id) in exchange.response_text
        if email == phone == "my" and seen:
            raise self.bookings.broken(booking, ["it is cancelled, and its guest still finds it"], "lookup")
        if seen or _listed(exchange.json()) or self._strangers(exchange, booking):
            raise self.bookings.broken(
                booking, ["it is shown to somebody who knows only half of the contact"], "others_data"
            )
        self.demand(booking, [f"looked up by somebody else, {breach}" for breach in told], "others_data")

    def _found_as_stored(self, exchange: Exchange, booking: TrackedBooking) -> list[str]:
        listed = _listed(exchange.json())
        own = [item for item in listed if isinstance(item, Mapping) and item.get("id") == booking.booking_id]
        if not own:
            return ["its own guest does not find it"]
        told = [breach for item in own for breach in listed_as_stored(item, self.bookings.row(booking))]
        if len(own) > 1:
            told.append(f"its own guest finds it {len(own)} times")
        if self._foreign(exchange.json(), booking) or self._strangers(exchange, booking):
            told.append("its own guest finds another guest's booking with it")
        return told

    def closed_list(self, list_name: str) -> None:
        """A list of bookings that wants a session shows nothing without one."""
        session = self.session
        exchange = session.api.stranger(
            "GET", CLOSED_LISTS[list_name].format(restaurant_id=self.scenario.restaurant.id)
        )
        if exchange.status is None or not 300 <= exchange.status < 500:
            raise self.bookings.breach(
                f"Somebody who has not signed in could ask for {list_name} ({_said(exchange)})", "open_to_strangers"
            )
        if EMAIL.search(exchange.response_text):
            raise self.bookings.breach(f"The refusal to show {list_name} tells a guest's e-mail", "others_data")

    def link_shows_booking(self) -> None:
        """The link in the confirmation opens the booking, without a session."""
        booking = self.scenario.booking
        token = booking.exchange.json_object().get("confirmationToken")
        if not token:
            raise self.bookings.broken(booking, ["its guest is given no link to it"], "link")
        exchange = self.session.api.confirmation(str(token), correlation_id=booking.log.correlation_id)
        shown = exchange.json_object().get("booking")
        if exchange.status != 200 or not isinstance(shown, Mapping):
            raise self.bookings.broken(booking, [f"the link to it does not open ({_said(exchange)})"], "link")
        found = link_as_stored(shown, self.bookings.row(booking))
        if shown.get("restaurantName") not in (None, self.scenario.restaurant.name):
            found.append("the link tells another restaurant than its own")
        found += tells_of_others(exchange.response_text, booking.request, self.session.guests.words)
        self.demand(booking, [*found, *gives_away_nothing(exchange)], "link")

    def link_opens_once(self) -> None:
        """The link has been used: it shows nothing any more."""
        booking = self.scenario.booking
        token = booking.exchange.json_object().get("confirmationToken")
        again = self.session.api.confirmation(str(token), correlation_id=booking.log.correlation_id)
        self._demand_shut(again, "a link that was used before still opens")

    def made_up_link(self) -> None:
        """A link that was never given out shows nothing."""
        self._demand_shut(self.session.api.confirmation("x" * LINK_LENGTH), "a made-up link opens")

    def _demand_shut(self, exchange: Exchange, told: str) -> None:
        booking = self.scenario.booking
        words = [word for word in self._known_of(booking).values() if word in exchange.response_text]
        if exchange.status is None or not 400 <= exchange.status < 500 or words:
            raise self.bookings.broken(booking, [f"{told} ({_said(exchange)})"], "link")

    def back_door_closed(self) -> None:
        """The entrance through which tests make bookings is shut, or asks for its key before anything else."""
        exchange = self.session.api.stranger("POST", BACK_DOOR, {})
        if exchange.status not in SHUT:
            raise self.bookings.breach(
                f"The entrance that tests make bookings through is open to anybody ({_said(exchange)})",
                "open_to_strangers",
            )

    def closed_to_strangers(self, act: str) -> None:
        """Refused without a session; nothing is told, nothing is changed."""
        booking, session = self.scenario.booking, self.session
        method, path = CLOSED_ACTS[act]
        before = _guests_part(self.bookings.row(booking))
        exchange = session.api.stranger(
            method, f"/api/bookings/{booking.booking_id}{path}", STRANGERS_WORDS if method == "PUT" else None
        )
        told = []
        if exchange.status is None or not 400 <= exchange.status < 500:
            told.append(f"somebody who has not signed in could {act} it ({_said(exchange)})")
        told += [
            f"the refusal tells the guest's {what}"
            for what, word in self._known_of(booking).items()
            if word.lower() in exchange.response_text.lower()
        ]
        if _guests_part(self.bookings.row(booking)) != before:
            told.append(f"somebody who has not signed in changed it by trying to {act} it")
        self.demand(booking, told, "open_to_strangers")

    def _known_of(self, booking: TrackedBooking) -> dict[str, str]:
        request = booking.request
        return {
            "name": request.name,
            "e-mail": request.email,
            "phone number": request.phone,
            "reference": self.bookings.row(booking).reference,
        }


def _guests_part(row: BookingRow) -> tuple[Any, ...]:
    """What a stranger must not change; the platform itself may note something about the booking at any time."""
    return stored_facts(row), row.tables


def _listed(body: Any) -> list[Any]:
    listed = body.get("bookings") if isinstance(body, Mapping) else None
    return listed if isinstance(listed, list) else []


def _said(exchange: Exchange) -> str:
    return exchange.problem or f"HTTP {exchange.status}"
