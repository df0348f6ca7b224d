"""What an answer shows from inside the platform: pure functions from exchanges to breaches (`checks`).

What was found is never quoted: it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bookingflow.checks.api_answers import pass_hard_to_guess, pass_kept_safe, shows_others
from bookingflow.core.failures import Breach
from bookingflow.core.patterns import pattern
from bookingflow.platform.api_models import Exchange


@dataclass(frozen=True)
class Inside:
    """Something from inside a platform, in words, its `clues`, in small letters and without quotation marks, of which
    every text that shows it holds one, and the pattern that decides. Looking for clues first makes judging an answer
    some thirty times as fast (measured).
    """

    what: str
    clues: tuple[str, ...]
    pattern: re.Pattern[str]

    def shows_in(self, text: str, small: str) -> bool:
        """Whether a text shows it, the parts of which are given in `small` letters."""
        return any(clue in small for clue in self.clues) and self.pattern.search(text) is not None


_NAMES = r"(?:passw(?:or)?d|secret|api_?key|service_role|private_key|pepper)"
_LABELS = r"(?:passwd|api_?key|service_role|private_key)"
_VALUE = r"(?!(?:null|true|false)(?![^\s,;}\]]))[^\s\"'\\,;{}]{3}"
"""Neither nothing nor a yes or no, which `"passwordRequired": false` says."""
_COLUMNS = r"(?:(?!\bSELECT )(?:\\\"|[^\"]))+?"
"""What stands between SELECT and its FROM within one text of JSON."""
INSIDE: Mapping[str, Inside] = {
    "database_address_shown": Inside(
        "the address of a database",
        ("postgres", "host=", "dbname="),
        pattern(
            r"\bpostgres(?:ql)?://|\bhost=[^\s=]++ port=\d|\bdbname=",
            re.IGNORECASE,
            adversarial=("host=", "host=a", "host= port=", "postgres:/"),
        ),
    ),
    "password_shown": Inside(
        "a password or a key",
        ("passw", "secret", "api_key", "apikey", "service_role", "private_key", "pepper", "eyj", "sk_live_"),
        # Words of every day (a secret, pepper) give away something as names only: quoted, or before an equals sign.
        pattern(
            rf"(?<![\w-])(?:(?=[\w-]*{_NAMES})[\w-]++(?:\\?[\"']\s*+:|\s*+=)\s*+\\?[\"']?{_VALUE}|"
            rf"(?=[\w-]*{_LABELS})[\w-]++\s*+:\s*+{_VALUE}|"
            r"eyJ[\w-]{8,}+\.[\w-]++\.|sk_live_)",
            re.IGNORECASE,
            adversarial=("secret", "secret-", "api_key ", "passwd:", "eyJ-", "eyJaaaaaaaa.", 'pepper"', "secret= "),
        ),
    ),
    "program_shown": Inside(
        "the inside of a program",
        ("traceback", "at ", "file ", "exception", "error", "node_modules/", "site-packages/"),
        pattern(
            r"Traceback \(most recent|"
            r"\bat (?:[\w.$<>]++ ){0,3}\(?[^\s\"()/]*+/[^\s\"()]*:\d++:\d|\bat [\w.$<>]++\([\w.]++:\d++\)|"
            r"File \\?\"[^\"]+\", line \d|(?<![\w.])(?>[\w.]*?\b(?:java|org|com)\.)[\w.]+(?:Exception|Error)\b|"
            r"node_modules/|site-packages/",
            adversarial=("at ", "at a ", "at /", "/", "/:1", "at a(a", "com.", "com.Error", 'File "', "at :1:"),
        ),
    ),
    "database_shown": Inside(
        "the inside of the database",
        (
            *("select ", "insert into", "update ", "violates ", "sqlstate", "relation ", "column ", "syntax error"),
            *("permission denied for ", "out of range", "failing row", "invalid input "),
        ),
        pattern(
            # As it is written nowhere else: "Please select a time from the list" is no statement.
            rf"\bSELECT \* FROM |\bSELECT {_COLUMNS} FROM [\w.\\\"]+(?: (?:AS )?\w+)? "
            r"(?:WHERE [\w.\\\"]+ ?[=<>]|LIMIT \d|(?:LEFT |INNER )?JOIN [\w.\\\"]+)|"
            r"\bINSERT INTO [\w.\\\"]+ ?(?:\(|VALUES)|\bUPDATE [\w.\\\"]+ SET [\w.\\\"]+ ?=|"
            r"violates [\w-]+ constraint|\bSQLSTATE\b|"
            r"\b(?:relation|column) \\?\"[\w.]+\\?\" (?:does not exist|is ambiguous)|syntax error at or near|"
            r"\bpermission denied for (?:table|schema|relation|function|sequence|view|database)\b|"
            r"\b(?:date/time field|integer|bigint|numeric field) (?:value )?(?:out of range|overflow)|"
            r"\bFailing row contains|\binvalid input (?:syntax for type|value for enum)",
            re.IGNORECASE,
            adversarial=(
                "SELECT ",
                "SELECT a FROM ",
                " FROM a ",
                " FROM a WHERE ",
                "UPDATE a SET ",
                'relation \\"a',
                "violates ",
                "permission denied for ",
                "invalid input ",
            ),
        ),
    ),
    "stored_value_shown": Inside(
        "that somebody else's contact is stored",
        ("already exists",),
        pattern(
            r"\bKey \\?\"?\([^()]*+\)=\([^()]*+\) already exists",
            re.IGNORECASE,
            adversarial=("Key (", "Key (a)=(", "Key (a)=(a) already "),
        ),
    ),
}
"""What no answer to a guest may hold, by the code of the breach."""
SESSION_COOKIE = pattern(
    r"^([^=;\s]++)=eyJ[\w-]++\.[\w-]++\.[\w-]*+(?=;|$)", re.MULTILINE, adversarial=("a", "a=", "a=eyJa.", "\na=eyJa.a.")
)
"""A cookie that is only a signed token: the session that a log-in wall (Cloudflare Access) gives this browser."""


SHARED_CACHES = pattern(r"\bpublic\b|\bs-maxage=0*[1-9]\d*", re.IGNORECASE, adversarial=("s-maxage=0", "public"))
"""What lets a cache on the way keep an answer and give it to others."""


def gives_away_nothing(exchange: Exchange) -> list[Breach]:
    """Nothing from inside the platform is shown, and what is shown stays between platform and guest."""
    found = [*shows_inside(exchange), *pass_kept_safe(exchange), *pass_hard_to_guess(exchange)]
    if shared := SHARED_CACHES.search(exchange.header("cache-control")):
        allows = f"the answer allows caches on its way to keep it (Cache-Control: {shared[0]})"
        found.append(Breach("answer_cached", allows))
    return found


def shows_inside(exchange: Exchange) -> list[Breach]:
    """Find platform internals (credentials, stack traces, SQL) in a response; a browser's own session is none."""
    headers = exchange.response_headers
    if cookies := exchange.header("set-cookie"):
        headers = {**headers, "set-cookie": SESSION_COOKIE.sub(r"\1", cookies)}
    text = _as_text(exchange.response_text, headers)
    small = _as_text("\n".join(exchange.parts), headers).lower()
    return [
        Breach(code, f"the answer shows {inside.what}")
        for code, inside in INSIDE.items()
        if inside.shows_in(text, small)
    ]


def shows_everybody_nothing(exchange: Exchange, words: dict[str, str]) -> list[Breach]:
    """What everybody may ask for shows no guest (`words` as in `shows_others`), and nothing from inside."""
    return [*shows_inside(exchange), *shows_others(exchange, (), words)]


def shown_in(exchange: Exchange) -> str:
    """Everything an answer shows: its body and its headers."""
    return _as_text(exchange.response_text, exchange.response_headers)


def _as_text(body: str, headers: Mapping[str, str]) -> str:
    return "\n".join([body, *map(str, headers.values())])
