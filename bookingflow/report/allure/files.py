"""The files in the results folder: what can't be written ends no run, and an unfinished run is known by them."""

from __future__ import annotations

import errno
import json
import os
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import allure_commons
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Label, Status, StatusDetails, TestResult
from allure_commons.types import LabelType, Severity
from allure_commons.utils import md5, now, uuid4

from bookingflow.report.allure.outcomes import CAUSE, WHO_CAN_ACT

THE_RUN = "The run"
"""The feature of results that belong to no scenario."""
ENVIRONMENT_FILE, STATE, UNFINISHED = "environment.properties", "Run", "not finished"
"""Where the results say that the run which wrote them has not come to its end: no result, for those who read results
as they appear would show it."""

_lost: list[OSError] = []


def lost_results() -> OSError | None:
    """Why results are missing in the folder; None when all could be written."""
    return _lost[0] if _lost else None


class ResultFiles(AllureFileLogger):
    """Writes results into the folder; what is lost, on a full disk, is known to `lost_results`."""

    def __init__(self, folder: str) -> None:
        super().__init__(folder)  # type: ignore[no-untyped-call]  # allure_commons has no types
        self._began_as = self._report_dir.stat().st_ino
        if hasattr(os, "O_DIRECTORY"):  # while it is held, no other folder gets its number
            weakref.finalize(self, os.close, os.open(self._report_dir, os.O_DIRECTORY))

    def demand_same_folder(self) -> None:
        """Count as lost the results of a folder that was removed, or made anew, since they were begun."""
        if not self._report_dir.is_dir() or self._report_dir.stat().st_ino != self._began_as:
            _lost.append(FileNotFoundError(errno.ENOENT, "the folder was removed during the run"))

    @contextmanager
    def losing(self) -> Iterator[None]:
        """What can't be written here is lost, and no half of it stays."""
        try:
            yield
        except OSError as error:
            _lost.append(error)
            for unfinished in self._report_dir.glob("*.tmp"):
                with suppress(OSError):
                    unfinished.unlink()

    def _keep(self, write: Callable[..., None], *arguments: Any) -> None:
        with self.losing():
            if not self._report_dir.is_dir():  # somebody removed it; `demand_same_folder` says so
                self._report_dir.mkdir(parents=True, exist_ok=True)
            write(*arguments)

    def _report_item(self, item: Any) -> None:
        """As the library writes it, but encoded in one go: streamed as there, every value costs a call in Python."""
        body = json.dumps(item, default=_without_empty, ensure_ascii=False)
        name = item.file_pattern.format(prefix=uuid4())
        super().report_attached_data(body, name)  # type: ignore[no-untyped-call]  # allure_commons has no types

    @allure_commons.hookimpl
    def report_result(self, result: Any) -> None:
        self._keep(self._report_item, result)

    @allure_commons.hookimpl
    def report_container(self, container: Any) -> None:
        self._keep(self._report_item, container)

    @allure_commons.hookimpl
    def report_globals(self, globals_item: Any) -> None:
        self._keep(self._report_item, globals_item)

    @allure_commons.hookimpl
    def report_attached_file(self, source: str, file_name: str) -> None:
        self._keep(super().report_attached_file, source, file_name)

    @allure_commons.hookimpl
    def report_attached_data(self, body: Any, file_name: str) -> None:
        self._keep(super().report_attached_data, body, file_name)


def _without_empty(item: Any) -> dict[str, Any]:
    """The fields of a part of a result that say something; False does."""
    return {name: value for name, value in vars(item).items() if value or value is False}


def note_state(folder: Path, state: str | None) -> str | None:
    """Say in the folder's `environment.properties` how far the run is; None takes the line out.

    Returns what stood there. Raises OSError.
    """
    return note_in_environment(folder, STATE, state)


def note_in_environment(folder: Path, name: str, value: str | None) -> str | None:
    """Write a line of the folder's `environment.properties` anew; None takes it out.

    Both are words that need no escapes there. Returns what stood there. Raises OSError.
    """
    path = folder / ENVIRONMENT_FILE
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    before = next((line.partition("=")[2] for line in lines if line.startswith(f"{name}=")), None)
    kept = [line for line in lines if not line.startswith(f"{name}=")]
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*kept, *([f"{name}={value}"] if value else []), ""]), encoding="utf-8")
    return before


def is_unfinished(folder: Path) -> bool:
    """Whether the run that wrote these results has not come to its end, by their `environment.properties`."""
    with suppress(OSError):
        return f"{STATE}={UNFINISHED}" in (folder / ENVIRONMENT_FILE).read_text(encoding="utf-8").splitlines()
    return False


def write_run_result(
    folder: Path, name: str, message: str, code: str, *, title: str = "", who_can_act: str = ""
) -> None:
    """Write a broken result for what belongs to no scenario, of a run that is over or never began.

    `name` changes with the case, the result's history does not; `title` is the code's. Raises OSError.
    """
    result = TestResult(uuid=uuid4(), start=now(), stop=now(), name=name, status=Status.BROKEN)
    result.fullName = f"{THE_RUN}: {code}"
    result.historyId = result.testCaseId = md5(result.fullName)
    result.titlePath = [THE_RUN]
    labels = {
        LabelType.FEATURE: THE_RUN,
        LabelType.FRAMEWORK: "behave",
        LabelType.SEVERITY: Severity.CRITICAL,
        CAUSE: f"{title} [{code}]" if title else code,
        WHO_CAN_ACT: who_can_act,
    }
    result.labels.extend(Label(name=label, value=value) for label, value in labels.items() if value)
    result.statusDetails = StatusDetails(message=f"{message} [{code}]")
    AllureFileLogger(folder).report_result(result)
