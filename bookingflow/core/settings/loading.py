"""Reads the settings from all sources, and refuses them whole when anything is wrong.

Precedence: `-D name=value` > environment > `.env` > `[behave.userdata]` of behave.ini > default. Nothing falls back
silently: an unknown name or a value out of range is a problem, and all problems are reported at once. A problem names
the setting and what is allowed; it shows a value only where that can't be a secret.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from bookingflow.core.errors import SettingsError
from bookingflow.core.network.certificates import problems_of
from bookingflow.core.network.hosts import is_loopback, same_host
from bookingflow.core.network.proxies import proxy_for
from bookingflow.core.network.web_addresses import WebAddress
from bookingflow.core.patterns import pattern
from bookingflow.core.settings import SHOWN, Settings
from bookingflow.core.settings.sources import gather, variable_name

_VARIABLE = pattern(r"[A-Z_]{4,}")
_ADDRESSES = ("BOOKING_API_BASE_URL", "BOOKING_DATABASE_URL", "SUPABASE_DB_URL")
_SHOWABLE = pattern(r"[\w.:+-]{1,20}")
"""A value that is no address, no sentence and no long key."""


def load(
    defines: Mapping[str, str],
    ini: Mapping[str, str],
    environ: Mapping[str, str] | None = None,
    dotenv: Path = Path(".env"),
) -> Settings:
    """Read the settings from all sources; raises SettingsError with every problem, having created nothing."""
    environ = os.environ if environ is None else environ
    given = gather(Settings.model_fields, defines=defines, ini=ini, environ=environ, dotenv=dotenv)
    problems, wrong = list(given.problems), set[str]()
    try:
        settings = Settings.of(given.values, given.variables)
    except ValidationError as error:
        wrong = {str(item["loc"][0]) for item in error.errors()}
        problems += [_sentence(item, given.origins) for item in error.errors()]
        # What is right may still contradict itself: all problems are reported at once.
        right = {name: value for name, value in given.values.items() if name not in wrong}
        settings = Settings.of(right, given.variables)
    reported = {variable_name(name) for name in wrong}
    problems += [
        problem
        for problem in (*_unset(settings, environ), *_contradictions(settings), *_surroundings(settings, environ))
        if not reported & set(_VARIABLE.findall(problem))
    ]
    if problems:
        raise SettingsError(problems)
    return settings


def output_folder(
    defines: Mapping[str, str],
    ini: Mapping[str, str],
    environ: Mapping[str, str] | None = None,
    dotenv: Path = Path(".env"),
) -> Path:
    """Where results go, read alone: a run whose other settings are wrong leaves its results there too.

    Raises SettingsError.
    """
    given = gather(
        Settings.model_fields,
        defines=defines,
        ini=ini,
        environ=os.environ if environ is None else environ,
        dotenv=dotenv,
    )
    try:
        chosen = {name: value for name, value in given.values.items() if name == "output_dir"}
        return Settings.model_validate(chosen).output_dir
    except ValidationError as error:
        raise SettingsError([_sentence(item, given.origins) for item in error.errors()]) from error


def _sentence(error: Any, origins: Mapping[str, str]) -> str:
    """A pydantic error as a sentence."""
    name, value = str(error["loc"][0]), str(error["input"])
    shown = f"={value}" if name in SHOWN and _SHOWABLE.fullmatch(value) else ""
    return f"{origins.get(name, variable_name(name))}{shown}: {_reason(error, name)}."


def _reason(error: Any, name: str) -> str:
    """What is allowed instead, in plain words."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "literal_error":
        return f"must be {context['expected']}"
    if kind.startswith("bool"):
        return "must be true or false"
    if kind.startswith(("int", "float", "greater", "less", "finite")):
        whole = "number" if float in _types_of(name) else "whole number"
        other = ", or never" if name == "give_up" else ""
        return f"must be a {whole}{_range(name)}{other}"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} characters"
    if kind == "string_too_short":
        return f"must have at least {context['min_length']} characters"
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Input ").rstrip(".")


