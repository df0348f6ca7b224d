"""The suite's time zone data are the pinned ones, and compared with the database's."""

from __future__ import annotations

import datetime
import importlib.resources
import sysconfig
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookingflow.core import time_zones
from bookingflow.core.time_zones import days_ahead, difference_that_stays, first_difference, use_pinned_data

NOW = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)


@pytest.fixture
def data_as_found() -> Iterator[None]:
    before = zoneinfo.TZPATH
    yield
    zoneinfo.reset_tzpath(to=before)
    zoneinfo.ZoneInfo.clear_cache()


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


@pytest.mark.usefixtures("data_as_found")
@pytest.mark.parametrize(("like", "agrees"), [("Asia/Tokyo", True), ("Asia/Dubai", False)])
def test_data_of_the_system_that_agree_are_gone_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, like: str, agrees: bool
) -> None:
    monkeypatch.delenv("PYTHONTZPATH", raising=False)
    use_pinned_data()
    at_tokyo = {at: datetime.timedelta(hours=9) for at in days_ahead(NOW)}
    (tmp_path / "Europe").mkdir()
    area, city = like.split("/")
    data = importlib.resources.files(f"tzdata.zoneinfo.{area}").joinpath(city).read_bytes()
    (tmp_path / "Europe" / "London").write_bytes(data)
    monkeypatch.setattr(time_zones, "use_systems_data", lambda: time_zones._use([str(tmp_path)]))
    found = difference_that_stays("Europe/London", at_tokyo)
    assert (found is None) == agrees
    assert list(zoneinfo.TZPATH) == ([str(tmp_path)] if agrees else [])
    at = datetime.datetime(2026, 11, 27, 12, tzinfo=zoneinfo.ZoneInfo("Europe/London"))
    assert at.utcoffset() == datetime.timedelta(hours=9 if agrees else 0)


def test_data_that_somebody_named_are_gone_by_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONTZPATH", "")
    monkeypatch.setattr(time_zones, "use_systems_data", lambda: pytest.fail("others were named"))
    assert difference_that_stays("Europe/London", dict.fromkeys(days_ahead(NOW), datetime.timedelta(hours=9)))
