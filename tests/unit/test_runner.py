"""What a dry run says."""

from __future__ import annotations

from types import SimpleNamespace

from bookingflow.runner import without_step


def test_each_sentence_without_a_step_is_named_once_with_its_place() -> None:
    steps = [SimpleNamespace(location=f"a.feature:{line}", keyword="Then", name="it has a view") for line in (3, 3, 7)]
    assert without_step(steps) == ["a.feature:3: Then it has a view", "a.feature:7: Then it has a view"]
