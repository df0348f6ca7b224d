"""Why nothing answers over HTTP: what is wrong with a certificate is said, and by whom it can be mended."""

from __future__ import annotations

import pytest

from bookingflow.core.failures import BETWEEN, SUITE_OPERATOR
from bookingflow.platform.http_problems import http_problem

FAILED = "no connection: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "


@pytest.mark.parametrize(
    ("said", "words", "mend", "who"),
    [
        (f"{FAILED}certificate has expired (_ssl.c:1006)", "has expired", "Renew it there", BETWEEN),
        (f"{FAILED}certificate is not yet valid (_ssl.c:1006)", "is not valid yet", "this machine's clock", BETWEEN),
        (
            f"{FAILED}Hostname mismatch, certificate is not valid for 'booking.example'. (_ssl.c:1006)",
            *("is that of another host", "Check the host in BOOKING_API_BASE_URL", SUITE_OPERATOR),
        ),
        (
            f"{FAILED}IP address mismatch, certificate is not valid for '127.0.0.1'. (_ssl.c:1006)",
            *("is that of another host", "Check the host", SUITE_OPERATOR),
        ),
        (
            f"{FAILED}Missing Authority Key Identifier (_ssl.c:1032)",
            *("lacks what Python demands from 3.13 on", "with key identifiers", BETWEEN),
        ),
        (
            "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required",
            *("asks its clients for a certificate", "BOOKING_API_CLIENT_CERT", SUITE_OPERATOR),
        ),
        (
            "[SSL: TLSV1_ALERT_PROTOCOL_VERSION] tlsv1 alert protocol version",
            *("speaks an older TLS", "TLS 1.2", BETWEEN),
        ),
        (f"{FAILED}self-signed certificate", "nobody that this machine trusts", "BOOKING_API_CA_FILE", SUITE_OPERATOR),
        (f"{FAILED}unable to get local issuer certificate", "signed by nobody", "BOOKING_API_CA_FILE", SUITE_OPERATOR),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "does not speak TLS", "http instead of", SUITE_OPERATOR),
        ("[SSL: NO_CIPHERS] something else", "no encrypted connection to", "Is https right there", SUITE_OPERATOR),
    ],
)
def test_what_is_wrong_with_a_certificate_is_said(said: str, words: str, mend: str, who: str) -> None:
    url = "https://booking.example:8443"
    setting = "BOOKING_API_BASE_URL"
    problem = http_problem("encryption", what="The booking API", url=url, setting=setting, said=said)
    assert (problem.code, problem.setting, problem.who_can_act) == ("encryption", setting, who)
    assert "booking.example:8443" in problem.sentence
    assert words in problem.sentence
    assert mend in problem.mend


def test_another_trouble_says_nothing_of_certificates() -> None:
    url = "https://booking.example"
    problem = http_problem("connection_cut", what="It", url=url, setting="X", said=f"{FAILED}certificate has expired")
    assert problem.sentence == "It can't be reached: booking.example:443 cuts the connection."
