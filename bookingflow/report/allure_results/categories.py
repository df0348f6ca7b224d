"""Why scenarios failed, by cause: Allure's `categories.json`, on the codes that end a result's message.

Allure 2 puts a result into every category whose expression matches the whole message, Allure 3 into the first whose
expression is found in it: these match the whole message, and no two of them the same one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookingflow.core.failures import DOUBLE_CODES, PRIVACY_CODES, SPEED_CODES
from bookingflow.core.known_breaches import PREFIX as KNOWN

CATEGORIES_FILE = "categories.json"
FAILED, BROKEN, SKIPPED = "failed", "broken", "skipped"


@dataclass(frozen=True)
class Category:
    """A cause: the statuses and codes of its results; without codes those that no other category names."""

    name: str
    description: str
    statuses: tuple[str, ...]
    codes: tuple[str, ...] = ()
    begins: str = ""
    """How the message begins; such a category needs no code."""

    def expression(self, coded: Collection[str]) -> str:
        """What the whole message matches, in Java and in JavaScript; `coded` are the codes of all categories."""
        if self.begins:
            return rf"^{self.begins}[\s\S]*$"
        if self.codes:
            return rf"^[\s\S]*{_ends_with(self.codes)}$"
        return rf"^(?![\s\S]*{_ends_with(coded)}$)[\s\S]*$"


CATEGORIES: Sequence[Category] = (
    Category(
        "Known breach",
        "A promise that is known to be broken and being mended (known-breaches.toml); not red until its day.",
        (SKIPPED,),
        begins=f"{KNOWN}:",
    ),
    Category(
        "Double booking",
        "A table was given to two parties at the same time, or a booking was made twice.",
        (FAILED,),
        tuple(sorted(DOUBLE_CODES)),
    ),
    Category(
        "Privacy",
        "A guest's data, or the platform's own secrets, were shown or changed where they must not be.",
        (FAILED,),
        tuple(sorted(PRIVACY_CODES)),
    ),
    Category(
        "Capacity",
        "No combination of tables could seat the party: a question to the restaurant, not a defect.",
        (BROKEN,),
        ("capacity",),
    ),
    Category(
        "Background job",
        "What was not confirmed at once was not confirmed in the background either.",
        (FAILED,),
        ("background_job_disabled", "background_job_failed", "background_job_idle", "inline_timeout"),
    ),
    Category(
        "No proper answer",
        "The platform answered with an error or not at all, though it could be reached.",
        (FAILED,),
        (
            "answer_lost",
            "answers_broken_off",
            "platform_error",
            "error_under_load",
            "error_in_full_house",
            "refused_with_error",
        ),
    ),
    Category(
        "Too slow",
        "Guests wait longer than budgets.toml allows, in seconds or beside the last runs.",
        (FAILED,),
        tuple(sorted(SPEED_CODES)),
    ),
    Category("Promise broken", "The platform did not keep what the sentence promises.", (FAILED,)),
    Category(
        "Platform unreachable",
        "The platform or its database did not answer; no promise was judged.",
        (BROKEN,),
        ("unreachable", "login_refused", "demo_ended"),
    ),
    Category(
        "Rate limited",
        "The suite asked more often than the platform lets one address; no promise was judged.",
        (BROKEN,),
        ("rate_limited",),
    ),
    Category(
        "Evidence hidden",
        "The database hides from the suite's role what the verdict hangs on (docs/live-platform.md).",
        (BROKEN,),
        ("evidence_hidden",),
    ),
    Category(
        "Not possible now",
        "The restaurant could not be asked: no time with room, or its tables are held by earlier test guests.",
        (BROKEN,),
        ("not_possible", "not_at_this_restaurant", "no_room_left_by_tests"),
    ),
    Category(
        "Suite defect",
        "The suite itself, its settings or its set-up is in error, or the run was interrupted.",
        (BROKEN,),
    ),
)


def categories() -> list[dict[str, Any]]:
    """The content of `categories.json`."""
    coded = [code for category in CATEGORIES for code in category.codes]
    return [
        {
            "name": category.name,
            "description": category.description,
            "matchedStatuses": list(category.statuses),
            "messageRegex": category.expression(coded),
        }
        for category in CATEGORIES
    ]


def write_categories(folder: Path) -> None:
    """Put them beside the results."""
    text = json.dumps(categories(), indent=2, ensure_ascii=False)
    (folder / CATEGORIES_FILE).write_text(f"{text}\n", encoding="utf-8")


def _ends_with(codes: Collection[str]) -> str:
    return rf"\[(?:{'|'.join(codes)})\]"
