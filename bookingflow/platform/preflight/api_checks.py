"""Whether the API can be reached, is this API, and knows the restaurant that the database holds."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from bookingflow.core.problems import Problem
from bookingflow.core.text import series
from bookingflow.core.timing import Clock, Deadline
from bookingflow.platform.answers import wait_in_words
from bookingflow.platform.api import NO_SUCH_PAGE, BookingApi
from bookingflow.platform.api_models import Exchange, Schedule, parsed
from bookingflow.platform.http_problems import http_problem
from bookingflow.platform.preflight.database_checks import REPEAT_S, DatabaseFacts
from bookingflow.platform.walls import CUT_BETWEEN, TOO_MANY, UNREADABLE, find_wall

SETTING = "BOOKING_API_BASE_URL"
PROBE_S = 4.0
"""Seconds that each probe may take."""
PASSING = frozenset({"connection_refused", "connection_cut"})
"""What is met of a platform that is just being restarted."""
AGAIN_S = 0.4
"""Seconds until it is asked again."""
ALIVE, RESTAURANTS = "/api/events", "/api/restaurants"
"""Both are open to anybody (docs/platform.md, "Reading")."""


@dataclass(frozen=True)
class ApiFacts:
    """What was found of the API."""

    problems: list[Problem] = field(default_factory=list)
    answers: bool = False
    """Whether the booking API answered."""
    listed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The restaurants that it lists, by id."""
    lists_none: bool = False
    """Whether it was asked for its restaurants, and what it answered was no list."""
    met_an_error: bool = False
    """Whether one of two probes was answered with an error."""
    ahead_s: float | None = None
    """Seconds by which its clock (Date) is ahead of this machine's; None where it shows none."""


def check_api(api: BookingApi, clock: Clock, until: Deadline, *, thorough: bool) -> ApiFacts:
    """Ask for what anybody may see; thoroughly also for the list of restaurants."""
    alive = _probed(api, ALIVE, clock, until)
    ahead_s = _ahead(alive, clock)
    found = _obstacles(api, alive)
    if found:
        return ApiFacts(found, ahead_s=ahead_s)
    if not thorough and alive.status == httpx.codes.OK:
        return ApiFacts(answers=True, ahead_s=ahead_s)
    listing = _probed(api, RESTAURANTS, clock, until)
    found = _obstacles(api, listing)
    if found:
        return ApiFacts(found, ahead_s=ahead_s)
    errors = [exchange for exchange in (alive, listing) if exchange.is_error]
    if len(errors) == 2:
        return ApiFacts([_answers_errors(api, errors)], ahead_s=ahead_s)
    listed = listing.json_object().get("data") if listing.status == httpx.codes.OK else None
    if not isinstance(alive.json(), dict) and not isinstance(listed, list):
        return ApiFacts([_not_this_api(api, alive, listing)], ahead_s=ahead_s)
    if alive.status in NO_SUCH_PAGE and not isinstance(listed, list) and not errors:
        return ApiFacts([_not_this_api(api, alive, listing)], ahead_s=ahead_s)
    lists_none = listing.status == httpx.codes.OK and not isinstance(listed, list)
    return ApiFacts(
        answers=True, listed=_by_id(listed), lists_none=lists_none, met_an_error=bool(errors), ahead_s=ahead_s
    )


def _probed(api: BookingApi, path: str, clock: Clock, until: Deadline) -> Exchange:
    """What is answered at a path; asked again for as long as the database is, where no connection can be had."""
    repeats = until.part(REPEAT_S)
    while True:
        exchange = api.probe(path, min(PROBE_S, until.remaining))
        if exchange.trouble not in PASSING or repeats.remaining <= AGAIN_S:
            return exchange
        clock.sleep(AGAIN_S)


def find_restaurant_at_api(
    api: BookingApi, of_api: ApiFacts, of_database: DatabaseFacts, until: Deadline
) -> list[Problem]:
    """The problems where the restaurant that the database holds is none of this API's: they are two platforms then."""
    home = of_database.home
    if home is None:
        return []
    common = of_database.known(sorted(of_api.listed))
    if of_api.listed and not common:
        return [
            _other_database(
                f"None of the restaurants that {api.shown_url} lists is in the database of BOOKING_DATABASE_URL."
            )
        ]
    shown = api.probe(f"{RESTAURANTS}/{home.slug}/schedule?date={of_database.date}", min(PROBE_S, until.remaining))
    if shown.is_error and of_api.met_an_error:
        return [_answers_errors(api, [shown])]
    day = parsed(Schedule, shown)
    if day is None and shown.status == httpx.codes.OK and of_api.lists_none:
        return [
            _not_the_api(api, f"it lists no restaurants, and the day of {home.slug} can't be read ({_said(shown)})")
        ]
    if day is not None and str(day.restaurant_id) != home.id:
        return [
            _other_database(
                f'What {api.shown_url} calls "{home.slug}" is another restaurant than the one of that name in the '
                "database of BOOKING_DATABASE_URL."
            )
        ]
    if shown.status == httpx.codes.NOT_FOUND and home.id not in of_api.listed:
        return [
            Problem(
                "restaurant_missing",
                "BOOKING_RESTAURANT_SLUG",
                f'{api.shown_url} knows no restaurant "{home.slug}", though the database has it.',
                f"It lists {_some(of_api)}." if of_api.listed else "Set BOOKING_RESTAURANT_SLUG to one that it shows.",
            )
        ]
    if of_api.listed and home.id not in of_api.listed:
        sentence = f"{home.name} is not among the restaurants that {api.shown_url} lists."
        return [Problem("not_in_list", "BOOKING_RESTAURANT_SLUG", sentence, "Is it meant to be open to guests?")]
    return []


