"""Which scenarios run, and in which order: as written, with `@serial` last; or shuffled, to prove that the order
doesn't matter.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bookingflow.core.alike import most_alike
from bookingflow.core.patterns import pattern
from bookingflow.core.scenario_ids import id_with_number_of

SERIAL = "serial"
"""The tag of a feature that disturbs others while it runs: it waits until they are done."""

SLOW = "slow"
"""The tag of a feature that runs only where tags ask for it (behave.ini, `default_tags`)."""

_TAG = pattern(r"[\w.-]+")


def mean_what_is_named(config: Any) -> None:
    """Run a scenario or a feature file that is named, also one that the default tags would leave out.

    behave takes its default tags themselves for the tags where none are asked for.
    """
    if config.tags is config.default_tags and not any(Path(path).is_dir() for path in config.paths):
        config.default_tags = config.tags = ""
        config.setup_tag_expression()


def misspelt_tags(config: Any, scenarios: Iterable[Any]) -> str:
    """A hint at tags that were asked for, that no scenario has and one has nearly; empty where there are none."""
    known = {str(tag) for scenario in scenarios for tag in scenario.effective_tags}
    asked = _TAG.findall(" ".join(config.tags))
    meant = [(tag, _meant_tag(tag, known)) for tag in dict.fromkeys(asked) if tag not in known]
    return " ".join(f"No scenario has the tag @{tag}; did you mean @{known}?" for tag, known in meant if known)


def _meant_tag(tag: str, known: set[str]) -> str | None:
    """The id with the number that this tag has, else the tag most like it; None where nothing is like it enough."""
    numbered = id_with_number_of(tag)
    return numbered if numbered in known else most_alike(tag, known, cutoff=0.7)


def in_order(features: list[Any], shuffle: random.Random | None = None) -> list[Any]:
    """The features with those tagged `@serial` last; with `shuffle`, they and all they hold in an order it draws."""
    ordered = list(features)
    if shuffle is not None:
        shuffle.shuffle(ordered)
        for feature in ordered:
            _shuffle_items(feature, shuffle)
    return sorted(ordered, key=lambda feature: SERIAL in feature.tags)


def _shuffle_items(holder: Any, shuffle: random.Random) -> None:
    """Rules, outlines and scenarios, each within what holds it."""
    items = getattr(holder, "run_items", None)
    if items is not None:
        shuffle.shuffle(items)
        for item in items:
            _shuffle_items(item, shuffle)
