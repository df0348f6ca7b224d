"""Why a database can't be asked, read from libpq's own words."""

from __future__ import annotations

import psycopg
import pytest

from bookingflow.core.errors import LoginRefused
from bookingflow.core.failures import PLATFORM_OPERATOR
from bookingflow.core.timing import TimeUpError
from bookingflow.platform.connection_problems import connection_problem, login_problem

WHERE, VARIABLE = "db.example:5433", "BOOKING_DATABASE_URL"
FAILED = 'connection failed: connection to server at "10.0.0.1", port 5433 failed: '
CASES = [
    ("its host's name is not known: Name or service not known", "address_unknown", "not known: db.example:5433"),
    ("failed to resolve host 'db.example': [Errno -2] unknown", "address_unknown", "not known"),
    (f"{FAILED}Connection refused\n\tIs the server running?", "connection_refused", "Nothing listens at db.example"),
    (f"{FAILED}No such file or directory", "connection_refused", "Nothing listens"),
    (f"{FAILED}Network is unreachable\n\tIs the server", "no_route", "no way to the database at db.example:5433"),
    (f"{FAILED}No route to host", "no_route", "This machine has no way"),
    ("connection timeout expired", "connection_silent", "does not answer"),
    (f"{FAILED}server closed the connection unexpectedly", "connection_cut", "is cut"),
    (f"{FAILED}server does not support SSL, but SSL was required", "encryption", "No encrypted connection"),
    (f"{FAILED}SSL error: certificate verify failed", "encryption", "No encrypted connection"),
    (f"{FAILED}received invalid response to SSL negotiation: H", "database_refused", "does not speak PostgreSQL"),
    (f"{FAILED}FATAL:  the database system is starting up", "unreachable", "takes no sessions now (words)"),
    ("canceling statement due to statement timeout", "unreachable", "ends the suite's questions"),
    ("canceling statement due to user request", "unreachable", "ends the suite's questions"),
    (
        f"{FAILED}fe_sendauth: no password supplied",
        "login_refused",
        "asks for a password",
    ),
    (f"{FAILED}server is not in hot standby mode", "database_refused", "that target_session_attrs asks for (words)"),
    (f"{FAILED}session is not read-only", "database_refused", "that target_session_attrs asks for (words)"),
    (f"{FAILED}authentication method requirement failed", "database_refused", "as the settings demand (words)"),
    (
        "transaction blocks not allowed in statement pooling mode",
        "database_refused",
        "The pooler at db.example:5433 gives each statement to another session",
    ),
    (f"{FAILED}expected authentication request from server, but received H", "database_refused", "does not speak"),
    ("consuming input failed: SSL SYSCALL error: EOF detected", "connection_cut", "is cut (words)"),
    ("consuming input failed: SSL connection has been closed unexpectedly", "connection_cut", "is cut (words)"),
    ('lost synchronization with server: got message type "x"', "connection_cut", "is no PostgreSQL"),
    (f"{FAILED}FATAL:  query_wait_timeout", "unreachable", "takes no sessions now"),
    (f"{FAILED}FATAL:  could not fork new process for connection: x", "unreachable", "takes no sessions now"),
    ('invalid integer value "5s" for connection option "keepalives"', "database_refused", "can't be taken (words)"),
    ('connection is bad: invalid min_protocol_version value: "9"', "database_refused", "A parameter of the database"),
    ('could not parse network address "localhost": unknown', "database_refused", "can't be taken"),
    ('weak sslmode "prefer" may not be used with sslnegotiation=direct', "database_refused", "can't be taken"),
    ("something that nobody knows", "unreachable", "can't be asked (words)"),
]


@pytest.mark.parametrize(("text", "code", "sentence"), CASES)
def test_each_reason_is_named(text: str, code: str, sentence: str) -> None:
    problem = connection_problem(psycopg.OperationalError(text), "words", where=WHERE, variable=VARIABLE)
    assert (problem.code, problem.setting) == (code, VARIABLE)
    assert sentence in problem.sentence
    assert problem.mend


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (psycopg.errors.CannotConnectNow("das Datenbanksystem startet"), "takes no sessions now (words)"),
        (psycopg.errors.TooManyConnections("schon zu viele Verbindungen"), "has no connection left (words)"),
        (psycopg.errors.QueryCanceled("storniere Anfrage"), "ends the suite's questions before they are answered"),
        (psycopg.errors.LockNotAvailable("storniere Anfrage"), "A table that the suite reads is locked"),
    ],
)
def test_what_a_server_says_in_another_language_goes_by_its_sqlstate(error: psycopg.Error, sentence: str) -> None:
    problem = connection_problem(error, "words", where=WHERE, variable=VARIABLE)
    assert problem.code == "unreachable"
    assert sentence in problem.sentence


def test_no_answer_in_time_is_silence() -> None:
    error = TimeUpError("no answer within 5.0 s")
    assert connection_problem(error, "words", where=WHERE, variable=VARIABLE).code == "connection_silent"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ('password authentication failed for user "x"', "login_refused"),
        ('role "reader" does not exist', "login_refused"),
        ('database "booking" does not exist', "database_missing"),
    ],
)
def test_a_database_that_is_not_there_is_no_wrong_password(words: str, code: str) -> None:
    refused = LoginRefused(f'The database at {WHERE} refuses the log-in: "{words}".', hint="Check it.")
    problem = login_problem(refused, VARIABLE)
    assert (problem.code, problem.mend, problem.is_wrong_use) == (code, "Check it.", True)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.OutOfMemory("out of memory"),
        psycopg.errors.DiskFull("could not extend file: No space left on device"),
        psycopg.errors.AdminShutdown(
            "terminating connection due to administrator command\nSSL connection has been closed unexpectedly"
        ),
        psycopg.errors.IdleInTransactionSessionTimeout("terminating connection due to idle-in-transaction timeout"),
    ],
)
def test_what_the_database_says_itself_is_no_wrong_address(error: psycopg.Error) -> None:
    problem = connection_problem(error, "words", where=WHERE, variable=VARIABLE)
    assert problem.sentence == f"The database at {WHERE} answers with an error of its own (words)."
    assert problem.who_can_act == PLATFORM_OPERATOR
    assert VARIABLE not in problem.mend


def test_a_servers_severity_is_not_shown() -> None:
    error = psycopg.OperationalError(f"{FAILED}FATAL:  the database system is starting up")
    problem = connection_problem(error, "FATAL:  the database system is starting up", where=WHERE, variable=VARIABLE)
    assert problem.sentence.endswith("takes no sessions now (the database system is starting up).")


@pytest.mark.parametrize(
    "words",
    [
        "sorry, too many clients already",
        'too many connections for role "reader"',
        "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "no more connections allowed (max_client_conn)",
        "MaxClientsInSessionMode: max clients reached",
    ],
)
def test_a_database_without_a_free_connection_is_no_wrong_setting(words: str) -> None:
    error = psycopg.OperationalError(f"{FAILED}FATAL:  {words}")
    problem = connection_problem(error, f"FATAL:  {words}", where=WHERE, variable=VARIABLE)
    assert problem.sentence == f"The database at {WHERE} has no connection left ({words})."
    assert (problem.code, problem.who_can_act, problem.is_wrong_use) == ("unreachable", PLATFORM_OPERATOR, False)
