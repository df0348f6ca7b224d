"""What defects do to requests for a booking before they are taken."""

from __future__ import annotations

import asyncio
from typing import Any

from demo.defects.switchboard import Switchboard

PACE = 7
"""With one switch, every seventh booking has to wait."""


def misread(defects: Switchboard, body: dict[str, Any]) -> dict[str, Any]:
    """Return the request's fields as the platform reads them; a defect may change one."""
    if defects.on("long-notes-accepted") and isinstance(body.get("notes"), str):
        return {**body, "notes": body["notes"][:500]}
    if defects.on("number-as-text-refused") and isinstance(body.get("party"), str):
        return {**body, "party": None}
    return body


class Crowd:
    """Counts the guests who ask at the same moment."""

    SEATS, WAIT_S = 4, 0.3

    def __init__(self) -> None:
        self._present = 0

    async def pushes(self) -> bool:
        """Wait for the others of the same moment; return whether they are too many."""
        self._present += 1
        try:
            await asyncio.sleep(self.WAIT_S)
            many = self._present > self.SEATS
            await asyncio.sleep(self.WAIT_S)
        finally:
            self._present -= 1
        return many


class Pace:
    """Counts bookings, to make every seventh wait."""

    def __init__(self) -> None:
        self._asked = 0

    def has_to_wait(self) -> bool:
        """Count a booking; return whether this one has to wait."""
        self._asked += 1
        return self._asked % PACE == 0
