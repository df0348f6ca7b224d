"""Small grammar for sentences that people read, the text of files that people write, and what a text from outside must
become before it is shown: one function for each place where it goes.
"""

from __future__ import annotations

import codecs
import datetime
import html
import json
from collections.abc import Sequence
from typing import Any

from bookingflow.core.patterns import pattern

MOST_LISTED = 3
QUOTED = 60
"""Characters of a value that a sentence quotes."""
_SIGNS = str.maketrans({"\n": "⏎", "\r": "␍", "\t": "⇥"})
"""What stands for white space that a sentence in one line would not show."""
_CLOCK = pattern(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_CLOCK_WITH_SECONDS = pattern(rf"{_CLOCK.pattern}:[0-5][0-9](?:\.[0-9]{{1,6}})?")


_HIDDEN_MARKS = pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
"""Control characters but for tab and line feed, what turns the direction of writing round, ends of lines that few
expect, halves of characters: what a terminal obeys, XML can't hold, UTF-8 can't write, or nobody sees.
"""
_COMMANDS = pattern(r"(?m)^([ \t]*+)::|##(?=\w*+\[)", adversarial=(" ", "#", "##a", "::"))
"""How lines begin, or what they hold, that CI systems obey: `::error::` and `##[error]` (GitHub), `##vso[…]` (Azure
Pipelines), `##teamcity[…]`.
"""
_FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection")."""
_CHAT_SIGNS = str.maketrans({"<": "‹", ">": "›", "@": "＠", "&": "＆", "`": "'"})
"""Signs that chat systems obey (`<!channel>`, `@here`, `<address|text>`, entities, code), and others like them."""
_MARKDOWN = pattern(r"[\\`*\[\]|~$]|(?<!\w)_|_(?!\w)|\A[#+-]", adversarial=("_", "_a"))


def plural(number: int, what: str, many: str = "") -> str:
    """`table` for no table and for one, else `tables`; `many` is the plural where it is not made with an s."""
    return what if number in {0, 1} else many or f"{what}s"


def counted(number: int, what: str, many: str = "") -> str:
    """`no table`, `1 table`, `2 tables`; `many` is the plural where it is not made with an s."""
    return f"{number or 'no'} {plural(number, what, many)}"


def listed(items: Sequence[str], most: int = MOST_LISTED) -> str:
    """The first few, and how many more there are."""
    shown = "; ".join(items[:most])
    return shown if len(items) <= most else f"{shown}; and {len(items) - most} more"


def series(items: Sequence[str]) -> str:
    """`T01`, `T01 and T02`, `T01, T02 and T03`; empty without any."""
    return " and ".join(filter(None, [", ".join(items[:-1]), *items[-1:]]))


def capitalised(text: str) -> str:
    """The text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def quoted(value: Any, since: int = 0) -> str:
    """A value for people: guests' words in quotation marks, dates and times as a restaurant says them.

    A long text is quoted from this character on, with its length behind it.
    """
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime.datetime):
        return f"{quoted(value.date())} {quoted(value.time())}"
    if isinstance(value, datetime.date):
        return f"{value:%a %d %b}"
    if isinstance(value, datetime.time):
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"
    text = str(value)
    if isinstance(value, int):
        return text
    shown = visible(text[since:][:QUOTED].translate(_SIGNS))
    before, after = "…" if since else "", "…" if len(text) > since + QUOTED else ""
    length = f" ({len(text)} characters)" if before or after else ""
    return f'"{before}{shown}{after}"{length}'


def as_time(milliseconds: float) -> str:
    """`9.9 ms`, `152 ms`, `2.46 s`."""
    if milliseconds < 9.95:
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if milliseconds < 999.5 else f"{milliseconds / 1000:.2f} s"


def clock_time(text: str, *, seconds: bool = False) -> datetime.time:
    """A time of day written HH:MM, or with `seconds` HH:MM:SS; raises ValueError for anything else."""
    found = (_CLOCK_WITH_SECONDS if seconds else _CLOCK).fullmatch(text)
    if not found:
        raise ValueError(f"must be a time written HH:MM{':SS' if seconds else ''}, 00:00 to 23:59")
    return datetime.time.fromisoformat(text)


def decoded(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 with a byte order mark, which is left out.

    Raises UnicodeDecodeError for any other encoding.
    """
    utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    text = data.decode("utf-16" if utf_16 else "utf-8-sig")
    if "\0" in text:  # UTF-16 without its mark
        raise UnicodeDecodeError("utf-8", data, data.index(0), data.index(0) + 1, "a NUL")
    return text


def why_unreadable(error: OSError | ValueError | RecursionError) -> str:
    """Why a file of settings could not be read, without a full stop: what the system or its reader says of it."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is no UTF-8 from byte {error.start} on; save it as UTF-8"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


# -- what a text from outside becomes before it is shown -----------------------------------------------------------


def visible(text: str) -> str:
    """The text with every character that is obeyed or not seen as its escape: `\\x1b`, `\\u202e`, `\\ud800`.

    Tabs and line feeds stay. Fit for JSON, XML (JUnit), UTF-8 files; what is visible already stays as it is.
    """
    if text.isprintable():
        return text
    return _HIDDEN_MARKS.sub(lambda mark: _escape(mark.group()), text)


def _escape(mark: str) -> str:
    return f"\\x{ord(mark):02x}" if ord(mark) < 0x100 else f"\\u{ord(mark):04x}"


def for_terminal(text: str) -> str:
    """The text as a console shows it: no terminal and no CI system takes a part of it for a command."""
    return without_commands(visible(text))


def without_commands(text: str) -> str:
    """The text with nothing in it that a CI system takes for a command to itself; colours stay."""
    return _COMMANDS.sub(lambda found: f"{found[1]}\\::" if found[1] is not None else "#\\#", text)


def one_line(text: str, most: int = 200) -> str:
    """The beginning of a text on one line, for quoting within a sentence; an ellipsis says that there is more."""
    cut = text if len(text) <= most else f"{text[:most]}…"
    return visible(" ".join(cut.split()))


def for_markup(text: str) -> str:
    """The text within HTML or SVG, also within an attribute's quotes."""
    return html.escape(visible(text))


def csv_cell(value: Any) -> Any:
    """A cell that a spreadsheet shows and does not compute: a text like a formula gets an apostrophe before it."""
    if not isinstance(value, str):
        return value
    shown = visible(value)
    return f"'{shown}" if value.lstrip(" ").startswith(_FORMULA_BEGINS) and not _is_number(value) else shown


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def json_line(value: Any) -> str:
    """JSON on one line, in ASCII; nothing in it is a command to a CI system that sees it printed."""
    return json_without_commands(json.dumps(value, default=str))


def json_without_commands(text: str) -> str:
    """The same JSON with nothing in it that a CI system takes for a command to itself."""
    return text.replace("##", "#\\u0023")


def markdown(text: str) -> str:
    """The text within a line of Markdown: no markup, no link, nobody mentioned."""
    escaped = _MARKDOWN.sub(r"\\\g<0>", html.escape(" ".join(visible(text).split()), quote=False))
    return escaped.replace("@", "&#64;").replace("://", "&#58;//")


def chat_text(text: str) -> str:
    """The text of a message that a chat system shows, whichever: nobody is mentioned, no link is made, and nothing is
    marked up that begins with `<`, `&` or a bracket.
    """
    return visible(text).translate(_CHAT_SIGNS).replace("://", ":// ").replace("](", "] (")


def workflow_command(name: str, message: str, **properties: str | int) -> str:
    """A workflow command of GitHub Actions, such as `::error file=a.feature,line=3::It failed`."""
    given = ",".join(
        f"{key}={_command_data(str(value)).replace(':', '%3A').replace(',', '%2C')}"
        for key, value in properties.items()
    )
    return f"::{name}{' ' if given else ''}{given}::{_command_data(message)}"


def _command_data(text: str) -> str:
    escaped = visible(text.replace("\r\n", "\n")).replace("%", "%25")
    return escaped.replace("\r", "%0D").replace("\n", "%0A")


def prometheus_label(text: str) -> str:
    """The value of a label in Prometheus' text format, without its quotes."""
    return visible(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