def _types_of(name: str) -> tuple[Any, ...]:
    annotation = Settings.model_fields[name].annotation
    return get_args(annotation) or (annotation,)


def _range(name: str) -> str:
    words = {"ge": "from", "gt": "above", "le": "up to", "lt": "below"}
    limits = [
        f"{words[limit]} {getattr(item, limit):g}"
        for item in Settings.model_fields[name].metadata
        for limit in words
        if hasattr(item, limit)
    ]
    return f" {' '.join(limits)}" if limits else ""


def _unset(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """Addresses that a CI system sets to nothing, as it does with a secret that is missing: the demo would be green."""
    empty = [name for name in _ADDRESSES if name in environ and not environ[name].strip()]
    if not empty or settings.target or not settings.on_demo or environ.get("CI", "").lower() not in {"true", "1"}:
        return []
    are = "is" if len(empty) == 1 else "are"
    return [
        f"{' and '.join(empty)} {are} empty: does this job lack a secret (as one for a pull request from a fork does)? "
        "Set BOOKING_TARGET=demo if the demo is meant."
    ]


def _contradictions(settings: Settings) -> list[str]:
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
    if settings.on_demo and settings.rate_limit is not None:
        problems.append("BOOKING_RATE_LIMIT says what a live platform takes; unset it for the demo.")
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
    if settings.cleanup in {"cancel", "delete"} and settings.on_demo and not settings.can_undo_on_demo:
        problems.append(
            f"BOOKING_CLEANUP={settings.cleanup} at a demo that runs already needs its BOOKING_DEMO_ADMIN_URL and "
            "BOOKING_DEMO_ADMIN_TOKEN, as `python -m demo` prints them, or BOOKING_CLEANUP_DATABASE_URL."
        )
    return problems + (_misled(settings) or _places_to_keep_off(settings))


def _misled(settings: Settings) -> list[str]:
    """Addresses that are right, and wrong together with libpq's own variables."""
    problems = []
    for name in ("database_url", "cleanup_database_url"):
        url = getattr(settings, name)
        try:
            _ = url and settings.database_address(url)
        except ValueError as error:
            problems.append(f"{variable_name(name)} together with libpq's variables (PGHOST, PGPORT, …) {error}.")
    return problems


def _surroundings(settings: Settings, environ: Mapping[str, str]) -> list[str]:
    """What stands between the suite and whom it asks, and can't be used: proxies, certificates."""
    informed = [WebAddress.read(url) for url in (settings.webhook, settings.heartbeat_url) if url]
    asked = [WebAddress.read(url) for url in (settings.api_base_url, settings.job_url) if url]
    problems, proxies = [], []
    for address in asked:
        try:
            proxy = proxy_for(address, environ)
        except ValueError as error:
            problems.append(str(error))
        else:
            proxies += [proxy.address] if proxy else []
    trust = environ if any(address.scheme == "https" for address in (*asked, *informed, *proxies)) else {}
    files = (settings.api_ca_file, settings.api_client_cert, settings.api_client_key)
    return [*dict.fromkeys(problems), *problems_of(*files, trust)]


def _places_to_keep_off(settings: Settings) -> list[str]:
    """Production, and for a demo whatever is not this machine; unless they are allowed by name."""
    problems = {
        (
            found.variable,
            found.host,
        ): f"{found.variable} looks like production ({found.host}). The suite makes bookings "
        f"there; if that is meant, set BOOKING_ALLOW_PRODUCTION={found.host}."
        for found in settings.production_hosts()
        if not found.allowed
    }
    if settings.on_demo:
        allowed = set(map(same_host, settings.allow_production))
        for reached in settings.reached():
            host = same_host(reached.host)
            if not is_loopback(host) and host not in allowed:
                problems.setdefault(
                    (reached.variable, host),
                    f"{reached.variable} names another machine ({host}), and a demo runs on this one. For a platform "
                    f"set BOOKING_TARGET=live; if it is a demo all the same, BOOKING_ALLOW_PRODUCTION={host}.",
                )
    return list(problems.values())
