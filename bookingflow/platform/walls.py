"""What stands before the platform and answers in its place: log-in walls, challenges, gateways, redirects.

The platform's API speaks JSON, and its refusals are objects with `error` or `issues` (docs/platform.md, "Refusals").
What answers otherwise where the platform would not is a wall. Two answers in any form are none: a bare HTTP 500, which
the platform's own framework sends, and a 429, which is pace wherever it comes from; unless a firewall marks it as a
challenge to browsers, as Vercel's does. A bare 500, or a refusal without a code, comes from a gateway where its header
`Server` is another than that of the answers which only the platform can have given.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from bookingflow.core.patterns import pattern
from bookingflow.platform.api_models import Exchange

BARE_ERROR = 500
"""The only error that the platform's framework answers in no form of the platform's; others are of what passes requests
on, such as 502 to 504, Cloudflare's 520 to 530, and 540 of a project that is paused.
"""
OF_THE_WAY = frozenset({408, 411, 413, 414, 415, 417, 421, 425, 426, 431, 451})
"""Refusals of how a request was brought, not of what it asks for. The platform has none (docs/platform.md): only
with a `code` are they its own.
"""
TOO_MANY = 429
NO_SUCH_METHOD = 405
"""The framework's own answer to a method that a path does not have, without a body."""
NOT_CHANGED = 304
"""What caches answer to clients that name what they have already, which the suite never does."""
READABLE = frozenset({"", "identity", "gzip", "deflate"})
"""Content encodings that the suite asks for and reads."""
LOGIN_HOSTS: Mapping[str, str] = {
    "cloudflareaccess.com": "Cloudflare Access",
    "vercel.com": "Vercel's deployment protection",
    "accounts.google.com": "Google's log-in",
    "login.microsoftonline.com": "Microsoft's log-in",
    "okta.com": "Okta",
    "auth0.com": "Auth0",
}
MARKS: Mapping[str, str] = {
    "cf-mitigated": "Cloudflare's challenge",
    "x-vercel-mitigated": "Vercel's firewall",
    "x-amzn-waf-action": "the firewall of AWS (WAF)",
    "x-goog-iap-generated-response": "Google's Identity-Aware Proxy",
    "ngrok-error-code": "ngrok",
}
"""Headers that only the wall itself sends."""
CHALLENGES = frozenset({"challenge", "deny"})
"""What such a header says where waiting helps nobody."""
BROWSER_LOGIN = frozenset({"basic", "digest", "negotiate", "ntlm"})
"""Schemes of WWW-Authenticate that a browser asks its user for; the platform has none of them."""

OF_GATEWAYS = frozenset({"message", "Message"})
"""What the errors of API gateways say where the platform's say `error`."""

_LOGIN_PATH = pattern(r"log-?in|sign-?in|/(?:auth|sso|oauth2?)\b", re.IGNORECASE)
_PAGE = pattern(r"\A\s*+<(?:!doctype|html|head|body|h1|title|center)\b", re.IGNORECASE)

_MAY_BE_KEPT = pattern(r"(?:max-?age|stale-while-revalidate|stale-if-error)=(\d{1,10})\b", re.IGNORECASE)

UNREADABLE = "encoding"
"""The code of answers whose form hides what they say."""

WITH_HEADERS = "BOOKING_API_HEADERS can send what it asks for."
LOG_IN = "Put its user name and password into BOOKING_API_BASE_URL, or a header into BOOKING_API_HEADERS."
WITH_BYPASS = "BOOKING_API_HEADERS can send the header that lets automation pass: {header}."
BYPASSES: Mapping[str, str] = {
    "Cloudflare Access": "CF-Access-Client-Id and CF-Access-Client-Secret of a service token",
    "Vercel's deployment protection": "x-vercel-protection-bypass",
    "Vercel's firewall": "x-vercel-protection-bypass",
}
"""By the vendors' public documentation."""
ASK_ITS_KEEPER = "Ask the people who run it to let this machine pass, or aim BOOKING_API_BASE_URL behind it."
CUT_BETWEEN = "Does something between (a gateway, a proxy, a CDN) cut or change answers?"
WHOSE_ANSWER = (
    "Look for the request in the platform's log: if the platform itself answered so, its team can act; else something "
    "between (a gateway, a proxy, a CDN) cuts or changes answers."
)
NO_CACHE = "What stands before the platform must not cache it."
LATER = "Run again when the platform can be reached."


@dataclass(frozen=True)
class Wall:
    """What answered instead of the platform, in a sentence without its full stop, and what can be done about it."""

    code: str
    sentence: str
    hint: str


def is_pace(exchange: Exchange) -> bool:
    """Whether too many requests were sent, as the platform or something before it says."""
    return exchange.status == TOO_MANY and not any(exchange.header(mark).lower() in CHALLENGES for mark in MARKS)


