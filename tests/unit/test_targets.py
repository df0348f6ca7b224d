"""Opening a target: what is asked for is said, production in red."""

from __future__ import annotations

import sys

import pytest

from bookingflow.core.errors import SuiteError, TargetUnreachable
from bookingflow.core.settings.loading import load
from demo.client import DemoError, DemoSilent
from targets import _Controls, open_target

LIVE = {
    "BOOKING_API_BASE_URL": "https://ada:canary@booking.shop.example/v2",
    "BOOKING_DATABASE_URL": "postgresql://reader:canary@db.prod.example/app",
    "PRODUCTION_BOOKING_API_BASE_URL": "https://booking.shop.example",
}


@pytest.mark.parametrize("terminal", [True, False])
def test_production_that_is_allowed_is_said_in_red(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    target = open_target(load({}, {}, {**LIVE, "BOOKING_ALLOW_PRODUCTION": "db.prod.example,booking.shop.example"}))
    said = capsys.readouterr().out
    assert target.api_base_url == "https://booking.shop.example/v2"
    assert "Target: the live platform at https://booking.shop.example/v2" in said
    for host in ("booking.shop.example", "db.prod.example"):
        line = f"PRODUCTION: bookings are made at {host}, which BOOKING_ALLOW_PRODUCTION names."
        assert (f"\x1b[31m{line}\x1b[0m" if terminal else f"\n{line}\n") in f"\n{said}"
    assert "canary" not in said


def test_nothing_is_said_of_a_staging(capsys: pytest.CaptureFixture[str]) -> None:
    open_target(load({}, {}, {"BOOKING_DATABASE_URL": "postgresql://reader:canary@db.staging.example/app"}))
    assert "PRODUCTION" not in capsys.readouterr().out


@pytest.mark.parametrize(("error", "raised"), [(DemoSilent, TargetUnreachable), (DemoError, SuiteError)])
def test_a_demo_that_does_not_answer_is_unreachable_and_one_that_does_not_obey_an_error_of_the_suite(
    error: type[DemoError], raised: type[SuiteError]
) -> None:
    class Refusing:
        def set_clock(self) -> None:
            raise error("It does not.")

    with pytest.raises(SuiteError, match="It does not") as caught:
        _Controls(Refusing()).set_clock()
    assert type(caught.value) is raised
