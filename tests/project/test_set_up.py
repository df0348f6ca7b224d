"""Set-up: the lock has the pins that people install, and what makes .venv says what to do where it can't."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
PROGRAM = r"""#!/bin/sh
# Plays python3 and uv: knows what set-up asks of them, and makes no more of .venv than its programs.
name=$(basename "$0")
case "$name $*" in
    "uv --version") exit 0 ;;
    python*" --version") echo "Python ${PYTHON_IS:-3.11.0}"; exit 0 ;;
    python*" -c "*) exit ${PYTHON_IS:+1} ;;
    *" config list") echo "${PIP_SAYS:-}"; exit 0 ;;
    *" -m pip --version") exit 0 ;;
esac
echo "$name $*${UV_COMPILE_BYTECODE:+, compiled}" >> asked
if [ "$name" = uv ] && [ -n "${UV_FAILS:-}" ]; then echo "$UV_FAILS" >&2; exit 2; fi
case "$*" in
    *"venv"*" .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python ;;
    *" uv=="*) cp "$0" .venv/bin/uv ;;
    "-m pip install"*) if [ -n "${PIP_FAILS:-}" ]; then echo "$PIP_FAILS" >&2; exit 1; fi ;;
esac
"""


def pins(file: str) -> dict[str, str]:
    """Version by name; - and _ are one in the names of packages."""
    text = (ROOT / file).read_text(encoding="utf-8")
    return {found["name"].lower().replace("_", "-"): found["version"] for found in PIN.finditer(text)}


def test_the_lock_has_the_pins_of_the_requirements() -> None:
    assert pins("requirements.lock") == pins("requirements.txt") != {}


def test_each_locked_pin_has_hashes() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\w)", text[PIN.search(text).start() :])  # type: ignore[union-attr]  # pins are there
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", ["requirements-dev.txt", "requirements-load.txt"])
def test_what_comes_on_top_pins_each_of_theirs(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    asked = [line for line in lines if line and not line.startswith(("#", "-r"))]
    assert [line for line in asked if not PIN.match(line)] == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What set-up reads, in a folder of its own, with a Python and a uv that write down what they are asked."""
    folder = tmp_path / "a checkout"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "setup", folder / ".ci")
    (folder / "bin").mkdir()
    for name in ("python3", "uv"):
        program = folder / "bin" / name
        program.write_text(PROGRAM)
        program.chmod(0o755)
    return folder


