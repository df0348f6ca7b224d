"""Settings as a run reads them, from variables and definitions, with `.env` in the test's own folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookingflow.core.errors import SettingsError
from bookingflow.core.settings import Settings
from bookingflow.core.settings.loading import load

LIVE = {"BOOKING_DATABASE_URL": "postgresql://reader:pw@db.staging.example/booking"}
"""The variables of a live platform, the least that are needed."""


def read(tmp_path: Path, environ: dict[str, str] | None = None, **defines: str) -> Settings:
    """The settings from these variables and definitions."""
    return load(defines, {}, environ or {}, tmp_path / ".env")


def problems(tmp_path: Path, environ: dict[str, str] | None = None, /, **defines: str) -> str:
    """What is wrong with these variables and definitions, in the words of the refusal."""
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, environ, **defines)
    return str(caught.value)
