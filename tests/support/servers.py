"""TCP servers on loopback that misbehave."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import cast


@contextlib.contextmanager
def server(serve: Callable[[socket.socket, threading.Event], None]) -> Iterator[int]:
    """A TCP server on loopback that does this with each connection; its port."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)

        def accept() -> None:
            while not over.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    connection, _ = listener.accept()
                    threading.Thread(target=serve, args=(connection, over), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield cast("int", listener.getsockname()[1])
        finally:
            over.set()
            thread.join(2)


def silent(connection: socket.socket, over: threading.Event) -> None:
    """Takes everything, answers nothing."""
    with connection:
        over.wait(10)


def dripping(connection: socket.socket, over: threading.Event) -> None:
    """Sends a byte of its headers now and then, and never an end."""
    with connection, contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 201 Created\r\nX-Slow: " + b"x" * 1000:
            connection.sendall(bytes([byte]))
            if over.wait(0.02):
                return
