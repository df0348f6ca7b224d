"""Everything that can be set for a run, as one typed object; `loading` reads it."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.network.production import ProductionHost, Reached, host_in, production_hosts
from bookingflow.core.network.web_addresses import WebAddress
from bookingflow.core.settings.sources import variable_name
from bookingflow.core.settings.types import (
    AUTHORIZATION,
    BookableDate,
    ClockTime,
    DatabaseUrl,
    Email,
    Expected,
    Headers,
    HttpUrl,
    Identifier,
    JobCommand,
    Names,
    NumberOrNever,
    OwnPath,
    Phone,
    RootUrl,
    Slug,
    TraceLink,
    read_headers,
)

DEFAULT_API_BASE_URL = "http://localhost:3000"
DEMO_RESTAURANT_SLUG = "demo-restaurant"
DEFAULT_INLINE_WINDOW_S = 20.0

_GIVE_UP_AFTER = 5
"""Bookings in a row that waited their whole deadline for the same cause (docs/observing.md)."""
SHOWN = frozenset(
    {
        "target",
        "date",
        "time",
        "party_size",
        "booking_type",
        "seating",
        "marketing_opt_in",
        "timeout",
        "inline_window",
        "poll_interval",
        "pretty",
        "repeat",
        "seed",
        "shuffle",
        "cleanup",
        "rate_budget",
        "rate_limit",
        "deadline_cap",
        "max_failures",
        "last_failed",
        "give_up",
    }
)
"""Settings whose wrong value may be shown: the others hold addresses, contacts, paths and secrets."""

BUILT_IN_EMAIL = "acceptance@example.com"
"""The contact of the suite's guests where none is configured; no mail arrives there (RFC 2606)."""