def find_wall(exchange: Exchange, *, open_to_all: bool = False) -> Wall | None:
    """What stands before the platform and gave this answer; None for an answer of the platform, and for none at all.

    Where everybody may ask (`open_to_all`), the platform asks nobody to log in: who does so with an `error` alone is
    none. With a `code` it is the platform's own refusal, and its breach.
    """
    status = exchange.status
    if status is None or is_pace(exchange):
        return None
    if exchange.unreadable or exchange.header("content-encoding").strip().lower() not in READABLE:
        encoding = exchange.header("content-encoding") or "unknown"
        return Wall(
            UNREADABLE,
            f'the answers come in a form that can\'t be read: they are marked as "{encoding}" '
            f"({exchange.problem or 'which the suite did not ask for'})",
            "What stands before the platform (a proxy, a CDN) must send gzip, deflate or plain answers.",
        )
    return (
        _marked(exchange, status)
        or _asks_for_log_in(exchange, status, open_to_all=open_to_all)
        or _redirects(exchange, status)
        or _by_another_server(exchange, status)
        or _gateway(exchange, status)
        or _page(exchange, status)
    )


def _wall(sentence: str, hint: str) -> Wall:
    return Wall("wall", f"{sentence} answers instead of the platform", hint)


def _marked(exchange: Exchange, status: int) -> Wall | None:
    for header, name in MARKS.items():
        if exchange.header(header):
            return _wall(f"{name} (HTTP {status}, {header}: {exchange.header(header)[:40]})", _way_past(name))
    return None


def _asks_for_log_in(exchange: Exchange, status: int, *, open_to_all: bool) -> Wall | None:
    if status == 407:
        return _wall(
            "a proxy that asks for a log-in (HTTP 407)",
            "Give its user name and password in the proxy's address (HTTPS_PROXY), or name the platform in NO_PROXY.",
        )
    if status not in (401, 403):
        return None
    scheme = exchange.header("www-authenticate").partition(" ")[0].strip(",").lower()
    own = exchange.json_object().keys() & {"code", "issues"}
    is_refusal = _in_platforms_form(exchange) and (own or not open_to_all)
    if scheme in BROWSER_LOGIN or not is_refusal:
        host = _known_host(exchange)
        if host:
            return _wall(f"{host} (HTTP {status})", _way_past(host))
        if scheme in BROWSER_LOGIN:
            return _wall(f"a log-in wall ({scheme} auth, HTTP {status})", LOG_IN)
        return _wall(f"a log-in wall (HTTP {status}{_by(exchange)})", WITH_HEADERS)
    return None


def _known_host(exchange: Exchange) -> str | None:
    """Vendors that show a page of their own instead of sending callers elsewhere."""
    if "_vercel_sso_nonce" in exchange.header("set-cookie") or "vercel.com/sso" in exchange.response_text:
        return "Vercel's deployment protection"
    if "cloudflareaccess.com" in exchange.response_text or exchange.header("www-authenticate").startswith("Cloudflare"):
        return "Cloudflare Access"
    return None


def _redirects(exchange: Exchange, status: int) -> Wall | None:
    if not 300 <= status < 400:
        return None
    if status == NOT_CHANGED:
        return _wall(f"a cache (HTTP {status}{_by(exchange)})", NO_CACHE)
    try:
        where = urlsplit(exchange.header("location"))
    except ValueError:  # it leads nowhere
        where = urlsplit("")
    host = (where.hostname or "").lower()
    for known, name in LOGIN_HOSTS.items():
        if host == known or host.endswith(f".{known}"):
            return _wall(f"{name} (HTTP {status} to {host})", _way_past(name))
    if _LOGIN_PATH.search(where.path):
        return _wall(f"a log-in page (HTTP {status} to {host or 'its own host'})", WITH_HEADERS)
    return Wall(
        "wall",
        f"what answers sends its callers elsewhere (HTTP {status} to {host or 'another page of its own'})",
        "Is BOOKING_API_BASE_URL right, with https where that is due?",
    )


def from_cache(exchange: Exchange) -> Wall | None:
    """A cache that answers with what it kept, longer than that answer itself allows."""
    allowed = [int(seconds) for seconds in _MAY_BE_KEPT.findall(exchange.header("cache-control"))]
    if exchange.age_s <= (max(allowed, default=0) if exchange.metrics.method == "GET" else 0):
        return None
    return _wall(f"a cache that has kept its answer for {exchange.age_s} s (HTTP {exchange.status})", NO_CACHE)


def is_own(exchange: Exchange) -> bool:
    """Whether only the platform can have given this answer: a success with something in it, or its own code."""
    shows = bool(exchange.json_object()) and 200 <= (exchange.status or 0) < 300
    return find_wall(exchange) is None and (shows or _has_code(exchange))


def server_of(exchange: Exchange) -> str:
    """What an answer's header `Server` names, without versions, which differ while a platform is being deployed."""
    return exchange.header("server").partition("/")[0].strip().lower()


