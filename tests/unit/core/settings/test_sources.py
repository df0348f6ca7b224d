"""Where settings are given: one precedence, and nothing that is given is passed over."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given

from bookingflow.core.errors import SettingsError
from bookingflow.core.settings.loading import load
from tests.support.addresses import CANARY, odd_text
from tests.support.settings import problems, read


def test_precedence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOOKING_PARTY_SIZE=2\nBOOKING_NOTES=from file\nBOOKING_SEATING=indoor\n")
    settings = load({"party_size": "6"}, {"seating": "outdoor"}, {"BOOKING_PARTY_SIZE": "5"}, tmp_path / ".env")
    assert settings.party_size == 6
    assert settings.notes == "from file"
    assert settings.seating == "indoor"


def test_an_empty_variable_takes_back_what_the_file_says(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("BOOKING_API_BASE_URL=http://localhost:3000\n")
    assert load({}, {}, {"BOOKING_API_BASE_URL": ""}, tmp_path / ".env").target_kind == "demo"


def test_an_address_that_a_ci_system_leaves_empty_is_no_wish_for_the_demo(tmp_path: Path) -> None:
    empty = {"CI": "true", "BOOKING_API_BASE_URL": "", "BOOKING_DATABASE_URL": " "}
    said = problems(tmp_path, empty)
    assert "BOOKING_API_BASE_URL and BOOKING_DATABASE_URL are empty: does this job lack a secret" in said
    assert "SUPABASE_DB_URL is empty" in problems(tmp_path, {"CI": "1", "SUPABASE_DB_URL": ""})
    assert "BOOKING_DATABASE_URL is missing" in problems(tmp_path, {**empty, "BOOKING_TARGET": "live"})
    for environ in ({**empty, "BOOKING_TARGET": "demo"}, {**empty, "CI": ""}, {"CI": "true"}):
        assert read(tmp_path, environ).starts_demo


def test_unknown_names_get_a_suggestion(tmp_path: Path) -> None:
    assert "Did you mean party_size?" in problems(tmp_path, None, party_szie="4")
    assert "Did you mean party_size?" in problems(tmp_path, None, party="4")
    assert "Did you mean party_size?" in problems(tmp_path, None, PARTY_SIZE="4")
    assert "Did you mean party_size?" in problems(tmp_path, None, BOOKING_PARTY_SIZE="4")
    assert "BOOKING_FOO is not a setting. The README lists the settings." in problems(tmp_path, {"BOOKING_FOO": "1"})
    assert "Did you mean BOOKING_TIMEOUT?" in problems(tmp_path, {"BOOKING_TIMEOT": "4"})


def test_other_programs_names_are_left_alone(tmp_path: Path) -> None:
    environ = {"BOOKING_PAST_TIME_GRACE_MINUTES": "5"}
    settings = load({"AllureFormatter.hide_excluded": "true"}, {}, environ, tmp_path / ".env")
    assert settings.target_kind == "demo"


def test_what_kubernetes_says_of_a_service_named_booking_is_left_alone(tmp_path: Path) -> None:
    links = {
        "BOOKING_SERVICE_HOST": "10.0.0.7",
        "BOOKING_SERVICE_PORT": "80",
        "BOOKING_API_SERVICE_PORT_HTTP": "80",
        "BOOKING_API_PORT": "tcp://10.0.0.7:80",
        "BOOKING_PORT_80_TCP": "tcp://10.0.0.7:80",
        "BOOKING_PORT_80_TCP_ADDR": "10.0.0.7",
    }
    cluster = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}
    assert read(tmp_path, {**cluster, **links}).target_kind == "demo"
    for wrong in ({**cluster, "BOOKING_API_PORT": "3000"}, {**cluster, "BOOKING_HOST": "x"}, links):
        assert "is not a setting" in problems(tmp_path, wrong)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_is_read_in_the_encodings_that_editors_write(tmp_path: Path, encoding: str, end: str) -> None:
    lines = ["# Größe", "booking_party_size=3", "export BOOKING_SEATING='outdoor'", 'Booking_Notes="für \\"uns\\""', ""]
    (tmp_path / ".env").write_bytes(end.join(lines).encode(encoding))
    settings = read(tmp_path)
    assert (settings.party_size, settings.seating, settings.notes) == (3, "outdoor", 'für "uns"')


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16-le"])
def test_a_file_of_another_encoding_is_refused_with_its_line(tmp_path: Path, encoding: str) -> None:
    (tmp_path / ".env").write_bytes("BOOKING_TIMEOUT=60\nBOOKING_NOTES=größer\n".encode(encoding))
    said = problems(tmp_path)
    assert "is not text in UTF-8 (line" in said
    assert "gr" not in said.split("(line")[1]


def test_a_misspelt_guest_is_no_guest(tmp_path: Path) -> None:
    assert "Did you mean TEST_CUSTOMER_NAME?" in problems(tmp_path, {"TEST_CUSTOMER_NMAE": "x"})


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("BOOKING_JOB_TOKEN canary", "line 1: BOOKING_JOB_TOKEN is set to nothing"),
        ("\nexport BOOKING_TIME", "line 2: BOOKING_TIME is set to nothing"),
        ('BOOKING_JOB_TOKEN="canary', "line 1: BOOKING_JOB_TOKEN is set to nothing"),
        ("booking_job_token: canary", "line 1: booking_job_token is set to nothing"),
        ("set BOOKING_JOB_TOKEN=canary", "line 1: BOOKING_JOB_TOKEN is set to nothing"),
        ("$env:BOOKING_JOB_TOKEN = 'canary'", "line 1: BOOKING_JOB_TOKEN is no variable"),
        ("SUPABASE_DB_URL postgres://u:canary@h/d", "line 1: SUPABASE_DB_URL is set to nothing"),
        ("BOOKING_NOTES=${NOWHERE_canary}", "line 1: BOOKING_NOTES refers to a variable"),
        ("booking_time=12:30\nBOOKING_TIME=13:30", "BOOKING_TIME and booking_time are one setting"),
        ("booking_tiem=12:30", "booking_tiem is not a setting. Did you mean BOOKING_TIME?"),
        ("BOOKING-API-BASE-URL=http://x", "BOOKING-API-BASE-URL is not a setting. Did you mean BOOKING_API_BASE_URL?"),
        ("BookingApiBaseUrl=http://x", "BookingApiBaseUrl is not a setting. Did you mean BOOKING_API_BASE_URL?"),
        ("BOOKNG_DATABASE_URL=x", "BOOKNG_DATABASE_URL is not a setting. Did you mean BOOKING_DATABASE_URL?"),
        ("BOOKING_PARTY_SIZE=three", ".env: BOOKING_PARTY_SIZE=three: must be a whole number from 1 up to 100."),
        ("SUPABASE-DB-URL=x", "SUPABASE-DB-URL is not a setting. Did you mean SUPABASE_DB_URL?"),
        ("SUPABASE_URL=https://x.supabase.co\nDATABASE_URL=x\nAPI_BASE_URL=x", None),
        (
            "<<<<<<< HEAD\nBOOKING_TIME=12:30\n=======\nBOOKING_TIME=13:30\n>>>>>>> other",
            "line 1: two versions of the file",
        ),
        ("SOMEBODY_ELSES", None),
        ("SOMEBODY_ELSES='open", None),
        ("# BOOKING_TIME", None),
        ("BOOKING_NOTES=${NOWHERE:-canary}", None),
        ("booking_time=12:30\nBOOKING_TIME=12:30", None),
    ],
)
def test_a_line_of_dotenv_that_sets_nothing_is_refused(tmp_path: Path, line: str, refused: str | None) -> None:
    (tmp_path / ".env").write_text(line + "\n", encoding="utf-8")
    if refused is None:
        assert read(tmp_path).party_size == 4
    else:
        said = problems(tmp_path)
        assert refused in said
        assert "canary" not in said


def test_a_file_that_can_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert "can't be read: Is a directory." in problems(tmp_path)


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").symlink_to(tmp_path / "not-mounted")
    assert "can't be read: No such file or directory." in problems(tmp_path)


def test_a_variable_in_another_encoding_is_refused(tmp_path: Path) -> None:
    assert "BOOKING_NOTES is not text in UTF-8." in problems(tmp_path, {"BOOKING_NOTES": "gr\udcf6sser"})


def test_variables_in_small_letters_are_taken(tmp_path: Path) -> None:
    assert read(tmp_path, {"booking_party_size": "3", "test_customer_name": "Ada Lovelace"}).party_size == 3
    assert "one setting" in problems(tmp_path, {"booking_party_size": "3", "BOOKING_PARTY_SIZE": "4"})


@given(odd_text("booking_job_token=", "export BOOKING_NOTES='", f"BOOKING_JOB_TOKEN {CANARY}"))
def test_any_file_is_taken_or_refused_without_showing_it(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            load({}, {}, {}, path)
        except SettingsError as error:
            said = str(error).replace(folder, "")
        else:
            return
    assert CANARY not in said.lower()


def test_a_value_in_the_place_of_a_name_is_not_shown(tmp_path: Path) -> None:
    said = problems(tmp_path, None, **{"job_token canary": "true", "postgresql://u:canary@h/d": "true"})
    assert "-D job_token is not a setting" in said
    assert "canary" not in said
