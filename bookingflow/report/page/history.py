"""Past runs, for the page's trends: `reports/history.jsonl`, a line a run in the form of Allure 3's own history.

Each run adds its line at its end, so that the trend has every run, whether a page was made of it or not. Allure adds
the run again when it makes the page, and its line takes the place of ours: a run is known by when its scenarios began.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bookingflow.report.allure_results.environment import REPORT_NAME

HISTORY = "history.jsonl"
HISTORY_RUNS = 10
"""Runs kept in the history, this one included: as many as Allure's charts show (its DEFAULT_CHART_HISTORY_LIMIT)."""

NO_VALUE = "#___unknown_value___#"
"""What Allure takes for the value of a parameter that has none."""


def earlier_runs(history: Path, results: Path) -> list[str]:
    """The newest runs of the history, a line each, without damaged ones and without the run these results are of:
    a page made twice is no second run."""
    return _without(history, _read(results))


def with_this_run(history: Path, results: Path) -> str:
    """The text of the history with the run these results are of, as Allure 3.18 would write it."""
    read = list(_read(results))
    own = [json.dumps(_as_run(read), ensure_ascii=False)] if read else []
    return "".join(f"{line}\n" for line in [*_without(history, read), *own])


def _without(history: Path, results: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = history.read_text(encoding="utf-8", errors="replace").splitlines() if history.is_file() else []
    current = {result["start"] for result in results}
    return [line for line in lines if (began := _began(line)) and not began <= current][1 - HISTORY_RUNS :]


def _as_run(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The run in the form of `createHistory` of @allurereport/core; `url` is empty, as for each page that is a file."""
    items = {item["historyId"]: item for item in map(_as_item, results)}
    return {
        "uuid": str(uuid.uuid4()),
        "name": REPORT_NAME,
        "timestamp": round(time.time() * 1000),
        "knownTestCaseIds": list(dict.fromkeys(name.partition(".")[0] for name in items)),
        "testResults": items,
        "metrics": {},
        "url": "",
    }


def _as_item(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result as Allure keeps it; what it has not is left out, as JavaScript leaves out what is undefined."""
    details = result.get("statusDetails") or {}
    start, stop = result["start"], max(result["start"], result.get("stop", result["start"]))
    item = {
        "id": _md5(str(result.get("uuid"))),
        "name": result.get("name"),
        "fullName": result.get("fullName"),
        "environment": "default",
        "status": result.get("status", "unknown"),
        "message": details.get("message"),
        "trace": details.get("trace"),
        "start": start,
        "stop": stop,
        "duration": stop - start,
        "labels": [label for label in result.get("labels", ()) if label.get("name")],
        "url": "",
        "historyId": _history_id(result),
        "reportLinks": [],
    }
    return {name: value for name, value in item.items() if value is not None}


def _history_id(result: Mapping[str, Any]) -> str:
    """Allure's id of a scenario: its test case, and the parameters that count (`calculateHistoryId`)."""
    named = [one for one in result.get("parameters", ()) if one.get("name") and not one.get("excluded")]
    counting = [(one["name"], one.get("value", NO_VALUE)) for one in named]
    written = ",".join(f"{name}:{value}" for name, value in sorted(counting))
    return f"{_md5(str(result.get('testCaseId') or result.get('fullName')))}.{_md5(written)}"


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _read(results: Path) -> Iterator[dict[str, Any]]:
    """Every result that can be read; Allure says itself what it can't."""
    for path in sorted(results.glob("*-result.json")):
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            if isinstance(result["start"], int):
                yield result
        except (ValueError, KeyError, TypeError):
            continue


def _began(line: str) -> set[object]:
    """When the scenarios of a run in the history began; empty for a damaged line."""
    try:
        return {result["start"] for result in json.loads(line)["testResults"].values()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return set()
