"""Web addresses: taken, or refused in a sentence that shows nothing of them."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import example, given

from bookingflow.core.network.web_addresses import WebAddress
from tests.support.addresses import CANARY, odd_text, taken


def test_an_address_is_taken_apart() -> None:
    address = WebAddress.read("HTTPS://us%20er:p%40ss@Bücher.example:8443/staging/v2?x=1")
    assert address.url == "https://xn--bcher-kva.example:8443/staging/v2?x=1"
    assert (address.user, address.password) == ("us er", "p@ss")
    assert address.authorization == "Basic dXMgZXI6cEBzcw=="
    assert "p@ss" not in repr(address)


def test_an_origin_is_scheme_host_and_port() -> None:
    origins = [
        WebAddress.read(url).origin for url in ("https://A.example./x", "https://a.example:443", "https://u@a.example")
    ]
    assert len(set(origins)) == 1
    others = ["http://a.example", "https://a.example:444", "https://b.example"]
    assert not {WebAddress.read(url).origin for url in others} & set(origins)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("https://booking..staging.example", "a dot too many"),
        ("http://.staging.example", "a dot too many"),
        ("http://999.1.1.1:3000", "four numbers"),
        ("http://h:99999", "port from 1 to 65535"),
        ("http://h:0", "port from 1 to 65535"),
        ("http://h:\u0663", "port from 1 to 65535"),
        ("http://::1", "IPv6 address in brackets"),
        ("http://[::1", "no IPv6 address"),
        ("http:///x", "must name a host"),
        ("http:/h", "starts with http://"),
        ('"http://h"', "must stand without quotes"),
        ("ftp://h", "starts with http://"),
        ("https//h", "starts with http://"),
        ("http://h/a b", "without blanks"),
        ("http://h/\x07", "control characters"),
        ("http://h/\udcff", "control characters"),
        ("http://u:p/w@h", "percent-encoded"),
        ("http://u:8/w@h", "percent-encoded"),
        ("http://u:%ff@h", "percent-encoded as UTF-8"),
    ],
)
def test_what_can_be_no_address_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        WebAddress.read(text)


@given(odd_text("http://", "https://", "HTTP://u:", "http://u:" + CANARY + "@"))
@example(f"http://u:{CANARY}/x@h:80")
@example(f"http://[{CANARY}]")
def test_any_address_is_taken_or_refused_without_showing_it(text: str) -> None:
    address = taken(WebAddress.read, text)
    if address is not None:
        assert "@" not in httpx.URL(address.url).netloc.decode()
        assert httpx.URL(address.url).raw_host.decode() == address.host
