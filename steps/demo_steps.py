"""Sentences that switch the demo platform; their scenarios declare `@uses.demo`."""

from __future__ import annotations

from typing import Any

from behave import given


@given("the restaurant does not assign tables at once")
def switch_inline_off(context: Any) -> None:
    """No assignment inside the answer, and no job of the platform's own."""
    context.world.switch(auto_assign=False)
