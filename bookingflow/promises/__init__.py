"""What sentences demand: each method of these is kept quietly, or raises the verdict.

    outcome   how a booking ends                 tables    which tables, how many, for how long
    stored    what is kept, refused, repeated    crowd     many guests at the same moment
    privacy   who may see and change what        hours     which times guests are offered
    whole     every booking, wherever one looks

The comparing is done in `checks` and `refusals`, the explaining in `diagnosis`; here the
scenario at hand is joined to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bookingflow.promises.completeness import WholePromises
from bookingflow.promises.confirmation import OutcomePromises
from bookingflow.promises.many_guests import CrowdPromises
from bookingflow.promises.opening_hours import HoursPromises
from bookingflow.promises.privacy import PrivacyPromises
from bookingflow.promises.stored_data import StoredPromises
from bookingflow.promises.tables import TablePromises

if TYPE_CHECKING:
    from bookingflow.world import World


class Promises:
    """The promises of one world."""

    def __init__(self, world: World) -> None:
        self.outcome = OutcomePromises(world)
        self.tables = TablePromises(world)
        self.stored = StoredPromises(world)
        self.crowd = CrowdPromises(world)
        self.privacy = PrivacyPromises(world)
        self.hours = HoursPromises(world)
        self.whole = WholePromises(world)
