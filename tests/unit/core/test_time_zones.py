"""The suite's time zone data are the pinned ones, and compared with the database's."""

from __future__ import annotations

import datetime
import sysconfig
import zoneinfo
from collections.abc import Iterator

import pytest

from bookingflow.core.time_zones import days_ahead, first_difference, use_pinned_data

NOW = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)


@pytest.fixture
def data_as_found() -> Iterator[None]:
    before = zoneinfo.TZPATH
    yield
    zoneinfo.reset_tzpath(to=before)


@pytest.mark.usefixtures("data_as_found")
def test_the_pinned_data_are_used_unless_others_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    systems_own = sysconfig.get_paths()["stdlib"]
    zoneinfo.reset_tzpath(to=[systems_own])
    monkeypatch.setenv("PYTHONTZPATH", systems_own)
    use_pinned_data()
    assert (systems_own,) == zoneinfo.TZPATH
    monkeypatch.delenv("PYTHONTZPATH")
    use_pinned_data()
    assert list(zoneinfo.TZPATH) == []
    assert zoneinfo.ZoneInfo.no_cache("America/Vancouver").key == "America/Vancouver"


def test_the_first_day_with_another_offset_is_found() -> None:
    zone = zoneinfo.ZoneInfo("Europe/London")
    offsets = {at: at.astimezone(zone).utcoffset() or datetime.timedelta() for at in days_ahead(NOW)}
    assert len(offsets) > 365
    assert first_difference("Europe/London", offsets) is None
    never_summer = dict.fromkeys(offsets, datetime.timedelta())
    at, own = first_difference("Europe/London", never_summer) or (NOW, datetime.timedelta())
    assert (at.date(), own) == (datetime.date(2027, 3, 28), datetime.timedelta(hours=1))
