"""An authority of the tests' own, and what it signs, as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Certificates:
    """Files in PEM form."""

    authority: Path
    server: Path
    """Of localhost and 127.0.0.1, with its key."""
    client: Path
    client_key: Path
    other_key: Path

    @classmethod
    def write(cls, folder: Path) -> Certificates:
        """Make an authority and let it sign a server and a client."""
        authority = trustme.CA()
        server, client, other = (
            authority.issue_cert(name) for name in ("localhost", "client.example", "other.example")
        )
        server = authority.issue_cert("localhost", "127.0.0.1")
        files = cls(*(folder / f"{name}.pem" for name in ("authority", "server", "client", "client-key", "other-key")))
        authority.cert_pem.write_to_path(files.authority)
        server.private_key_and_cert_chain_pem.write_to_path(files.server)
        client.cert_chain_pems[0].write_to_path(files.client)
        client.private_key_pem.write_to_path(files.client_key)
        other.private_key_pem.write_to_path(files.other_key)
        return files
