"""Everything that is wrong is reported at once, without showing what may be secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookingflow.core.errors import SettingsError
from bookingflow.core.settings import SHOWN, Settings
from bookingflow.core.settings.loading import load
from tests.support.addresses import CANARY, odd_text
from tests.support.settings import LIVE, problems, read


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
        ("guest_email", "nobody", "an e-mail address"),
        ("guest_email", "jürgen@example.org", "in plain ASCII"),
    ],
)
def test_every_wrong_value_is_named_with_what_is_allowed(tmp_path: Path, name: str, value: str, words: str) -> None:
    said = problems(tmp_path, None, **{name: value})
    assert words in said
    assert name.removeprefix("base_") in said.lower()


def test_all_problems_are_reported_at_once(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("api_base_url", "https://BOOKING.PROD.example."),
        ("api_base_url", "https://user:canary@booking.prod.example"),
        ("api_headers", "Host: booking.prod.example"),
        ("database_url", "postgresql://u:canary@/d?host=staging.example,db.prod.example"),
        ("database_url", "host=db.prod.example password=canary"),
        ("database_url", "postgresql://u:canary@staging.example/d?hostaddr=192.0.2.7"),
        ("cleanup_database_url", "postgresql://u:canary@db.prod.example/d"),
        ("job_url", "https://jobs.prod.example/run?key=canary"),
    ],
)
@pytest.mark.parametrize("target", ["live", "demo"])
def test_production_is_found_wherever_it_is_named(tmp_path: Path, name: str, value: str, target: str) -> None:
    addresses = {"api_base_url": "http://127.0.0.1:3000", "database_url": "postgresql://u:p@127.0.0.1/d", name: value}
    environ = {"PRODUCTION_DATABASE_HOST": "192.0.2.7"}
    said = problems(tmp_path, environ, target=target, **addresses)
    assert "looks like production" in said
    assert "canary" not in said


def test_a_demo_runs_on_this_machine(tmp_path: Path) -> None:
    addresses = {"api_base_url": "http://10.0.0.1:3000", "database_url": "postgresql://u:p@10.0.0.1/d"}
    said = problems(tmp_path, None, target="demo", **addresses)
    assert said.count("names another machine (10.0.0.1)") == 2
    assert read(tmp_path, None, target="demo", allow_production="10.0.0.1", **addresses).on_demo


def test_two_ways_to_log_in_are_refused(tmp_path: Path) -> None:
    said = problems(
        tmp_path, LIVE, base_url="https://ada:canary@staging.example", api_headers="authorization: Bearer canary"
    )
    assert "must be without user and password where BOOKING_API_HEADERS has Authorization" in said
    assert "canary" not in said


def test_wrong_headers_are_not_reported_as_a_wrong_address_too(tmp_path: Path) -> None:
    said = problems(tmp_path, LIVE, base_url="https://ada:canary@staging.example", api_headers="X")
    assert "api_headers: must be headers" in said
    assert "base_url" not in said


def test_the_cap_is_for_the_demo_only(tmp_path: Path) -> None:
    assert "BOOKING_DEADLINE_CAP" in problems(tmp_path, {**LIVE, "BOOKING_DEADLINE_CAP": "5"})
    assert read(tmp_path, {"BOOKING_DEADLINE_CAP": "5"}).deadline(90) == 5


def test_another_rate_limit_is_for_a_live_platform_only(tmp_path: Path) -> None:
    assert "BOOKING_RATE_LIMIT says what a live platform takes" in problems(tmp_path, None, rate_limit="80")
    assert read(tmp_path, {**LIVE, "BOOKING_RATE_LIMIT": "80"}).rate_limit == 80


def test_what_shall_be_undone_at_a_running_demo_needs_a_way(tmp_path: Path) -> None:
    demo = {
        "BOOKING_TARGET": "demo",
        "BOOKING_API_BASE_URL": "http://127.0.0.1:3000",
        "BOOKING_DATABASE_URL": "postgresql://u@127.0.0.1/d",
    }
    assert "needs its BOOKING_DEMO_ADMIN_URL" in problems(tmp_path, demo, cleanup="cancel")
    admin = {**demo, "BOOKING_DEMO_ADMIN_URL": "http://127.0.0.1:3000/demo/admin"}
    assert read(tmp_path, admin, cleanup="cancel").cleanup == "cancel"
    assert read(tmp_path, cleanup="cancel").cleanup == "cancel", "a demo that the run starts"
    assert read(tmp_path, demo).cleanup is None


def test_what_is_right_in_itself_and_contradicts_is_reported_with_the_rest(tmp_path: Path) -> None:
    said = problems(tmp_path, None, timeout="5", api_base_url="https://booking.prod.example")
    assert "from 10 up to 600" in said
    assert "looks like production" in said
    assert "BOOKING_DATABASE_URL is missing" in said


def test_a_wrong_address_is_not_called_missing_too(tmp_path: Path) -> None:
    said = problems(tmp_path, None, api_base_url="http://localhost:1", database_url="mysql://x")
    assert "postgresql://" in said
    assert "is missing" not in said


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("api_headers", "X-Key", "number 1 is not"),
        ("api_headers", "X-Key: one; canary", "number 2 is not"),
        ("api_headers", "X-Key: canäry", "the value of number 1 is not"),
        ("api_headers", "X Key: canary", "number 1 is not"),
        ("api_headers", "X-Key: canary; x-key: canary", "number 2 is there already"),
        ("api_headers", "Idempotency-Key: canary", "must not set Idempotency-Key"),
        ("max_failures", "0", "must be a whole number from 1"),
        ("last_failed", "canary-canary-canary-canary", "must be true or false"),
        ("rate_limit", "0", "must be a whole number from 1 up to 600"),
        ("give_up", "0", "must be a whole number from 1, or never"),
        ("give_up", "sometimes", "must be a whole number from 1, or never"),
        ("webhook", "canary", "must be a URL"),
        ("heartbeat_url", "https://hc.example:99999/canary", "must name a port"),
        ("trace_link", "https://traces.example/", "must contain {trace_id}"),
        ("trace_link", "{trace_id}", "must be a URL"),
        ("timeout", "nan", "must be a number from 10 up to 600"),
        ("deadline_cap", "inf", "must be a number above 0"),
        ("seed", "9" * 5000, "must be a whole number"),
        ("job_command", "run 'canary {booking_id}", "quotes in pairs"),
        ("target", "postgresql://u:canary@h/d", "must be 'demo' or 'live'"),
        ("time", "canary@19:00", "must be a time"),
    ],
)
def test_a_wrong_value_that_may_be_secret_is_not_shown(tmp_path: Path, name: str, value: str, words: str) -> None:
    said = problems(tmp_path, None, **{name: value})
    assert words in said
    assert "canary" not in said


@given(
    st.sampled_from(sorted(set(Settings.model_fields) - SHOWN)),
    odd_text("postgresql://u:", "https://u:", f"X-Key: {CANARY}", "BOOK-", "~", "2026-"),
    st.sampled_from(["environment", "define", "ini"]),
)
def test_any_value_of_any_setting_is_taken_or_refused_without_showing_it(name: str, value: str, source: str) -> None:
    define, ini, variable = ({name: value} if source == one else {} for one in ("define", "ini", "environment"))
    try:
        load(define, ini, {f"BOOKING_{name.upper()}": value for value in variable.values()}, Path("nowhere"))
    except SettingsError as error:
        said = str(error)
    else:
        return
    assert said.startswith(("A setting is wrong: ", f"{said.split()[0]} settings are wrong: "))
    assert CANARY not in said.lower()


def test_what_stands_between_and_can_not_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    environ = {
        **LIVE,
        "BOOKING_API_BASE_URL": "https://staging.example",
        "BOOKING_API_CLIENT_KEY": str(tmp_path / "empty.pem"),
        "https_proxy": "socks5h://u:canary@127.0.0.1:1080",
        "SSL_CERT_FILE": str(tmp_path / "missing.pem"),
    }
    said = problems(tmp_path, environ)
    assert "https_proxy names a SOCKS proxy" in said
    assert "NO_PROXY=staging.example" in said
    assert "SSL_CERT_FILE names a file that can't be read: No such file" in said
    assert "BOOKING_API_CLIENT_KEY is set without the certificate" in said
    assert "canary" not in said
    loopback = {**environ, "BOOKING_API_BASE_URL": "http://127.0.0.1:3000", "BOOKING_API_CLIENT_KEY": ""}
    assert read(tmp_path, loopback).target_kind == "live"
    assert "SSL_CERT_FILE" in problems(tmp_path, {**loopback, "BOOKING_HEARTBEAT_URL": "https://beats.example"})


def test_a_proxy_that_is_asked_with_encryption_needs_certificates(tmp_path: Path) -> None:
    environ = {**LIVE, "BOOKING_API_BASE_URL": "http://staging.example", "SSL_CERT_FILE": str(tmp_path / "missing.pem")}
    assert read(tmp_path, {**environ, "http_proxy": "http://proxy.example:3128"}).target_kind == "live"
    assert "SSL_CERT_FILE names" in problems(tmp_path, {**environ, "http_proxy": "https://proxy.example:3128"})
