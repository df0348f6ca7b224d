"""Hosts: what can be one, how it is spelled, whether it is this machine."""

from __future__ import annotations

import pytest

from bookingflow.core.network.hosts import host_name, is_loopback, same_host


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Booking.Example", "booking.example"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("booking.example.", "booking.example."),
        ("my_service", "my_service"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("FE80::0:1", "fe80::1"),
    ],
)
def test_a_host_is_spelled_as_dns_does(text: str, name: str) -> None:
    assert host_name(text) == name


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must name a host"),
        ("a..b", "a dot too many"),
        (".a", "a dot too many"),
        (".", "a dot too many"),
        ("999.1.1.1", "four numbers from 0 to 255"),
        ("127.1", "four numbers from 0 to 255"),
        ("[db.example]", "placeholder in brackets"),
        ("db.[PROJECT-REF].supabase.co", "placeholder in brackets"),
        ("[::zz]", "no IPv6 address"),
        ("a b", "letters, digits, hyphens"),
        ("a\\b", "letters, digits, hyphens"),
        ("-a", "letters, digits, hyphens"),
        ("a" * 64, "letters, digits, hyphens"),
        ("a." * 127 + "com", "letters, digits, hyphens"),
        ("xn--a.example", "characters that no host has"),
        ("\u2028", "characters that no host has"),
    ],
)
def test_what_can_be_no_host_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        host_name(text)


def test_two_spellings_of_one_host_are_equal() -> None:
    assert same_host(" BÜCHER.example. ") == same_host("xn--bcher-kva.EXAMPLE") == "xn--bcher-kva.example"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "api.localhost", "127.9.9.9", "::1", "::ffff:127.0.0.1", "::", "/run", ""]
)
def test_this_machine_is_recognised(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "10.0.0.1", "::2", "127.example", "not a host"])
def test_another_machine_is_not_taken_for_this_one(host: str) -> None:
    assert not is_loopback(host)
