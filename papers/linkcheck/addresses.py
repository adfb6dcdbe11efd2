"""What may be asked: http and https, on their own ports, at addresses of the public internet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import quote, urljoin, urlsplit

PORTS = {"http": 80, "https": 443}
# https://www.iana.org/assignments/ipv6-unicast-address-assignments/: what is given out so far.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# https://www.rfc-editor.org/rfc/rfc6052: IPv4 as networks of IPv6 alone see it, in the last 32 bits.
_NAT64 = IPv6Network("64:ff9b::/96")
# Global by their registry, but tunnels (6to4 and its relay, Teredo, ORCHID, examples) or, the last, what Azure's
# machines ask for their own secrets.
_NOT_FOR_US = tuple(
    ip_network(network)
    for network in (
        "2002::/16",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "192.88.99.0/24",
        "168.63.129.16/32",
    )
)
# What an address may hold besides letters and digits (https://www.rfc-editor.org/rfc/rfc3986#section-2.2).
_SAFE = "!$%&'()*+,/:;=?@~-._"


class NotAskedError(ValueError):
    """This address is none that a check asks; the message says why, in words for an organizer."""


def is_public(address: str) -> bool:
    """Whether an IP address, as a resolver writes it, belongs to the public internet."""
    return _is_public(ip_address(address))


def _is_public(ip: IPv4Address | IPv6Address) -> bool:
    if isinstance(ip, IPv6Address):
        if ip in _NAT64:
            return _is_public(IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip not in _GLOBAL_UNICAST:
            return False
    elif ip.is_multicast or ip.is_reserved:  # Python calls some of these global
        return False
    return ip.is_global and not any(ip in network for network in _NOT_FOR_US)


@dataclass(frozen=True)
class Target:
    """An address in the parts that a request needs, all ASCII."""

    url: str
    scheme: str
    host: str  # without brackets, in small letters, without the final stop
    port: int
    path: str  # with the query, without the fragment


def target(url: str, *, any_port: bool = False) -> Target:
    """The parts of an address. Raises NotAskedError for any that is not to be asked."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        raise NotAskedError("It is not a well-formed address.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
        host = host if ":" in host else host.encode("idna").decode("ascii").lower()
    except ValueError:  # UnicodeError is one
        raise NotAskedError("It is not a well-formed address.") from None
    if parts.scheme not in PORTS:
        raise NotAskedError(
            f"It leads to an address of the kind {parts.scheme[:20] or 'none'}:, not of the web."
        )
    if not re.fullmatch(r"[a-z0-9._-]+|[0-9a-f:.]+(%\w+)?", host):
        raise NotAskedError("It is not a well-formed address.")
    if "@" in parts.netloc:
        raise NotAskedError("There is a user name or a password in the address.")
    usual = PORTS[parts.scheme]
    if not any_port and port not in (None, usual):
        raise NotAskedError(f"Port {port} is not asked, only the web's own.")
    path = quote(parts.path or "/", safe=_SAFE)
    if parts.query:
        path += "?" + quote(parts.query, safe=_SAFE)
    return Target(url, parts.scheme, host, usual if port is None else port, path)


def redirected(url: str, location: str) -> str:
    """Where an answer of `url` with this Location header leads, the fragment kept.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.2. http.client reads headers as Latin-1, whatever they were:
    the bytes beyond ASCII go on as they came, as %XX.

    Raises NotAskedError where that is no address.
    """
    try:
        raw = location.strip().encode("latin-1", "replace")
        led = urljoin(url, quote(raw, safe=_SAFE + "#[]"))
        fragment = urlsplit(url).fragment
        return f"{led}#{fragment}" if fragment and "#" not in led else led
    except ValueError:
        raise NotAskedError("It redirects to what is not a well-formed address.") from None
