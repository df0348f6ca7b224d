"""A headless Chromium, driven over WebDriver, that resolves no host: whatever a page tries, nothing leaves."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import httpx
import pytest

T = TypeVar("T")

NAMES = ("chromium", "chromium-browser", "google-chrome")
NET_LOG = "net-log.json"
STARTED = re.compile(r"started successfully on port (\d+)")
PATIENCE_S = 20.0
PHONE = 500
BROWSERS_OWN = ("not an origin", "chrome:")
"""Who asks for what belongs to the browser and not to a page: its services, its first empty tab."""


def missing() -> str:
    """What is missing to drive a browser; empty when nothing is."""
    if not any(map(shutil.which, NAMES)):
        return "there is no Chromium"
    return "" if shutil.which("chromedriver") else "there is no chromedriver"


def cannot_be_shown(reason: str) -> NoReturn:
    """Skip where a developer's machine lacks a program; on CI, where `.ci/run` installs them, the test fails."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def browser(folder: Path, *, dark: bool = False, size: tuple[int, int] = (1360, 900)) -> Iterator[Browser]:
    """A browser of its own, with its profile and its log of all requests in this folder."""
    with subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True) as driver:
        try:
            port = next(found[1] for line in driver.stdout or () if (found := STARTED.search(line)))
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
                opened = Browser(client)
                opened.begin(folder, dark=dark, size=size)
                try:
                    yield opened
                finally:
                    opened.end()
        finally:
            driver.terminate()


class Browser:
    """One window of it."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self._session = ""

    def begin(self, folder: Path, *, dark: bool, size: tuple[int, int]) -> None:
        arguments = [
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en-GB"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", "--no-proxy-server"),
            *(f"--user-data-dir={folder / 'profile'}", f"--log-net-log={folder / NET_LOG}"),
            f"--window-size={size[0]},{size[1]}",
        ]
        binary = next(filter(None, map(shutil.which, NAMES)))
        options = {"args": arguments, "binary": binary}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options}
        answer = self._client.post("/session", json={"capabilities": {"alwaysMatch": wanted}})
        answer.raise_for_status()
        self._session = answer.json()["value"]["sessionId"]
        self._call("goog/cdp/execute", cmd="Emulation.setEmulatedMedia", params=_colours("dark" if dark else "light"))

    def end(self) -> None:
        """Close it; its log of requests is whole from here on."""
        if self._session:
            self._client.delete(f"/session/{self._session}")
            self._session = ""

    def _call(self, command: str, **body: Any) -> Any:
        answer = self._client.post(f"/session/{self._session}/{command}", json=body)
        value = answer.json()["value"]
        if answer.is_error:
            raise AssertionError(f"{command}: {value.get('message', value)}")
        return value

    def resize(self, width: int, height: int) -> None:
        """Show pages as in a window of this size, also where no window is so narrow; below 500 pixels as on a phone."""
        screen = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < PHONE}
        self._call("goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=screen)

    def open(self, url: str) -> None:
        """Go to this page."""
        self._call("url", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """What this script returns."""
        return self._call("execute/sync", script=script, args=list(arguments))

    def text(self) -> str:
        """All that can be read on the page."""
        return str(self.run("return document.body.innerText"))

    def wait_for(self, words: str) -> str:
        """The page's text, once it holds these words."""
        return self.until(lambda: text if words in (text := self.text()) else None, f"the page shows {words!r}")

    def until(self, found: Callable[[], T | None], what: str) -> T:
        """What this finds, once it does."""
        end = time.monotonic() + PATIENCE_S
        while (value := found()) is None or value is False:
            if time.monotonic() > end:
                raise AssertionError(f"not seen within {PATIENCE_S:g} s: {what}. The page:\n{self.text()[:3000]}")
        return value

    def click(self, words: str, *, inside: str = "*") -> None:
        """Click the innermost element that shows these words, once it is there."""
        script = (
            "const [words, inside] = arguments; const all = [...document.querySelectorAll(inside)];"
            "const shown = all.filter(e => e.offsetParent !== null && e.innerText && e.innerText.includes(words));"
            "return shown.length ? shown[shown.length - 1] : null;"
        )
        element = self.until(lambda: self.run(script, words, inside), f"something to click that says {words!r}")
        self.run("arguments[0].scrollIntoView({block: 'center'}); arguments[0].click()", element)

    def screenshot(self, path: Path) -> None:
        """The window as it looks now, as PNG."""
        shot = self._call("goog/cdp/execute", cmd="Page.captureScreenshot", params={"format": "png"})
        path.write_bytes(base64.b64decode(shot["data"]))


def contacted(net_log: Path) -> list[str]:
    """What pages asked for anywhere else, by the log that a browser left at its end; its own traffic is none of it."""
    log = json.loads(net_log.read_text(encoding="utf-8"))
    begun = log["constants"]["logEventTypes"]["URL_REQUEST_START_JOB"]
    requests = [event["params"] for event in log["events"] if event["type"] == begun and "url" in event["params"]]
    by_pages = [item["url"] for item in requests if not str(item["initiator"]).startswith(BROWSERS_OWN)]
    return [url for url in by_pages if not url.startswith(("file:", "data:", "blob:"))]


def _colours(scheme: str) -> dict[str, Any]:
    return {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
