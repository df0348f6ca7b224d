"""What stands before a database: a server that refuses each log-in, a pooler that passes on only some parameters."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

SSL_REQUEST, GSS_REQUEST = 80877103, 80877104
"""Codes of the requests that come before the start-up message (PostgreSQL's documentation, "Message Formats")."""


def start_up(connection: socket.socket) -> tuple[int, dict[str, str]]:
    """The protocol's version and the parameters of the client's start-up message; TLS is declined."""
    while True:
        (length,) = struct.unpack("!I", _exactly(connection, 4))
        content = _exactly(connection, length - 4)
        (code,) = struct.unpack("!I", content[:4])
        if code not in {SSL_REQUEST, GSS_REQUEST}:
            texts = content[4:].rstrip(b"\0").decode().split("\0")
            return code, dict(zip(texts[::2], texts[1::2], strict=False))
        connection.sendall(b"N")


def refusal(text: str, sqlstate: str = "28P01", severity: str = "FATAL") -> bytes:
    """A server's error message."""
    fields = {"S": severity, "V": "FATAL", "C": sqlstate, "M": text}
    content = b"".join(f"{name}{value}\0".encode() for name, value in fields.items()) + b"\0"
    return b"E" + struct.pack("!I", len(content) + 4) + content


class Refusing:
    """A server that refuses every log-in, and counts them."""

    def __init__(self, text: str, sqlstate: str = "28P01", severity: str = "FATAL") -> None:
        self.log_ins = 0
        self._message = refusal(text, sqlstate, severity)

    def serve(self, connection: socket.socket, over: threading.Event) -> None:
        """Refuse one client."""
        with connection, contextlib.suppress(OSError, struct.error):
            start_up(connection)
            self.log_ins += 1
            connection.sendall(self._message)


class Pooler:
    """Passes a client on to a database, with what it lets through of the start-up message."""

    def __init__(self, port: int, *, refuses: str = "", passes_over: str = "") -> None:
        self.port = port
        self.asked: list[dict[str, str]] = []
        """The parameters that clients sent."""
        self._refuses = refuses
        self._passes_over = passes_over

    def serve(self, client: socket.socket, over: threading.Event) -> None:
        """Serve one client until it leaves."""
        with client, contextlib.suppress(OSError, struct.error):
            version, parameters = start_up(client)
            self.asked.append(parameters)
            if self._refuses in parameters:
                client.sendall(refusal(f"unsupported startup parameter: {self._refuses}", "08P01"))
                return
            texts = [text for name, value in parameters.items() if name != self._passes_over for text in (name, value)]
            content = struct.pack("!I", version) + "\0".join([*texts, "", ""]).encode()
            with socket.create_connection(("127.0.0.1", self.port)) as database:
                database.sendall(struct.pack("!I", len(content) + 4) + content)
                threading.Thread(target=_pass_on, args=(database, client), daemon=True).start()
                _pass_on(client, database)


def _pass_on(since: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := since.recv(65536):
            to.sendall(data)


def _exactly(connection: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        more = connection.recv(length - len(data))
        if not more:
            raise ConnectionError("the client left")
        data += more
    return data
