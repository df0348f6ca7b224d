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


def too_many_requests(retry_after: int) -> ApiResponse:
    """Return HTTP 429 to a reader; `retry_after` in seconds."""
    body = {"error": "Too many requests", "code": "RATE_LIMITED", "retryAfter": retry_after}
    return ApiResponse(429, body, {"Retry-After": str(retry_after)})
