"""Fixtures that any test may ask for; the demo is started once a session, by the first test that asks."""

import hypothesis

from tests.support.demo import demo, demo_process

__all__ = ["demo", "demo_process"]

# A busy machine is no counterexample; a test that failed fails again.
hypothesis.settings.register_profile("suite", deadline=None, derandomize=True)
hypothesis.settings.load_profile("suite")
