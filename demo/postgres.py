"""An embedded PostgreSQL: its own cluster on a free loopback port, gone when its owner is gone.

The first start makes a cluster and keeps it, stopped, as a template in a per-user cache; later starts copy the
template, and make a new one when it turns out to be broken. Passwords are random and new at each start. On Linux the
server dies with its parent even on SIGKILL (parent-death signal), so start it from the main thread: the signal fires
when the starting *thread* ends. Elsewhere an exit handler stops it.
"""

from __future__ import annotations

import atexit
import contextlib
import errno
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from demo.binaries import Binaries, are_usable, copied, find_binaries, reachable, take_place
from demo.folders import cache_folder, run_folder, sweep
from demo.libpq import forget_libpq_settings
from demo.process_ends import how_ended
from demo.server_user import PostgresError, ServerUser, tail
from demo.shared_memory import remove_left

START_S = 30.0
"""Seconds a server may take to answer; measured 0.05-0.5 s."""
STOP_S = 5.0
"""Seconds each kind of shutdown gets before the next harder one."""
PORT_TRIES = 5
"""Ports that are tried: another program may take one between its choice and the server's start."""
TEMPLATES_KEPT = 3
"""Prepared data folders in the cache, the latest ones: each version of the schema has one."""
_OPTIONS_VERSION = "8"
_SHARED_MEMORY = {"dynamic_shared_memory_type": "mmap"}
"""Files in the data folder: /dev/shm is 64 MB small in many containers, and missing in some."""
_SETS_OPTIONS = 16
"""The first version whose `initdb` takes options, and that can be told how often passwords are hashed."""
_HASHED = {"scram_iterations": "1"}
"""Once, instead of 4096 times at each connection and on both sides: nobody guesses 144 random bits."""
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
    **_SHARED_MEMORY,
}


@dataclass(frozen=True)
class Prepared:
    """What a fresh cluster is filled with: `apply(dsn)` as superuser; `key` changes when its result would."""

    key: str
    apply: Callable[[str], None]


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
        """Start a server with a cluster of its own; raises PostgresError. Only from the main thread.

        Sessions of this process see none of libpq's variables from now on.
        """
        if threading.current_thread() is not threading.main_thread():
            raise PostgresError("The database must be started from the main thread: it dies with its starting thread.")
        forget_libpq_settings()
        user = ServerUser.current()
        try:
            sweep(user)
            cluster = _Cluster(find_binaries(), cache_folder(user), user, prepared)
            folder = run_folder(user)
            try:
                return cls._started(cluster, folder, roles)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise PostgresError(_sentence(error)) from error
        except psycopg.Error as error:
            raise PostgresError(f"The embedded PostgreSQL refuses its own platform: {error}") from error

    @classmethod
    def _started(cls, cluster: _Cluster, folder: Path, roles: Sequence[str]) -> EmbeddedPostgres:
        """Start from the cluster's template; where one from the cache turns out to be broken, from a new one."""
        try:
            return cls._copied(cluster, folder, roles)
        except (psycopg.Error, OSError, PostgresError) as error:
            if cluster.is_new or _lacks_space(error):
                raise
        cluster.discard()
        shutil.rmtree(folder / "data", ignore_errors=True)
        return cls._copied(cluster, folder, roles)

    @classmethod
    def _copied(cls, cluster: _Cluster, folder: Path, roles: Sequence[str]) -> EmbeddedPostgres:
        _copy(cluster.template(), folder / "data", cluster.user)
        port, process = _serve(cluster.programs(), folder, cluster.user)
        try:
            old = (folder / "data" / "bootstrap-password").read_text()
            passwords = {role: secrets.token_urlsafe(18) for role in ("postgres", *roles)}
            _set_passwords(cls.host, port, old, passwords)
        except BaseException:
            _end(process)
            raise
        return cls(folder, port, process, passwords)

    def dsn(self, role: str = "postgres", database: str = "postgres") -> str:
        """Return the address for one of the roles."""
        return f"postgresql://{role}:{self._passwords[role]}@{self.host}:{self.port}/{database}"

    def wait(self) -> str:
        """Wait until the server has ended; return how, as `was ended by SIGKILL`."""
        return how_ended(self._process.wait())

    def stop(self) -> None:
        """Stop the server and remove its folder; safe to repeat, and at any time."""
        atexit.unregister(self.stop)
        _end(self._process)
        remove_left(self._folder / "data")
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> EmbeddedPostgres:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Cluster:
    """A stopped, filled cluster to copy from, kept in the cache."""

    def __init__(self, binaries: Binaries, cache: Path, user: ServerUser, prepared: Prepared | None) -> None:
        self.user = user
        self.is_new = False
        self._binaries = binaries
        self._cache = cache
        self._prepared = prepared
        key = f"template-{_OPTIONS_VERSION}-{binaries.version}-{prepared.key if prepared else 'empty'}"
        self._home = cache / key
        self._seen: int | None = None

    def programs(self) -> Binaries:
        """Return PostgreSQL's programs where the server's user can run them."""
        return reachable(self._binaries, self._cache, self.user)

    def template(self) -> Path:
        """Return the folder to copy from; make the cluster when it is missing."""
        if not self._home.is_dir():
            self._make()
            self.is_new = True
        self._seen = self._home.stat().st_ino
        os.utime(self._home)
        return self._home

    def discard(self) -> None:
        """Throw the template that was seen away, which may be broken, and copied programs that are: others use them."""
        with contextlib.suppress(OSError):
            if self._home.stat().st_ino == self._seen:
                _remove(self._home)
        programs = copied(self._binaries, self._cache)
        if programs.is_dir() and not are_usable(self._binaries, programs, self.user):
            _remove(programs)

    def _make(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix=".making-", dir=self._cache))
        programs = self.programs()
        try:
            _make_cluster(programs, folder, self.user)
            if self._prepared is not None:
                port, process = _serve(programs, folder, self.user)
                try:
                    password = (folder / "data" / "bootstrap-password").read_text()
                    dsn = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
                    self._prepared.apply(dsn)
                    _drop_unused(dsn)
                finally:
                    _end(process)
            take_place(folder / "data", self._home)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._prune()

    def _prune(self) -> None:
        templates = sorted(self._cache.glob("template-*"), key=lambda path: path.stat().st_mtime, reverse=True)
        for old in templates[TEMPLATES_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


def _remove(folder: Path) -> None:
    """Remove a folder of the cache; it is gone from its place at once."""
    with contextlib.suppress(OSError):
        doomed = folder.with_name(f".building-{secrets.token_hex(4)}")
        folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)


