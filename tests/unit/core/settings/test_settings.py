"""What the settings say together: the target, how to log in, what a report shows."""

from __future__ import annotations

from pathlib import Path

from tests.support.settings import LIVE, read


def test_nothing_configured_means_the_demo(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.target_kind == "demo"
    assert settings.starts_demo
    assert (settings.party_size, settings.booking_type, settings.seating) == (4, "dinner", "any")


def test_an_address_means_live_and_an_explicit_target_wins(tmp_path: Path) -> None:
    assert read(tmp_path, LIVE).target_kind == "live"
    assert read(tmp_path, {"SUPABASE_DB_URL": LIVE["BOOKING_DATABASE_URL"]}).target_kind == "live"
    assert read(tmp_path, {"BOOKING_TARGET": "demo", "BOOKING_API_BASE_URL": "", **LIVE, "BOOKING_DATABASE_URL": ""})


def test_user_and_password_of_the_base_url_become_a_header(tmp_path: Path) -> None:
    settings = read(tmp_path, LIVE, base_url="https://ada:canary@staging.example/v2/", api_headers="X-Key: k")
    assert settings.api_base_url == "https://staging.example/v2"
    assert settings.api_headers == {"X-Key": "k", "Authorization": "Basic YWRhOmNhbmFyeQ=="}
    assert {"canary", "YWRhOmNhbmFyeQ==", "k", "pw"} <= set(settings.secrets())


def test_what_a_report_shows_of_the_settings_holds_no_secret(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        {
            "BOOKING_WEBHOOK": "https://x.example/canary",
            "BOOKING_API_HEADERS": "X: canary",
            "BOOKING_JOB_TOKEN": "canary",
        },
        party_size="3",
    )
    assert settings.public()["party_size"] == "3"
    assert "canary" not in str(settings.public())
