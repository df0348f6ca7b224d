"""A streaming replica of a demo's database, with programs and user of its own server."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from demo.postgres import EmbeddedPostgres

START_S = 20.0


@contextlib.contextmanager
def replica_of(postgres: EmbeddedPostgres) -> Iterator[int]:
    """The port of a server that follows this one."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        programs = Path(_value(connection, "SELECT setting FROM pg_config WHERE name = 'BINDIR'"))
        data = Path(_value(connection, "SELECT current_setting('data_directory')"))
        rules = data / "pg_hba.conf"
        rules.write_text(f"host replication postgres 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        connection.execute("SELECT pg_reload_conf()")
    owner = data.stat()
    user: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="replica-"))
    if user:
        os.chown(folder, owner.st_uid, owner.st_gid)
    password = re.findall(r"://postgres:([^@]+)@", postgres.dsn())[0]
    environment = {"PGPASSWORD": password, "PATH": os.environ["PATH"]}
    port = _free_port()
    try:
        subprocess.run(
            [
                programs / "pg_basebackup",
                *("-h", postgres.host, "-p", str(postgres.port), "-U", "postgres"),
                *("-D", folder / "data", "-R", "-X", "stream", "-c", "fast"),
            ],
            cwd=folder,
            env=environment,
            check=True,
            capture_output=True,
            timeout=START_S,
            **user,
        )
        with subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-p", str(port)],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **user,
        ) as server:
            try:
                _wait_for(postgres.dsn().replace(f":{postgres.port}/", f":{port}/"))
                yield port
            finally:
                server.terminate()
                server.wait(START_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _value(connection: psycopg.Connection, statement: str) -> str:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return str(row[0])


def _wait_for(dsn: str) -> None:
    until = time.monotonic() + START_S
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
