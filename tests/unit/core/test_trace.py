"""A trace a booking."""

from __future__ import annotations

import re
import uuid

from bookingflow.core.trace import trace_id_of, traceparent


def test_the_trace_is_found_by_the_correlation_id_and_the_other_way_round() -> None:
    correlation_id = str(uuid.uuid4())
    assert uuid.UUID(trace_id_of(correlation_id)) == uuid.UUID(correlation_id)


def test_each_request_is_a_span_of_its_own_in_the_form_of_the_standard() -> None:
    correlation_id = str(uuid.uuid4())
    first, second = traceparent(correlation_id), traceparent(correlation_id)
    assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", first)
    assert first.split("-")[1] == second.split("-")[1] == trace_id_of(correlation_id)
    assert first != second
