"""The environment variables by which libpq, PostgreSQL's client library, would be led to another database."""

from __future__ import annotations

import os


def forget_libpq_settings() -> None:
    """Remove libpq's variables (PGHOST, PGOPTIONS, PGSERVICE and all others) from this process's environment.

    They are meant for another database, and would change the sessions of the embedded one.
    """
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
