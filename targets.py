"""The one place where the suite and the demo platform meet: opens the target that the settings name."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, cast

from bookingflow.core.errors import SettingsError, SuiteError, TargetUnreachable
from bookingflow.core.sanitizer import Sanitizer
from bookingflow.core.settings import DEFAULT_API_BASE_URL, Settings
from bookingflow.core.settings.sources import did_you_mean
from bookingflow.platform.log_in import forget_variables
from bookingflow.platform.target import DemoControls, LiveTarget, Target
from demo import client
from demo.client import Demo, DemoError, DemoSilent, attach_demo, start_demo
from demo.defects import NAMES as DEFECTS


def open_target(settings: Settings) -> Target:
    """The platform of this run: a live one, a demo that runs already, or a demo of our own.

    Raises SettingsError for a defect that does not exist, TargetUnreachable where a demo does not come up.
    """
    _warn_of_production(settings)
    if not settings.on_demo:
        url = settings.api_base_url or DEFAULT_API_BASE_URL
        print(f"Target: the live platform at {Sanitizer().text(url)}")
        return LiveTarget(url, settings.database_url or "")
    forget_variables()
    try:
        if settings.starts_demo:
            _demand_known(settings.demo_defects)
            demo = start_demo(defects=settings.demo_defects)
            print(f"Target: the demo platform, started for this run at {demo.api_base_url}")
        else:
            print(f"Target: a running demo platform at {Sanitizer().text(settings.api_base_url or '')}")
            demo = attach_demo(
                api_base_url=settings.api_base_url or "",
                database_url=settings.database_url or "",
                job_url=settings.job_url,
                job_token=settings.job_token,
                admin_url=settings.demo_admin_url,
                admin_token=settings.demo_admin_token,
            )
    except DemoError as error:
        raise TargetUnreachable(str(error)) from error
    return _DemoTarget(demo)


def fork_demos() -> None:
    """Let demos of our own begin as forks of this process: for those that have read the demo's code already."""
    client.begin = importlib.import_module("demo.forked").ForkedDemo


def _warn_of_production(settings: Settings) -> None:
    """Say in red that bookings are made where it looks like production, since that was allowed."""
    for host in settings.allowed_production():
        sentence = f"PRODUCTION: bookings are made at {host}, which BOOKING_ALLOW_PRODUCTION names."
        print(f"\x1b[31m{sentence}\x1b[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else sentence)


def _demand_known(defects: Sequence[str]) -> None:
    unknown = [name for name in defects if name not in DEFECTS]
    if unknown:
        known, otherwise = sorted(DEFECTS), "python -m demo --list-defects lists them."
        hints = {name: did_you_mean(name, known, otherwise) for name in unknown}
        raise SettingsError([f"BOOKING_DEMO_DEFECTS={name}: there is no such defect.{hints[name]}" for name in unknown])


class _DemoTarget:
    """A demo as the suite sees it: what it does not do is an error of the suite."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self.api_base_url = demo.api_base_url
        self.database_url = demo.database_url
        self.job_url: str | None = demo.job_url
        self.job_token: str | None = demo.job_token
        self.controls: DemoControls | None = None
        if demo.controls is not None:
            self.controls = cast("DemoControls", _Controls(demo.controls))

    def restaurant_slug(self, kind: str) -> str | None:
        """The demo's restaurant of this kind."""
        return self._demo.restaurant_slug(kind)

    def ended(self, *, to_the_moment: bool = False) -> str:
        """How a demo ended that was started for this run; empty while it runs."""
        return self._demo.ended(to_the_moment=to_the_moment)

    def close(self) -> None:
        """Stop the demo where it was started for this run."""
        self._demo.close()


class _Controls:
    """The demo's controls, every call of which raises SuiteError where the demo does not obey, and TargetUnreachable
    where it does not answer.
    """

    def __init__(self, controls: object) -> None:
        self._controls = controls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        call: Callable[..., Any] = getattr(self._controls, name)

        @wraps(call)
        def obeyed(*args: Any, **kwargs: Any) -> Any:
            try:
                return call(*args, **kwargs)
            except DemoSilent as error:
                raise TargetUnreachable(str(error), hint="Is the demo still running?") from error
            except DemoError as error:
                raise SuiteError(str(error)) from error

        return obeyed
