"""Guests who never collide: a contact of its own for each booking, recognisable as test data."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass

from bookingflow.core.settings import Settings
from bookingflow.platform.api_models import BookingRequest
from bookingflow.platform.own_guests import OwnGuests

PHONE_PREFIX = 7
PHONE_LENGTH = 19
"""The platform stores 7 to 20 characters (docs/platform.md, "Request"); twelve random digits leave no collisions
between runs, which six did (the predecessor's phone numbers collided and broke bookings)."""
SHORTEST_NAME = 6
"""Letters from which on a name stands in an answer for nothing else."""
FEWEST_WORDS = 3
"""Words from which on notes stand in an answer for nothing else."""
SURNAMES = ("", " Ångström", " O'Neil", " Łódź-Smith")
"""What follows a guest's mark, at most twenty characters with it: names are written in many ways."""
NOTES = (None, "A table by the window, please", None, "Nut allergy!\nIt's Zoë's birthday – 10 % louder, <3 \\o/")
"""What guests note who have no wish that matters."""


@dataclass(frozen=True)
class Guest:
    """A made-up guest, and what it says where nobody asks."""

    name: str
    email: str
    phone: str
    notes: str | None
    marketing_opt_in: bool


class GuestBook:
    """Hands out guests, unique within and between runs whatever the base contact is."""

    def __init__(self, settings: Settings, run_id: str, rng: random.Random) -> None:
        self._settings = settings
        self._run = run_id
        self._rng = rng
        self.enter("")
        self.words: dict[str, str] = {}
        """What the guests so far are known by, and what each is: by this another guest's data is recognised."""
        self.emails: set[str] = set()
        """The e-mails that were given out with a request, in lower case."""
        self._people: dict[str, tuple[str, ...]] = {}
        """By e-mail and phone number, what their guest is known by; half of an earlier contact makes the same guest."""

    def enter(self, scenario: str) -> None:
        """Hand out this scenario's guests from here on: the same ones whatever ran before it, and in which process."""
        self._scenario = hashlib.sha256(scenario.encode()).hexdigest()[:8]
        self._count = 0
        self._variety = int(self._scenario, 16)

    @property
    def own(self) -> OwnGuests:
        """The e-mails by which guests of this and other runs are known."""
        return OwnGuests.of(self._settings.guest_email, self._run)

    def next(self) -> Guest:
        """Return a new unique guest.

        Names, notes and marketing vary, so that details no scenario asserts are exercised too.
        """
        self._count += 1
        variety = self._variety + self._count
        local, _, domain = self._settings.guest_email.partition("@")
        base = self._settings.guest_phone[:PHONE_PREFIX]
        digits = "".join(self._rng.choice("0123456789") for _ in range(PHONE_LENGTH - len(base)))
        return Guest(
            name=f"{self._settings.guest_name} {self._scenario[:4]}{self._count}{SURNAMES[variety % len(SURNAMES)]}",
            email=f"{local}+{self._run}-{self._scenario}-{self._count}@{domain}".lower(),
            phone=base + digits,
            notes=NOTES[(variety + variety // len(SURNAMES)) % len(NOTES)],
            marketing_opt_in=variety % 3 == 0,
        )

    def know(self, *, name: str, email: str, phone: str, notes: str | None) -> None:
        """Remember what a guest is known by; notes of a few words are the guest's own too."""
        if len(name) >= SHORTEST_NAME:
            self.words[name] = "name"
        said = {notes} if notes is not None and len(notes.split()) >= FEWEST_WORDS else set()
        self.words |= dict.fromkeys(said, "notes")
        email = email.strip().lower()
        self.emails.add(email)
        contact = {email: "e-mail", phone.strip(): "phone number"}
        self.words |= contact
        person = tuple({name, *said, *contact}.union(*(self._people.get(half, ()) for half in contact)))
        self._people |= {word: person for word in person if word in self._people or word in contact}

    def known_of(self, request: BookingRequest) -> set[str]:
        """What the guest of this request is known by, under earlier contacts of the same guest too."""
        contact = {request.email.strip().lower(), request.phone.strip()}
        said = () if request.notes is None else (request.notes,)
        return {request.name, *said, *contact}.union(*(self._people.get(half, ()) for half in contact))

    def contacts_of(self, request: BookingRequest) -> set[str]:
        """The contacts of the guest of this request, earlier ones too: names and notes may be anybody's."""
        contact = {request.email.strip().lower(), request.phone.strip()}
        return contact | (self.known_of(request) & self._people.keys())
