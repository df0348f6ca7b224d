"""Which answers are the platform's, and what stands before it where they are not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bookingflow.platform.api_models import Exchange, HttpMetrics
from bookingflow.platform.walls import find_wall

PAGE = "<!doctype html><html><title>Just a moment...</title></html>"
JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}


def answer(
    status: int | None, body: str = "", headers: Mapping[str, str] | None = None, *, unreadable: bool = False
) -> Exchange:
    metrics = HttpMetrics("POST", "/api/bookings", status, 10, len(body), 5.0)
    return Exchange(metrics, {}, {}, headers or {}, body, unreadable=unreadable)


WALLS = [
    ("Cloudflare's challenge", answer(403, PAGE, {**HTML, "cf-mitigated": "challenge"})),
    ("Cloudflare's challenge", answer(429 - 1, "", {"cf-mitigated": "challenge"})),
    ("Vercel's firewall", answer(403, PAGE, {**HTML, "x-vercel-mitigated": "deny"})),
    ("Vercel's firewall", answer(429, PAGE, {**HTML, "x-vercel-mitigated": "challenge"})),
    ("firewall of AWS", answer(202, "", {"x-amzn-waf-action": "challenge"})),
    ("Identity-Aware Proxy", answer(401, "Invalid", {"x-goog-iap-generated-response": "true"})),
    ("Vercel's deployment protection", answer(401, PAGE, {**HTML, "set-cookie": "_vercel_sso_nonce=x; Secure"})),
    ("Vercel's deployment protection", answer(302, "", {"location": "https://vercel.com/sso-api?url=x"})),
    ("Cloudflare Access", answer(302, "", {"location": "https://team.cloudflareaccess.com/cdn-cgi/access/login/x"})),
    ("Cloudflare Access", answer(403, "<title>Error</title> cloudflareaccess.com", HTML)),
    ("basic auth", answer(401, "<h1>401</h1>", {**HTML, "www-authenticate": 'Basic realm="staging"'})),
    ("basic auth", answer(401, '{"error": "log in"}', {**JSON, "www-authenticate": "Basic"})),
    ("negotiate auth", answer(401, "", {"www-authenticate": "Negotiate"})),
    ("a log-in wall (HTTP 403, nginx)", answer(403, "Forbidden", {"server": "nginx"})),
    ("a log-in wall (HTTP 403)", answer(403, '{"message": "Forbidden"}', JSON)),
    ("a log-in wall (HTTP 401)", answer(401)),
    ("a proxy that asks for a log-in", answer(407, PAGE, HTML)),
    ("a log-in page (HTTP 302 to its own host)", answer(302, "", {"location": "/users/sign-in?next=/"})),
    ("a log-in page (HTTP 303 to id.example.com)", answer(303, "", {"location": "https://id.example.com/oauth2/x"})),
    ("sends its callers elsewhere (HTTP 308 to www.example.com)", answer(308, "", {"location": "//www.example.com"})),
    ("sends its callers elsewhere (HTTP 302 to another page", answer(302, "", {"location": "http://[half"})),
    ("a cache (HTTP 304)", answer(304)),
    ("a maintenance page", answer(503, "<h1>Down for maintenance</h1>", {**HTML, "retry-after": "120"})),
    ("asked again after 120 s", answer(503, "<h1>Down for maintenance</h1>", {**HTML, "retry-after": "120"})),
    ("a gateway answers instead of the platform (HTTP 502, nginx)", answer(502, PAGE, {**HTML, "server": "nginx"})),
    ("a gateway", answer(504, "upstream request timeout", {"content-type": "text/plain"})),
    ("a gateway", answer(503, '{"message": "no healthy upstream"}', JSON)),
    ("a gateway", answer(503, '{"error": {"code": "503"}}', JSON)),
    ("a gateway", answer(503, '{"error": "Service Unavailable", "message": "no healthy upstream"}', JSON)),
    ("a gateway", answer(504, '{"error": "upstream timed out"}', JSON)),
    ("a gateway", answer(500, '{"message": "Internal server error"}', JSON)),
    ("a gateway", answer(522, "error code: 522")),
    ("a gateway", answer(500, "<html><center>nginx/1.18</center></html>", HTML)),
    ("a page of HTML (HTTP 200)", answer(200, PAGE, HTML)),
    ("a page of HTML (HTTP 200)", answer(200, PAGE)),
    ("a page of HTML (HTTP 404, ", answer(404, PAGE, {**HTML, "server": "Apache"})),
    ('marked as "br"', answer(200, "\x0b\x02", {**JSON, "content-encoding": "br"})),
    ('marked as "gzip"', answer(200, "", {**JSON, "content-encoding": "gzip"}, unreadable=True)),
    ('marked as "x-gzip"', answer(200, "", {**JSON, "content-encoding": "x-gzip"})),
]


@pytest.mark.parametrize(("named", "exchange"), WALLS)
def test_what_stands_before_the_platform_is_named(named: str, exchange: Exchange) -> None:
    wall = find_wall(exchange)
    assert wall is not None
    assert named in wall.sentence
    assert wall.hint


@pytest.mark.parametrize(
    "exchange",
    [
        answer(None),
        answer(201, '{"booking": {}}', JSON),
        answer(401, '{"error": "Authentication required", "code": "UNAUTHENTICATED"}', JSON),
        answer(403, '{"error": "forbidden"}', JSON),
        answer(403, '{"ok": false, "issues": [{"code": "MISSING_OVERRIDE"}]}', JSON),
        answer(404, '{"error": "Restaurant not found"}', JSON),
        answer(405),
        answer(429, PAGE, HTML),
        answer(429, "", {"x-vercel-mitigated": "rate_limit"}),
        answer(500, '{"error": "Internal server error"}', JSON),
        answer(500, "<html><body><h1>Internal Server Error</h1></body></html>", HTML),
        answer(500, "Internal Server Error", {"content-type": "text/plain"}),
        answer(503, '{"error": "Service unavailable", "code": "BUSY"}', JSON),
        answer(200, '{"booking": {}}', HTML),
        answer(200, "{}", {**JSON, "content-encoding": "gzip"}),
        answer(200, "[broken", JSON),
    ],
    ids=lambda exchange: f"{exchange.status} {exchange.response_text[:24]}",
)
def test_what_the_platform_says_itself_is_no_wall(exchange: Exchange) -> None:
    assert find_wall(exchange) is None


@pytest.mark.parametrize(
    "refusal", [answer(401, '{"error": "invalid_token"}', JSON), answer(403, '{"error": "forbidden"}', JSON)]
)
def test_where_everybody_may_ask_the_platform_wants_no_log_in(refusal: Exchange) -> None:
    assert find_wall(refusal) is None
    wall = find_wall(refusal, open_to_all=True)
    assert wall is not None
    assert "a log-in wall (HTTP 40" in wall.sentence


@pytest.mark.parametrize(
    "refusal",
    [
        answer(403, '{"ok": false, "issues": [{"code": "CAPACITY_EXCEEDED"}]}', JSON),
        answer(401, '{"error": "Authentication required", "code": "UNAUTHENTICATED"}', JSON),
    ],
)
def test_a_refusal_with_a_code_is_the_platforms_own_where_everybody_may_ask_too(refusal: Exchange) -> None:
    assert find_wall(refusal, open_to_all=True) is None


def test_the_way_past_is_named_where_there_is_one() -> None:
    vercel = find_wall(answer(401, PAGE, {**HTML, "set-cookie": "_vercel_sso_nonce=x"}))
    assert vercel is not None
    assert "x-vercel-protection-bypass" in vercel.hint
    basic = find_wall(answer(401, "", {"www-authenticate": "Basic"}))
    assert basic is not None
    assert "BOOKING_API_BASE_URL" in basic.hint


def test_where_a_redirect_leads_is_shown_without_its_query() -> None:
    wall = find_wall(answer(302, "", {"location": "https://id.example.com/login?token=verysecret"}))
    assert wall is not None
    assert "verysecret" not in wall.sentence + wall.hint


@pytest.mark.parametrize(
    ("own", "exchange", "named"),
    [
        (
            {""},
            answer(500, "", {"server": "BigIP"}),
            "(HTTP 500 from BigIP; the platform's own answers name no server)",
        ),
        (
            {"uvicorn"},
            answer(500, "Oops"),
            "(HTTP 500 that names no server; the platform's own answers come from uvicorn)",
        ),
        (
            {"", "a", "b"},
            answer(405, "", {"server": "awselb/2.0"}),
            "from awselb/2.0; the platform's own answers come from a",
        ),
        ({"nginx"}, answer(400, '{"error": "Bad request"}', {**JSON, "server": "kong/3.0"}), "HTTP 400 from kong/3.0"),
        ({"nginx"}, answer(500, '{"error": "Oops"}', {**JSON, "server": "envoy"}), "HTTP 500 from envoy"),
    ],
)
def test_what_another_server_refuses_in_nobodys_words_is_a_gateways(
    own: set[str], exchange: Exchange, named: str
) -> None:
    wall = find_wall(replace(exchange, own_servers=frozenset(own)))
    assert wall is not None
    assert named in wall.sentence
    assert wall.code == "gateway"


@pytest.mark.parametrize(
    ("own", "exchange"),
    [
        ({"uvicorn"}, answer(500, "Internal Server Error", {"server": "uvicorn"})),
        ({"nginx"}, answer(500, "", {"server": "nginx/1.27.1"})),
        ({"nginx", ""}, answer(500, "")),
        (set[str](), answer(500, "", {"server": "BigIP"})),
        ({"nginx"}, answer(503, '{"error": "Busy", "code": "BUSY"}', {**JSON, "server": "another"})),
        ({"nginx"}, answer(400, '{"ok": false, "issues": []}', {**JSON, "server": "another"})),
        ({"nginx"}, answer(201, '{"booking": {}}', {**JSON, "server": "another"})),
    ],
)
def test_the_platforms_own_crash_and_its_own_words_stay_its_own(own: set[str], exchange: Exchange) -> None:
    assert find_wall(replace(exchange, own_servers=frozenset(own))) is None
