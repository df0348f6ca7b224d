"""`bookingflow run` and `merge` in processes of their own, and what a run left without times and ids."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tests.support.demo import ROOT
from tests.support.processes import finished, on_own_demo


def environment(folder: Path, **variables: str) -> dict[str, str]:
    """The variables of a run on a demo of its own that never gives up."""
    return on_own_demo(folder, **{"BOOKING_GIVE_UP": "never", **variables})


def bookingflow(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command to its end."""
    return finished("-m", "bookingflow", *arguments, variables=environment(folder, **variables))


def begun(folder: Path, *arguments: str, program: Sequence[str] = ("-m", "bookingflow")) -> subprocess.Popen[str]:
    """`bookingflow run`, just begun, in a session of its own; with pipes for what it prints."""
    return subprocess.Popen(
        [sys.executable, *program, "run", *arguments],
        cwd=ROOT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def summary_of(folder: Path) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((folder / "reports" / "summary.json").read_text(encoding="utf-8"))
    return said


def results_of(folder: Path) -> list[dict[str, Any]]:
    paths = (folder / "allure-results").glob("*-result.json")
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def shape_of_summary(folder: Path) -> dict[str, Any]:
    """The summary without times and ids."""
    said = summary_of(folder)
    once = ("runId", "startedAt", "endedAt", "preflight")
    shape = {name: value for name, value in said.items() if name not in once}
    shape["target"] = {**said["target"], "address": None}
    shape["results"] = [
        {name: value for name, value in result.items() if name not in {"durationMs", "correlationIds"}}
        | {"requests": len(result["correlationIds"])}
        for result in said["results"]
    ]
    shape["bookings"] = sorted(
        (
            booking["scenario"],
            booking["outcome"],
            booking["metrics"]["tablesAssigned"],
            booking["metrics"]["totalCapacity"],
        )
        for booking in said["bookings"]
    )
    shape["metrics"] = {
        name: value["count"] if isinstance(value, dict) else value for name, value in said["metrics"].items()
    }
    del shape["metrics"]["distinctTables"]  # which of equal tables it is, is the platform's choice
    del shape["metrics"]["backgroundMs"]
    return shape


def shape_of_allure(folder: Path) -> list[Any]:
    """Of each result its history, status, steps, labels and attachments by name."""
    return sorted(
        (
            result["historyId"],
            result["name"],
            result["status"],
            str((result.get("statusDetails") or {}).get("message") or "").rpartition("[")[2],
            [step["name"] for step in result.get("steps", ())],
            sorted(
                (label["name"], label["value"]) for label in result["labels"] if label["name"] not in {"thread", "host"}
            ),
            [attachment["name"] for attachment in result.get("attachments", ())],
        )
        for result in results_of(folder)
    )


def globals_of(folder: Path) -> list[str]:
    """The names of what is attached to the run as a whole."""
    paths = (folder / "allure-results").glob("*-globals.json")
    said = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    return sorted(attachment["name"] for one in said for attachment in one.get("attachments", ()))


def attached_to_the_run(folder: Path, name: str) -> str:
    """The text of what is attached to the run as a whole by this name."""
    paths = (folder / "allure-results").glob("*-globals.json")
    said = [one for path in paths for one in json.loads(path.read_text(encoding="utf-8")).get("attachments", ())]
    source = next(one["source"] for one in said if one["name"] == name)
    return (folder / f"allure-results/{source}").read_text(encoding="utf-8")


def cases_of(folder: Path) -> list[Any]:
    """JUnit's cases in their order, with their properties."""
    root = ElementTree.parse(folder / "reports" / "junit.xml").getroot()
    return [
        (suite.get("name"), case.get("name"), case.get("file"), case.get("line"), properties)
        for suite in root.iter("testsuite")
        for case in suite.iter("testcase")
        if (
            properties := [
                (item.get("name"), item.get("value"))
                for item in case.iter("property")
                if item.get("name") not in {"correlationId", "trace"}
            ]
        )
        is not None
    ]


def booked_by(folder: Path) -> dict[str, list[tuple[str, str, str]]]:
    """What each scenario booked: guests, time and occasion, in the order of its bookings."""
    booked = {}
    for result in results_of(folder):
        for attachment in result.get("attachments", ()):
            if attachment["name"] == "Booking and tables":
                text = (folder / "allure-results" / attachment["source"]).read_text(encoding="utf-8")
                rows = csv.DictReader(text.splitlines())
                booked[result["name"]] = [(row["guests"], row["time"], row["for"]) for row in rows]
    return booked


def scenario_lines(printed: str) -> list[str]:
    """What the console said of features, rules and scenarios, without times."""
    lines = [line for line in printed.splitlines() if not line.startswith(("Target:", "Kept", "Broken"))]
    return [re.sub(r"\s+[\d.]+ s$", "", line) for line in lines]
