"""Fixtures that any test may ask for; the demo is started once a session, by the first test that asks."""

from tests.support.demo import demo, demo_process

__all__ = ["demo", "demo_process"]
