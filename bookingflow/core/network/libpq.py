"""What libpq, PostgreSQL's own client library, takes: parameters by keyword, its variables, and its service files.

Parameters that people copy from other programs' addresses are named here too, so that a message can say whose they are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from bookingflow.core.alike import most_alike

KEYWORDS = frozenset(
    {
        *(
            "service",
            "host",
            "hostaddr",
            "port",
            "dbname",
            "user",
            "password",
            "passfile",
            "options",
            "client_encoding",
        ),
        *("application_name", "fallback_application_name", "connect_timeout", "target_session_attrs"),
        *("load_balance_hosts", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
        *("tcp_user_timeout", "channel_binding", "require_auth", "requirepeer", "min_protocol_version"),
        *("max_protocol_version", "scram_client_key", "scram_server_key", "sslmode", "sslnegotiation"),
        *("sslcompression", "sslcert", "sslkey", "sslcertmode", "sslpassword", "sslrootcert", "sslcrl", "sslcrldir"),
        *("sslsni", "ssl_min_protocol_version", "ssl_max_protocol_version", "gssencmode", "krbsrvname", "gsslib"),
        *("gssdelegation", "oauth_issuer", "oauth_client_id", "oauth_client_secret", "oauth_scope"),
    }
)
"""What libpq 18 takes (its documentation, "Parameter Key Words"), but for `replication` and `sslkeylogfile`."""
SECRET_KEYWORDS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
"""Those whose values must never be shown."""
CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
    "load_balance_hosts": ("disable", "random"),
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    "sslnegotiation": ("postgres", "direct"),
}
"""What a parameter may be, the default first."""
PATHS = ("sslcert", "sslkey", "sslrootcert", "sslcrl", "sslcrldir", "passfile")
"""Parameters that name a file or a folder."""
_FOREIGN = {
    "pgbouncer": "Prisma's; leave it out, poolers are recognised",
    "schema": "Prisma's; write options=-csearch_path%3DNAME instead",
    "currentschema": "JDBC's; write options=-csearch_path%3DNAME instead",
    "search_path": "no parameter of its own; write options=-csearch_path%3DNAME instead",
    "connection_limit": "Prisma's; leave it out",
    "pool_timeout": "Prisma's; leave it out",
    "socket_timeout": "Prisma's; leave it out",
    "statement_cache_size": "Prisma's; leave it out",
    "prepared_statements": "Rails'; leave it out, the suite knows poolers",
    "preparethreshold": "JDBC's; leave it out, the suite knows poolers",
    "sslaccept": "Prisma's; write sslmode=require or sslmode=verify-full instead",
    "sslidentity": "Prisma's; write sslcert and sslkey instead",
    "ssl": "another program's; write sslmode=require instead",
    "uselibpqcompat": "node-postgres'; leave it out",
    "supa": "Vercel's; leave it out",
    "workaround": "Vercel's; leave it out",
    "pool_mode": "a pooler's; leave it out",
    "pool_size": "another program's; leave it out",
    "prepared_statement_cache_size": "SQLAlchemy's; leave it out",
    "server_version": "another program's; leave it out",
    "charset": "another program's; leave it out, the suite asks for UTF-8",
    "replication": "for replication; leave it out",
}
"""Parameters that people copy from other programs' addresses, by their name in small letters."""
_MEANT = {
    **dict.fromkeys(("username", "user id", "uid"), "user"),
    **dict.fromkeys(("pass", "pwd"), "password"),
    **dict.fromkeys(("database", "db", "initial catalog"), "dbname"),
    **dict.fromkeys(("server", "hostname", "data source"), "host"),
}
"""What other programs call libpq's parameters."""
VARIABLES = {
    "service": "PGSERVICE",
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "gssencmode": "PGGSSENCMODE",
    "channel_binding": "PGCHANNELBINDING",
    "require_auth": "PGREQUIREAUTH",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""Those of libpq's variables that say whom to connect to, and how."""
SERVICE_VARIABLES = ("HOME", "PGSERVICEFILE", "PGSYSCONFDIR")
"""Those that say where service files are."""


def demand_known(key: str, number: int) -> None:
    """Raise ValueError unless libpq knows the parameter; its name is shown only where it is one that people use."""
    if key in KEYWORDS:
        return
    foreign = _FOREIGN.get(key.lower())
    if foreign:
        raise ValueError(f"must not have the parameter {key.lower()}, which is {foreign}")
    small = key.lower()
    close = _MEANT.get(small) or most_alike(small, KEYWORDS, cutoff=0.7)
    meant = f" (is it {close}?)" if close else ""
    raise ValueError(f"must have parameters of libpq only; number {number} is none{meant}")


def completed(parameters: Mapping[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    """Add to an address's parameters what it leaves open: from its service file first, then from libpq's variables."""
    service = parameters.get("service") or environ.get(VARIABLES["service"])
    found = {
        **{key: environ[variable] for key, variable in VARIABLES.items() if environ.get(variable)},
        **(_of_service(service, environ) if service else {}),
        **parameters,
    }
    found.pop("service", None)
    return found


def _of_service(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    import configparser  # few name a service

    for path in _service_files(environ):
        reader = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
        try:
            reader.read(path, encoding="utf-8")
        except (OSError, ValueError, configparser.Error):
            raise ValueError("must name a service of a service file that can be read (PGSERVICEFILE)") from None
        if reader.has_section(name):
            found = dict(reader.items(name))
            for number, key in enumerate(found, start=1):
                demand_known(key, number)
            return found
    raise ValueError("must name a service that a service file has (PGSERVICEFILE, else ~/.pg_service.conf)")


def _service_files(environ: Mapping[str, str]) -> Iterator[Path]:
    """Those that libpq reads, the first that has the service wins."""
    if environ.get("PGSERVICEFILE"):
        yield Path(environ["PGSERVICEFILE"])
    else:
        yield Path(environ.get("HOME") or os.path.expanduser("~")) / ".pg_service.conf"
    if environ.get("PGSYSCONFDIR"):
        yield Path(environ["PGSYSCONFDIR"]) / "pg_service.conf"
