"""How sentences are read, and the types of their parameters. Importing this teaches behave both.

A word that no type knows is no parameter: behave says that there is no such step.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from behave import register_type
from behave.matchers import ParseMatcher, get_step_matcher_factory

from bookingflow.checks.refusals import REFUSALS
from bookingflow.core.text import clock_time
from bookingflow.platform.api_models import CLOSED_ACTS, CLOSED_LISTS, FIELDS, STAFFS_ACTS, TIMES_OF_NOBODY
from bookingflow.platform.database_models import Restaurant
from bookingflow.testdata import contacts, parties
from bookingflow.testdata.booking_details import AREAS
from bookingflow.testdata.deadlines import SECONDS, WITHIN, seconds_of
from bookingflow.testdata.moments import MOMENTS, WEEKDAYS, Moment
from bookingflow.testdata.request_variants import MANNERS, MISTAKES

KINDS = ("across the ocean", "with closed days", "with large tables", "with few tables")

RESTAURANT_NAMES: Mapping[str, Callable[[Restaurant], Mapping[str, Any]]] = {
    "its id": lambda place: {"restaurant_slug": None, "restaurant_id": uuid.UUID(place.id)},
    "its name in capitals": lambda place: {"restaurant_slug": place.slug.upper()},
    "its name, though with another's id": lambda _: {"restaurant_id": uuid.uuid4()},
}
"""How a request may name a restaurant, beside its name; docs/platform.md, "Request"."""


def _one_of(words: Any) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


def _reads(pattern: str, convert: Callable[[str], Any] = str) -> Callable[[str], Any]:
    """A type of words: which it accepts, and what becomes of them. Groups in the pattern must not capture."""

    def read(text: str) -> Any:
        return convert(text)

    read.pattern = pattern  # type: ignore[attr-defined]  # where behave's parser looks for it
    return read


class SentenceMatcher(ParseMatcher):  # type: ignore[misc]  # behave has no types
    """behave's own matcher, which compiles and tries an expression only for sentences that begin and end as it does.

    A scenario says about five of 135: to compile the others, and to try all of them with each sentence, is work for
    nothing. So an expression that can't be compiled is not found at once, but by the tests, which compile all of them.
    """

    NAME = "sentence"

    def __init__(self, func: Callable[..., None], pattern: str, step_type: str | None = None) -> None:
        super().__init__(func, pattern, step_type)
        self._begins, self._ends = pattern.partition("{")[0], pattern.rpartition("}")[2]

    def compile(self) -> SentenceMatcher:
        return self

    def check_match(self, step_text: str) -> Any:
        may_match = step_text.startswith(self._begins) and step_text.endswith(self._ends)
        return super().check_match(step_text) if may_match else None


_FIELD = f"(?:{_one_of(FIELDS)})"

get_step_matcher_factory().register_step_matcher_class(SentenceMatcher.NAME, SentenceMatcher)
get_step_matcher_factory().use_default_step_matcher(SentenceMatcher.NAME)
register_type(
    Party=_reads(parties.PATTERN, parties.Party),
    Count=_reads(r"[1-9]\d*", int),
    Crowd=_reads(r"1 party|[1-9]\d? parties", lambda text: int(text.split()[0])),
    Moment=_reads(_one_of(MOMENTS) + r"|\d\d:\d\d of that day", Moment),
    Service=_reads("lunch|dinner"),
    Weekday=_reads(_one_of(WEEKDAYS), WEEKDAYS.index),
    RestaurantName=_reads(_one_of(RESTAURANT_NAMES)),
    Kind=_reads(_one_of(KINDS)),
    Mistake=_reads(_one_of(MISTAKES)),
    Manner=_reads(_one_of(MANNERS)),
    Reason=_reads(_one_of(REFUSALS)),
    Fields=_reads(f"{_FIELD}(?:, {_FIELD})*", lambda text: [FIELDS[word] for word in text.split(", ")]),
    Clock=_reads(r"\d\d:\d\d", clock_time),
    Season=_reads("spring|autumn"),
    ContactHalf=_reads("e-mail|phone number"),
    Occasion=_reads("lunch|dinner|drinks"),
    Area=_reads(_one_of(AREAS), AREAS.__getitem__),
    Status=_reads("confirmed|pending"),
    Within=_reads(WITHIN, seconds_of),
    Seconds=_reads(SECONDS, float),
    LookupEmail=_reads(_one_of(contacts.EMAILS)),
    LookupPhone=_reads(_one_of(contacts.PHONES)),
    ClosedAct=_reads(_one_of(CLOSED_ACTS)),
    StaffsAct=_reads(_one_of(STAFFS_ACTS)),
    ClosedList=_reads(_one_of(CLOSED_LISTS)),
    Nobody=_reads(_one_of(TIMES_OF_NOBODY)),
    Canceller=_reads("guest|restaurant", {"guest": "guest", "restaurant": "staff"}.__getitem__),
)
