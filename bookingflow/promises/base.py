"""What every promise works with: the scenario at hand, and demands that raise the verdict."""

from __future__ import annotations

from collections.abc import Sequence

from bookingflow.booking.tracked_booking import TrackedBooking
from bookingflow.core.errors import NotJudged, ScenarioNotPossible
from bookingflow.core.failures import Breach
from bookingflow.core.text import capitalised
from bookingflow.platform.answers import lost_on_the_way
from bookingflow.platform.api_models import AnswerLost, Exchange, NotSent, RateLimited, Walled
from bookingflow.platform.walls import another_form, find_wall, refuses_in_its_place
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState


class Promise:
    """Promises about the scenario at hand: each method is kept quietly, or raises the verdict."""

    def __init__(self, session: Session, scenario: ScenarioState, bookings: Bookings) -> None:
        self.session = session
        self.scenario = scenario
        self.bookings = bookings

    def demand_done(self, done: object, lacks: str) -> None:
        """Raise ScenarioNotPossible, for what the scenario `lacks`, where its own sentences did not do what the promise
        is about: that accuses no platform.
        """
        if not done:
            raise ScenarioNotPossible(f"{lacks} yet in this scenario.", hint="A When sentence comes first.")

    def demand(self, booking: TrackedBooking, breaches: Sequence[Breach]) -> None:
        """Raise the verdict when there are breaches."""
        if breaches:
            raise self.bookings.broken(booking, *breaches)

    def demand_answer(self, booking: TrackedBooking) -> None:
        """Raise the verdict when the request never reached the platform, or was not let in."""
        self.demand_platforms_answer(booking)
        if isinstance(booking.submitted, NotSent | RateLimited):
            raise self.bookings.verdict(self.bookings.follow(booking))

    def demand_platforms_answer(self, booking: TrackedBooking) -> None:
        """Raise NotJudged when something else than the platform answered: what the platform said is not known."""
        if isinstance(booking.submitted, Walled):
            sentence = f"The answer to the booking can't be judged: {booking.submitted.with_hint}"
            raise NotJudged(self.session.sanitizer.text(sentence), code=booking.submitted.code)

    def demand_platforms_form(self, exchange: Exchange) -> None:
        """Raise NotJudged where an answer accuses the platform and is not its own by its form: a refusal of what is
        open to everybody, a success that is not JSON.
        """
        wall = None
        if 400 <= (exchange.status or 0) < 500:
            wall = find_wall(exchange, open_to_all=True) or refuses_in_its_place(exchange)
        elif not isinstance(exchange.json(), dict | list):
            wall = another_form(exchange, "")
        if wall is not None and not self.session.settings.reached_directly:
            raise NotJudged(self.session.sanitizer.text(f"{capitalised(wall.sentence)}. {wall.hint}"), code=wall.code)

    def demand_whole_answer(self, booking: TrackedBooking) -> None:
        """Raise NotJudged when the answer was lost on its way, where something between may have cut it off."""
        code = None if self.session.settings.reached_directly else lost_on_the_way(booking.submitted)
        if code is not None and isinstance(booking.submitted, AnswerLost):
            sentence = f"The answer to the booking did not arrive whole ({booking.submitted.reason})"
            raise NotJudged(self.session.sanitizer.text(sentence), code=code)

    def demand_readable_answer(self, booking: TrackedBooking) -> None:
        """Raise the verdict when the guest can't read an answer, though the booking may have been made."""
        self.demand_answer(booking)
        if isinstance(booking.submitted, AnswerLost):
            self.bookings.locate(booking)
            self.demand_whole_answer(booking)
            booking.was_left_unanswered()
            made = "; the booking was made all the same" if booking.booking_id is not None else ""
            lost = f"the guest got no answer that can be read ({booking.submitted.reason}){made}"
            raise self.bookings.broken(booking, Breach("answer_lost", lost))
