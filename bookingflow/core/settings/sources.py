"""Where settings are given: `-D`, the environment, `.env`, `[behave.userdata]` of behave.ini.

A stronger source wins; an empty value takes back what a weaker one says. What is not understood is refused, without
showing its value: it may be a password.
"""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from bookingflow.core.alike import most_alike
from bookingflow.core.patterns import pattern
from bookingflow.core.text import decoded

if TYPE_CHECKING:
    from dotenv.parser import Binding

PLATFORM_OWN_NAMES = frozenset({"BOOKING_DEFAULT_RESTAURANT_ID", "BOOKING_PAST_TIME_GRACE_MINUTES"})
"""Settings of the platform itself that share our prefix (docs/platform.md, "Settings of the platform")."""

_SERVICE_LINK = pattern(r"_SERVICE_HOST\Z|_SERVICE_PORT(?:_|\Z)|_PORT(?:\Z|_\d++_(?:TCP|UDP|SCTP)(?:_|\Z))")
"""How the variables end in which Kubernetes tells a container of each service beside it, named after that service."""
_IN_KUBERNETES = "KUBERNETES_SERVICE_HOST"

_DEFINE_ALIASES = {"base_url": "api_base_url"}
_OTHER_VARIABLES = {
    "database_url": ("SUPABASE_DB_URL",),
    "guest_name": ("TEST_CUSTOMER_NAME",),
    "guest_email": ("TEST_CUSTOMER_EMAIL",),
    "guest_phone": ("TEST_CUSTOMER_PHONE",),
}
_DOCUMENTED = {name: variables[0] for name, variables in _OTHER_VARIABLES.items() if name.startswith("guest_")}
_PREFIXES = ("BOOKING_", "TEST_CUSTOMER_")
_MEANT_FOR_US = pattern(r"(?:BOOKING_|TEST_CUSTOMER_|SUPABASE_DB_URL)\w*", re.IGNORECASE)
_DOTENV_NAME = pattern(r"[A-Za-z][A-Za-z_. -]{0,60}", re.ASCII)
LIKE_A_SETTING = 0.9
"""How much a name has to be like a setting's, of 1, to be taken for its misspelling."""
_VARIABLE = pattern(r"[A-Za-z_]\w*", re.ASCII)
_REFERENCE = pattern(r"\$\{(?P<name>[^}:$]*)\}", adversarial=("${", "${a"))
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")
"""How git begins and ends two versions of lines of which one is to be chosen."""
_NAME_OF_DEFINE = pattern(r"[\w.-]*")


@dataclass(frozen=True)
class Given:
    """What the sources say together."""

    values: dict[str, str] = field(default_factory=dict)
    """By setting."""
    origins: dict[str, str] = field(default_factory=dict)
    """By setting: what people wrote to set it, such as `-D time` or `.env: BOOKING_TIME`."""
    variables: dict[str, str] = field(default_factory=dict)
    """Every variable of the environment and of .env, ours or not."""
    problems: list[str] = field(default_factory=list)


def gather(
    settings: Collection[str],
    *,
    defines: Mapping[str, str],
    ini: Mapping[str, str],
    environ: Mapping[str, str],
    dotenv: Path,
) -> Given:
    """The values of these settings, with a sentence for everything that is given and means nothing."""
    given = Given()
    from_file = _read_dotenv(dotenv, _known_variables(settings), environ, given.problems)
    given.variables.update({**from_file, **environ})
    given.problems.extend(_unknown_defines({**ini, **defines}, settings))
    for variables, place in ((from_file, f"{dotenv}: "), (environ, "")):
        given.problems.extend(_unknown_variables(variables, settings, place))
    for found, label in (
        (_from_defines(ini, settings), "behave.ini: {}"),
        (_from_variables(from_file, settings), f"{dotenv}: {{}}"),
        (_from_variables(environ, settings), "{}"),
        (_from_defines(defines, settings), "-D {}"),
    ):
        for name, (value, written) in found.items():
            if not _is_text(value):
                given.problems.append(f"{label.format(written)} is not text in UTF-8.")
            elif value:
                given.values[name], given.origins[name] = value, label.format(written)
            else:
                given.values.pop(name, None)
    return given


def variable_name(name: str) -> str:
    """The environment variable of a setting, as the docs name it."""
    return _DOCUMENTED.get(name, f"BOOKING_{name.upper()}")


def did_you_mean(name: str, known: Sequence[str], otherwise: str = "The README lists the settings.") -> str:
    """A sentence to add to the refusal of a name: the known one that is most like it beyond BOOKING_."""
    by_own_part = {one.removeprefix("BOOKING_"): one for one in known}
    meant = most_alike(name.removeprefix("BOOKING_"), list(by_own_part), cutoff=0.5)
    return f" Did you mean {by_own_part[meant]}?" if meant else f" {otherwise}"


def _known_variables(settings: Collection[str]) -> set[str]:
    return {variable for name in settings for variable in (*_variables_of(name), variable_name(name))}


def _is_text(value: str) -> bool:
    """Whether a value was written in the encoding in which it was read."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _variables_of(name: str) -> tuple[str, ...]:
    return (f"BOOKING_{name.upper()}", *_OTHER_VARIABLES.get(name, ()))


def _from_defines(source: Mapping[str, str], settings: Collection[str]) -> dict[str, tuple[str, str]]:
    return {
        _DEFINE_ALIASES.get(name, name): (value.strip(), name)
        for name, value in source.items()
        if _DEFINE_ALIASES.get(name, name) in settings
    }


def _from_variables(source: Mapping[str, str], settings: Collection[str]) -> dict[str, tuple[str, str]]:
    """What these variables set, written in capitals or not; the first of a setting's names that is not empty."""
    written = {name.upper(): name for name in sorted(source, key=str.isupper)}
    found: dict[str, tuple[str, str]] = {}
    for name in settings:
        for variable in _variables_of(name):
            if variable in written and not found.get(name, ("", ""))[0]:
                found[name] = (source[written[variable]].strip(), written[variable])
    return found


