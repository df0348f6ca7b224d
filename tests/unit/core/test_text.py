"""A text from outside is shown, never obeyed: by no terminal, page, spreadsheet, CI system or scraper."""

from __future__ import annotations

import csv
import io
import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookingflow.core.text import (
    chat_text,
    clock_time,
    csv_cell,
    for_markup,
    for_terminal,
    json_line,
    markdown,
    one_line,
    prometheus_label,
    visible,
    workflow_command,
)

HARD = "\x1b[]31m#:@=+-\x00\x9b\u202e\ud800<>&\"'%\r\n,|`*_\\"
ANY = st.text(st.characters(), max_size=60) | st.text(HARD, max_size=30)
"""Lone surrogates among them."""
OBEYED = {chr(code) for code in (*range(9), *range(11, 32), *range(0x7F, 0xA0), 0x200E, 0x202E, 0x2066, 0x2028, 0xFEFF)}


@given(ANY)
def test_nothing_that_is_obeyed_or_unseen_is_left(text: str) -> None:
    shown = visible(text)
    assert not OBEYED & set(shown)
    shown.encode()
    assert visible(shown) == shown
    assert ElementTree.fromstring(f"<t>{for_markup(text)}</t>").text in (shown, None)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ångström, 東京 👩‍👩‍👧 – fine\n\ttoo", "Ångström, 東京 👩‍👩‍👧 – fine\n\ttoo"),
        ("\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"),
        ("over\rwritten", "over\\x0dwritten"),
        ("\x9b2J\x00", "\\x9b2J\\x00"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("half \ud83d", "half \\ud83d"),
    ],
)
def test_hidden_characters_are_shown_as_their_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::gone", "\\::error::gone"),
        ("so\n  ::set-output name=a::b", "so\n  \\::set-output name=a::b"),
        ("at 10::30 and ::1", "at 10::30 and ::1"),
        ("told ##[error]gone", "told #\\#[error]gone"),
        ("##vso[task.complete]", "#\\#vso[task.complete]"),
        ("##teamcity[testFailed]", "#\\#teamcity[testFailed]"),
        ("## a heading", "## a heading"),
    ],
)
def test_no_ci_system_takes_a_line_for_a_command(text: str, shown: str) -> None:
    assert for_terminal(text) == shown


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1+1", "-1+1", "@SUM(1)", " =1", "\uff1d1", "\t=1"])
def test_a_cell_that_looks_like_a_formula_is_none(text: str) -> None:
    assert csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("cell", [-5, 2.5, None, "-5", "+447", "a=b", "T05", "2026-11-27"])
def test_other_cells_stay(cell: object) -> None:
    assert csv_cell(cell) == cell


@given(ANY)
def test_a_table_is_read_as_it_was_written(text: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([csv_cell(text), "next"])
    (row,) = csv.reader(io.StringIO(out.getvalue()))
    assert row == [csv_cell(text), "next"]


@given(ANY)
def test_a_json_line_is_one_line_and_keeps_everything(text: str) -> None:
    line = json_line({text: [text]})
    assert line.isascii()
    assert len(line.splitlines()) == 1
    assert "##" not in line
    assert json.loads(line) == {text: [text]}


class Tags(HTMLParser):
    """What a browser would take for an element."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)


@given(ANY)
def test_no_element_comes_out_of_a_text(text: str) -> None:
    page = Tags()
    page.feed(f'<p title="{for_markup(text)}">{for_markup(text)}</p>')
    page.close()
    assert page.found == ["p"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b `c` *d* [e](javascript:f)", "a \\| b \\`c\\` \\*d\\* \\[e\\](javascript:f)"),
        ("<script>&", "&lt;script&gt;&amp;"),
        ("see https://evil.example, @somebody", "see https&#58;//evil.example, &#64;somebody"),
        ("notes_not_stored, _this_", "notes_not_stored, \\_this\\_"),
        ("# one\n- two", "\\# one - two"),
    ],
)
def test_markdown_shows_the_text_alone(text: str, shown: str) -> None:
    assert markdown(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Wait <!channel> & <https://evil.test|here>", "Wait ‹!channel› ＆ ‹https:// evil.test|here›"),
        ("[click](http://evil.test) @all `rm`", "[click] (http:// evil.test) ＠all 'rm'"),
        ("ac***e@example.com, 19:00\n\x1b[2J", "ac***e＠example.com, 19:00\n\\x1b[2J"),
    ],
)
def test_a_chat_message_mentions_nobody_and_links_nowhere(text: str, shown: str) -> None:
    assert chat_text(text) == shown


def test_a_workflow_command_ends_where_it_is_to_end() -> None:
    said = "100 % gone\r\n::error::planted\x1b"
    assert (
        workflow_command("error", said, file="a,b:c.feature", line=3)
        == "::error file=a%2Cb%3Ac.feature,line=3::100 %25 gone%0A::error::planted\\x1b"
    )


@given(ANY)
def test_a_workflow_command_is_one_line(text: str) -> None:
    assert len(workflow_command("error", text, title=text).splitlines()) == 1


@given(ANY)
def test_a_label_of_prometheus_ends_at_its_quote(text: str) -> None:
    label = prometheus_label(text)
    assert len(label.splitlines()) <= 1
    assert '"' not in label.replace("\\\\", "").replace('\\"', "")


def test_a_quotation_is_one_line_and_short() -> None:
    assert one_line("  two\n lines\t\x1b ") == "two lines \\x1b"
    assert one_line("a" * 999) == "a" * 200 + "…"


@pytest.mark.parametrize("text", ["19:00:00", "7:00", "24:00", "1900", "19:00+01:00", "１９:００", ""])
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a time written HH:MM"):
        clock_time(text)
