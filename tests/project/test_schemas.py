"""The published schemas are those of the models."""

from __future__ import annotations

import pytest

from bookingflow.core.events import EventStream, Record
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.report.schemas import DOCS, as_written, schemas
from tests.support.fakes import FakeClock
from tests.support.summaries import result, summary

NAMES = ["summary.schema.json", "phases.schema.json"]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_published_is_what_the_models_say(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    assert written == as_written(schemas()[name]), "python -m bookingflow.report.schemas writes it anew"


def test_every_key_of_a_record_is_in_its_schema_and_none_else() -> None:
    records: list[Record] = []
    stream = EventStream(run_id="run", clock=FakeClock(), sanitizer=Sanitizer())
    stream.subscribe(records.append)
    stream.note("told")
    schema = schemas()["phases.schema.json"]
    assert list(records[0].as_json()) == schema["required"] == list(schema["properties"])
    assert schema["additionalProperties"] is False


def test_every_key_of_a_summary_is_in_its_schema_and_none_else() -> None:
    schema = schemas()["summary.schema.json"]
    written = summary(result()).model_dump(mode="json", by_alias=True)
    assert list(written) == schema["required"] == list(schema["properties"])
    assert list(written["results"][0]) == schema["$defs"]["ScenarioResult"]["required"]
    assert schema["additionalProperties"] is False
