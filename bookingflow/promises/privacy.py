"""Who may see and change a booking, and what answers give away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bookingflow.api import Exchange
from bookingflow.polling import Deadline
from bookingflow.promises.judge import ROW_S, Judge

EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
SECRETS: Mapping[str, re.Pattern[str]] = {
    "the address of a database": re.compile(r"\bpostgres(?:ql)?://|\bhost=\S+ port=\d+|\bdbname=", re.IGNORECASE),
    "a password": re.compile(r"\bpass(?:word|wd)?[\"']?\s*[=:]\s*[\"']?\S", re.IGNORECASE),
    "a key of the platform": re.compile(
        r"service_role|\bsecret[\"']?\s*[=:]|\beyJ[\w-]{8,}\.[\w-]+\.|\bsk_live_", re.IGNORECASE
    ),
    "the inside of a program": re.compile(r"Traceback \(most recent|\n\s+at \S+ \(|node_modules/|site-packages/"),
    "a statement to the database": re.compile(r"\b(?:SELECT .+ FROM|INSERT INTO|UPDATE \w+ SET) ", re.IGNORECASE),
}
"""What no answer to a guest may hold, by what it would give away."""
CLOSED: Mapping[str, tuple[str, str]] = {
    "read": ("GET", ""),
    "read the history of": ("GET", "/history"),
    "change": ("PUT", ""),
    "cancel": ("DELETE", ""),
}
"""What needs a session (docs/platform.md, "Reading")."""
STRANGERS_WORDS = {"startIso": "2030-01-01T12:00:00Z", "partySize": 1, "notes": "changed by a stranger"}


class PrivacyPromises(Judge):
    """A guest's data is the guest's own."""

    def answer_shows_own_only(self) -> None:
        """No e-mail and no booking of anybody else."""
        followed = self.scene.booking
        self.demand_answer(followed)
        own = followed.request.email.lower()
        strangers = {found.lower() for found in EMAIL.findall(followed.exchange.response_text)} - {own}
        body = followed.exchange.json()
        listed = body.get("bookings") if isinstance(body, Mapping) else None
        told = ["it shows another guest's e-mail"] if strangers else []
        if any(_whose(item, own) != own for item in (listed if isinstance(listed, list) else ())):
            told.append("it lists another guest's booking")
        self.demand(followed, told, "others_data")

    def answer_without_secret(self) -> None:
        """Nothing from inside the platform."""
        followed = self.scene.booking
        self.demand_answer(followed)
        text = followed.exchange.response_text + "\n".join(map(str, followed.exchange.response_headers.values()))
        told = [f"the answer gives away {what}" for what, pattern in SECRETS.items() if pattern.search(text)]
        if self._world.sanitizer.knows_secret_in(text):
            told.append("the answer gives away a secret that the suite itself was trusted with")
        self.demand(followed, told, "secret_told")

    def lookup(self, *, own_email: bool, own_phone: bool, found: bool) -> None:
        """Looking a contact up finds the booking, or nothing, as it should."""
        followed, world = self.scene.booking, self._world
        stranger = world.guests.next()
        email = followed.request.email if own_email else stranger.email
        phone = followed.request.phone if own_phone else stranger.phone
        exchange = world.api.lookup(email, phone, world.restaurant.id)
        if exchange.status != 200:
            raise self.broken(followed, [f"looking it up failed ({_said(exchange)})"], "lookup")
        seen = str(followed.booking_id) in exchange.response_text
        if found and not seen:
            raise self.broken(followed, ["its own guest does not find it"], "lookup")
        if not found and (seen or exchange.json() != {"bookings": []}):
            raise self.broken(followed, ["it is shown to somebody who knows only half of the contact"], "others_data")

    def closed_to_strangers(self, act: str) -> None:
        """Refused without a session; nothing is told, nothing is changed."""
        followed, world = self.scene.booking, self._world
        method, path = CLOSED[act]
        before = world.database.look(followed.booking_id or "", Deadline(world.clock, ROW_S))
        exchange = world.api.stranger(
            method, f"{followed.booking_id}{path}", STRANGERS_WORDS if method == "PUT" else None
        )
        told = []
        if exchange.status is None or not 400 <= exchange.status < 500:
            told.append(f"somebody who has not signed in could {act} it ({_said(exchange)})")
        if followed.request.email.lower() in exchange.response_text.lower():
            told.append("the refusal tells the guest's e-mail")
        if world.database.look(followed.booking_id or "", Deadline(world.clock, ROW_S)) != before:
            told.append(f"somebody who has not signed in changed it by trying to {act} it")
        self.demand(followed, told, "open_to_strangers")


def _whose(item: Any, unless_told: str) -> str:
    return str(item.get("customer_email", unless_told)).lower() if isinstance(item, Mapping) else "?"


def _said(exchange: Exchange) -> str:
    return exchange.problem or f"HTTP {exchange.status}"
