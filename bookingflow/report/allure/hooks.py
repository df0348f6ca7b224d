"""Watches behave's hooks and clean-ups: when each begins and ends, and what it raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import allure_commons
from behave.runner import Context, ModelRunner

SCENARIO_HOOKS = frozenset(
    {"before_scenario", "after_scenario", "before_step", "after_step", "before_tag", "after_tag"}
)


class Watcher(Protocol):
    """What is called when hooks begin, end and fail."""

    def hook_starts(self, name: str, arguments: tuple[Any, ...]) -> str | None:
        """A hook that is no fixture of Allure's own begins; returns the name under which it is shown, if it is."""

    def hook_stops(self, shown: str, error: BaseException | None) -> None:
        """A hook that is shown is over."""

    def hook_failed(self, where: str, error: BaseException, *, of_scenario: bool) -> None:
        """A hook or clean-up failed, which behave prints and forgets."""


def watch_hooks(watcher: Watcher) -> Callable[[], None]:
    """Tell `watcher` of every hook, and of failing clean-ups; return what undoes this.

    behave hands formatters no runner, so its classes are wrapped while the formatter lives.
    """
    run_hook, do_cleanups = ModelRunner.run_hook, Context._do_cleanups

    def watched_run_hook(self: Any, hook_name: str, *args: Any) -> Any:
        hook = self.hooks.get(hook_name)
        if hook is None:
            return run_hook(self, hook_name, *args)

        def watched_hook(*hook_args: Any) -> Any:
            shown: str | None = None
            error: BaseException | None = None
            own = isinstance(hook, allure_commons.fixture)  # it tells of itself
            if not own and getattr(hook, "__self__", None) is not self:  # nor behave's default
                shown = watcher.hook_starts(hook_name, hook_args)
            try:
                return hook(*hook_args)
            except BaseException as raised:
                error = raised
                watcher.hook_failed(hook_name, raised, of_scenario=hook_name in SCENARIO_HOOKS)
                raise
            finally:
                if shown is not None:
                    watcher.hook_stops(shown, error)

        self.hooks[hook_name] = watched_hook
        try:
            return run_hook(self, hook_name, *args)
        finally:
            self.hooks[hook_name] = hook

    def watched_cleanups(self: Any) -> None:
        layer = self._stack[0].get("@layer") or "testrun"
        try:
            do_cleanups(self)
        except Exception as error:
            watcher.hook_failed(f"clean-up of the {layer}", error, of_scenario=layer == "scenario")
            raise

    ModelRunner.run_hook, Context._do_cleanups = watched_run_hook, watched_cleanups

    def undo() -> None:
        ModelRunner.run_hook, Context._do_cleanups = run_hook, do_cleanups

    return undo
