"""Scenarios as behave leaves them at their end, for tests of what shows them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from behave.model_type import Status

FEATURE = SimpleNamespace(name="Rooms", type="feature")
HOURS = SimpleNamespace(name="Hours", type="feature")


def step(status: Status, error: BaseException | None = None, name: str = "it is confirmed") -> Any:
    """A step that ended so."""
    return SimpleNamespace(
        keyword="Then", name=name, status=status, exception=error, error_message=str(error) if error else None
    )


def scenario(status: Status, feature: Any = FEATURE, *, failed: Any = None, **given: Any) -> Any:
    """A scenario that ended so; `failed` is its step that did."""
    known = {
        "name": "Four get a table",
        "effective_tags": ["BOOK-001", "critical", "owner.bookings"],
        "duration": 0.25,
        "skip_reason": None,
        "exception": None,
        "error_message": None,
        "all_steps": [failed] if failed else [],
        "location": SimpleNamespace(filename="features/rooms.feature", line=7),
        "parent": feature,
        "type": "scenario",
        "_row": None,
        "should_run": lambda config=None: True,
    }
    return SimpleNamespace(status=status, feature=feature, **{**known, **given})
