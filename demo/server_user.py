"""The operating-system user that PostgreSQL runs as, which is never root."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534
"""The number of user and group `nobody` where neither has a name."""
_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when its parent ends."""
_CLONE_NEWUSER = 0x10000000
"""unshare(2): a user namespace of its own."""


class PostgresError(Exception):
    """The database could not be started; the message is a sentence for people, with a hint."""


@dataclass(frozen=True)
class ServerUser:
    """The user that the server runs as; `switched` when it is another one than this process's."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def current(cls) -> ServerUser:
        """Return this process's user, `nobody` for root; raises PostgresError on Windows, which has neither."""
        if os.name != "posix":
            raise PostgresError(
                "The demo platform needs Linux or macOS. On Windows run it in WSL, or point the suite at a running "
                "platform."
            )
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switched=False)
        import pwd  # not on Windows

        with contextlib.suppress(KeyError):
            nobody = pwd.getpwnam("nobody")
            return cls(nobody.pw_uid, nobody.pw_gid, switched=True)
        return cls(NOBODY, NOBODY, switched=True)

    @property
    def has_name(self) -> bool:
        """Whether the system knows a name for this user, which `initdb` insists on."""
        import pwd  # not on Windows

        try:
            pwd.getpwuid(self.uid)
        except KeyError:
            return False
        return True

    def reaches(self, folder: Path) -> bool:
        """Whether this user may pass through a folder and all that it lies in."""
        if not self.switched:
            return os.access(folder, os.X_OK)
        return all(self._passes(place.stat()) for place in (folder, *folder.resolve().parents))

    def _passes(self, status: os.stat_result) -> bool:
        needed = 0o100 if status.st_uid == self.uid else 0o010 if status.st_gid == self.gid else 0o001
        return bool(status.st_mode & needed)

    def give(self, path: Path) -> None:
        """Make a tree belong to this user; raises PostgresError where root may not."""
        if not self.switched:
            return
        try:
            os.chown(path, self.uid, self.gid)
            for folder, folders, files in os.walk(path):
                for name in (*folders, *files):
                    os.chown(Path(folder) / name, self.uid, self.gid, follow_symlinks=False)
        except OSError as error:
            raise PostgresError(
                "PostgreSQL does not run as root, and this root may not hand files to another user "
                f"({error.strerror}). Run as a user other than root."
            ) from error

    def popen(self, argv: Sequence[str | Path], *, log: Path, named: bool = False) -> subprocess.Popen[bytes]:
        """Start a program as this user, which ends with this process; `named` gives the user a name where it has none.

        Of this process's environment only the clock that faketime sets reaches it.
        """
        parent = os.getpid()
        borrows_name = named and not self.has_name

        def prepare() -> None:
            if borrows_name:
                _call_nobody(self.uid, self.gid)
            _die_with(parent)

        with log.open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - our own binaries
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                env={"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC", **faked_clock(os.environ)},
                user=self.uid if self.switched else None,
                group=self.gid if self.switched else None,
                extra_groups=[] if self.switched else None,
                start_new_session=True,
                preexec_fn=prepare if sys.platform == "linux" else None,
            )

    def run(self, argv: Sequence[str | Path], *, log: Path) -> None:
        """Run a program to its end; raises PostgresError with the end of its log."""
        try:
            failed = self.popen(argv, log=log, named=True).wait() != 0
        except subprocess.SubprocessError:
            failed = True
        if failed and not self.has_name:
            raise PostgresError(
                f"PostgreSQL can't be set up by a user without a name: uid {self.uid} has no entry in /etc/passwd. "
                f"Add one (tester:x:{self.uid}:{self.gid}::/tmp:/bin/sh), or run as a user who has one."
            )
        if failed:
            raise PostgresError(f"{Path(argv[0]).name} failed: {tail(log)}")


def _die_with(parent: int) -> None:
    """In the child, once its user is changed (which would undo it): die when the parent does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _call_nobody(uid: int, gid: int) -> None:
    """In the child: be called `nobody` from now on, in a user namespace of its own; files still belong to `uid`."""
    if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "no user namespace")
    for name, content in (
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("setgroups", "deny"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        Path("/proc/self", name).write_text(content)


def tail(log: Path) -> str:
    """Return the last lines of a log in one line."""
    with contextlib.suppress(OSError):
        return " ".join(log.read_text(errors="replace").splitlines()[-5:])
    return "it left no log"


def faked_clock(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what lets a program live in the time that faketime sets for this one; nothing where it sets none."""
    preloaded = environment.get("LD_PRELOAD", "")
    if "libfaketime" not in preloaded:
        return {}
    shared = "FAKETIME_SHARED"  # another user can't open it
    times = {name: value for name, value in environment.items() if name.startswith("FAKETIME") and name != shared}
    return {"LD_PRELOAD": preloaded, **times}
