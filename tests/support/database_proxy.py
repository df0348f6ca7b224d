"""A relay on loopback between the suite and a PostgreSQL server: it can fall silent, break off or refuse."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

MODES = ("as_it_is", "silent", "broken_off", "refused", "broken_off_once", "slow")
SLOW_S = 0.15
"""Seconds that everything takes each way while it is slow."""


@dataclass
class DatabaseProxy:
    """The relay; `mode` is one of MODES and holds for old and new connections alike."""

    port: int = 0
    mode: str = "as_it_is"
    port_behind: int = 0
    """The port of the server; another one takes its place from the next connection on."""
    _open: set[socket.socket] = field(default_factory=set)

    def set(self, mode: str) -> None:
        """Change the mode; what breaks off does so at once."""
        self.mode = mode
        if mode in {"broken_off", "refused", "broken_off_once"}:
            for connection in list(self._open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def serve(self, client: socket.socket) -> None:
        """Relay one connection until either side ends it."""
        if self.mode in {"broken_off", "refused"}:
            client.close()
            return
        with client, socket.create_connection(("127.0.0.1", self.port_behind)) as server:
            self._open |= {client, server}
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join(5)
            self._open -= {client, server}

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if self.mode == "slow":
                    time.sleep(SLOW_S)
                if self.mode != "silent":
                    sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def database_proxy(port: int) -> Iterator[DatabaseProxy]:
    """A relay before the server at this port of loopback."""
    proxy, over = DatabaseProxy(port_behind=port), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        proxy.port = listener.getsockname()[1]

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    client, _ = listener.accept()
                    threading.Thread(target=proxy.serve, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            over.set()
            thread.join(2)
