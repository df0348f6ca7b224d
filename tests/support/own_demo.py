"""A demo within the test's own process, whose PostgreSQL obeys its superuser: for roles, views, replicas."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import uvicorn

from demo.app import JOB, build
from demo.clock import Clock
from demo.defects import Switchboard
from demo.platform import Platform, connection_pool
from demo.postgres import EmbeddedPostgres
from demo.rate_limit import RateLimiter
from demo.seed import ROLES, prepared

JOB_TOKEN = "the-job-is-ours"
START_S = 20.0


@dataclass
class OwnDemo:
    """Where it is, and how its database is changed."""

    api_base_url: str
    job_url: str
    postgres: EmbeddedPostgres
    platform: Platform

    @property
    def observer(self) -> str:
        """The database, for the suite's own role."""
        return self.postgres.dsn("booking_observer")

    def change(self, *statements: str) -> None:
        """Change the database as its superuser."""
        with psycopg.connect(self.postgres.dsn(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def role(self, name: str, attributes: str = "", *, search_path: str = "public") -> str:
        """The database, for a new role that may read all that the observer reads."""
        with psycopg.connect(self.postgres.dsn(), autocommit=True) as connection:
            tables = connection.execute(
                "SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'booking_observer'"
            ).fetchall()
        self.change(
            f"CREATE ROLE {name} LOGIN PASSWORD 'of-the-test' {attributes}",
            f"ALTER ROLE {name} SET search_path = {search_path}",
            f"GRANT USAGE ON SCHEMA public TO {name}",
            f"GRANT SELECT ON {', '.join(row[0] for row in tables)} TO {name}",
        )
        return f"postgresql://{name}:of-the-test@{self.postgres.host}:{self.postgres.port}/postgres"


@contextlib.contextmanager
def own_demo() -> Iterator[OwnDemo]:
    """A demo that keeps its promises; only from the main thread, with which its database ends."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        EmbeddedPostgres.start(prepared(), roles=ROLES) as postgres,
        connection_pool(postgres.dsn("booking_platform")) as pool,
    ):
        clock = Clock()
        platform = Platform(pool, JOB_TOKEN, None, clock, RateLimiter(clock), Switchboard())
        server = uvicorn.Server(uvicorn.Config(build(platform), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield OwnDemo(base, base + JOB, postgres, platform)
        finally:
            server.should_exit = True
            thread.join(START_S)
