"""Whether folders hold what the shards of one run left, each once; nothing else is merged.

Machines share no clock and no id of their own. What they share is the CI system's run, where there is one, and the
suite; else shards that lie too far apart in time are of different runs. What can't be known is given the benefit of
the doubt (docs/ci.md).
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from bookingflow.core.errors import NotOneRun
from bookingflow.core.text import plural, quoted, series
from bookingflow.report.parts import ALLURE, Part, name_of_target

FURTHEST = datetime.timedelta(hours=6)
"""Between the end of a shard and the beginning of the next one: longer than a matrix waits for its only runner, shorter
than from one nightly run to the next."""
ONLY_ONE = "Merge what the shards of one run left, and nothing else: an older folder may lie among them."


def demand_one_run(parts: Sequence[Part]) -> None:
    """Raise NotOneRun unless these are shards of one run, each once, at one target."""
    first = parts[0]
    for part in parts[1:]:
        if part.record.shards != first.record.shards:
            raise NotOneRun(
                f"{part.folder} and {first.folder} are no shards of one run: their scenarios were split in other ways.",
                hint="Give every shard the same selection, --shard i/n and --durations.",
            )
    _demand_the_same([(name_of_target(part.summary.target), part) for part in parts], "of different targets")
    twice = [number for number, times in Counter(part.record.number for part in parts).items() if times > 1]
    if twice:
        folders = series([str(part.folder) for part in parts if part.record.number == twice[0]])
        raise NotOneRun(f"Shard {twice[0]} is given twice: {folders}.", hint=ONLY_ONE)
    certain = [part for part in parts if part.record.origin.splits]
    _demand_the_same([(part.record.origin.run, part) for part in certain], "of different runs")
    _demand_the_same([(part.record.origin.suite or None, part) for part in parts], "of different versions of the suite")
    runs = {part.record.origin.run for part in parts}
    if len(runs) > 1 or runs == {None}:
        _demand_near_in_time(parts)
    without = [part.folder for part in parts if not (part.folder / ALLURE).is_dir()]
    if without and len(without) < len(parts):
        raise NotOneRun(
            f"{without[0]} holds no {ALLURE}/, as the other shards do.", hint="Keep it beside reports/ of every shard."
        )


def attempts_of(parts: Iterable[Part]) -> str:
    """What readers should know where some shards were run again, in a sentence; empty where none was."""
    by_attempt = defaultdict[str, list[Part]](list)
    for part in parts:
        if part.record.origin.attempt:
            by_attempt[part.record.origin.attempt].append(part)
    if len(by_attempt) < 2:
        return ""
    said = [f"{_named(by_attempt[attempt])} of attempt {attempt}" for attempt in sorted(by_attempt, key=_number)]
    return f"Note: this run was tried again in part: {series(said)}."


def _number(attempt: str) -> tuple[int, str]:
    return (int(attempt) if attempt.isdecimal() else 0, attempt)


def _demand_the_same(said: Iterable[tuple[str | None, Part]], different: str) -> None:
    """Raise NotOneRun where two parts say different things; None says nothing."""
    alike = defaultdict[str, list[Part]](list)
    for what, part in said:
        if what is not None:
            alike[what].append(part)
    if len(alike) > 1:
        listed = "; ".join(f"{_named(parts, folders=True)}: {what}" for what, parts in alike.items())
        raise NotOneRun(f"These shards are {different}: {listed}.", hint=ONLY_ONE)


def _demand_near_in_time(parts: Sequence[Part]) -> None:
    """Raise NotOneRun where so long nothing ran that it can't have been one run."""
    in_order = sorted(parts, key=lambda part: part.began)
    before = in_order[0]
    for part in in_order[1:]:
        ended, began = before.ended, part.began
        if began - ended > FURTHEST:
            old, new = _named([before], folders=True), _named([part], folders=True)
            hours = round((began - ended).total_seconds() / 3600)
            raise NotOneRun(
                f"These shards are of different runs: {old} had ended at {_moment(ended)}, and {new} began at "
                f"{_moment(began)}, {hours} h later, with none between.",
                hint=ONLY_ONE,
            )
        before = max(before, part, key=lambda one: one.ended)


def _named(parts: Sequence[Part], *, folders: bool = False) -> str:
    """`shard 2`, `shards 1 and 3`; with their folders `shard 2 (DIR)`."""
    numbers = [f"{part.record.number} ({part.folder})" if folders else str(part.record.number) for part in parts]
    return f"{plural(len(parts), 'shard')} {series(numbers)}"


def _moment(at: datetime.datetime) -> str:
    return f"{quoted(at.date())} {at:%H:%M} UTC"