def _by_another_server(exchange: Exchange, status: int) -> Wall | None:
    if status < 400 or not exchange.own_servers or server_of(exchange) in exchange.own_servers:
        return None
    if _has_code(exchange) or isinstance(exchange.json_object().get("issues"), list):  # in the platform's own words
        return None
    known = sorted(exchange.own_servers - {""})
    own = f"come from {' or '.join(known)}" if known else "name no server"
    named = f"from {exchange.header('server')[:40]}" if exchange.header("server") else "that names no server"
    return Wall(
        "gateway",
        f"a gateway answers instead of the platform (HTTP {status} {named}; the platform's own answers {own})",
        LATER,
    )


def _gateway(exchange: Exchange, status: int) -> Wall | None:
    if status < BARE_ERROR or _in_platforms_form(exchange):
        return None
    if status > BARE_ERROR:
        wait = exchange.header("retry-after")
        later = f", to be asked again after {wait[:40]}{' s' if wait.isdigit() else ''}" if wait else ""
        kind = "a maintenance page" if "maintenance" in exchange.response_text.lower() else "a gateway"
        return Wall("gateway", f"{kind} answers instead of the platform (HTTP {status}{_by(exchange)}{later})", LATER)
    if status == BARE_ERROR and _is_page(exchange) and "<center>nginx" in exchange.response_text:
        return Wall("gateway", f"a gateway answers instead of the platform (HTTP {status}, nginx)", LATER)
    if status == BARE_ERROR and exchange.json_object().keys() & OF_GATEWAYS and "error" not in exchange.json_object():
        return Wall("gateway", f"a gateway answers instead of the platform (HTTP {status}{_by(exchange)})", LATER)
    return None


def _page(exchange: Exchange, status: int) -> Wall | None:
    if status < 500 and _is_page(exchange):
        return _wall(f"a page of HTML (HTTP {status}{_by(exchange)})", ASK_ITS_KEEPER)
    return None


def refuses_in_its_place(exchange: Exchange, *, coded: Collection[int] = ()) -> Wall | None:
    """What refused a request in another form than the platform's: a gateway, an ingress, a host in words of its own.
    Refusals with the `coded` statuses have a code where they are the platform's.
    """
    own = _has_code(exchange) or (_says_why(exchange) and exchange.status not in {*OF_THE_WAY, *coded})
    if own or (exchange.status == NO_SUCH_METHOD and not exchange.response_text):
        return None
    return _wall(f"something that is not the booking API (HTTP {exchange.status}{_by(exchange)})", ASK_ITS_KEEPER)


def another_form(exchange: Exchange, holds: str) -> Wall | None:
    """What is said of a success that is not JSON, or does not have what the platform's own answer `holds`, though
    `find_wall` lets it pass: it is empty, cut off, another program's; None for the platform's own.
    """
    if not 200 <= (exchange.status or 0) < 300 or holds in exchange.json_object() or _says_why(exchange):
        return None
    shape = "an answer that is not JSON" if exchange.json() is None else "an answer in another form"
    shape = shape if exchange.response_text else "an empty answer"
    marked = exchange.header("content-type").partition(";")[0].strip()
    by = f", marked as {marked[:40]}" if marked and exchange.response_text else ""
    return Wall(
        UNREADABLE,
        f"{shape} comes instead of the platform's (HTTP {exchange.status}{by})",
        WHOSE_ANSWER,
    )


def _in_platforms_form(exchange: Exchange) -> bool:
    """Whether its body is one of the platform's refusals or errors. Gateways say `error` too, but where they answer in
    the platform's place (502 to 504 and the like) without a `code`, as the platform's own have it.
    """
    if (exchange.status or 0) > BARE_ERROR and not _has_code(exchange):
        return False
    return _says_why(exchange)


def _says_why(exchange: Exchange) -> bool:
    """Whether it has a sentence in `error`, or unified validation's `issues`."""
    body = exchange.json_object()
    return isinstance(body.get("error"), str) or isinstance(body.get("issues"), list)


def _has_code(exchange: Exchange) -> bool:
    return isinstance(exchange.json_object().get("code"), str)


def _is_page(exchange: Exchange) -> bool:
    """Whether it is a page for people, whatever it is marked as; JSON that is marked as HTML is none."""
    marked = "html" in exchange.header("content-type").lower()
    return (marked or is_markup(exchange.response_text)) and exchange.json() is None


def is_markup(text: str) -> bool:
    """Whether a text begins as pages do."""
    return bool(_PAGE.match(text))


def _by(exchange: Exchange) -> str:
    """Whose answer it is by its own header, for people."""
    server = exchange.header("server")[:40]
    return f", {server}" if server else ""


def _way_past(name: str) -> str:
    return WITH_BYPASS.format(header=BYPASSES[name]) if name in BYPASSES else ASK_ITS_KEEPER