def _sentence(error: OSError) -> str:
    """Return what kept the server from starting, and the mend."""
    mend = "Set TMPDIR and XDG_CACHE_HOME to folders that can be written."
    if _lacks_space(error):
        mend = "Free some space, or set TMPDIR and XDG_CACHE_HOME to folders with 200 MB."
    elif error.errno == errno.EAGAIN:
        mend = "This account may start no more processes: see ulimit -u, and the container's limits."
    elif isinstance(error, PermissionError) and os.access(str(error.filename), os.R_OK):
        mend = "Set XDG_CACHE_HOME to a folder from which programs may be run: this one seems to be mounted noexec."
    reason = str(error)
    if isinstance(error, shutil.Error):
        reason = str(error.args[0][0][2])  # one of a tree's many
    elif error.filename is not None and error.filename2 is None:
        reason = f"{error.strerror}: {error.filename}"
    return f"The embedded PostgreSQL could not be started: {reason}. {mend}"


def _lacks_space(error: Exception) -> bool:
    return any(os.strerror(number) in str(error) for number in (errno.ENOSPC, errno.EDQUOT))


def _drop_unused(dsn: str) -> None:
    """Leave the cluster its one database: each start copies all there are, and none makes another."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE pg_database SET datistemplate = false WHERE datname <> current_database()")
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname <> current_database()"):
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def _make_cluster(binaries: Binaries, folder: Path, user: ServerUser) -> None:
    password = folder / "password"
    password.write_text(secrets.token_urlsafe(18))
    (folder / "log").touch()
    user.give(folder)
    data = folder / "data"
    settings = _SHARED_MEMORY | _HASHED if binaries.major >= _SETS_OPTIONS else {}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    user.run(
        [
            *(binaries.bin / "initdb", "-N", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C"),
            # Each start copies the template: the smallest log there is makes it little more than half as large.
            *("--auth=scram-sha-256", f"--pwfile={password}", "--wal-segsize=1"),
            *options,
        ],
        log=folder / "log",
    )
    with (data / "postgresql.conf").open("a") as conf:
        conf.writelines(f"{name} = '{value}'\n" for name, value in _OPTIONS.items())
    shutil.copy2(password, data / "bootstrap-password")
    user.give(data)


def _copy(template: Path, data: Path, user: ServerUser) -> None:
    shutil.copytree(template, data, symlinks=True)
    data.chmod(0o700)
    user.give(data)


def _serve(binaries: Binaries, folder: Path, user: ServerUser) -> tuple[int, subprocess.Popen[bytes]]:
    """Start the server on a free port and wait until it listens; a port lost in a race is tried anew."""
    log = folder / "log"
    for _ in range(PORT_TRIES):
        port = _free_port()
        process = user.popen([binaries.bin / "postgres", "-D", folder / "data", "-p", str(port)], log=log)
        try:
            until = time.monotonic() + START_S
            while process.poll() is None and time.monotonic() < until:
                if _answers(port):
                    return port, process
                time.sleep(0.005)
        except BaseException:
            _end(process)
            raise
        _end(process)
        if "could not bind" not in tail(log):
            break
    raise PostgresError(f"The embedded PostgreSQL did not start: {tail(log)}")


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
    """Stop a server: fast shutdown, then immediate, then the kill."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
            return
