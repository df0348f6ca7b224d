"""behave's hooks and clean-ups, watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from behave.runner import Context, ModelRunner

SCENARIO_HOOKS = frozenset(
    {"before_scenario", "after_scenario", "before_step", "after_step", "before_tag", "after_tag"}
)


def watch_hooks(failed: Callable[..., None]) -> Callable[[], None]:
    """Call `failed` for each hook and clean-up that fails, which behave prints and forgets; return what undoes this.

    behave hands formatters no runner, so its classes are wrapped while the formatter lives.
    """
    run_hook, do_cleanups = ModelRunner.run_hook, Context._do_cleanups

    def watched_run_hook(self: Any, hook_name: str, *args: Any) -> Any:
        hook = self.hooks.get(hook_name)
        if hook is None:
            return run_hook(self, hook_name, *args)

        def watched_hook(*hook_args: Any) -> Any:
            try:
                return hook(*hook_args)
            except BaseException as error:
                failed(hook_name, error, of_scenario=hook_name in SCENARIO_HOOKS)
                raise

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
            failed(f"clean-up of the {layer}", error, of_scenario=layer == "scenario")
            raise

    ModelRunner.run_hook, Context._do_cleanups = watched_run_hook, watched_cleanups

    def undo() -> None:
        ModelRunner.run_hook, Context._do_cleanups = run_hook, do_cleanups

    return undo
