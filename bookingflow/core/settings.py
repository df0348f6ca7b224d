"""One typed Settings object, read once, refused whole when anything in it is wrong.

Precedence: `-D name=value` > environment > `.env` > `[behave.userdata]` of behave.ini > default. Nothing falls back
silently: an unknown name or a value out of range is a problem, and all problems are told at once.
"""

from __future__ import annotations

import datetime
import difflib
import ipaddress
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from dotenv import dotenv_values
from dotenv.parser import Original, parse_stream
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bookingflow.core.errors import SettingsError

DEFAULT_API_BASE_URL = "http://localhost:3000"
DEMO_RESTAURANT_SLUG = "demo-restaurant"
DEMO_RESTAURANT_ID = UUID("8dcb19c3-d767-4993-9b91-4655a4d95921")
DEFAULT_INLINE_WINDOW_S = 20.0

EXPECTABLE = frozenset({"background_job", "rate_limit", "past_blocking", "merges", "seating", "exclusive_restaurant"})
"""What a live platform may have switched off (tags `@uses.<name>`); docs/live-platform.md explains each."""

PLATFORM_OWN_NAMES = frozenset({"BOOKING_DEFAULT_RESTAURANT_ID", "BOOKING_PAST_TIME_GRACE_MINUTES"})
"""Settings of the platform itself that share our prefix (docs/platform.md, "Settings of the platform")."""

_ALIASES = {"base_url": "api_base_url"}
_FOREIGN_NAMES = {
    "database_url": ("SUPABASE_DB_URL",),
    "guest_name": ("TEST_CUSTOMER_NAME",),
    "guest_email": ("TEST_CUSTOMER_EMAIL",),
    "guest_phone": ("TEST_CUSTOMER_PHONE",),
}
_SLUG = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+$")
_PRODUCTION_LABEL = re.compile(r"(?:^|[.-])(?:prod|production|live|www)(?:$|[.-])")
_OURS = re.compile(r"\s*(?:export\s+)?(?:BOOKING_|TEST_CUSTOMER_)")
"""How a line of .env begins that is meant for the suite."""
_DAYS_A_CALENDAR_DAY_MAY_LAG = 1


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a URL that starts with http:// or https:// and names a host")
    if any(map(str.isspace, value)):
        raise ValueError("must be a URL without blanks")
    _demand_port(parts)
    return value.rstrip("/")


def _root_url(value: str) -> str:
    if "?" in value or "#" in value:
        raise ValueError("must be the root address alone, without ? and #")
    return _http_url(value)


def _demand_port(parts: SplitResult) -> None:
    try:
        right = parts.port != 0
    except ValueError:
        right = False
    if not right:
        raise ValueError("must name a port from 1 to 65535, or none")


def _database_url(value: str) -> str:
    if urlsplit(value).scheme not in {"postgres", "postgresql"}:
        raise ValueError("must be a URL that starts with postgresql://")
    if value.count("@") > 1 or "#" in value:
        raise ValueError("must have @, #, : and / of its password percent-encoded (%40, %23, %3A, %2F)")
    _demand_port(urlsplit(value))
    return value


def _slug(value: str) -> str:
    value = value.strip().lower()
    if not _SLUG.match(value):
        raise ValueError("must be words of letters and digits joined by hyphens, such as demo-restaurant")
    return value


def _iso_date(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, str):
        written = value
        try:
            value = datetime.date.fromisoformat(written)
        except ValueError:
            value = None
        if value is None or value.isoformat() != written:
            raise ValueError("must be a day of the calendar written YYYY-MM-DD")
    # Somewhere on earth it may still be yesterday; the restaurant's own zone decides when its clock is known.
    if value < datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=_DAYS_A_CALENDAR_DAY_MAY_LAG):
        raise ValueError("must not lie in the past")
    return value


def _clock_time(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"\d{2}:\d{2}", value):
            raise ValueError("must be a time written HH:MM, 00:00 to 23:59")
        try:
            return datetime.time.fromisoformat(value)
        except ValueError:
            raise ValueError("must be a time written HH:MM, 00:00 to 23:59") from None
    return value


def _identifier(value: Any) -> Any:
    try:
        return value if value is None or isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise ValueError("must be a uuid such as 8dcb19c3-d767-4993-9b91-4655a4d95921") from None


