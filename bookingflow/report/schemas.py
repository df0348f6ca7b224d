"""The schemas of what a run writes for machines: `python -m bookingflow.report.schemas` writes them into docs/.

They are made from the models, so that they can't say anything else; tests/project compares.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from bookingflow.core.events import Record
from bookingflow.report.summary import Summary

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Untitled(GenerateJsonSchema):
    """Names of fields speak for themselves; pydantic would repeat each as its title."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - pydantic's signature
        return False


def schemas() -> Mapping[str, dict[str, Any]]:
    """The schemas by the names of their files: of the summary, and of each line of the records."""
    return {
        "summary.schema.json": _described(
            Summary.model_json_schema(mode="serialization", schema_generator=_Untitled), "reports/summary.json"
        ),
        "phases.schema.json": _described(
            TypeAdapter(Record).json_schema(mode="serialization", schema_generator=_Untitled),
            "one line of reports/phases.jsonl",
        ),
    }


def as_written(schema: Mapping[str, Any]) -> str:
    """Return the text of its file."""
    return f"{json.dumps(schema, indent=2, ensure_ascii=False)}\n"


def main() -> None:
    """Write them."""
    for name, schema in schemas().items():
        (DOCS / name).write_text(as_written(schema), encoding="utf-8")


def _described(schema: dict[str, Any], what: str) -> dict[str, Any]:
    return {"$schema": DIALECT, **schema, "title": what}


if __name__ == "__main__":
    main()
