"""Nothing secret and nobody's contact leaves the library."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookingflow.core.masks import HIDDEN
from bookingflow.core.sanitizer import LONGEST_TEXT, Sanitizer
from bookingflow.core.settings import Settings
from bookingflow.core.vocabulary import is_ordinary, is_own
from tests.support.secrets import FORMS

SECRETS = ("pa/ss+w=rd&7", "zwölf Boxkämpfer", 'quo"te\\back', "plain-but-long-4711", "emoji😀key")


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


def test_of_a_runs_guests_only_those_are_searched_for_whose_contact_may_stand_there() -> None:
    searched: list[object] = []

    class Text(str):
        def __contains__(self, part: object) -> bool:
            searched.append(part)
            return str(part) in str(self)

    sanitizer = Sanitizer()
    for guest in range(1000):
        sanitizer.register_guest(email=f"guest+{guest:04}@example.com", phone=f"+1555{guest:07}")
    assert (
        sanitizer.masked(Text("It is for guest+0042@example.com, +15550000007."))
        == "It is for gu***2@example.com, ***07."
    )
    assert len(searched) < 20


def test_a_contact_of_few_characters_is_masked_too() -> None:
    sanitizer = Sanitizer()
    sanitizer.register_guest(email="a@b", phone="+1555000")
    assert sanitizer.masked("a@b, xa@by, 1555000 and (+1555000)") == "a***@b, xa***@by, ***00 and (***00)"


@pytest.mark.parametrize("phone", ["1555 00 42", "(0)155-5004", "1555000"])
def test_a_number_is_masked_as_it_is_written(phone: str) -> None:
    sanitizer = Sanitizer()
    sanitizer.register_guest(email="guest@example.com", phone=phone)
    cleaned = sanitizer.masked(f"call {phone}, or x{phone}x")
    assert phone not in cleaned
    assert cleaned.count("***") == 2


def test_of_two_contacts_of_which_one_holds_the_other_both_are_masked() -> None:
    sanitizer = Sanitizer()
    sanitizer.register_guest(email="b@example.com", phone="7700900123")
    sanitizer.register_guest(email="a.b@example.com", phone="447700900123")
    assert (
        sanitizer.text("447700900123, a.b@example.com and b@example.com")
        == "***23, a***@example.com and b***@example.com"
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_removed_in_every_form(secret: str, form: str) -> None:
    sanitizer = Sanitizer()
    sanitizer.register_secret(secret)
    written = FORMS[form](secret)
    shown = sanitizer.text(f"before {written} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert len(set(written) - set('"')) > 3
    core = written.strip("\"'")
    assert core not in shown
    assert core[2:-2] not in shown
    assert sanitizer.knows_secret_in(f"before {written} after")


@given(
    secret=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=8, max_size=30),
    form=st.sampled_from(sorted(FORMS)),
    around=st.text(max_size=20),
)
def test_any_secret_is_removed_in_any_form_anywhere(secret: str, form: str, around: str) -> None:
    sanitizer = Sanitizer()
    sanitizer.register_secret(secret)
    if is_ordinary(secret):
        return
    assert secret not in sanitizer.text(f"{around}{FORMS[form](secret)}{around}")


@pytest.mark.parametrize("secret", ["demo", "test", "password1", "Booking2024!", "restaurant"])
def test_a_plain_word_is_removed_only_where_it_is_the_value(secret: str) -> None:
    sanitizer = Sanitizer()
    sanitizer.register_secret(secret)
    sanitizer.register_url(f"postgresql://role:{secret}@host/db")
    sanitizer.register_header("X-Gate", secret)
    title = f"The {secret} restaurant takes a booking for a test guest"
    assert sanitizer.text(title) == title
    for text in (
        f"postgresql://role:{secret}@host/db",
        f"password={secret}",
        f'{{"password": "{secret}"}}',
        f"x-gate: {secret}",
        f'{{"X-Gate":"{secret}"}}',
        base64.b64encode(f"role:{secret}".encode()).decode(),
    ):
        assert secret not in sanitizer.text(text).replace("postgresql", "")
    assert sanitizer.value({"x-gate": secret, "password": secret}) == {"x-gate": HIDDEN, "password": HIDDEN}


def test_what_the_suite_itself_says_is_distinguished_from_what_it_is_given() -> None:
    assert is_own("Acceptance Guest")
    assert is_own("Nut allergy!\nIt's Zoë's birthday – 10 % louder, <3 \\o/")
    assert not is_own("My aunt is ninety")
    assert [is_ordinary(word) for word in ("guest", "Guests", "hunter22", "zqxj", "two words")] == [
        *(True, True, False, False, False)
    ]


def trusted(**values: Any) -> Sanitizer:
    sanitizer = Sanitizer()
    sanitizer.register_settings(Settings.model_validate(values))
    return sanitizer


@pytest.mark.parametrize(
    ("values", "text", "leak"),
    [
        ({"notes": "Aunt Zelda is ninety"}, "the notes are stored as Aunt Zelda is ninety.", "Zelda"),
        ({"notes": "Aunt Zelda\nis ninety"}, "kept: Aunt Zelda / is ninety", "Zelda"),
        ({"guest_name": "Zelda Quux"}, "a table for Zelda Quux 12 Łódź-Smith", "Quux"),
        ({"guest_name": "Zelda Quux"}, "?name=Zelda+Quux&party=4", "Quux"),
        ({"guest_email": "zelda@quux.example"}, "ZELDA@QUUX.EXAMPLE", "ZELDA"),
        ({"guest_email": "zelda@quux.example"}, "?email=zelda%40quux.example", "zelda"),
        ({"guest_phone": "+447700911222"}, "?phone=%2B447700911222", "911222"),
        ({"job_url": "https://jobs.example/hidden/path?key=4711-0815"}, "POST /hidden/path?key=4711-0815", "hidden"),
        ({"job_url": "https://jobs.example/run?key=4711-0815"}, "the key 4711-0815 is unknown", "4711"),
        ({"webhook": "https://chat.example/T0/B0/xyzzy"}, "https://chat.example/T0/B0/xyzzy", "xyzzy"),
        ({"api_headers": "X-Gate: sesame-4711"}, "the gate was told sesame-4711", "sesame"),
        ({"api_base_url": "https://tester:pw-4711@stage.example"}, "Basic dGVzdGVyOnB3LTQ3MTE=", "dGVzd"),
        ({"database_url": "postgresql://r:pw%2D4711@h/d"}, "pw-4711", "4711"),
        ({"cleanup_database_url": "postgresql://r:pw-4711@h/d"}, "pw-4711", "4711"),
        ({"job_token": "pw-4711"}, "pw-4711", "4711"),
        ({"demo_admin_token": "pw-4711"}, "pw-4711", "4711"),
    ],
)
def test_what_the_settings_entrust_is_shown_nowhere(values: dict[str, str], text: str, leak: str) -> None:
    assert leak in text
    assert leak not in trusted(**values).text(text)


def test_names_are_masked_as_whole_words_only() -> None:
    assert trusted(guest_name="Zelda").text("Zelda, Zeldas, Griselda Zelda!") == "Z***, Zeldas, Griselda Z***!"


def test_a_long_text_is_cut_before_it_is_cleaned_and_half_a_secret_is_not_shown() -> None:
    sanitizer = Sanitizer()
    sanitizer.register_secret("sesame-open-4711")
    for shift in range(0, 40, 3):
        text = "x" * shift + "ab, sesame-open-4711, " * (3 * LONGEST_TEXT // 22)
        shown = sanitizer.text(text)
        assert len(shown) <= LONGEST_TEXT + 100
        assert f"… {len(text)} characters in all, the middle is left out …" in shown
        assert "sesame" not in shown
        assert "4711" not in shown
        assert shown.startswith("x" * shift + "ab, ***, ")


def test_of_a_value_with_little_room_the_rest_is_left_out_and_it_is_said() -> None:
    shown = Sanitizer().value({"first": "a" * 50, "many": list(range(1000)), "last": 1}, most=400)
    assert shown["first"] == "a" * 50
    assert shown["many"][:2] == [0, 1]
    assert shown["many"][-1].endswith("more left out")
    assert shown["…"] == "… 1 more left out"
    assert len(json.dumps(shown)) < 600


@pytest.mark.parametrize("text", ["\x1b[31m", "\x00", "\x9b2J", "\u202e", "\ud800", "\u2028", "\r"])
def test_nothing_that_a_reader_obeys_is_shown_as_it_is(text: str) -> None:
    for shown in (
        Sanitizer().text(f"told {text}!"),
        Sanitizer().value({"answer": [f"told {text}!"]})["answer"][0],
        Sanitizer().value({"name": text, "phone": "1"})["name"],
        next(iter(Sanitizer().value({text: 1}))),
    ):
        assert text[0] not in shown
        assert "\\" in shown
        shown.encode()


@pytest.mark.parametrize("secret", [{"scheme": "x", "value": "hush-hush"}, ["hush-hush"], [{"of": "hush-hush"}], 12345])
def test_what_is_under_the_name_of_a_secret_is_hidden_whatever_its_form(secret: Any) -> None:
    assert Sanitizer().value({"credentials": secret, "seats": {"a": 4}}) == {"credentials": HIDDEN, "seats": {"a": 4}}


@pytest.mark.parametrize("levels", [60, 400, 900])
def test_a_value_that_is_nested_without_end_is_shown_to_some_depth(levels: int) -> None:
    mappings: Any = "the innermost"
    lists: Any = "the innermost"
    for _ in range(levels):
        mappings, lists = {"in": mappings}, [lists]
    for nested in (mappings, lists):
        shown = json.dumps(Sanitizer().value(nested))
        assert "the innermost" not in shown
        assert shown.count("nested deeper") == 1
    assert Sanitizer().value([[[["seats"]]]]) == [[[["seats"]]]]
