"""Database addresses: taken as libpq takes them, or refused in a sentence that shows nothing of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bookingflow.core.network.database_addresses import DatabaseAddress
from bookingflow.core.network.libpq import KEYWORDS
from tests.support.addresses import CANARY, odd_text, taken


def read(text: str, **environ: str) -> DatabaseAddress:
    return DatabaseAddress.read(text, environ)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:p%40%2F@db.example:5433/app?sslmode=require&connect_timeout=3",
        "postgres://u@db.example",
        "postgresql:///app?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun:5433/app",
        "postgresql://u:p@a:5432,b:5433/app?target_session_attrs=any",
        "postgresql://u:p@[::1]:5432/app?options=-csearch_path%3Dapp",
        "postgresql://u:p?w#z@db.example/app",
        "host=db.example user='a b' password='it\\'s' dbname=app",
        "postgresql://u:p@db.example/app?sslcert=/c.pem&sslkey=/k.pem&sslrootcert=/ca.pem",
        "postgresql://u:p@db.example/app?ssl=true",
        "postgresql://",
    ],
)
def test_an_address_is_read_as_libpq_reads_it(text: str) -> None:
    expected = {name: str(value).strip("[]") for name, value in conninfo_to_dict(text).items()}
    assert read(text).parameters == expected


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("postgresql://u:50%off-Top@127.0.0.1:5432/postgres", "50%off-Top"),
        ("postgresql://u:[S3cretWord]@127.0.0.1:5432/postgres", "[S3cretWord]"),
        ("postgresql://u:ab/cd@127.0.0.1:5432/postgres", "ab/cd"),
        ("postgresql://u:12/34@127.0.0.1:5432/postgres", "12/34"),
        ("postgresql://u:p@ss@127.0.0.1:5432/postgres", "p@ss"),
        ("postgresql://u:a/b?c=d&e@127.0.0.1:5432/postgres?sslmode=require", "a/b?c=d&e"),
        ("POSTGRESQL+psycopg://u:p:w@127.0.0.1:5432/postgres", "p:w"),
    ],
)
def test_a_password_that_is_not_encoded_is_taken_where_it_has_one_meaning(text: str, password: str) -> None:
    address = read(text)
    assert (address.parameters["user"], address.parameters["password"]) == ("u", password)
    assert (address.parameters["dbname"], address.shown) == ("postgres", "127.0.0.1:5432")
    assert address.doubts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mysql://u:p@h/d", "starts with postgresql://"),
        ("jdbc:postgresql://h/d?user=u&password=p", "starts with postgresql://"),
        ("db.example", "starts with postgresql://"),
        ("'postgresql://h/d'", "without quotes"),
        ("psql postgresql://u:p@h/d", "nothing before it"),
        ("BOOKING_DATABASE_URL=postgresql://u:p@h/d", "nothing before it"),
        ("dbname=postgresql://u:p@h/d", "nothing before it"),
        ("postgresql://h/d\nx", "one line"),
        ("postgresql://u:p@h1/d@h2/e", "password percent-encoded"),
        ("postgresql://u:50%off%40@h/d", "%25"),
        ("postgresql://u:p%ff@h/d", "as UTF-8"),
        ("postgresql://u:p%00@h/d", "%00"),
        ("postgresql://postgres:[YOUR-PASSWORD]@h/d", "placeholder"),
        ("postgresql://postgres:<password>@h/d", "placeholder"),
        ("postgresql://u:…@h/d", "placeholder"),
        ("postgresql://u:${DB_PASSWORD}@h/d", "placeholder"),
        ("postgresql://u:{{ db_password }}@h/d", "placeholder"),
        ("postgresql://u:p@db.[PROJECT-REF].supabase.co/d", "placeholder"),
        ("postgresql://u:p@h:99999/d", "port from 1 to 65535"),
        ("postgresql://u:p@h:x/d", "port from 1 to 65535"),
        ("postgresql://u:p@a:1,b:2,c/d?port=1,2", "as many ports"),
        ("postgresql://u:p@a..b/d", "a dot too many"),
        ("postgresql://u:p@https://h/d", "host alone, without http:// or https://"),
        ("postgresql://https://h:5432/d", "host alone"),
        ("postgresql://u:p@::1/d", "IPv6 address in brackets"),
        ("postgresql://u:p@h/d?pgbouncer=true", "pgbouncer, which is Prisma's; leave it out"),
        ("postgresql://u:p@h/d?schema=app", "write options=-csearch_path%3DNAME"),
        ("postgresql://u:p@h/d?sslmod=require", "is it sslmode"),
        ("postgresql://u:p@h/d?sslmode=yes", "sslmode as one of disable, allow"),
        ("postgresql://u:p@h/d?sslmode", "number 1 is not"),
        ("host=h password='open", "quotes in pairs; number 2"),
        ("host=h nonsense=1", "number 2 is none"),
        ("host=h username=u", "is it user"),
        ("host=h database=d", "is it dbname"),
        ("HOST=h", "is it host"),
        ("service=nowhere", "a service that a service file has"),
    ],
)
def test_what_can_be_no_address_is_refused_with_the_mend(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        read(text, HOME=str(tmp_path))


def test_a_service_file_and_variables_fill_in_what_is_open(tmp_path: Path) -> None:
    (tmp_path / ".pg_service.conf").write_text("# mine\n[staging]\nhost=db.staging.example\nport=6543\nuser=reader\n")
    environ = {"HOME": str(tmp_path), "PGPORT": "1", "PGDATABASE": "app", "PGOPTIONS": "-csearch_path=x"}
    address = read("postgresql://other@/?service=staging", **environ)
    assert address.parameters == {
        "host": "db.staging.example",
        "port": "6543",
        "user": "other",
        "dbname": "app",
        "options": "-csearch_path=x",
    }
    assert address.by_transaction_pooler
    assert read("postgresql://h/d", PGSERVICE="staging", **environ).parameters["user"] == "reader"
    assert read("postgresql://h/d", PGHOSTADDR="192.0.2.1").hosts == ("h", "192.0.2.1")


def test_a_slash_behind_the_database_is_no_part_of_its_name() -> None:
    assert read("postgresql://u:p@h:5432/app/?sslmode=require").parameters["dbname"] == "app"


def test_an_address_is_shown_by_its_hosts() -> None:
    assert read("postgresql://u:p@a:1,b/d").shown == "a:1; b:5432"
    assert read("postgresql://u:p@[::1]/d").shown == "[::1]:5432"
    assert read("host=/tmp port=1").shown == "the socket for port 1 in /tmp"
    assert repr(read("postgresql://u:p@h/d")) == "<database at h:5432>"


def test_what_is_odd_is_looked_at_first() -> None:
    assert "placeholder" in read("postgresql://u:[p]@h/d").doubts
    assert "role.project-ref" in read("postgresql://u:p@aws-0-eu.pooler.supabase.com:6543/d").doubts
    assert read("postgresql://u.ref:p@aws-0-eu.pooler.supabase.com:6543/d").doubts == ""


def test_parameters_are_those_of_libpq() -> None:
    libpq = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    if pq.version() >= 180000:
        assert libpq - KEYWORDS == {"replication", "sslkeylogfile"}
    assert KEYWORDS - libpq == set() or pq.version() < 180000


@given(
    odd_text(
        "postgresql://", "postgresql://u:", f"postgres://u:{CANARY}@", "host=h password=", f"user=u password={CANARY} "
    )
)
@example(f"postgresql://u:{CANARY}/x@h/d?y")
@example(f"postgresql://u:a/{CANARY}=1")
@example(f"postgresql://u:p@h/d?{CANARY}=1")
@example(f"postgresql://h:{CANARY}/d")
@example(f"service={CANARY}")
def test_any_address_is_taken_or_refused_without_showing_it(text: str) -> None:
    address = taken(read, text)
    if address is not None:
        assert address.shown
        assert CANARY not in f"{address!r}{address.doubts}" or CANARY in "".join(address.hosts)
        make_conninfo("", **address.parameters)  # raises where libpq does not know a parameter
