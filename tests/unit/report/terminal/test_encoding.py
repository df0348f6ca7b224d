"""Signs on terminals that lack them."""

from __future__ import annotations

import io

import pytest

from bookingflow.report.terminal.encoding import show_what_can_be_shown


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "✓ kept – ✗ broken … Zoë"),
        ("ascii", "+ kept - x broken ... Zo?"),
        ("latin-1", "+ kept - x broken ... Zoë"),
    ],
)
def test_kept_and_broken_never_look_alike(encoding: str, shown: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    show_what_can_be_shown(stream)
    stream.write("✓ kept – ✗ broken … Zoë\n")
    assert raw.getvalue().decode(encoding) == f"{shown}\n"
