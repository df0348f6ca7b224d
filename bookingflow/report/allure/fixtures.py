"""Set-up and tear-down: what hooks did, in a container for each of the run, a feature, a rule and a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import allure_commons
from allure_commons.model2 import (
    ExecutableItem,
    Status,
    TestAfterResult,
    TestBeforeResult,
    TestResultContainer,
)
from allure_commons.utils import now, uuid4

from bookingflow.report.allure.outcomes import outcome_of

TAG_HOOKS = frozenset({"before_tag", "after_tag"})


@dataclass
class _Layer:
    """A part of the run, and the results that belong to it."""

    name: str
    container: TestResultContainer = field(default_factory=lambda: TestResultContainer(uuid=uuid4()))


class Fixtures:
    """The hooks' own results. What is attached, and the steps that are taken, in a hook are its own."""

    def __init__(self, logger: Any, sanitize: Callable[[ExecutableItem], None]) -> None:
        """`logger` keeps what is open; `sanitize` goes over a hook's texts before they are written."""
        self._logger, self._sanitize = logger, sanitize
        self._layers = [_Layer("run")]
        self._open: dict[str, tuple[ExecutableItem, ExecutableItem | None]] = {}

    def enter(self, layer: str) -> None:
        """A feature, rule or scenario begins; one that is still open and not around it is over."""
        names = ["run", "feature", "rule", "scenario"]
        self.leave(layer)
        while names.index(self._layers[-1].name) > names.index(layer):
            self._write(self._layers.pop())
        self._layers.append(_Layer(layer))

    def leave(self, layer: str) -> None:
        """It is over, with all within it: its hooks are written, if it had any."""
        if any(item.name == layer for item in self._layers):
            while self._layers[-1].name != layer:
                self._write(self._layers.pop())
            self._write(self._layers.pop())

    def belongs(self, result_uuid: str) -> None:
        """A result is written: it belongs to all that is open."""
        for layer in self._layers:
            layer.container.children.append(result_uuid)

    def start(self, uuid: str, name: str, parameters: Mapping[str, Any], *, mirrored: bool = False) -> None:
        """A hook begins. `mirrored`: its attachments stand also where they would stand without it."""
        layer = self._layers[0] if name.endswith("_all") else self._layers[-1]
        around = self._logger.get_last_item(ExecutableItem)
        item = TestAfterResult if name.startswith("after_") else TestBeforeResult
        fixture = item(name=hook_name(name, list(parameters.values())), start=now())
        (layer.container.afters if item is TestAfterResult else layer.container.befores).append(fixture)
        self._open[uuid] = fixture, around if mirrored else None
        self._logger.schedule_test(uuid, fixture)

    def stop(self, uuid: str, error: BaseException | None) -> None:
        """It is over; one that was never started is nobody's."""
        if uuid not in self._open:
            return
        fixture, around = self._open.pop(uuid)
        self._logger.drop_test(uuid)
        fixture.stop, fixture.status = now(), Status.PASSED
        if error is not None:
            fixture.status, fixture.statusDetails = outcome_of(error)
        if around is not None:
            around.attachments.extend(fixture.attachments)

    def close(self) -> None:
        """The run is over."""
        while self._layers:
            self._write(self._layers.pop())

    def _write(self, layer: _Layer) -> None:
        fixtures = [*layer.container.befores, *layer.container.afters]
        for fixture in fixtures:
            self._sanitize(fixture)
        if fixtures and layer.container.children:
            allure_commons.plugin_manager.hook.report_container(container=layer.container)


def hook_name(name: str, arguments: list[Any]) -> str:
    """`before all`, `after tag @smoke`: as allure-behave names them."""
    words = name.replace("_", " ")
    if name not in TAG_HOOKS:
        return words
    tag = str(arguments[-1]).strip("'")
    return f"{words} @{tag}"
