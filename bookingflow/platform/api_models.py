"""Requests, answers and statuses as the suite understands them; docs/platform.md states the facts behind each.

Answers are read leniently (a field more is no defect), but the fields a verdict hangs on are typed.
"""

from __future__ import annotations

import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

BookingType = Literal["lunch", "dinner", "drinks"]
Seating = Literal["any", "indoor", "outdoor"]

IN_PROGRESS = frozenset({"pending", "pending_allocation"})
"""Statuses from which a booking may still be confirmed (docs/platform.md, "Life cycle")."""
CREATED, REPEATED = 201, 200
"""How a new booking is answered, and a request that was sent before."""
CONFIRMED, CANCELLED = "confirmed", "cancelled"
BLOCKING = IN_PROGRESS | {CONFIRMED}
"""Statuses whose tables are taken."""


class BookingRequest(BaseModel):
    """What a guest asks for; sent as it stands, absent fields left out (null is legal only for notes)."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)

    restaurant_slug: str | None = None
    restaurant_id: UUID | None = None
    date: datetime.date
    time: datetime.time
    party: int
    booking_type: BookingType
    seating: Seating = "any"
    notes: str | None = None
    name: str
    email: str
    phone: str
    marketing_opt_in: bool = False

    def payload(self) -> dict[str, Any]:
        """The JSON body."""
        body = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        body["time"] = self.time.strftime("%H:%M")
        return body


class Answered(BaseModel):
    """The part of a success body that the flow follows (docs/platform.md, "Success")."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    class Booking(BaseModel):
        """The booking as the answer shows it."""

        model_config = ConfigDict(extra="ignore")

        id: UUID
        status: str
        reference: str | None = None

    booking: Booking
    duplicate: bool = False


class Refusal(BaseModel):
    """A 4xx body: a text for people, mostly a code, sometimes details."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    error: str
    code: str | None = None
    details: dict[str, Any] | None = None
    retry_after: float | None = None


class ScheduleSlot(BaseModel):
    """One bookable time of a day."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    value: datetime.time
    booking_option: str
    period_id: str | None = None
    disabled: bool = False


class ScheduleWindow(BaseModel):
    """From when to when a restaurant is open."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    opens_at: datetime.time | None = None
    closes_at: datetime.time | None = None


class Schedule(BaseModel):
    """A restaurant's day (docs/platform.md, "Schedule")."""

    model_config = ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)

    restaurant_id: UUID
    date: datetime.date
    timezone: str
    interval_minutes: int
    last_seating_buffer_minutes: int | None = None
    window: ScheduleWindow | None = None
    is_closed: bool
    slots: list[ScheduleSlot] = Field(default_factory=list)

    def open_slots(self) -> list[ScheduleSlot]:
        """The slots a guest may ask for, in the order of the day."""
        open_slots = [] if self.is_closed else [slot for slot in self.slots if not slot.disabled]
        return sorted(open_slots, key=lambda slot: slot.value)
