"""Which ids the feature files have."""

from __future__ import annotations

from pathlib import Path

from bookingflow.core.scenario_ids import written_ids


def test_a_file_in_another_encoding_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.feature").write_text("@BOOK-001\n", encoding="utf-8")
    (tmp_path / "b.feature").write_bytes("@BOOK-002\n".encode("utf-16"))
    assert written_ids(tmp_path) == {"BOOK-001"}
