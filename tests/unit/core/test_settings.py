"""Settings: one precedence, and everything wrong told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookingflow.core.errors import SettingsError
from bookingflow.core.settings import Settings, load

LIVE = {"BOOKING_DATABASE_URL": "postgresql://reader:pw@db.staging.example/booking"}


def read(tmp_path: Path, environ: dict[str, str] | None = None, **defines: str) -> Settings:
    return load(defines, {}, environ or {}, tmp_path / ".env")


def problems(tmp_path: Path, environ: dict[str, str] | None = None, /, **defines: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, environ, **defines)
    return str(caught.value)


def test_nothing_configured_means_the_demo(tmp_path: Path) -> None:
    settings = read(tmp_path)
    assert settings.target_kind == "demo"
    assert settings.starts_demo
    assert (settings.party_size, settings.booking_type, settings.seating) == (4, "dinner", "any")


def test_an_address_means_live_and_an_explicit_target_wins(tmp_path: Path) -> None:
    assert read(tmp_path, LIVE).target_kind == "live"
    assert read(tmp_path, {"SUPABASE_DB_URL": LIVE["BOOKING_DATABASE_URL"]}).target_kind == "live"
    assert read(tmp_path, {"BOOKING_TARGET": "demo", "BOOKING_API_BASE_URL": "", **LIVE, "BOOKING_DATABASE_URL": ""})


def test_precedence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOOKING_PARTY_SIZE=2\nBOOKING_NOTES=from file\nBOOKING_SEATING=indoor\n")
    settings = load({"party_size": "6"}, {"seating": "outdoor"}, {"BOOKING_PARTY_SIZE": "5"}, tmp_path / ".env")
    assert settings.party_size == 6
    assert settings.notes == "from file"
    assert settings.seating == "indoor"


def test_an_empty_variable_takes_back_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOOKING_API_BASE_URL=http://localhost:3000\n")
    assert load({}, {}, {"BOOKING_API_BASE_URL": ""}, tmp_path / ".env").target_kind == "demo"


def test_a_live_target_needs_its_database(tmp_path: Path) -> None:
    said = problems(tmp_path, {"BOOKING_API_BASE_URL": "http://localhost:3000"})
    assert "BOOKING_DATABASE_URL is missing" in said


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("date", "next friday", "YYYY-MM-DD"),
        ("date", "2026-02-30", "calendar"),
        ("date", "20290101", "YYYY-MM-DD"),
        ("date", "2029-1-1", "YYYY-MM-DD"),
        ("date", "2020-01-01", "past"),
        ("time", "7pm", "HH:MM"),
        ("time", "25:00", "HH:MM"),
        ("party_size", "0", "from 1 up to 100"),
        ("seating", "window", "any"),
        ("booking_type", "breakfast", "lunch"),
        ("timeout", "5", "from 10 up to 600"),
        ("timeout", "601", "from 10 up to 600"),
        ("poll_interval", "0", "above 0 up to 5"),
        ("inline_window", "120", "longer than"),
        ("base_url", "localhost:3000", "http://"),
        ("database_url", "mysql://x", "postgresql://"),
        ("restaurant_id", "12", "uuid"),
        ("restaurant_slug", "a b", "hyphens"),
        ("job_command", "run-job", "{booking_id}"),
        ("pretty", "perhaps", "true or false"),
    ],
)
def test_every_wrong_value_is_named_with_what_is_allowed(tmp_path: Path, name: str, value: str, words: str) -> None:
    said = problems(tmp_path, None, **{name: value})
    assert words in said
    assert name.removeprefix("base_") in said.lower()


def test_unknown_names_get_a_suggestion(tmp_path: Path) -> None:
    assert "Did you mean party_size?" in problems(tmp_path, None, party_szie="4")
    assert "Did you mean BOOKING_TIMEOUT?" in problems(tmp_path, {"BOOKING_TIMEOT": "4"})


def test_other_programs_names_are_left_alone(tmp_path: Path) -> None:
    environ = {"BOOKING_PAST_TIME_GRACE_MINUTES": "5"}
    settings = load({"AllureFormatter.hide_excluded": "true"}, {}, environ, tmp_path / ".env")
    assert settings.target_kind == "demo"


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    said = problems(tmp_path, None, date="x", time="y", prety="true")
    assert said.count("\n  - ") == 3


def test_no_secret_value_stands_in_a_problem(tmp_path: Path) -> None:
    assert "canary" not in problems(tmp_path, {"BOOKING_DATABASE_URL": "mysql://u:canary@h/d"})


@pytest.mark.parametrize("host", ["db.production.example", "prod-db.example", "www.example"])
def test_production_is_refused_unless_named(tmp_path: Path, host: str) -> None:
    environ = {"BOOKING_DATABASE_URL": f"postgresql://r:pw@{host}/b"}
    assert "BOOKING_ALLOW_PRODUCTION" in problems(tmp_path, environ)
    assert read(tmp_path, {**environ, "BOOKING_ALLOW_PRODUCTION": host}).target_kind == "live"


def test_a_host_marked_as_production_is_refused(tmp_path: Path) -> None:
    environ = {**LIVE, "PRODUCTION_SUPABASE_URL": "https://db.staging.example"}
    assert "looks like production" in problems(tmp_path, environ)


def test_the_cap_is_for_the_demo_only(tmp_path: Path) -> None:
    assert "BOOKING_DEADLINE_CAP" in problems(tmp_path, {**LIVE, "BOOKING_DEADLINE_CAP": "5"})
    assert read(tmp_path, {"BOOKING_DEADLINE_CAP": "5"}).deadline(90) == 5


def test_what_is_right_in_itself_and_contradicts_is_told_with_the_rest(tmp_path: Path) -> None:
    said = problems(tmp_path, None, timeout="5", api_base_url="https://booking.prod.example")
    assert "from 10 up to 600" in said
    assert "looks like production" in said
    assert "BOOKING_DATABASE_URL is missing" in said


def test_a_wrong_address_is_not_told_to_be_missing_too(tmp_path: Path) -> None:
    said = problems(tmp_path, None, api_base_url="http://localhost:1", database_url="mysql://x")
    assert "postgresql://" in said
    assert "is missing" not in said


def test_a_file_of_another_encoding_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("BOOKING_TIMEOUT=60".encode("utf-16"))
    assert "It must be text in UTF-8" in problems(tmp_path, None)


def test_a_misspelt_guest_is_no_guest(tmp_path: Path) -> None:
    assert "Did you mean TEST_CUSTOMER_NAME?" in problems(tmp_path, {"TEST_CUSTOMER_NMAE": "x"})


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("BOOKING_PARTY_SIZE 3", "line 1: BOOKING_PARTY_SIZE 3 sets nothing"),
        ("\nexport BOOKING_TIME", "line 2: export BOOKING_TIME sets nothing"),
        ('BOOKING_SEATING="outdoor', 'line 1: BOOKING_SEATING="outdoor sets nothing'),
        ("SOMEBODY_ELSES", ""),
        ("# BOOKING_TIME", ""),
    ],
)
def test_a_line_of_dotenv_that_sets_nothing_is_refused(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / ".env").write_text(line + "\n", encoding="utf-8")
    if told:
        assert told in problems(tmp_path)
    else:
        assert read(tmp_path).party_size == 4


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("base_url", "http://localhost:notaport", "must name a port from 1 to 65535"),
        ("base_url", "http://local host:3000", "without blanks"),
        ("base_url", "http://localhost:3000/?x=1", "root address alone"),
        ("database_url", "postgresql://u:p@localhost:99999/x", "must name a port from 1 to 65535"),
        ("job_url", "http://localhost:0/job", "must name a port from 1 to 65535"),
    ],
)
def test_an_address_that_can_not_be_one_is_refused(tmp_path: Path, name: str, value: str, told: str) -> None:
    assert told in problems(tmp_path, None, **{name: value})
