"""The guard of production: what looks like it is found, however it is written."""

from __future__ import annotations

import pytest

from bookingflow.core.network.production import Reached, production_hosts


def looks_like_it(host: str, role: str = "", **variables: str) -> bool:
    return bool(production_hosts([Reached("X", host, role)], allowed=[], variables=variables))


@pytest.mark.parametrize(
    "host",
    [
        *(
            "prod.example",
            "prod1.example",
            "prd.example",
            "PRD-eu.example",
            "prod_api",
            "production",
            "api.production.example",
        ),
        *("live.example", "www.example", "www2.example", "bookingproduction.example", "prod.example."),
    ],
)
def test_names_of_production_are_recognised(host: str) -> None:
    assert looks_like_it(host)


@pytest.mark.parametrize(
    "host",
    [
        *("staging.example", "preprod.example", "pre-prod.example", "non-prod.example", "nonproduction.example"),
        *("product.example", "prodigy.example", "delivery.example", "10.0.0.1", "localhost", "www.localhost"),
    ],
)
def test_others_are_not_taken_for_it(host: str) -> None:
    assert not looks_like_it(host)


@pytest.mark.parametrize(
    "marker",
    [
        *("https://API.shop.example/", "api.shop.example", "api.shop.example:443", " 'https://api.shop.example' "),
        *("https://u:p@api.shop.example.:443/x", "other.example, api.shop.example"),
    ],
)
def test_a_host_that_a_variable_marks_is_recognised(marker: str) -> None:
    assert looks_like_it("api.shop.example", PRODUCTION_BOOKING_API_BASE_URL=marker)
    assert looks_like_it("API.SHOP.EXAMPLE.", production_api_host=marker)
    assert not looks_like_it("api.shop.example", PRODUCTION_NOTE=marker)
    assert not looks_like_it("staging.shop.example", PRODUCTION_BOOKING_API_BASE_URL=marker)


def test_a_project_that_a_variable_marks_is_recognised_at_its_database_and_pooler() -> None:
    marker = {"PRODUCTION_SUPABASE_URL": "https://abcdefghijklmnopqrst.supabase.co"}
    assert looks_like_it("db.abcdefghijklmnopqrst.supabase.co", **marker)
    assert looks_like_it("aws-0-eu-central-1.pooler.supabase.com", "postgres.abcdefghijklmnopqrst", **marker)
    assert not looks_like_it("aws-0-eu-central-1.pooler.supabase.com", "postgres.zzzzzzzzzzzzzzzzzzzz", **marker)


def test_allowed_is_what_is_named_in_any_spelling() -> None:
    reached = [
        Reached("A", "prod.bücher.example"),
        Reached("B", "prod.xn--bcher-kva.example."),
        Reached("C", "prod.other"),
    ]
    found = production_hosts(reached, allowed=["PROD.Bücher.example."], variables={})
    assert [(one.variable, one.allowed) for one in found] == [("A", True), ("B", True), ("C", False)]
