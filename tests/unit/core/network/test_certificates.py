"""Certificates: what can't be used is named by its setting, and nothing asks for a password."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from bookingflow.core.network.certificates import problems_of, trusting
from tests.support.certificates import Certificates


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.write(tmp_path_factory.mktemp("certificates"))


def test_files_that_fit_are_used(files: Certificates) -> None:
    assert problems_of(files.authority, files.client, files.client_key, {"SSL_CERT_FILE": str(files.authority)}) == []
    assert problems_of(None, files.server, None, {}) == []
    context = trusting(files.authority, files.client, files.client_key, known_file=str(files.authority))
    assert len(context.get_ca_certs()) == 1


def test_an_authority_is_trusted_beside_the_known_ones(files: Certificates) -> None:
    assert len(trusting(files.authority).get_ca_certs()) > 50


def test_what_can_not_be_used_is_named(files: Certificates, tmp_path: Path) -> None:
    empty, encrypted = tmp_path / "empty.pem", tmp_path / "encrypted.pem"
    empty.write_text("canary")
    key = serialization.load_pem_private_key(files.client_key.read_bytes(), None)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    encrypted.write_bytes(key.private_bytes(*form, serialization.BestAvailableEncryption(b"canary")))
    missing = tmp_path / "missing.pem"
    for arguments, words in (
        ((empty, None, None, {}), "BOOKING_API_CA_FILE names a file without certificates"),
        ((files.client_key, None, None, {}), "BOOKING_API_CA_FILE names a file without certificates"),
        ((missing, None, None, {}), "BOOKING_API_CA_FILE names a file that can't be read: No such file"),
        ((tmp_path, None, None, {}), "BOOKING_API_CA_FILE names a file that can't be read: Is a directory"),
        ((Path("-----BEGIN CERTIFICATE-----\ncanary"), None, None, {}), "BOOKING_API_CA_FILE must name a file"),
        ((Path("a\0b"), None, None, {}), "BOOKING_API_CA_FILE names a file that can't be read"),
        ((None, None, files.client_key, {}), "BOOKING_API_CLIENT_KEY is set without"),
        ((None, missing, files.client_key, {}), "BOOKING_API_CLIENT_CERT names a file that can't be read"),
        ((None, files.client, missing, {}), "BOOKING_API_CLIENT_KEY names a file that can't be read"),
        ((None, empty, files.client_key, {}), "BOOKING_API_CLIENT_CERT names a file without a certificate"),
        (
            (None, files.client, None, {}),
            "BOOKING_API_CLIENT_CERT without BOOKING_API_CLIENT_KEY names a file without a",
        ),
        ((None, files.client, empty, {}), "BOOKING_API_CLIENT_KEY names a file without a private key"),
        ((None, files.client, encrypted, {}), "private key in PEM form that needs no password"),
        ((None, files.client, files.other_key, {}), "BOOKING_API_CLIENT_KEY holds another key"),
        ((None, None, None, {"SSL_CERT_FILE": str(empty)}), "SSL_CERT_FILE names a file without certificates"),
        ((None, None, None, {"SSL_CERT_FILE": str(missing)}), "SSL_CERT_FILE names a file that can't be read"),
        ((None, None, None, {"SSL_CERT_DIR": str(missing)}), "SSL_CERT_DIR names no folder"),
        ((None, None, None, {"SSLKEYLOGFILE": str(missing / "keys")}), "SSLKEYLOGFILE names a file that can't be"),
        ((None, None, None, {"SSLKEYLOGFILE": str(tmp_path)}), "can't be written: Is a directory; unset"),
    ):
        said = problems_of(*arguments)
        assert len(said) == 1, (words, said)
        assert words in said[0]
        assert "canary" not in said[0]
