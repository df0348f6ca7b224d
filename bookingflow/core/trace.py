"""One trace for each booking (W3C Trace Context): from a red promise to the platform's log by one id.

The trace's id is the booking's correlation id without its hyphens, so that either finds the other.
"""

from __future__ import annotations

import secrets

HEADER = "traceparent"
VARIABLE = "TRACEPARENT"
"""By which a command that is started for a booking learns of its trace."""


def trace_id_of(correlation_id: str) -> str:
    """32 hexadecimal digits, from a correlation id that is a UUID."""
    return correlation_id.replace("-", "")


def traceparent(correlation_id: str) -> str:
    """What a request for the booking carries: version, the trace, a fresh span, "sampled"."""
    return f"00-{trace_id_of(correlation_id)}-{secrets.token_hex(8)}-01"