def _email(value: str) -> str:
    if not _EMAIL.match(value):
        raise ValueError("must be an e-mail address")
    return value


def _phone(value: str) -> str:
    if not 7 <= len(value.strip()) <= 20 or not any(character.isdigit() for character in value):
        raise ValueError("must be a phone number of 7 to 20 characters")
    return value.strip()


def _names(value: Any) -> Any:
    if isinstance(value, str):
        return tuple(name for name in re.split(r"[,\s]+", value) if name)
    return value


def _expectable(value: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in value if name not in EXPECTABLE]
    if unknown:
        raise ValueError(f"must be names out of {', '.join(sorted(EXPECTABLE))}; unknown: {', '.join(unknown)}")
    return value


def _job_command(value: str) -> str:
    if not any("{booking_id}" in word for word in shlex.split(value)):
        raise ValueError("must contain {booking_id}, which is replaced by the booking's id")
    return value


HttpUrl = Annotated[str, AfterValidator(_http_url)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class Settings(BaseSettings):
    """Everything a run can be told. Times in seconds."""

    model_config = SettingsConfigDict(
        env_prefix="BOOKING_", extra="ignore", frozen=True, env_ignore_empty=True, enable_decoding=False
    )

    target: Literal["demo", "live"] | None = None
    api_base_url: Annotated[str, AfterValidator(_root_url)] | None = None
    database_url: DatabaseUrl | None = None
    restaurant_slug: Annotated[str, AfterValidator(_slug)] = DEMO_RESTAURANT_SLUG
    restaurant_id: Annotated[UUID | None, BeforeValidator(_identifier)] = None
    date: Annotated[datetime.date | None, BeforeValidator(_iso_date)] = None
    time: Annotated[datetime.time, BeforeValidator(_clock_time)] = datetime.time(19, 0)
    party_size: int = Field(default=4, ge=1, le=100)
    booking_type: Literal["lunch", "dinner", "drinks"] = "dinner"
    seating: Literal["any", "indoor", "outdoor"] = "any"
    notes: str | None = Field(default=None, max_length=500)
    marketing_opt_in: bool = False
    guest_name: str = Field(default="Acceptance Guest", min_length=2, max_length=100)
    guest_email: Annotated[str, AfterValidator(_email)] = "acceptance@example.com"
    guest_phone: Annotated[str, AfterValidator(_phone)] = "+447700900000"
    timeout: float = Field(default=90.0, ge=10, le=600)
    inline_window: float | None = Field(default=None, ge=0, le=600)
    poll_interval: float | None = Field(default=None, gt=0, le=5)
    pretty: bool | None = None
    repeat: int = Field(default=1, ge=1, le=1000)
    seed: int | None = None
    shuffle: bool = False
    job_url: HttpUrl | None = None
    job_token: str | None = None
    job_command: Annotated[str, AfterValidator(_job_command)] | None = None
    cleanup: Literal["keep", "cancel", "delete"] | None = None
    cleanup_database_url: DatabaseUrl | None = None
    rate_budget: int = Field(default=50, ge=0, le=60)
    deadline_cap: float | None = Field(default=None, gt=0)
    output_dir: Path = Path()
    known_breaches: Path = Path("known-breaches.toml")
    expect: Annotated[Names, AfterValidator(_expectable)] = ()
    allow_production: Names = ()
    demo_defects: Names = ()
    demo_admin_url: HttpUrl | None = None
    demo_admin_token: str | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the environment is read by `load`, aliases included
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

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
    def starts_demo(self) -> bool:
        """Whether the run starts a demo of its own."""
        return self.on_demo and not (self.api_base_url and self.database_url)

    def deadline(self, seconds: float | None) -> float:
        """The budget of a booking: what its sentence says, else `timeout`, shortened by the cap."""
        budget = self.timeout if seconds is None else seconds
        return budget if self.deadline_cap is None else min(budget, self.deadline_cap)

    def inline_window_within(self, deadline: float) -> float:
        """How long inline confirmation is waited for at most."""
        window = DEFAULT_INLINE_WINDOW_S if self.inline_window is None else self.inline_window
        return min(window, deadline)

    def public(self) -> dict[str, str]:
        """What a report may show: no secret, no address with a password."""
        hidden = {"database_url", "cleanup_database_url", "job_token", "demo_admin_token", "job_command"}
        given = self.model_dump(exclude=hidden, exclude_none=True, mode="json")
        return {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in given.items()}


def load(
    defines: Mapping[str, str],
    ini: Mapping[str, str],
    environ: Mapping[str, str] | None = None,
    dotenv: Path = Path(".env"),
) -> Settings:
    """Read the settings from all sources; raises SettingsError with every problem, having created nothing."""
    environ = os.environ if environ is None else environ
    from_file = _read_dotenv(dotenv)
    problems = [*_unknown_defines({**ini, **defines}), *_unknown_variables({**from_file, **environ})]
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for source, label in (
        (_from_defines(ini), "{name} in behave.ini"),
        (_from_variables(from_file), "{variable} in .env"),
        (_from_variables(environ), "{variable}"),
        (_from_defines(defines), "-D {name}"),
    ):
        for name, (value, variable) in source.items():
            if not value:
                values.pop(name, None)
                continue
            values[name] = value
            origin[name] = label.format(name=name, variable=variable)
    wrong: set[str] = set()
    try:
        settings = Settings(**values)
    except ValidationError as error:
        wrong = {str(item["loc"][0]) for item in error.errors()}
        problems += [_sentence(item, origin) for item in error.errors()]
        # What is right may still contradict itself: all problems are told at once.
        settings = Settings(**{name: value for name, value in values.items() if name not in wrong})
    told_already = {variable_name(name) for name in wrong}
    problems += [
        problem
        for problem in _contradictions(settings, environ)
        if not told_already & set(re.findall(r"[A-Z_]{4,}", problem))
    ]
    if problems:
        raise SettingsError(problems)
    return settings


def _read_dotenv(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8") as lines:
            unread = [binding.original for binding in parse_stream(lines) if binding.error or binding.value is None]
        ours = [line for line in unread if _OURS.match(line.string)]
        if ours:
            raise SettingsError([f"{path}, {_told_with_place(line)} sets nothing." for line in ours])
        return {name: value for name, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} can't be read: {error}. It must be text in UTF-8."]) from error


def _told_with_place(line: Original) -> str:
    """The line and its number; what the parser gives begins with the blank lines before it."""
    text = line.string.lstrip()
    blank = line.string[: len(line.string) - len(text)].count("\n")
    return f"line {line.line + blank}: {text.rstrip()}"


def variable_name(name: str) -> str:
    """The environment variable of a setting, as the docs name it."""
    return {"guest_name": "TEST_CUSTOMER_NAME", "guest_email": "TEST_CUSTOMER_EMAIL"}.get(
        name, "TEST_CUSTOMER_PHONE" if name == "guest_phone" else f"BOOKING_{name.upper()}"
    )


def _from_defines(source: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    return {
        _ALIASES.get(name, name): (value, name)
        for name, value in source.items()
        if _ALIASES.get(name, name) in Settings.model_fields
    }


def _from_variables(source: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What these variables set; an empty one takes back what a weaker source says."""
    found: dict[str, tuple[str, str]] = {}
    for name in Settings.model_fields:
        for variable in (f"BOOKING_{name.upper()}", *_FOREIGN_NAMES.get(name, ())):
            if variable in source and not found.get(name, ("", ""))[0]:
                found[name] = (source[variable].strip(), variable)
    return found


def _unknown_defines(source: Mapping[str, str]) -> list[str]:
    known = [*Settings.model_fields, *_ALIASES]
    # A dot marks somebody else's name: behave's own reporters and formatters are set up that way.
    unknown = [name for name in source if name not in known and "." not in name]
    return [f"-D {name} is not a setting.{did_you_mean(name, known)}" for name in unknown]


def _unknown_variables(source: Mapping[str, str]) -> list[str]:
    known = {f"BOOKING_{name.upper()}" for name in Settings.model_fields}
    known |= {variable_name(name) for name in Settings.model_fields}
    ours = ("BOOKING_", "TEST_CUSTOMER_")
    unknown = [name for name in source if name.startswith(ours) and name not in known | PLATFORM_OWN_NAMES]
    return [f"{name} is not a setting.{did_you_mean(name, sorted(known))}" for name in unknown]


def did_you_mean(name: str, known: list[str]) -> str:
    """A sentence to add to the refusal of a name: the known one that is most like it."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f" Did you mean {close[0]}?" if close else " The README lists the settings."


def _sentence(error: Any, origin: Mapping[str, str]) -> str:
    """A pydantic error as a sentence; the value itself is shown only where it can't be a secret."""
    name = str(error["loc"][0])
    secret = any(word in name for word in ("url", "token", "command", "email", "phone"))
    shown = "" if secret else f"={error['input']!s}"
    reason = _reason(error, name)
    return f"{origin.get(name, variable_name(name))}{shown}: {reason}."


def _reason(error: Any, name: str) -> str:
    """What is allowed instead, in plain words."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        return f"must be one of {context['expected']}"
    if kind.startswith("bool"):
        return "must be true or false"
    if kind.startswith(("int", "float", "greater", "less", "finite")):
        whole = "whole number" if Settings.model_fields[name].annotation is int else "number"
        return f"must be a {whole}{_range(name)}"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} characters"
    if kind == "string_too_short":
        return f"must have at least {context['min_length']} characters"
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ").rstrip(".")


def _range(name: str) -> str:
    words = {"ge": "from", "gt": "above", "le": "up to", "lt": "below"}
    limits = [
        f"{words[limit]} {getattr(item, limit):g}"
        for item in Settings.model_fields[name].metadata
        for limit in words
        if hasattr(item, limit)
    ]
    return f" {' '.join(limits)}" if limits else ""


def _contradictions(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    problems = []
    if not settings.on_demo and settings.database_url is None:
        problems.append(
            "BOOKING_DATABASE_URL is missing: on a live platform the suite watches the database. "
            "Give it the address of a read-only role (docs/live-platform.md has the SQL)."
        )
    if not settings.on_demo and settings.deadline_cap is not None:
        problems.append(
            "BOOKING_DEADLINE_CAP shortens promises and is for the demo only; unset it for a live platform."
        )
    if not settings.on_demo and settings.demo_defects:
        problems.append("BOOKING_DEMO_DEFECTS is for the demo only; unset it for a live platform.")
    if settings.on_demo and settings.demo_defects and not settings.starts_demo:
        problems.append("BOOKING_DEMO_DEFECTS is for a demo that the run starts; give a running one --defect.")
    if settings.on_demo and (settings.api_base_url is None) != (settings.database_url is None):
        missing = "BOOKING_DATABASE_URL" if settings.database_url is None else "BOOKING_API_BASE_URL"
        problems.append(f"{missing} is missing: a running demo is reached by both addresses, or by neither.")
    if settings.inline_window is not None and settings.inline_window > settings.timeout:
        problems.append(
            f"BOOKING_INLINE_WINDOW={settings.inline_window:g} is longer than BOOKING_TIMEOUT={settings.timeout:g}: "
            "allowed is 0 up to the timeout."
        )
    if settings.job_url and settings.job_command:
        problems.append("BOOKING_JOB_URL and BOOKING_JOB_COMMAND are both set: the job can be started one way only.")
    if "background_job" in settings.expect and not (settings.on_demo or settings.job_url or settings.job_command):
        problems.append(
            "BOOKING_EXPECT=background_job needs a way to start that job: BOOKING_JOB_URL or BOOKING_JOB_COMMAND."
        )
    if settings.cleanup in {"cancel", "delete"} and not settings.on_demo and not settings.cleanup_database_url:
        problems.append(
            f"BOOKING_CLEANUP={settings.cleanup} needs BOOKING_CLEANUP_DATABASE_URL, a role that may write."
        )
    return problems + _production_problems(settings, environ)


def _production_problems(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Production-like targets are refused unless their host is allowed by name."""
    if settings.on_demo:
        return []
    marked = {
        urlsplit(environ.get(name, "")).hostname
        for name in ("PRODUCTION_BOOKING_API_BASE_URL", "PRODUCTION_SUPABASE_URL")
    } - {None}
    problems = []
    for name, url in (("BOOKING_API_BASE_URL", settings.api_base_url), ("BOOKING_DATABASE_URL", settings.database_url)):
        host = urlsplit(url or "").hostname
        if not host or host in settings.allow_production or _is_loopback(host):
            continue
        if host in marked or _PRODUCTION_LABEL.search(host):
            problems.append(
                f"{name} looks like production ({host}). The suite makes bookings there; "
                f"if that is meant, set BOOKING_ALLOW_PRODUCTION={host}."
            )
    return problems


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