class Settings(BaseModel):
    """Everything that can be set for a run. Times in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    _variables: Mapping[str, str] = PrivateAttr(default_factory=dict)
    """Every variable of the environment and of .env: some name the platform's production."""

    target: Literal["demo", "live"] | None = None
    api_base_url: RootUrl | None = None
    api_headers: Headers = Field(default_factory=dict)
    api_ca_file: OwnPath | None = None
    api_client_cert: OwnPath | None = None
    api_client_key: OwnPath | None = None
    database_url: DatabaseUrl | None = None
    restaurant_slug: Slug = DEMO_RESTAURANT_SLUG
    restaurant_id: Identifier | None = None
    date: BookableDate | None = None
    time: ClockTime = datetime.time(19, 0)
    party_size: int = Field(default=4, ge=1, le=100)
    booking_type: Literal["lunch", "dinner", "drinks"] = "dinner"
    seating: Literal["any", "indoor", "outdoor"] = "any"
    notes: str | None = Field(default=None, max_length=500)
    marketing_opt_in: bool = False
    guest_name: str = Field(default="Acceptance Guest", min_length=2, max_length=100)
    guest_email: Email = BUILT_IN_EMAIL
    guest_phone: Phone = "+447700900000"
    timeout: float = Field(default=90.0, ge=10, le=600)
    inline_window: float | None = Field(default=None, ge=0, le=600)
    poll_interval: float | None = Field(default=None, gt=0, le=5)
    pretty: bool | None = None
    repeat: int = Field(default=1, ge=1, le=1000)
    seed: int | None = None
    shuffle: bool = False
    job_url: HttpUrl | None = None
    job_token: str | None = None
    job_command: JobCommand | None = None
    cleanup: Literal["keep", "cancel", "delete"] | None = None
    cleanup_database_url: DatabaseUrl | None = None
    rate_budget: int | None = Field(default=None, ge=0, le=60)
    """Bookings a minute on a live platform; None: what the platform's answers state, else 50."""
    rate_limit: int | None = Field(default=None, ge=1, le=600)
    """Bookings a minute that a live platform takes from one address, where other than agreed."""
    deadline_cap: float | None = Field(default=None, gt=0)
    max_failures: int | None = Field(default=None, ge=1)
    last_failed: bool = False
    give_up: NumberOrNever = Field(default=_GIVE_UP_AFTER, ge=1)
    """After how many bookings later scenarios are not tried; None: never."""
    webhook: HttpUrl | None = None
    heartbeat_url: HttpUrl | None = None
    trace_link: TraceLink | None = None
    output_dir: OwnPath = Path()
    known_breaches: OwnPath = Path("known-breaches.toml")
    budgets: OwnPath = Path("budgets.toml")
    expect: Expected = ()
    allow_production: Names = ()
    demo_defects: Names = ()
    demo_admin_url: HttpUrl | None = None
    demo_admin_token: str | None = None

    @classmethod
    def of(cls, values: Mapping[str, Any], variables: Mapping[str, str]) -> Self:
        """Settings with these values, beside these variables; raises pydantic's ValidationError."""
        settings = cls.model_validate(values)
        settings._variables = variables
        return settings

    @model_validator(mode="before")
    @classmethod
    def _log_in_by_header(cls, data: dict[str, Any]) -> dict[str, Any]:
        """A user and password in the base URL become a header: from here on the address goes without them."""
        try:
            address = WebAddress.read(data.get("api_base_url") or "")
        except ValueError:  # the field itself says so
            return data
        try:
            headers = read_headers(data.get("api_headers") or {})
        except ValueError:
            return {**data, "api_base_url": address.url}
        if address.authorization is None or AUTHORIZATION.lower() in map(str.lower, headers):
            return data
        headers = {**headers, AUTHORIZATION: address.authorization}
        return {**data, "api_base_url": address.url, "api_headers": headers}

    @property
    def target_kind(self) -> Literal["demo", "live"]:
        """An explicit target wins; else nothing configured means the demo, an address means live."""
        if self.target:
            return self.target
        return "live" if self.api_base_url or self.database_url else "demo"

    @property
    def on_demo(self) -> bool:
        """Whether the target is the demo platform, ours or a running one."""
        return self.target_kind == "demo"

    def platform_has(self, feature: str) -> bool:
        """Whether the platform has what some switch off (EXPECTABLE): the demo does, a live one where it is said to."""
        return self.on_demo or feature in self.expect

    @property
    def names_no_restaurant(self) -> bool:
        """Whether the restaurant is the default."""
        return self.restaurant_id is None and self.restaurant_slug == DEMO_RESTAURANT_SLUG

    @property
    def reached_directly(self) -> bool:
        """Whether nothing stands between that could answer in the platform's place, or cut off or repeat what is sent:
        so it is with any demo (docs/observing.md).
        """
        return self.on_demo

    @property
    def starts_demo(self) -> bool:
        """Whether the run starts a demo of its own."""
        return self.on_demo and not (self.api_base_url and self.database_url)

    @property
    def can_undo_on_demo(self) -> bool:
        """Whether bookings can be undone at the demo: at one that runs already by its admin interface or a role."""
        return self.starts_demo or bool(self.demo_admin_url or self.cleanup_database_url)

    def deadline(self, seconds: float | None) -> float:
        """The budget of a booking: what its sentence says, else `timeout`, shortened by the cap."""
        budget = self.timeout if seconds is None else seconds
        return budget if self.deadline_cap is None else min(budget, self.deadline_cap)

    def inline_window_within(self, deadline: float) -> float:
        """How long inline confirmation is waited for at most."""
        window = DEFAULT_INLINE_WINDOW_S if self.inline_window is None else self.inline_window
        return min(window, deadline)

    def production_hosts(self) -> list[ProductionHost]:
        """The hosts of this target that look like production, or that a variable marks as such."""
        return production_hosts(self.reached(), allowed=self.allow_production, variables=self._variables)

    def allowed_production(self) -> list[str]:
        """Those of them that BOOKING_ALLOW_PRODUCTION names: bookings are made there."""
        return list(dict.fromkeys(found.host for found in self.production_hosts() if found.allowed))

    def reached(self) -> Iterator[Reached]:
        """Every host that a run connects to, of a list each."""
        for name in ("api_base_url", "job_url", "demo_admin_url"):
            url = getattr(self, name)
            if url:
                yield Reached(variable_name(name), WebAddress.read(url).host)
        for header, value in self.api_headers.items():
            if header.lower() == "host":
                yield Reached("BOOKING_API_HEADERS", host_in(value))
        for name in ("database_url", "cleanup_database_url"):
            url = getattr(self, name)
            address = self.database_address(url) if url else None
            for host in address.hosts if address else ():
                yield Reached(variable_name(name), host, address.parameters.get("user", "") if address else "")

    def database_address(self, url: str) -> DatabaseAddress:
        """The address as it will be used: with libpq's variables on a live platform; a demo sees none."""
        return DatabaseAddress.read(url, {} if self.on_demo else None)

    def secrets(self) -> list[str]:
        """Every value that must never be shown, as it is meant: passwords, tokens, values of headers."""
        found = [self.job_token, self.demo_admin_token, self.webhook, self.heartbeat_url, *self.api_headers.values()]
        for name, value in self.api_headers.items():
            if name.lower() == AUTHORIZATION.lower():
                found += _credentials(value)
        for url in (self.job_url, self.webhook, self.heartbeat_url, self.demo_admin_url):
            found += [WebAddress.read(url).password] if url else []
        for url in (self.database_url, self.cleanup_database_url):
            found += self.database_address(url).secrets if url else []
        return [value for value in found if value]

    def public(self) -> dict[str, str]:
        """What a report may show: nothing secret, no address that may hold a secret."""
        hidden = {
            *("database_url", "cleanup_database_url", "job_token", "job_command", "demo_admin_token"),
            *("api_headers", "api_client_key", "webhook", "heartbeat_url"),
        }
        given = self.model_dump(exclude=hidden, exclude_none=True, mode="json")
        return {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in given.items()}


def _credentials(authorization: str) -> list[str]:
    """The word after the scheme, and the password in it where the scheme is Basic."""
    scheme, _, word = authorization.partition(" ")
    if scheme.lower() != "basic":
        return [word]
    try:
        return [word, base64.b64decode(word).decode().partition(":")[2]]
    except ValueError:
        return [word]
