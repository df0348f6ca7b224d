"""Names of hosts: whether a name can be one, how DNS spells it, whether it is this machine."""

from __future__ import annotations

import ipaddress

from bookingflow.core.patterns import pattern

_LABEL = pattern(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
"""RFC 1123, with the underscore that container networks use."""
_ENCODED = "xn--"
"""How DNS marks a label that is written in a script of its own."""
_LONGEST = 253
_PLACEHOLDER = pattern(r"[\[\]<>{}]")


def host_name(text: str) -> str:
    """A host as DNS spells it, in small letters and without a script of its own; an IPv6 address without brackets.

    Raises ValueError, without showing the text, where it can't be a host.
    """
    if text.startswith("[") and text.endswith("]") and ":" in text:
        return _ipv6(text[1:-1])
    if ":" in text:
        return _ipv6(text)
    if not text:
        raise ValueError("must name a host")
    if _PLACEHOLDER.search(text):
        raise ValueError("must name a host; there is still a placeholder in brackets")
    name = _spelled(text.lower())
    labels = name.removesuffix(".").split(".")
    if "" in labels:
        raise ValueError("must name a host; this one has a dot too many")
    if labels[-1].isdigit():
        return _ipv4(name)
    if len(name) > _LONGEST or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("must name a host, of letters, digits, hyphens and single dots")
    return name


def same_host(host: str) -> str:
    """A form in which two spellings of one host are equal; any text is taken."""
    try:
        return host_name(host.strip()).removesuffix(".")
    except ValueError:
        return host.strip().lower()


def is_loopback(host: str) -> bool:
    """Whether this host is the machine itself: by name, by address, by a socket in a folder."""
    host = same_host(host)
    if not host or host.startswith(("/", "@")) or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def _spelled(name: str) -> str:
    if name.isascii() and _ENCODED not in name:
        return name
    import idna  # few hosts are written in a script of their own

    try:
        spelled = idna.encode(name, uts46=True).decode("ascii")
        idna.decode(spelled)  # as the HTTP client does with what is encoded already
    except (idna.IDNAError, UnicodeError):
        raise ValueError("must name a host; this one has characters that no host has") from None
    return spelled


def _ipv4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text.removesuffix(".")))
    except ValueError:
        raise ValueError("must name a host; an address has four numbers from 0 to 255") from None


def _ipv6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Address(text))
    except ValueError:
        raise ValueError("must name a host; this is no IPv6 address") from None