def _unknown_defines(source: Mapping[str, str], settings: Collection[str]) -> list[str]:
    known = [*settings, *_DEFINE_ALIASES]
    # A dot marks somebody else's name: behave's own reporters and formatters are set up that way.
    unknown = [name for name in source if name not in known and "." not in name]
    # What stands behind the name may be a value that was meant to be set by it.
    return [
        f"-D {shown} is not a setting.{did_you_mean(shown.lower().removeprefix('booking_'), known)}"
        for shown in map(_leading_name, unknown)
    ]


def _leading_name(define: str) -> str:
    match = _NAME_OF_DEFINE.match(define)
    return match.group() if match else ""


def _unknown_variables(source: Mapping[str, str], settings: Collection[str], place: str) -> list[str]:
    known = _known_variables(settings)
    ours = [name for name in source if name.upper().startswith(_PREFIXES)]
    problems = [
        f"{place}{name} is not a setting.{did_you_mean(name.upper(), sorted(known))}"
        for name in ours
        if name.upper() not in known | PLATFORM_OWN_NAMES and not _is_service_link(name, source)
    ]
    others = [name for name in source if place and not name.upper().startswith(_PREFIXES)]
    problems += [
        f"{place}{_only_name(name)} is not a setting. Did you mean {meant}?"
        for name in others
        if (meant := _meant(name, known))
    ]
    spellings: dict[str, list[str]] = {}
    for name in ours:
        spellings.setdefault(name.upper(), []).append(name)
    problems += [
        f"{place}{' and '.join(sorted(names))} are one setting, given with different values."
        for names in spellings.values()
        if len({source[name].strip() for name in names}) > 1
    ]
    return problems


def _is_service_link(name: str, environ: Mapping[str, str]) -> bool:
    """Whether Kubernetes set it, of a service whose name begins as our settings do: `booking`, `booking-api`."""
    found = _SERVICE_LINK.search(name) if _IN_KUBERNETES in environ else None
    return found is not None and (found.group() != "_PORT" or "://" in environ[name])


def _meant(name: str, known: Collection[str]) -> str | None:
    """The setting that a name in .env means which is written with other signs between its words, or misspelt."""
    squeezed = {_squeezed(one): one for one in known}
    own = _squeezed(name)
    if own in squeezed:
        return None if name.upper() in known else squeezed[own]
    ours = [one for one in squeezed if one.startswith(_squeezed(_PREFIXES[0]))]
    meant = most_alike(own, ours, cutoff=LIKE_A_SETTING)
    return squeezed[meant] if meant else None


def _squeezed(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _only_name(name: str) -> str:
    """A name as far as it is one: what is glued to it may be a value."""
    return name if _DOTENV_NAME.fullmatch(name) else "a name"


def _read_dotenv(path: Path, known: Collection[str], environ: Mapping[str, str], problems: list[str]) -> dict[str, str]:
    """The variables of the file, if there is one; adds to the problems what could not be read."""
    if not path.exists() and not path.is_symlink():  # a link that leads nowhere was meant to set something
        return {}
    from dotenv import dotenv_values  # only where there is such a file
    from dotenv.parser import parse_stream

    try:
        text = decoded(path.read_bytes())
    except OSError as error:
        problems.append(f"{path} can't be read: {error.strerror or type(error).__name__}.")
        return {}
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        problems.append(f"{path} is not text in UTF-8 (line {line}); save it in that encoding.")
        return {}
    bindings = list(parse_stream(io.StringIO(text)))
    for binding in bindings:
        problem = _unread(binding, known) or _unresolved(binding, bindings, environ)
        if problem:
            problems.append(f"{path}, line {_line_of(binding)}: {problem}")
    readable = "".join(binding.original.string for binding in bindings if not binding.error)
    return {name: value for name, value in dotenv_values(stream=io.StringIO(readable)).items() if value is not None}


def _unread(binding: Binding, known: Collection[str]) -> str | None:
    """What is wrong with a line that is meant for the suite and sets nothing; None for all others."""
    text = binding.original.string.strip()
    if text.startswith(_CONFLICT):
        return "two versions of the file were merged and not settled there."
    name = _MEANT_FOR_US.search(text)
    if not name or text.startswith("#"):
        return None
    # What is glued to a name may be its value.
    shown = name.group() if name.group().upper() in known else f"{name.group()[: name.group().index('_')]}_…"
    if binding.error or binding.value is None:
        return f"{shown} is set to nothing that can be read; write NAME=value, with quotes in pairs."
    if binding.key and _MEANT_FOR_US.search(binding.key) and not _VARIABLE.fullmatch(binding.key):
        return f"{shown} is no variable as it is written; write NAME=value."
    return None


def _unresolved(binding: Binding, bindings: Sequence[Binding], environ: Mapping[str, str]) -> str | None:
    """The variable that a value of ours refers to and that is set nowhere: it would become empty, unnoticed."""
    if not binding.key or not _MEANT_FOR_US.match(binding.key):
        return None
    known = {*environ, *(other.key for other in bindings)}
    missing = [match["name"] for match in _REFERENCE.finditer(binding.value or "") if match["name"] not in known]
    if not missing:
        return None
    return f"{binding.key} refers to a variable, by ${{…}}, that is not set."


def _line_of(binding: Binding) -> int:
    """What the parser gives begins with the blank lines before it."""
    text = binding.original.string
    return binding.original.line + text[: len(text) - len(text.lstrip())].count("\n")
