"""Sessions with a database: asked for what the suite reads, however they are found; refused log-ins are no faults."""

from __future__ import annotations

import datetime
from urllib.parse import urlsplit

import pytest

from bookingflow.core.errors import LoginRefused, SuiteError, TargetUnreachable
from bookingflow.core.timing import Deadline
from bookingflow.platform import connection
from bookingflow.platform.cancellation import DatabaseCleaner, Ownership
from bookingflow.platform.connection import ReadOnlyConnection
from bookingflow.platform.log_in import forget_variables
from tests.support.demo import RunningDemo
from tests.support.fakes import FakeClock
from tests.support.poolers import Pooler, Refusing
from tests.support.servers import server, silent

READ = "SELECT TIMESTAMPTZ '2026-07-01 12:00+00' AS at, DATE '2026-07-02' AS day, U&'\\00FC\\0153' AS text"
STATE = """SELECT current_setting('transaction_read_only') AS read_only, current_setting('search_path') AS path,
                  current_setting('client_encoding') AS encoding, current_setting('TimeZone') AS zone"""


def at(url: str, *, port: int | None = None, query: str = "") -> str:
    parts = urlsplit(url)
    netloc = parts.netloc if port is None else parts.netloc.replace(str(parts.port), str(port))
    return parts._replace(netloc=netloc, query=query).geturl()


def check(session: ReadOnlyConnection) -> None:
    """What the suite reads comes as it expects it, and nothing can be written."""
    row = session.ask(READ, {})[0]
    assert row["at"] == datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC)
    assert (row["day"], row["text"]) == (datetime.date(2026, 7, 2), "üœ")
    state = session.ask(STATE, {})[0]
    assert (state["read_only"], state["encoding"], state["zone"]) == ("on", "UTF8", "UTC")
    with pytest.raises(SuiteError, match="read-only transaction"):
        session.ask("CREATE TABLE written (id int)", {})
    session.close()


@pytest.mark.parametrize(
    "query",
    [
        *("", "client_encoding=latin1", "client_encoding=SQL_ASCII", "sslmode=prefer&target_session_attrs=any"),
        "target_session_attrs=read-write",  # the server that takes writes, asked by a session that can't
        "options=-cdefault_transaction_read_only%3Doff%20-cDateStyle%3DGerman%20-cTimeZone%3DAsia/Kathmandu",
    ],
)
def test_a_session_is_asked_for_what_is_read(demo: RunningDemo, query: str) -> None:
    check(ReadOnlyConnection(at(demo.said["database_url"], query=query), clock=FakeClock()))


def test_a_session_keeps_what_the_address_asks_for(demo: RunningDemo) -> None:
    url = at(demo.said["database_url"], query="options=-csearch_path%3Dapp%2Cpublic")
    session = ReadOnlyConnection(url, clock=FakeClock())
    assert session.ask(STATE, {})[0]["path"] == "app,public"
    check(session)


def test_libpqs_variables_do_not_spoil_a_session(demo: RunningDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGCLIENTENCODING": "WIN1252",
        "PGDATESTYLE": "SQL, DMY",
        "PGTZ": "America/Lima",
        "PGOPTIONS": "-c search_path=app,public",
    }.items():
        monkeypatch.setenv(name, value)
    session = ReadOnlyConnection(demo.said["database_url"], clock=FakeClock())
    assert session.ask(STATE, {})[0]["path"] == "app,public"
    check(session)


