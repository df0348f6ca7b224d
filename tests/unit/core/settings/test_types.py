"""How single settings are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.settings import problems, read


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read(tmp_path, output_dir="~/results").output_dir == tmp_path / "results"
    assert read(tmp_path, budgets="~/budgets.toml").budgets == tmp_path / "budgets.toml"
    assert "output_dir: must be a path without ~" in problems(tmp_path, output_dir="~nobody-of-this-name/x")


@pytest.mark.parametrize("path", ["$TMPDIR/x", "/a/${CI_JOB}/x", "%TEMP%/x", "file:///tmp/x", "$(pwd)/x"])
def test_what_a_shell_would_have_filled_in_is_no_path(tmp_path: Path, path: str) -> None:
    assert "output_dir: must be a path as it is" in problems(tmp_path, output_dir=path)


@pytest.mark.parametrize("path", ["a$b/c", "100%/x", "a%20b", "C:/x", "q'u$x/ü #"])
def test_a_path_may_have_odd_signs(tmp_path: Path, path: str) -> None:
    assert read(tmp_path, output_dir=path).output_dir == Path(path)


def test_headers_are_separated_by_lines_or_semicolons(tmp_path: Path) -> None:
    assert read(tmp_path, api_headers="X-Key: a:b ;  X-Other: c").api_headers == {"X-Key": "a:b", "X-Other": "c"}
    lines = "X-Key: a; b\r\nX-Other: c\n"
    assert read(tmp_path, api_headers=lines).api_headers == {"X-Key": "a; b", "X-Other": "c"}


def test_a_cookie_keeps_its_parts(tmp_path: Path) -> None:
    headers = read(tmp_path, api_headers="Cookie: a=1; b=2; X-Key: k").api_headers
    assert headers == {"Cookie": "a=1; b=2", "X-Key": "k"}


def test_giving_up_is_a_number_or_never(tmp_path: Path) -> None:
    assert [read(tmp_path, give_up=value).give_up for value in ("", "3", "Never")] == [5, 3, None]


@pytest.mark.parametrize(
    ("name", "value", "stated"),
    [
        ("base_url", "http://localhost:notaport", "must name a port from 1 to 65535"),
        ("base_url", "http://local host:3000", "without blanks"),
        ("base_url", "http://localhost:3000/?x=1", "root address alone"),
        ("database_url", "postgresql://u:p@localhost:99999/x", "must name a port from 1 to 65535"),
        ("job_url", "http://localhost:0/job", "must name a port from 1 to 65535"),
    ],
)
def test_an_address_that_can_not_be_one_is_refused(tmp_path: Path, name: str, value: str, stated: str) -> None:
    assert stated in problems(tmp_path, None, **{name: value})
