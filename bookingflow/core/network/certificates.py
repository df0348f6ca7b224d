"""Certificates for TLS: those of authorities that the suite trusts, and its own, which some platforms ask for."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Mapping
from pathlib import Path


def problems_of(
    ca_file: Path | None, client_cert: Path | None, client_key: Path | None, environ: Mapping[str, str]
) -> list[str]:
    """A sentence for each file of certificates that can't be used; none shows what is in it."""
    problems = [f"{name} {problem}" for name, problem in _unusable_trust(environ)]
    if ca_file is not None:
        problem = _unreadable(ca_file) or _no_authorities(ca_file)
        problems += [f"BOOKING_API_CA_FILE {problem}"] if problem else []
    if client_key is not None and client_cert is None:
        problems.append("BOOKING_API_CLIENT_KEY is set without the certificate it belongs to, BOOKING_API_CLIENT_CERT.")
    files = {"BOOKING_API_CLIENT_CERT": client_cert, "BOOKING_API_CLIENT_KEY": client_key}
    unreadable = [f"{name} {problem}" for name, path in files.items() if path and (problem := _unreadable(path))]
    if client_cert is not None and not unreadable:
        problem = _no_identity(client_cert, client_key)
        unreadable += [problem] if problem else []
    return problems + unreadable


@functools.cache
def trusting(
    ca_file: Path | None = None,
    client_cert: Path | None = None,
    client_key: Path | None = None,
    *,
    known_file: str | None = None,
    known_folder: str | None = None,
) -> ssl.SSLContext:
    """Trusts the known authorities, or those of `known_file` and `known_folder` instead, and those of `ca_file`.

    Cached: reading the known ones takes a tenth of a second.
    """
    if not (known_file or known_folder):
        import certifi  # only where certificates are asked for

        known_file = certifi.where()
    context = ssl.create_default_context(cafile=known_file, capath=known_folder)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    if client_cert is not None:
        context.load_cert_chain(client_cert, client_key, password=_no_password)
    return context


def _no_password() -> str:
    """An encrypted key would ask for its password on the terminal."""
    return ""


def _unusable_trust(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The variables that TLS goes by everywhere, and what is wrong with the files they name."""
    found = []
    if file := environ.get("SSL_CERT_FILE"):
        problem = _unreadable(Path(file)) or _no_authorities(Path(file))
        found += [("SSL_CERT_FILE", problem)] if problem else []
    if (folder := environ.get("SSL_CERT_DIR")) and not any(Path(part).is_dir() for part in folder.split(":")):
        found.append(("SSL_CERT_DIR", "names no folder that is there; unset it, or name one of certificates."))
    if keys := environ.get("SSLKEYLOGFILE"):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = keys
        except OSError as error:
            found.append(("SSLKEYLOGFILE", f"names a file that can't be written: {error.strerror}; unset it."))
    return found


def _unreadable(path: Path) -> str | None:
    if "-----BEGIN" in str(path):
        return "must name a file; it holds the text of one."
    try:
        with path.open("rb"):
            return None
    except (OSError, ValueError) as error:
        return f"names a file that can't be read: {getattr(error, 'strerror', None) or 'no path'}."


def _no_authorities(path: Path) -> str | None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        return "names a file without certificates in PEM form (-----BEGIN CERTIFICATE-----)."
    return None


def _no_identity(client_cert: Path, client_key: Path | None) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_cert_chain(client_cert, client_key, password=_no_password)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return "BOOKING_API_CLIENT_KEY holds another key than that of BOOKING_API_CLIENT_CERT."
        if _no_authorities(client_cert):
            return (
                "BOOKING_API_CLIENT_CERT names a file without a certificate in PEM form (-----BEGIN CERTIFICATE-----)."
            )
        where = "BOOKING_API_CLIENT_KEY" if client_key else "BOOKING_API_CLIENT_CERT without BOOKING_API_CLIENT_KEY"
        return f"{where} names a file without a private key in PEM form that needs no password."
    return None
