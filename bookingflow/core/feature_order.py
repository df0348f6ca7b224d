"""In which order features run: as written, with `@serial` last; or shuffled, to prove that the order doesn't matter."""

from __future__ import annotations

import random
from typing import Any

SERIAL = "serial"
"""The tag of a feature that disturbs others while it runs: it waits until they are done."""

SLOW = "slow"
"""The tag of a feature that runs only where tags ask for it (behave.ini, `default_tags`)."""


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