def test_a_demo_sees_none_of_libpqs_variables(demo: RunningDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLMODE", "require")
    monkeypatch.setenv("PGHOSTADDR", "192.0.2.1")
    with pytest.raises(ValueError, match="as many ports and addresses"):
        ReadOnlyConnection("postgresql://u:p@a,b/d", clock=FakeClock())
    forget_variables()
    check(ReadOnlyConnection(demo.said["database_url"], clock=FakeClock()))


@pytest.mark.parametrize("variables", [{}, {"PGDATESTYLE": "SQL, DMY", "PGTZ": "America/Lima"}])
@pytest.mark.parametrize("habit", ["refuses", "passes_over"])
def test_a_pooler_without_settings_is_recognised(
    demo: RunningDemo, monkeypatch: pytest.MonkeyPatch, habit: str, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    pooler = Pooler(int(urlsplit(demo.said["database_url"]).port or 0), **{habit: "options"})
    with server(pooler.serve) as port:
        check(ReadOnlyConnection(at(demo.said["database_url"], port=port), clock=FakeClock()))
    assert [("options" in asked) for asked in pooler.asked] == [True, False]


def test_a_pooler_that_takes_no_options_of_the_address_is_named(demo: RunningDemo) -> None:
    pooler = Pooler(int(urlsplit(demo.said["database_url"]).port or 0), refuses="options")
    with server(pooler.serve) as port:
        url = at(demo.said["database_url"], port=port, query="options=-csearch_path%3Dapp")
        with pytest.raises(LoginRefused, match=r"takes none of the `options` of BOOKING_DATABASE_URL.*ALTER ROLE"):
            ReadOnlyConnection(url, clock=FakeClock()).ask("SELECT 1", {})


@pytest.mark.parametrize(
    ("text", "sqlstate", "severity", "hint"),
    [
        ("Tenant or user not found", "XX000", "FATAL", "role.project-ref"),
        ("(ENOTFOUND) tenant/user u.ref not found", "XX000", "FATAL", "role.project-ref"),
        ("Address not in tenant allow_list: {10, 0, 0, 1}", "XX000", "FATAL", "the address of this machine"),
        ("Circuit breaker open: Too many authentication errors", "XX000", "FATAL", "takes nobody for some minutes"),
        ('password authentication failed for user "u"', "28P01", "FATAL", "Check the role and the password"),
        ('database "d" does not exist', "3D000", "FATAL", "database's name"),
        ("too many authentication errors", "08006", "FATAL", "Check role, password and database"),
        ('no pg_hba.conf entry for host "10.0.0.1", no encryption', "28000", "FATAL", "sslmode=require"),
        ("SSL connection is required. Please specify SSL options", "28000", "FATAL", "sslmode=require"),
        ('role "u" is not permitted to log in', "28000", "FATAL", "ALTER ROLE … LOGIN"),
        ('permission denied for database "d"', "42501", "FATAL", "GRANT CONNECT ON DATABASE"),
        ('Peer authentication failed for user "u"', "28000", "FATAL", "the account that runs the suite"),
        ("connection requires a valid client certificate", "28000", "FATAL", "sslcert and sslkey"),
    ],
)
def test_a_log_in_that_is_refused_in_words_is_tried_once(text: str, sqlstate: str, severity: str, hint: str) -> None:
    refusing, clock = Refusing(text, sqlstate, severity), FakeClock()
    with server(refusing.serve) as port:
        session = ReadOnlyConnection(f"postgresql://u:canary@localhost:{port}/d", clock=clock)
        for _ in range(3):
            with pytest.raises(LoginRefused) as caught:
                session.ask("SELECT 1", {}, Deadline(clock, 90))
        assert refusing.log_ins == 1
        said = text.replace('"', "'")
        assert f'localhost:{port} refuses the log-in: "{said}".' in str(caught.value)
        assert hint in str(caught.value)
        assert "canary" not in str(caught.value)
        clock.sleep(connection.FIRST_REFUSED_S)
        with pytest.raises(LoginRefused):
            session.ask("SELECT 1", {})
        assert refusing.log_ins == 2


@pytest.mark.parametrize(
    ("text", "sqlstate", "code", "hint"),
    [
        ("Anmeldung nicht erlaubt", "28000", "login_refused", "Check role, password and database in"),
        ("Passwort-Authentifizierung fehlgeschlagen", "28P01", "login_refused", "Check the role and the password in"),
        ("la base de données « d » n'existe pas", "3D000", "database_missing", "Check the database's name in"),
        ("неизвестный параметр конфигурации", "42704", "login_refused", "Check the `options` in"),
    ],
)
def test_a_refusal_in_another_language_is_understood_by_its_sqlstate(
    text: str, sqlstate: str, code: str, hint: str
) -> None:
    refusing, clock = Refusing(text, sqlstate, "SCHWERWIEGEND"), FakeClock()
    with server(refusing.serve) as port:
        session = ReadOnlyConnection(f"postgresql://u:canary@localhost:{port}/d", clock=clock)
        for _ in range(3):
            with pytest.raises(LoginRefused) as caught:
                session.ask("SELECT 1", {}, Deadline(clock, 90))
    assert refusing.log_ins == 2, "the second one to learn the SQLSTATE, which libpq's error lacks"
    assert f'refuses the log-in: "{text}". {hint} BOOKING_DATABASE_URL' in str(caught.value)
    assert caught.value.problem is not None
    assert caught.value.problem.code == code


@pytest.mark.parametrize(
    ("text", "sqlstate", "said"),
    [
        ("das Datenbanksystem startet", "57P03", r"takes no sessions now \(das Datenbanksystem startet\)"),
        ("désolé, trop de clients sont déjà connectés", "53300", r"no connection left \(désolé, trop"),
    ],
)
def test_a_server_that_may_let_us_in_soon_is_asked_again_in_whatever_language(
    text: str, sqlstate: str, said: str
) -> None:
    starting, clock = Refusing(text, sqlstate, "FATAL"), FakeClock()
    with server(starting.serve) as port:
        session = ReadOnlyConnection(f"postgresql://u:p@127.0.0.1:{port}/d", clock=clock)
        with pytest.raises(TargetUnreachable, match=said):
            session.ask("SELECT 1", {}, Deadline(clock, 10))
    assert starting.log_ins >= 10
    assert 8 <= clock.monotonic() <= 10


def test_the_next_address_of_a_name_is_not_tried_after_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    refusing = Refusing("Tenant or user not found")
    with server(refusing.serve) as port:
        found = [(2, 1, 6, "", ("127.0.0.1", port))] * 3
        monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
        with pytest.raises(LoginRefused):
            ReadOnlyConnection(f"postgresql://u:p@pooler.example:{port}/d", clock=FakeClock()).ask("SELECT 1", {})
    assert refusing.log_ins == 1


@pytest.mark.parametrize(
    ("text", "sqlstate", "said"),
    [
        (
            "the database system is starting up",
            "57P03",
            r"takes no sessions now \(the database system is starting up\)",
        ),
        ("sorry, too many clients already", "53300", r"no connection left \(sorry, too many clients already\)"),
        ("Max pools count reached", "XX000", "no connection left"),
        ("Unable to check out connection from the pool due to timeout", "XX000", "takes no sessions now"),
        ("(EDBHANDLEREXITED) connection to database closed. Check logs", "XX000", "takes no sessions now"),
        ("connection failure during authentication", "08006", "takes no sessions now"),
        ("Circuit breaker open: Unable to establish connection to upstream database", "XX000", "takes no sessions now"),
    ],
)
def test_a_server_that_may_let_us_in_soon_is_asked_again_with_growing_pauses(
    text: str, sqlstate: str, said: str
) -> None:
    starting, clock = Refusing(text, sqlstate), FakeClock()
    with server(starting.serve) as port:
        session = ReadOnlyConnection(f"postgresql://u:p@127.0.0.1:{port}/d", clock=clock)
        with pytest.raises(TargetUnreachable, match=said):
            session.ask("SELECT 1", {}, Deadline(clock, 10))
    assert 10 <= starting.log_ins <= 15
    assert 8 <= clock.monotonic() <= 10


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("postgresql://u:canary@127.0.0.1:1/d", "Nothing listens at 127.0.0.1:1:"),
        (
            "postgresql://u:canary@nowhere.invalid/d",
            "server is not known: nowhere.invalid:5432.",
        ),
        ("postgresql://u:canary@/d?host=/nowhere", "Nothing listens at the socket for port 5432 in /nowhere:"),
    ],
)
def test_what_can_not_be_reached_is_named(address: str, words: str) -> None:
    clock = FakeClock()
    with pytest.raises(TargetUnreachable) as caught:
        ReadOnlyConnection(address, clock=clock).ask("SELECT 1", {})
    assert words in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_variable_that_leads_elsewhere_is_named(demo: RunningDemo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOSTADDR", "127.0.0.9")
    with pytest.raises(TargetUnreachable, match=r"in BOOKING_DATABASE_URL right\? PGHOSTADDR has a say too\."):
        ReadOnlyConnection(demo.said["database_url"], clock=FakeClock()).ask("SELECT 1", {})


def test_the_next_server_of_a_list_is_tried(demo: RunningDemo) -> None:
    parts = urlsplit(demo.said["database_url"])
    netloc = parts.netloc.replace(f"@127.0.0.1:{parts.port}", f"@127.0.0.1:1,127.0.0.1:{parts.port}")
    check(ReadOnlyConnection(parts._replace(netloc=netloc).geturl(), clock=FakeClock()))


def test_a_silent_server_of_a_list_leaves_time_for_the_next(demo: RunningDemo) -> None:
    parts = urlsplit(demo.said["database_url"])
    with server(silent) as port:
        netloc = parts.netloc.replace(f"@127.0.0.1:{parts.port}", f"@127.0.0.1:{port},127.0.0.1:{parts.port}")
        check(ReadOnlyConnection(parts._replace(netloc=netloc).geturl(), clock=FakeClock()))


def test_the_role_that_cancels_is_refused_in_a_sentence() -> None:
    refusing = Refusing('password authentication failed for user "cleaner"')
    with server(refusing.serve) as port:
        cleaner = DatabaseCleaner(f"postgresql://cleaner:canary@127.0.0.1:{port}/d", delete=False)
        with pytest.raises(LoginRefused, match="password in BOOKING_CLEANUP_DATABASE_URL"):
            cleaner.check()
        left = cleaner.undo(["00000000-0000-0000-0000-000000000001"], Ownership()).left
    assert refusing.log_ins == 2
    assert all("refuses the log-in" in why and "canary" not in why for why in left.values())
    assert left
