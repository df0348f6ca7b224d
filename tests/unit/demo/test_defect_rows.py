"""What defects do to rows a while after a confirmation."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from demo.defects import Switchboard, rows


@pytest.mark.parametrize(("still_on", "struck"), [(True, ["DELETE FROM bookings WHERE id = %(id)s"]), (False, [])])
def test_a_defect_that_was_switched_off_meanwhile_strikes_no_more(
    monkeypatch: pytest.MonkeyPatch, *, still_on: bool, struck: list[str]
) -> None:
    executed: list[str] = []
    waiting: list[Callable[[], None]] = []

    def timer(seconds: float, work: Callable[..., None], arguments: tuple[Any, ...]) -> SimpleNamespace:
        assert seconds == rows.LATER_S
        return SimpleNamespace(start=lambda: waiting.append(lambda: work(*arguments)))

    @contextlib.contextmanager
    def statement() -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(execute=lambda text, _: executed.append(text))

    monkeypatch.setattr(rows, "threading", SimpleNamespace(Timer=timer))
    platform: Any = SimpleNamespace(defects=Switchboard(["lost-after-confirm"]), statement=statement)
    rows.booking_confirmed(platform, SimpleNamespace(), {"id": "4711"})  # type: ignore[arg-type]  # no database
    if not still_on:
        platform.defects = Switchboard([])
    for work in waiting:
        work()
    assert executed == struck
