"""What sentences demand: each method of these is kept quietly, or raises the verdict.

The comparing is done in `checks`, the explaining in `booking.diagnosis`; here the scenario at hand is joined to them.
"""

from __future__ import annotations

from bookingflow.promises.completeness import CompletenessPromises
from bookingflow.promises.confirmation import ConfirmationPromises
from bookingflow.promises.many_guests import ManyGuestsPromises
from bookingflow.promises.opening_hours import OpeningHoursPromises
from bookingflow.promises.privacy import PrivacyPromises
from bookingflow.promises.rate_limit import RateLimitPromises
from bookingflow.promises.refusals import RefusalPromises
from bookingflow.promises.repeats import RepeatPromises
from bookingflow.promises.stored_data import StoredDataPromises
from bookingflow.promises.tables import TablePromises
from bookingflow.scenario.bookings import Bookings
from bookingflow.scenario.session import Session
from bookingflow.scenario.state import ScenarioState


class Promises:
    """The promises that sentences of the scenario at hand demand."""

    def __init__(self, session: Session, scenario: ScenarioState, bookings: Bookings) -> None:
        self.confirmation = ConfirmationPromises(session, scenario, bookings)
        self.tables = TablePromises(session, scenario, bookings)
        self.stored_data = StoredDataPromises(session, scenario, bookings)
        self.refusals = RefusalPromises(session, scenario, bookings)
        self.repeats = RepeatPromises(session, scenario, bookings)
        self.opening_hours = OpeningHoursPromises(session, scenario, bookings)
        self.privacy = PrivacyPromises(session, scenario, bookings)
        self.many_guests = ManyGuestsPromises(session, scenario, bookings)
        self.rate_limit = RateLimitPromises(session, scenario, bookings)
        self.completeness = CompletenessPromises(session, scenario, bookings)