def set_up(checkout: Path, what: str = "runtime", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it as make does, with these variables and none of pip's and uv's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("UV_", "PIP_", "PYTHON", "XDG_"))}
    environment = {**kept, "HOME": str(checkout), "PATH": f"{checkout / 'bin'}:{os.environ['PATH']}", **variables}
    return subprocess.run(
        ["sh", ".ci/setup", what],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def asked(checkout: Path) -> list[str]:
    """What was asked of uv and pip, in order."""
    return (checkout / "asked").read_text(encoding="utf-8").splitlines()


def test_uv_installs_the_lock_with_its_hashes_then_the_suite_alone(checkout: Path) -> None:
    done = set_up(checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "Set-up (runtime): by uv.\n")
    assert asked(checkout) == [
        "uv venv -q --clear --seed --python python3 .venv",
        "uv pip install -q --python .venv/bin/python --require-hashes -r requirements.lock, compiled",
        "uv pip install -q --python .venv/bin/python --no-deps -e ., compiled",
        "python -m compileall -q bookingflow demo, compiled",
    ]


def test_the_checks_come_on_top_of_what_is_there(checkout: Path) -> None:
    set_up(checkout)
    set_up(checkout, "dev")
    assert asked(checkout)[4:] == ["uv pip install -q --python .venv/bin/python -r requirements-dev.txt"]


BY_PIP = [
    "python3 -m venv --clear .venv",
    "python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock, compiled",
    "python -m pip install -qq --disable-pip-version-check --no-deps -e ., compiled",
    "python -m compileall -q bookingflow demo, compiled",
]


@pytest.mark.parametrize("option", ["global.index-url='https://mirror.example/simple'", ":env:.no-index='1'"])
def test_pip_does_it_where_it_alone_knows_the_index(checkout: Path, option: str) -> None:
    done = set_up(checkout, PIP_SAYS=option)
    assert done.stderr == "Set-up (runtime): by pip, which is configured for an index of its own while uv is not.\n"
    assert asked(checkout) == BY_PIP


@pytest.mark.parametrize(
    "variables",
    [
        {"PIP_SAYS": "global.index-url='https://pypi.org/simple'"},
        {"PIP_SAYS": "global.extra-index-url='https://mirror.example/simple'"},
        {"PIP_SAYS": "global.index-url='https://mirror.example/simple'", "UV_DEFAULT_INDEX": "https://mirror.example"},
    ],
    ids=["the public index", "one index more", "uv knows an index too"],
)
def test_uv_does_it_elsewhere(checkout: Path, variables: dict[str, str]) -> None:
    assert set_up(checkout, **variables).stderr == "Set-up (runtime): by uv.\n"


def test_pip_does_it_where_uv_fails_and_says_why(checkout: Path) -> None:
    done = set_up(checkout, UV_FAILS="error: Failed to fetch")
    assert done.stderr == (
        "Set-up (runtime): by uv.\nSet-up (runtime): uv failed (error: Failed to fetch); pip does it.\n"
    )
    assert asked(checkout)[1:] == BY_PIP


def test_without_uv_the_pinned_one_is_taken_from_the_index(checkout: Path) -> None:
    (checkout / "bin" / "uv").write_text("#!/bin/sh\nexit 127\n")
    done = set_up(checkout)
    assert (done.returncode, done.stderr) == (0, "Set-up (runtime): by uv.\n")
    assert re.fullmatch(r"python -m pip install -qq --disable-pip-version-check uv==[\d.]+", asked(checkout)[1])
    assert asked(checkout)[2:] == [
        "uv pip install -q --python .venv/bin/python --require-hashes -r requirements.lock, compiled",
        "uv pip install -q --python .venv/bin/python --no-deps -e ., compiled",
        "python -m compileall -q bookingflow demo, compiled",
    ]


def test_a_wrong_python_changes_nothing_and_says_what_to_do(checkout: Path) -> None:
    old = checkout / "bin" / "python3"
    done = set_up(checkout, PYTHON=str(old), PYTHON_IS="3.10.13")
    assert done.returncode == 1
    assert done.stderr == (
        f"Set-up: {old} is no Python 3.11 or newer (Python 3.10.13). Nothing was changed. "
        "Name another one: make PYTHON=/path/to/python3\n"
    )
    assert not (checkout / ".venv").exists()


def test_what_a_wrong_python_left_is_made_anew(checkout: Path) -> None:
    left = checkout / ".venv" / "bin" / "python"
    left.parent.mkdir(parents=True)
    left.write_text("#!/bin/sh\nexit 1\n")
    left.chmod(0o755)
    done = set_up(checkout)
    assert done.returncode == 0
    assert "it is made anew" in done.stderr
    assert left.read_text(encoding="utf-8") == PROGRAM


def test_what_was_made_in_another_folder_is_made_anew(checkout: Path) -> None:
    set_up(checkout)
    (checkout / ".venv" / ".runtime").write_text(f"{checkout.resolve()}\n", encoding="utf-8")
    assert "made anew" not in set_up(checkout).stderr
    (checkout / ".venv" / "old").touch()
    (checkout / ".venv" / ".runtime").write_text("/another/folder\n", encoding="utf-8")
    assert set_up(checkout).stderr.startswith("Set-up: this folder was moved or copied; its .venv is made anew.\n")
    assert not (checkout / ".venv" / "old").exists()


def test_where_neither_works_it_fails_with_what_pip_says(checkout: Path) -> None:
    done = set_up(checkout, UV_FAILS="error: Failed to fetch", PIP_FAILS="ERROR: No matching distribution found")
    assert done.returncode == 1
    assert done.stderr.endswith("ERROR: No matching distribution found\n")


def test_ci_installs_what_is_missing_before_it_tests(checkout: Path) -> None:
    shutil.copy(ROOT / ".ci" / "run", checkout / ".ci")
    there = ["bash", "dirname", "env", "make", "python3", "chromium", "apt-get"]
    for name in there[:3]:
        (checkout / "bin" / name).symlink_to(shutil.which(name))  # type: ignore[arg-type]  # every system has these
    for name in there[3:]:
        (checkout / "bin" / name).write_text(f'#!/bin/sh\necho "{name} $* $CI"\n')
        (checkout / "bin" / name).chmod(0o755)
    done = subprocess.run(
        [str(checkout / ".ci" / "run")],
        env={"PATH": str(checkout / "bin")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "Installing chromium-driver nodejs npm",
        "apt-get update -qq true",
        "make test true",
    ]
