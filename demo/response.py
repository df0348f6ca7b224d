"""What a handler gives back, before it becomes HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ApiResponse:
    """What the guest gets back."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
