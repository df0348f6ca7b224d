"""What a page carries: read, and put back smaller, with nothing lost."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from bookingflow.report.page.data import PageData, Unreadable

PROGRAM = b"console.log('the program');" * 200


def encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def page(files: dict[str, bytes]) -> str:
    """A page as Allure makes it."""
    entries = ",".join(f'd({json.dumps(name)},"{encoded(content)}")' for name, content in files.items())
    return (
        f'<body><script   src="data:text/javascript;base64,{encoded(PROGRAM)}"></script>\n'
        f"<script defer>Promise.allSettled([{entries}])\n  .then(function(){{}})</script></body>"
    )


def result(number: int) -> bytes:
    return json.dumps({"id": f"r{number}", "name": f"a party of {number}", "steps": ["a step of it"] * 50}).encode()


FILES = {
    "widgets/nav.json": b'["r2","r1"]',
    **{f"data/test-results/r{number}.json": result(number) for number in range(100)},
    'odd "name"</script>.txt': b"x",
    "the same.txt": b"what two say" * 50,
    "once more.txt": b"what two say" * 50,
    "nothing.txt": b"",
}


def unpacked(compressed: str) -> tuple[dict[str, bytes], list[bytes]]:
    """The files and programs that the loader of a compressed page hands out."""
    index, end = json.JSONDecoder().raw_decode(compressed, compressed.index("files = ") + len("files = "))
    programs, _ = json.JSONDecoder().raw_decode(compressed, compressed.index("programs = ", end) + len("programs = "))
    begin = compressed.index('atob("') + len('atob("')
    everything = gzip.decompress(base64.b64decode(compressed[begin : compressed.index('"', begin)]))
    return {name: everything[a:b] for name, (a, b) in index.items()}, [everything[a:b] for a, b in programs]


def test_every_file_and_the_program_come_out_as_they_went_in() -> None:
    files, programs = unpacked(PageData(page(FILES)).compressed())
    assert files == FILES
    assert programs == [PROGRAM]


def test_the_page_is_a_fraction_and_says_the_same_once() -> None:
    before = page(FILES)
    after = PageData(before).compressed()
    assert len(after) < len(before) / 6
    assert encoded(PROGRAM) not in after
    once = len(PageData(page({**FILES, "once more.txt": b""})).compressed())
    assert len(after) - once < 30


def test_no_name_ends_the_script() -> None:
    assert PageData(page(FILES)).compressed().count("</script>") == 1


def test_results_are_read_in_the_order_of_the_page() -> None:
    assert [item["id"] for item in PageData(page(FILES)).results()] == ["r2", "r1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<body></body>",
        "Promise.allSettled([",
        page({}),
        page({"widgets/nav.json": b'["gone"]'}),
        page({"widgets/nav.json": b"{"}),
    ],
)
def test_what_is_no_page_of_allure_is_unreadable(text: Any) -> None:
    with pytest.raises(Unreadable):
        PageData(text).results()
