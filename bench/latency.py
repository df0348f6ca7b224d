"""A line to a platform on which answers take a given time longer, as over a network; it can be changed as it runs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

CHUNK = 65536


class Line:
    """Passes on what clients send at once, and what the platform answers after `seconds`."""

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._host, self._port = address.hostname or "", address.port or 80
        self.seconds = 0.0
        self.url = ""

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client's connection."""
        answers, requests = await asyncio.open_connection(self._host, self._port)
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        clock = asyncio.get_running_loop().time

        async def ask() -> None:
            while data := await reader.read(CHUNK):
                requests.write(data)
            requests.close()

        async def hold() -> None:
            while data := await answers.read(CHUNK):
                held.put_nowait((clock() + self.seconds, data))
            held.put_nowait((clock(), b""))

        async def answer() -> None:
            while True:
                due, data = await held.get()
                await asyncio.sleep(max(0.0, due - clock()))
                if not data:
                    break
                writer.write(data)
            writer.close()

        with contextlib.suppress(OSError):  # either side hung up
            await asyncio.gather(ask(), hold(), answer())


@contextmanager
def line_to(target: str) -> Iterator[Line]:
    """A line to the platform at this address, open for the length of the block."""
    line, loop = Line(target), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(asyncio.start_server(line.pass_on, "127.0.0.1", 0), loop).result()
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
