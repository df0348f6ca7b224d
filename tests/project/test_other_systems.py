"""On macOS and Windows every module can be imported: what only Linux has is asked for where it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("bookingflow", "demo", "steps", "verdicts")
WITHOUT = """
import builtins, importlib, os, pkgutil, signal, socket, sys
MISSING = {"pwd", "grp", "fcntl", "resource", "termios", "tty", "pty"}
real = builtins.__import__
def hidden(name, globals=None, locals=None, fromlist=(), level=0):
    asked_by = (globals or {}).get("__name__", "")
    if name in MISSING and asked_by.partition(".")[0] in OURS:
        raise ModuleNotFoundError(f"No module named {name!r}")
    return real(name, globals, locals, fromlist, level)
OURS = {*sys.argv[1:], "targets", "environment"}
for module, names in {
    os: ("fork", "killpg", "setsid", "getuid", "geteuid", "getgid", "chown", "O_NOFOLLOW", "O_CLOEXEC"),
    signal: ("SIGHUP", "SIGKILL", "SIGQUIT", "SIGUSR1", "SIGCHLD", "pthread_sigmask", "setitimer"),
    socket: ("AF_UNIX",),
}.items():
    for name in names:
        vars(module).pop(name, None)
builtins.__import__ = hidden
seen = []
for package in sys.argv[1:]:
    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
            seen.append(found.name)
importlib.import_module("environment")
print(len(seen))
"""


def test_every_module_is_imported_without_what_only_linux_has() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, *PACKAGES],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr.strip().splitlines()[-3:]
    assert int(done.stdout) > 100
