"""Who may see and change a booking, and what answers give away."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

import httpx

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.checks.api_answers import (
    GUESTS_EMAIL,
    link_as_stored,
    listed_as_stored,
    marked_as_json,
    shows_any,
    shows_others,
    stored_facts,
)
from bookingflow.checks.information_leaks import gives_away_nothing, shown_in
from bookingflow.core.errors import ScenarioNotPossible
from bookingflow.core.failures import Breach
from bookingflow.core.patterns import EMAIL
from bookingflow.core.text import counted
from bookingflow.platform.answers import demand_answer
from bookingflow.platform.api_models import Exchange, as_id
from bookingflow.platform.database_models import BookingRow
from bookingflow.promises.base import Promise
from bookingflow.scenario.state import LinkKind, OpenedLink, StrangersRequest
from bookingflow.scenario.unauthenticated import THROUGH_TEST_ENTRANCE
from bookingflow.testdata.contacts import EMAILS, NONE, PART, PHONES, SIMILAR

SHUT = frozenset({401, 403, 404, 405})
"""How a request without the key may be answered: refused, or not there."""
ACT_ALLOWED: Mapping[str, str] = {
    "read": "stranger_reads",
    "read the history of": "stranger_reads_history",
    "see the tables of": "stranger_reads",
    "change": "stranger_changes",
    "cancel": "stranger_cancels",
    "take the tables from": "stranger_takes_tables",
}
LIST_OPENED: Mapping[str, str] = {
    "a guest's own bookings": "stranger_lists_guest",
    "the restaurant's bookings": "stranger_lists_restaurant",
}
"""The codes of what only a guest who has signed in may do, and see."""
LINKS: Mapping[LinkKind, str] = {
    "made up": "a made-up link",
    "used": "a link that was used before",
    "expired": "a link whose time is over",
}
"""The links that must not open, as sentences name them."""
SHUT_LINKS: Mapping[LinkKind, frozenset[int]] = {
    "made up": frozenset({400, 404}),
    "used": frozenset({400, 410}),
    "expired": frozenset({400, 410}),
}
"""How they are refused; 400 by a platform that takes no token at all (docs/platform.md, "Reading")."""


class PrivacyPromises(Promise):
    """A guest's data is the guest's own."""

    def answer_shows_own_only(self) -> None:
        """No contact, no notes and no booking of anybody else."""
        booking = self.scenario.booking
        self.demand_answer(booking)
        self.demand(booking, self._of_others(booking.exchange, booking))

    def _of_others(self, exchange: Exchange, booking: TrackedBooking) -> list[Breach]:
        """What an answer to this booking's guest shows of others."""
        guests = self.session.guests
        found = shows_others(exchange, guests.known_of(booking.request), guests.words)
        if self._strangers(exchange, booking):
            found.append(Breach("others_email_shown", "the answer shows another guest's e-mail"))
        if self._foreign(exchange.json(), booking):
            found.append(Breach("others_booking_shown", "the answer lists another guest's booking"))
        elif shows_any(exchange, self._others_references(booking)):
            found.append(Breach("others_booking_shown", "the answer names another guest's booking"))
        return found

    def _others_references(self, booking: TrackedBooking) -> set[str]:
        """Ids and references of the scenario's other guests' bookings."""
        guests = self.session.guests
        own = guests.contacts_of(booking.request)
        others = [one for one in self.scenario.bookings if own.isdisjoint(guests.contacts_of(one.request))]
        ids = [one.booking_id for one in others if one.booking_id]
        return {word for row in self.session.database.reread(ids) for word in (row.id, row.reference)}

    def _strangers(self, exchange: Exchange, booking: TrackedBooking) -> set[str]:
        """Other guests' addresses in an answer: named as a guest's, or known as one's. The restaurant's own is none."""
        own = self.session.guests.known_of(booking.request)
        if booking.row is not None:
            own.add(booking.row.customer_email)  # where another is stored than the guest's, that is its own breach
        found = {address.lower() for address in EMAIL.findall(exchange.response_text)} - own
        named = {address.lower() for address in GUESTS_EMAIL.findall(exchange.response_text)} - own
        return named | (self.session.database.guests_among(sorted(found)) if found else set())

    def _foreign(self, body: Any, booking: TrackedBooking) -> bool:
        """Whether a list holds a booking that is not this guest's."""
        emails = sorted(word for word in self.session.guests.contacts_of(booking.request) if "@" in word)
        # Its own also where another e-mail than the guest's is stored: that is a breach of its own.
        own = {row.id for row in self.session.database.of_guests(emails=emails, keys=[booking.idempotency_key])}
        return any(not isinstance(item, Mapping) or as_id(item.get("id")) not in own for item in _listed(body))

    def answer_without_secret(self) -> None:
        """The answer shows no secret and nothing from inside the platform."""
        booking = self.scenario.booking
        self.demand_answer(booking)
        found = gives_away_nothing(booking.exchange)
        if self.session.sanitizer.knows_secret_in(shown_in(booking.exchange)):
            found.append(Breach("suite_secret_shown", "the answer shows a secret that this suite was trusted with"))
        self.demand(booking, found)

    def lookup(self, *, email: str, phone: str, found: bool) -> None:
        """Looking a contact up finds the booking, or nothing, as it should; `email` and `phone` are words of
        `testdata/contacts.py`.
        """
        booking, session = self.scenario.booking, self.session
        own, stranger = booking.request, session.guests.next()
        exchange = self._look_up(EMAILS[email](own.email, stranger.email), PHONES[phone](own.phone, stranger.phone))
        may_refuse = email == SIMILAR or not {NONE, PART}.isdisjoint((email, phone))
        if may_refuse and exchange.status is not None and 400 <= exchange.status < 500:
            return
        self._demand_looked_up(exchange)
        breaches = [*gives_away_nothing(exchange), *marked_as_json(exchange)]
        if found:
            self.demand(booking, [*self._found_as_stored(exchange, booking), *breaches])
            return
        breaches += shows_others(exchange, (), session.guests.words)
        self._demand_not_found(exchange, booking, email, phone)
        self.demand(booking, breaches)

    def _demand_not_found(self, exchange: Exchange, booking: TrackedBooking, email: str, phone: str) -> None:
        """Raise BrokenPromise where the answer shows a booking, to a contact that is not its guest's or of one that is
        cancelled.
        """
        seen = str(booking.booking_id) in exchange.response_text.lower()
        if email == phone == "my" and seen:
            self.demand_done(booking.cancelled, "Nobody cancelled the booking")
            still = Breach("lookup_finds_cancelled", "it is cancelled, and its guest still finds it")
            raise self.bookings.broken(booking, still)
        if seen or _listed(exchange.json()) or self._strangers(exchange, booking):
            shown = f"it is shown to somebody {_with_contact(email, phone)}"
            raise self.bookings.broken(booking, Breach("half_contact_enough", shown))

    def finds_all(self) -> None:
        """Looking the contact up shows each booking of the scenario, all of which its guest made."""
        own = self.scenario.booking.request
        exchange = self._look_up(own.email, own.phone)
        self._demand_looked_up(exchange)
        for booking in self.scenario.bookings:
            self.demand(booking, self._found_as_stored(exchange, booking))

    def _look_up(self, email: str | None, phone: str | None) -> Exchange:
        """The answer to who looks a contact up, or half of it."""
        session = self.session
        if email and phone:
            session.sanitizer.register_guest(email=email, phone=phone)  # in this spelling too
        trace = self.scenario.booking.log.correlation_id
        return demand_answer(session.api.lookup(email, phone, self.scenario.restaurant.id, correlation_id=trace))

    def _demand_looked_up(self, exchange: Exchange) -> None:
        if exchange.status != 200:
            self.demand_platforms_form(exchange)
            failed = Breach("lookup_failed", f"looking it up failed ({exchange.said})")
            raise self.bookings.broken(self.scenario.booking, failed)

    def _found_as_stored(self, exchange: Exchange, booking: TrackedBooking) -> list[Breach]:
        listed, row = _listed(exchange.json()), self.bookings.row(booking)
        own = [item for item in listed if isinstance(item, Mapping) and as_id(item.get("id")) == booking.booking_id]
        if not own:
            others = sum(isinstance(item, Mapping) for item in listed)
            missing = f"its own guest does not find it; it is {row.status}"
            if others:
                missing += f", and {counted(others, 'other booking')} {'is' if others == 1 else 'are'} found"
            return [Breach("lookup_finds_nothing", missing)]
        found = [breach for item in own for breach in listed_as_stored(item, row)]
        if len(own) > 1:
            found.append(Breach("lookup_finds_twice", f"its own guest finds it {len(own)} times"))
        return [*found, *self._of_others(exchange, booking)]

    def list_not_shown(self) -> None:
        """A list of bookings that wants a session shows nothing without one."""
        asked = self._strangers_request(LIST_OPENED)
        exchange, list_name = asked.exchange, asked.what
        status, found = exchange.status or 0, []
        if EMAIL.search(exchange.response_text):
            found.append(Breach("stranger_learns_email", f"the refusal to show {list_name} shows a guest's e-mail"))
        if status < httpx.codes.MULTIPLE_CHOICES and not found:
            self.demand_platforms_form(exchange)
        if status < httpx.codes.MULTIPLE_CHOICES:
            opened = f"asked for {list_name} without signing in, the platform answered HTTP {status}"
            found.append(Breach(LIST_OPENED[list_name], opened))
        elif exchange.is_error:
            shown = "" if found else "; nothing was shown"
            failed = f"a stranger who asked for {list_name} was answered with an error (HTTP {status}){shown}"
            found.append(Breach("refused_with_error", failed))
        if found:
            raise self.bookings.breach(*found)

    def entrance_closed(self) -> None:
        """The entrance through which tests make bookings is shut, or asks for its key before anything else."""
        status = self._strangers_request([THROUGH_TEST_ENTRANCE]).exchange.status
        if status not in SHUT:
            opened = f"a request without its key was not refused (HTTP {status})"
            raise self.bookings.breach(Breach("test_entrance_open", opened))

    def booking_closed(self) -> None:
        """What a stranger tried with the booking is refused; nothing is shown, nothing is changed."""
        booking, asked = self.scenario.booking, self._strangers_request(ACT_ALLOWED)
        act, exchange, before = f"{asked.what} it{asked.guise}", asked.exchange, asked.before
        status = exchange.status or 0
        found = self._learned_of(booking, exchange)
        changed = before is not None and _guests_part(self.bookings.row(booking)) != _guests_part(before)
        if changed and status >= httpx.codes.BAD_REQUEST:  # who is let in is told of as such
            found.append(Breach("stranger_changes", f"a stranger who tried to {act} changed it"))
        if status < httpx.codes.BAD_REQUEST and not (found or changed):
            self.demand_platforms_form(exchange)
        if status < httpx.codes.BAD_REQUEST:
            done = f"a stranger who has not signed in could {act} (HTTP {status})"
            found.append(Breach(ACT_ALLOWED[asked.what], done))
        elif exchange.is_error and not asked.guise:  # how the staff's entrance says no is agreed nowhere
            kept = "" if found else "; nothing was changed or shown"
            failed = f"a stranger who tried to {act} was answered with an error (HTTP {status}){kept}"
            found.append(Breach("refused_with_error", failed))
        self.demand(booking, found)

    def _strangers_request(self, those: Container[str]) -> StrangersRequest:
        """What a stranger asked for last, one of those; raises ScenarioNotPossible where that is something else."""
        asked = self.scenario.strangers_request
        if asked is None or asked.what not in those:
            raise ScenarioNotPossible("No stranger asked for this yet.", hint="A When sentence comes first.")
        return asked

    def link_shows_booking(self) -> None:
        """The link that was opened shows the booking, without a session."""
        booking, exchange = self.scenario.booking, self._opened_link("given").exchange
        shown = exchange.json_object().get("booking")
        if exchange.status != 200 or not isinstance(shown, Mapping):
            self.demand_platforms_form(exchange)
            shut = Breach("link_never_opens", f"the link to it does not open ({exchange.said})")
            raise self.bookings.broken(booking, shut)
        found = link_as_stored(shown, self.bookings.row(booking))
        place = self.session.database.as_it_is_now(self.scenario.restaurant)
        if shown.get("restaurantName") not in (None, place.name):
            found.append(Breach("link_restaurant_differs", "the link shows another restaurant than its own"))
        guests = self.session.guests
        found += shows_others(exchange, guests.known_of(booking.request), guests.words)
        self.demand(booking, [*found, *gives_away_nothing(exchange)])

    def link_shows_nothing(self) -> None:
        """The link that was opened, which was used before, given long ago or never given out, shows nothing."""
        booking, opened = self.scenario.booking, self._opened_link("used", "expired", "made up")
        exchange = opened.exchange
        shown = self._learned_of(booking, exchange)
        if exchange.is_error and not shown:
            failed = f"a link that must not open was answered with an error ({exchange.said}); nothing was shown"
            raise self.bookings.broken(booking, Breach("refused_with_error", failed))
        if (exchange.status or 0) < httpx.codes.BAD_REQUEST or shown:
            opens = Breach("made_up_link_opens", f"{LINKS['made up']} opens ({exchange.said})")
            if opened.kind == "expired":
                opens = Breach("link_opens_late", f"{LINKS['expired']} still opens ({exchange.said})")
            elif opened.kind == "used":
                opens = Breach("link_opens_twice", f"{LINKS['used']} still opens ({exchange.said})")
            raise self.bookings.broken(booking, opens)
        if exchange.status not in SHUT_LINKS[opened.kind]:
            self.demand_platforms_form(exchange)
            agreed = " or ".join(f"HTTP {status}" for status in sorted(SHUT_LINKS[opened.kind], reverse=True))
            said = f"{LINKS[opened.kind]} is refused with HTTP {exchange.status} instead of {agreed}"
            raise self.bookings.broken(booking, Breach("refusal_status_wrong", said))

    def _opened_link(self, *kinds: LinkKind) -> OpenedLink:
        """The link that was opened last, of one of these kinds; raises ScenarioNotPossible where it is none."""
        opened = self.scenario.opened_link
        if opened is None or opened.kind not in kinds:
            raise ScenarioNotPossible("No such link was opened yet.", hint="A When sentence comes first.")
        return opened

    def _learned_of(self, booking: TrackedBooking, exchange: Exchange) -> list[Breach]:
        """What an answer to a stranger shows of a guest."""
        request = booking.request
        known = {
            "stranger_learns_name": ("name", request.name),
            "stranger_learns_email": ("e-mail", request.email),
            "stranger_learns_phone": ("phone number", request.phone),
            "stranger_learns_reference": ("reference", self.bookings.row(booking).reference),
        }
        text = exchange.response_text.lower()
        found = [
            Breach(code, f"the answer to a stranger shows the guest's {what}")
            for code, (what, word) in known.items()
            if word.lower() in text
        ]
        if request.notes in self.session.guests.words and shows_any(exchange, {request.notes or ""}):
            found.append(Breach("stranger_learns_notes", "the answer to a stranger shows the guest's notes"))
        return found


def _guests_part(row: BookingRow) -> tuple[Any, ...]:
    """What a stranger must not change; the platform itself may note something about the booking at any time."""
    return stored_facts(row), row.tables


def _with_contact(email: str, phone: str) -> str:
    """Who looks up such a contact, which is not its guest's, in words."""
    if email == SIMILAR:
        return "whose e-mail address only resembles its guest's"
    if PART in (email, phone):
        return f"who knows a part of its guest's {'e-mail address' if email == PART else 'phone number'} only"
    return "who knows only half of the contact"


def _listed(body: Any) -> list[Any]:
    listed = body.get("bookings") if isinstance(body, Mapping) else None
    return listed if isinstance(listed, list) else []
