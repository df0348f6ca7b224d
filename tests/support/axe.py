"""axe-core, the checker of accessibility, at one fixed version; npm brings it, as it brings Allure."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

from tests.support.browser import Browser, cannot_be_shown

AXE = "axe-core@4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
"""The package's integrity, as npm's registry states it."""
SERIOUS = frozenset({"serious", "critical"})


def axe_source() -> str:
    """The script; fetched once, then kept beside this Python's packages."""
    archive = Path(sys.prefix) / "cache" / f"{AXE.replace('@', '-')}.tgz"
    if not archive.is_file():
        archive.parent.mkdir(exist_ok=True)
        command = ["npm", "pack", AXE, "--pack-destination", str(archive.parent)]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            cannot_be_shown(f"npm could not fetch {AXE}: {getattr(error, 'stderr', '') or error}")
    content = archive.read_bytes()
    assert base64.b64encode(hashlib.sha512(content).digest()).decode() == SHA512
    with tarfile.open(archive) as package:
        script = package.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def serious_problems(window: Browser, part: str) -> list[str]:
    """What axe finds in this part of the page, as a CSS selector, and calls serious or worse."""
    window.run(axe_source())
    found: dict[str, Any] = window.run(f"return axe.run({part!r}, {{resultTypes: ['violations']}})")
    assert found["passes"], "nothing was looked at"
    return [
        f"{problem['id']}: {node['html']}: {node['failureSummary']}"
        for problem in found["violations"]
        if problem["impact"] in SERIOUS
        for node in problem["nodes"]
    ]
