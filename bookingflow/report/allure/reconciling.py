"""Whether the results in the folder say what behave says: each scenario that ran has one result, with its status."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from behave.model_type import Status as BehaveStatus

from bookingflow.report.allure.outcomes import NOT_RUN, family, report_family


class ScenarioEnd(NamedTuple):
    """How behave says that a scenario ended, and its results, by uuid."""

    location: Any
    name: str
    status: BehaveStatus
    results: tuple[str, ...]


def differing(ends: Iterable[ScenarioEnd], statuses: Mapping[str, str], *, cut_off: bool) -> Iterator[str]:
    """The scenarios that ran and whose one result, as it lies in the folder, does not say what behave says.

    `statuses` are those of the results, by uuid. A run that was `cut_off` may lack the scenario that it was stopped in.
    """
    for end in ends:
        reported = [statuses.get(uuid) for uuid in end.results]
        named = f"{end.location} {end.name}: behave says {end.status.name}, the report "
        if len(reported) > 1:
            yield f"{named}has {len(reported)} results"
        elif not reported:
            yield f"{named}has no result"
        elif cut_off and end.status in NOT_RUN:
            continue  # behave forgets the one that it was stopped in
        elif reported[0] is None:
            yield f"{named}lost its result"
        elif report_family(str(reported[0])) != family(end.status):
            yield f"{named}{reported[0]}"


def results_in(folder: Path) -> dict[str, str]:
    """The statuses of the results in the folder, by their uuids; what can't be read is none."""
    found = {}
    for path in folder.glob("*-result.json"):
        try:
            result = json.loads(path.read_bytes())
            found[str(result["uuid"])] = str(result["status"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found
