"""What a page of Allure carries in itself: taken out, read, and put back compressed.

Allure writes its program and each of its files into the page as base64, a third larger than they are, and the files of
each scenario say nearly what the next one's say. Compressed together they take a sixth; the browser unpacks them as the
page opens.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Mapping
from typing import Any

from bookingflow.core.patterns import pattern

_BEGIN, _END = "Promise.allSettled([", "])"
_ENTRY = pattern(r'd\((?P<name>"[^"\\]*+(?:\\.[^"\\]*+)*+"),"(?P<content>[A-Za-z0-9+/=]*+)"\)', re.DOTALL)
_PROGRAM = pattern(
    r'<script\s*+src="data:text/javascript;base64,(?P<content>[A-Za-z0-9+/=]*+)"></script>',
    adversarial=("<script", "<script ", '<script src="data:text/javascript;base64,'),
)
_LOADER = """(async () => {
        const files = %s, programs = %s;
        const packed = Uint8Array.from(atob("%s"), (mark) => mark.charCodeAt(0));
        const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
        const all = new Uint8Array(await new Response(unpacked).arrayBuffer());
        const base64 = ([from, to]) => {
          let text = "";
          for (let at = from; at < to; at += 32768) {
            text += String.fromCharCode(...all.subarray(at, Math.min(to, at + 32768)));
          }
          return btoa(text);
        };
        window.allureReportData = new Proxy({}, {
          has: (_, name) => name in files,
          get: (_, name) => (name in files ? base64(files[name]) : undefined),
        });
        for (const [from, to] of programs) {
          const program = document.createElement("script");
          program.src = URL.createObjectURL(new Blob([all.subarray(from, to)], { type: "text/javascript" }));
          program.async = false;
          document.body.append(program);
        }
      })().catch((error) => {
        const note = document.createElement("p");
        note.textContent = `This browser can't unpack the report (${error.message}); a newer one can.`;
        document.body.prepend(note);
      })"""


class Unreadable(ValueError):
    """The page does not carry its data in the way this module knows."""


class PageData:
    """The files that a page carries, by their names."""

    def __init__(self, page: str) -> None:
        """Raises Unreadable."""
        begin = page.find(_BEGIN)
        end = page.find(_END, begin)
        if begin < 0 or end < 0:
            raise Unreadable("it carries no data")
        entries = _ENTRY.finditer(page, begin, end)
        self.files: Mapping[str, bytes] = {
            json.loads(entry["name"]): base64.b64decode(entry["content"]) for entry in entries
        }
        self._programs = [base64.b64decode(program["content"]) for program in _PROGRAM.finditer(page, 0, begin)]
        self._before, self._after = _PROGRAM.sub("", page[:begin]), page[end + len(_END) :]

    def json(self, name: str) -> Any:
        """The content of one of its JSON files; raises Unreadable."""
        try:
            return json.loads(self.files[name])
        except (KeyError, ValueError) as error:
            raise Unreadable(f"its {name} can't be read") from error

    def results(self) -> list[dict[str, Any]]:
        """The results that the page shows, in its order. Raises Unreadable."""
        return [self.json(f"data/test-results/{name}.json") for name in self.json("widgets/nav.json")]

    def compressed(self) -> str:
        """The page with its program and files compressed; the same content is carried once."""
        places: dict[bytes, tuple[int, int]] = {}
        size = 0
        # Files of a kind side by side: what is alike is found when it is near.
        files = sorted(self.files.values(), key=lambda content: (content[:64], content))
        for content in [*self._programs, *files]:
            if content not in places:
                places[content] = size, size + len(content)
                size += len(content)
        index = {name: places[content] for name, content in self.files.items()}
        packed = base64.b64encode(gzip.compress(b"".join(places), 9, mtime=0)).decode()
        loader = _LOADER % (_script(index), _script([places[content] for content in self._programs]), packed)
        return f"{self._before}{loader}{self._after}"


def _script(value: Any) -> str:
    """JSON that ends no script."""
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
