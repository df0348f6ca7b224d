"""Proxies: by the variables that all tools read, never for this machine."""

from __future__ import annotations

import pytest

from bookingflow.core.network.proxies import proxy_for, proxy_secrets
from bookingflow.core.network.web_addresses import WebAddress

PROXY = "http://proxy.example:3128"


def variable(url: str, **environ: str) -> str | None:
    proxy = proxy_for(WebAddress.read(url), environ)
    return None if proxy is None else proxy.variable


def test_the_scheme_has_its_own_variable_and_small_letters_win() -> None:
    assert variable("https://a.example", HTTPS_PROXY=PROXY) == "HTTPS_PROXY"
    assert variable("http://a.example", HTTPS_PROXY=PROXY) is None
    assert variable("http://a.example", ALL_PROXY=PROXY, http_proxy=PROXY, HTTP_PROXY=PROXY) == "http_proxy"
    assert variable("http://a.example", all_proxy=PROXY) == "all_proxy"
    assert variable("http://a.example", HTTP_PROXY=" ") is None


@pytest.mark.parametrize("host", ["localhost:3000", "127.0.0.1", "[::1]:3000", "api.localhost"])
def test_this_machine_is_asked_directly(host: str) -> None:
    assert variable(f"http://{host}", ALL_PROXY=PROXY) is None


@pytest.mark.parametrize(
    ("url", "entries"),
    [
        ("http://api.example", "*"),
        ("http://api.example", "example"),
        ("http://api.example", ".example"),
        ("http://api.example", "*.example"),
        ("http://api.example", "other, API.example."),
        ("http://api.example", "other;http://api.example/"),
        ("http://api.example:8080", "api.example:8080"),
        ("https://api.example", "api.example:443"),
        ("http://10.1.2.3", "10.0.0.0/8"),
        ("http://10.1.2.3", "10.1.2.3"),
        ("http://10.1.2.3:80", "10.1.2.3:80"),
        ("http://[fd00::1]", "[fd00::]/8"),
        ("http://[fd00::1]", "fd00::/8"),
        ("http://[fd00::1]:80", "[fd00::1]:80"),
        ("http://[fd00::1]", "[fd00::1]"),
        ("http://bücher.example", "bücher.example"),
    ],
)
def test_no_proxy_is_understood_in_all_its_forms(url: str, entries: str) -> None:
    assert variable(url, ALL_PROXY=PROXY, NO_PROXY=entries) is None
    assert variable(url, ALL_PROXY=PROXY, no_proxy=entries) is None


@pytest.mark.parametrize(
    "entries",
    [
        "",
        "notapi.example",
        "pi.example",
        "api.example:81",
        "10.0.0.0/99",
        "[",
        "[::1",
        "http://",
        ",",
        "[::1]:x",
        "\udcff",
    ],
)
def test_what_no_proxy_does_not_name_goes_through_the_proxy(entries: str) -> None:
    assert variable("http://api.example", ALL_PROXY=PROXY, NO_PROXY=entries) == "ALL_PROXY"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("socks5://127.0.0.1:1080", "ALL_PROXY names a SOCKS proxy"),
        ("socks5h://u:canary@h", "NO_PROXY=api.example"),
        ("ftp://canary", "ALL_PROXY must be a URL"),
        ("http://", "ALL_PROXY must name a host"),
        ("canary:99999", "ALL_PROXY must name a port"),
    ],
)
def test_a_proxy_that_can_not_be_used_is_named_by_its_variable(value: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        variable("http://api.example", ALL_PROXY=value)
    assert "canary" not in str(caught.value)


def test_a_proxy_may_be_written_without_its_scheme_and_has_a_secret() -> None:
    proxy = proxy_for(WebAddress.read("http://api.example"), {"HTTP_PROXY": "u:p%40ss@proxy.example:3128"})
    assert proxy is not None
    assert (proxy.address.url, proxy.address.password) == ("http://proxy.example:3128", "p@ss")
    assert proxy_secrets({"HTTP_PROXY": "u:p%40ss@proxy.example:3128", "NO_PROXY": "a:b@c"}) == ["p@ss", "dTpwQHNz"]
