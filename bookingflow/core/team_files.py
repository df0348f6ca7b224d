"""Files that a team writes beside its features: one kind of entry each, refused with every problem in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from bookingflow.core.errors import SettingsError
from bookingflow.core.text import decoded, series, why_unreadable

Entry = TypeVar("Entry", bound=BaseModel)


def entries_of(
    path: Path, kind: str, setting: str, model: type[Entry], wrong: Callable[[Mapping[str, Any]], str]
) -> tuple[list[Entry], list[str]]:
    """The entries that begin with `[[kind]]`, and a sentence for each problem: `wrong` words what pydantic found.

    Raises SettingsError where the file, which `setting` names, can't be read or holds anything else.
    """
    import tomllib  # only where there is such a file

    try:
        content = tomllib.loads(decoded(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsError([f"{setting}: {path} can't be read: {why_unreadable(error)}."]) from error
    written = content.pop(kind, [])
    if content or not isinstance(written, list):
        raise SettingsError([f"{path}: every entry begins with [[{kind}]]; nothing else stands there."])
    entries: list[Entry] = []
    problems: list[str] = []
    for number, entry in enumerate(written, start=1):
        try:
            entries.append(model.model_validate(entry))
        except ValidationError as error:
            problems += [f"{path}, {kind} {number}: {wrong(item)}." for item in error.errors()]
    return entries, problems


def wrong_field(problem: Mapping[str, Any], kind: str, wanted: Mapping[str, str]) -> str:
    """What pydantic found in a field, without its full stop; `wanted` says what each field of this kind holds."""
    field = str(next(iter(problem["loc"]), ""))
    if not field:
        return f"it is no table with {series(list(wanted))}"
    if field not in wanted:
        return f"{field} is nothing that a {kind} has; it has {series(list(wanted))}"
    return f"{field} is {'missing' if problem['type'] == 'missing' else 'wrong'}; it is {wanted[field]}"
