"""Nothing secret and nobody's contact leaves the library."""

from __future__ import annotations

import pytest

from bookingflow.core.sanitizer import Sanitizer


@pytest.mark.parametrize(
    ("text", "leak"),
    [
        ("postgresql://role:s3cr3t-word@host:5432/db", "s3cr3t-word"),
        ("Authorization: Bearer abcdef123456", "abcdef123456"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.c2ln", "eyJhbGciOiJIUzI1NiJ9"),
        ("SUPABASE_SERVICE_ROLE_KEY=sbp_0123456789", "sbp_0123456789"),
        ('{"password": "hunter22"}', "hunter22"),
        ('{"password": "correct horse battery"}', "battery"),
        ('"{\\"token\\": \\"hunter22\\"}"', "hunter22"),
        ("sr_confirm=QgBHcNxmZUwK9sB9taocMsLHikyuYStDxRSoz; Path=/", "QgBHcNxmZUwK9sB9"),
        ("call +44 7700 900123 now", "7700 900"),
        ("mail jane.doe@example.com", "jane.doe"),
    ],
)
def test_text_that_gives_itself_away_is_masked(text: str, leak: str) -> None:
    assert leak not in Sanitizer().text(text)


def test_what_is_known_to_be_secret_is_removed_anywhere() -> None:
    sanitizer = Sanitizer()
    sanitizer.register_url("postgresql://role:p%40ssw0rd@host/db")
    cleaned = sanitizer.text("FATAL: p@ssw0rd rejected; tried p%40ssw0rd")
    assert "ssw0rd" not in cleaned


def test_a_text_that_was_clean_is_cleaned_again_once_its_secret_is_known() -> None:
    sanitizer = Sanitizer()
    assert sanitizer.text("fig tree, 1234567") == "fig tree, 1234567"
    sanitizer.register_secret("fig tree")
    assert sanitizer.text("fig tree, 1234567") == "***, 1234567"
    sanitizer.register_guest(email="a@example.com", phone="1234567")
    assert sanitizer.text("fig tree, 1234567") == "***, ***67"


def test_keys_decide_where_a_value_alone_can_not() -> None:
    cleaned = Sanitizer().value(
        {
            "confirmationToken": "plain",
            "nested": [{"customer_phone": "12345678"}, {"customer_email": "ab@example.com"}],
            "customer_name": "Somebody Else",
            "table_number": "T05",
        }
    )
    assert cleaned["confirmationToken"] == "***"
    assert cleaned["nested"][0]["customer_phone"] == "***78"
    assert cleaned["nested"][1]["customer_email"] == "a***@example.com"
    assert cleaned["customer_name"] == "S***"
    assert cleaned["table_number"] == "T05"


def test_a_guests_contact_is_masked_in_every_spelling() -> None:
    sanitizer = Sanitizer()
    sanitizer.register_guest(email="acceptance+1@example.com", phone="+4477001234567890")
    cleaned = sanitizer.text("notice for 4477001234567890 and ACCEPTANCE+1@example.com".replace("ACC", "acc"))
    assert "4477001234567890" not in cleaned
    assert "acceptance+1" not in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T19:00:00.123+00:00",
        "778d4d7b-5cc1-47c2-8453-2aa55b383a7e",
        "pending 0.0–12.3 s",
        "198.18.0.1",
        "1795335500230",
    ],
)
def test_what_is_neither_secret_nor_personal_stays(text: str) -> None:
    assert Sanitizer().text(text) == text


def test_a_name_beside_a_contact_is_a_guests_and_any_other_is_not() -> None:
    sanitizer = Sanitizer()
    assert sanitizer.value({"name": "Somebody Else", "phone": "+447700900123"})["name"] == "S***"
    assert sanitizer.value({"name": "Somebody Else", "customerEmail": None})["name"] == "S***"
    assert sanitizer.value({"name": "Demo Restaurant", "slug": "demo"})["name"] == "Demo Restaurant"
    assert (
        sanitizer.value({"guests": [{"name": "Somebody", "email": "s@guest.example"}]})["guests"][0]["name"] == "S***"
    )


def test_of_two_contacts_of_which_one_holds_the_other_both_are_masked() -> None:
    sanitizer = Sanitizer()
    sanitizer.register_guest(email="b@example.com", phone="7700900123")
    sanitizer.register_guest(email="a.b@example.com", phone="447700900123")
    assert (
        sanitizer.text("447700900123, a.b@example.com and b@example.com")
        == "***23, a***@example.com and b***@example.com"
    )
