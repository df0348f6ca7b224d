"""Why nothing answers over HTTP, by the error that httpx raised: a code, a sentence and what can be done about it."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from bookingflow.core.failures import BETWEEN
from bookingflow.core.network.web_addresses import DEFAULT_PORTS
from bookingflow.core.problems import Problem
from bookingflow.core.text import one_line

WORDS = {
    "address_unknown": "the name {host} is not known",
    "no_route": "this machine has no way to {where}",
    "connection_refused": "nothing listens at {where}: the connection is refused",
    "connection_silent": "{where} does not answer",
    "connection_cut": "{where} cuts the connection",
    "encoding": "what {where} answers is not HTTP that can be read",
    "encryption": "no encrypted connection to {where} can be made",
    "proxy": "the proxy of {proxy} does not let anything through to {where}",
}
MENDS = {
    "address_unknown": "Check the host in {setting}, and the name service of this machine.",
    "no_route": "Check its network (a VPN, a firewall, IPv6 alone?), and the host in {setting}.",
    "connection_refused": "Is it running, and are host and port in {setting} right?",
    "connection_silent": "Is it running, and reachable from here (a firewall, a VPN)? If it still starts, run again.",
    "connection_cut": "Is what listens there an HTTP server, and does nothing between cut the connection?",
    "encoding": "Is what listens there an HTTP server, and does nothing between change what it answers?",
    "encryption": "{certificates}",
    "proxy": "Check {proxy}, or set NO_PROXY={host} to ask directly.",
}
CERTIFICATES = "Is https right there, and is its certificate one that this machine trusts?"
API_CERTIFICATES = f"{CERTIFICATES} BOOKING_API_CA_FILE and BOOKING_API_CLIENT_CERT name files of your own."


@dataclass(frozen=True)
class Certificate:
    """What is wrong with a server's certificate, and what can be done about it."""

    sentence: str
    mend: str
    who: str = ""


_OUT_OF_DATE = "Renew it there; or is this machine's clock right?"
OF_CERTIFICATES: Mapping[str, Certificate] = {
    "certificate has expired": Certificate("the certificate of {where} has expired", _OUT_OF_DATE, BETWEEN),
    "certificate is not yet valid": Certificate("the certificate of {where} is not valid yet", _OUT_OF_DATE, BETWEEN),
    "mismatch, certificate is not valid": Certificate(
        "the certificate of {where} is that of another host", "Check the host in {setting}."
    ),
    "self-signed certificate": Certificate(
        "the certificate of {where} is signed by nobody that this machine trusts", "{certificates}"
    ),
    "unable to get local issuer": Certificate(
        "the certificate of {where} is signed by nobody that this machine trusts", "{certificates}"
    ),
    **dict.fromkeys(
        ("Missing Authority Key Identifier", "Missing Subject Key Identifier", "Basic Constraints of CA"),
        Certificate(
            "the certificate of {where} lacks what Python demands from 3.13 on",
            "Have it, or its authority's, made anew with key identifiers; or run the suite with Python 3.12.",
            BETWEEN,
        ),
    ),
    "CERTIFICATE_REQUIRED": Certificate(
        "{where} asks its clients for a certificate", "BOOKING_API_CLIENT_CERT names the file of yours."
    ),
    "PROTOCOL_VERSION": Certificate(
        "{where} speaks an older TLS than this machine", "Let it speak TLS 1.2 or newer.", BETWEEN
    ),
    "WRONG_VERSION_NUMBER": Certificate("{where} does not speak TLS", "Is it http instead of https in {setting}?"),
}
"""By what OpenSSL says of it."""


NO_ROUTE = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Errors of a connection that this machine's network, or a firewall by ICMP, does not let begin."""
NOT_HTTP = frozenset({"illegal request line", "illegal status line"})
"""What h11 says of an answer that does not begin as HTTP does."""
ENDED = ("disconnected", "closed connection")
"""What h11 and httpcore say of an answer whose connection ended before it did; else it breaks HTTP's own rules."""


def trouble_of(error: BaseException) -> str:
    """The code of what kept an answer from coming: `encoding` where what came can't be read, and `connection_cut` where
    it is not known.
    """
    chain: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in chain:
        chain.append(cause)
        cause = cause.__cause__ or cause.__context__
    for kinds, code in (
        ((httpx.ProxyError,), "proxy"),
        ((socket.gaierror,), "address_unknown"),
        ((ConnectionRefusedError,), "connection_refused"),
        ((ssl.SSLError,), "encryption"),
        ((httpx.TimeoutException, TimeoutError), "connection_silent"),
    ):
        if any(isinstance(one, kinds) for one in chain):
            return code
    if isinstance(error, httpx.RemoteProtocolError) and not any(words in str(error) for words in ENDED):
        return "encoding"
    did_not_begin = any(isinstance(one, httpx.ConnectError) for one in chain)
    if did_not_begin and any(isinstance(one, OSError) and one.errno in NO_ROUTE for one in chain):
        return "no_route"
    return "connection_cut"


def in_words(error: Exception) -> str:
    """What went wrong; without the bytes that h11 shows, which may be a guest's or a secret."""
    words = one_line(str(error).partition(": bytearray(")[0]) or type(error).__name__
    return "what came is not HTTP" if words in NOT_HTTP else words


def http_problem(
    trouble: str, *, what: str, url: str, setting: str, proxy: str = "", code: str = "", said: str = ""
) -> Problem:
    """What kept an answer of `what` from coming.

    `trouble` is as `trouble_of` names it, `proxy` the variable that names one; `code` replaces that of the trouble;
    `said` is the error's own text.
    """
    address = httpx.URL(url)
    port = address.port or DEFAULT_PORTS[address.scheme]
    certificates = API_CERTIFICATES if setting == "BOOKING_API_BASE_URL" else CERTIFICATES
    facts = {
        "host": address.host,
        "where": f"{address.host}:{port}",
        "setting": setting,
        "proxy": proxy,
        "certificates": certificates,
    }
    if proxy and trouble != "encryption":
        trouble = "proxy"
    found = Certificate(WORDS[trouble], MENDS[trouble])
    if trouble == "encryption":
        found = next((known for phrase, known in OF_CERTIFICATES.items() if phrase in said), found)
    sentence = f"{what} can't be reached: {found.sentence.format(**facts)}."
    return Problem(code or trouble, setting, sentence, found.mend.format(**facts), found.who)
