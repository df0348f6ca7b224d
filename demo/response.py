"""What a handler returns, before it becomes HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from demo.validation import Invalid


@dataclass(frozen=True)
class ApiResponse:
    """Status, JSON body and headers of an answer."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def invalid_response(sentence: str, invalid: Invalid) -> ApiResponse:
    """Return 400 with the mistakes of each field."""
    return ApiResponse(400, {"error": sentence, "details": {"formErrors": [], "fieldErrors": invalid.errors}})