def _obstacles(api: BookingApi, exchange: Exchange) -> list[Problem]:
    """What keeps this answer from being the platform's."""
    wall = find_wall(exchange, open_to_all=True)
    if wall is not None and exchange.status not in NO_SUCH_PAGE:
        return [Problem(wall.code, SETTING, f"At {api.shown_url} {wall.sentence}.", wall.hint)]
    if exchange.status is not None and not exchange.trouble:
        return []
    return [
        http_problem(
            exchange.trouble or "connection_cut",
            what="The booking API",
            url=api.base_url,
            setting=SETTING,
            proxy=api.proxy,
            said=exchange.problem or "",
        )
    ]


def _answers_errors(api: BookingApi, errors: list[Exchange]) -> Problem:
    paths = " and to ".join(exchange.metrics.path for exchange in errors)
    return Problem(
        "answers_errors",
        SETTING,
        f"{api.shown_url} answers errors only: HTTP {errors[0].status} to {paths}.",
        f"Does the platform reach its own database?{_whose(errors)}",
    )


def _whose(errors: list[Exchange]) -> str:
    """Where errors name a server, which may be what stands before the platform: that it is to be asked after."""
    servers = sorted({exchange.header("server")[:40] for exchange in errors} - {""})
    return f" By their header Server they come from {series(servers)}: is that the platform itself?" if servers else ""


def _not_this_api(api: BookingApi, alive: Exchange, listing: Exchange) -> Problem:
    """What is said of two answers by which the API is not known; where both ask to wait, nothing is known of it."""
    if alive.status == listing.status == TOO_MANY:
        wait = wait_in_words(listing)
        sentence = f"{api.shown_url} asks this machine to slow down (HTTP {TOO_MANY}); Retry-After says {wait}."
        return Problem("rate_limited", SETTING, sentence, "Run it again after that; do others ask from its address?")
    if _damaged(alive) and _damaged(listing):
        sentence = f"At {api.shown_url} the answers are marked as JSON and can't be read as that."
        return Problem(UNREADABLE, SETTING, sentence, CUT_BETWEEN)
    return _not_the_api(api, f"{_said(alive)} to {ALIVE}, {_said(listing)} to {RESTAURANTS}")


def _not_the_api(api: BookingApi, why: str) -> Problem:
    return Problem(
        "not_this_api",
        SETTING,
        f"What answers at {api.shown_url} is not the booking API: {why}.",
        f"Set {SETTING} to the root address of the platform, without the path of a page.",
    )


def _other_database(sentence: str) -> Problem:
    return Problem(
        "other_database",
        "BOOKING_DATABASE_URL",
        sentence,
        f"Set {SETTING} and BOOKING_DATABASE_URL to the same platform.",
    )


def _damaged(exchange: Exchange) -> bool:
    """Whether it is a success that calls itself JSON and is none."""
    is_json = exchange.header("content-type").partition(";")[0].strip().lower().endswith("json")
    return exchange.status == httpx.codes.OK and is_json and exchange.json() is None


def _said(exchange: Exchange) -> str:
    if exchange.status is None or exchange.status != httpx.codes.OK:
        return exchange.said
    marked = exchange.header("content-type").partition(";")[0] or "nothing known"
    return f"HTTP {exchange.status} with {marked}{'' if exchange.json() is not None else ' that is not JSON'}"


def _by_id(listed: Any) -> dict[str, Mapping[str, Any]]:
    """What the list holds, as far as it is made of restaurants with ids."""
    found = {}
    for item in listed if isinstance(listed, list) else ():
        try:
            found[str(UUID(str(item["id"])))] = item
        except (KeyError, TypeError, ValueError):
            continue
    return found


def _some(of_api: ApiFacts, most: int = 5) -> str:
    slugs = sorted(str(item.get("slug")) for item in of_api.listed.values())
    more = f" and {len(slugs) - most} more" if len(slugs) > most else ""
    return f"{', '.join(slugs[:most])}{more}"


def _ahead(exchange: Exchange, clock: Clock) -> float | None:
    """Seconds by which the answer's Date is ahead of this machine's clock, half a second for what it cuts off."""
    try:
        date = email.utils.parsedate_to_datetime(exchange.header("date")).timestamp()
    except ValueError:
        return None
    asked_at = clock.now().timestamp() - exchange.metrics.duration_ms / 2000
    return date + exchange.age_s + 0.5 - asked_at
