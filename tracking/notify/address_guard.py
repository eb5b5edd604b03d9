"""Keeps webhooks out of private networks (server-side request forgery): which addresses may be connected to.

The check is made when the socket is, on the very address that is dialled: a name that is looked up a second time, or
means something else a moment later, gains nothing. A name of which any address is refused is refused as a whole.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HTTPS_PORTS = frozenset({443, 8443})
HTTP_PORTS = frozenset({80})
MOST_URL = 500

# What `is_global` of Python 3.11 lets through (or lets through in some of its releases), each with its reason.
_DENIED: tuple[tuple[Network, str], ...] = tuple(
    (ipaddress.ip_network(network), why)
    for network, why in (
        ("0.0.0.0/8", "this network"),
        ("100.64.0.0/10", "a provider's own network (RFC 6598)"),
        ("168.63.129.16/32", "a cloud's own services, inside its machines"),
        ("192.0.0.0/24", "protocol assignments (RFC 6890)"),
        ("192.88.99.0/24", "6to4 relays (RFC 7526)"),
        ("198.18.0.0/15", "benchmarks (RFC 2544)"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/96", "IPv4 in an old notation (RFC 4291)"),
        ("::ffff:0:0:0/96", "IPv4, translated (RFC 2765)"),
        ("64:ff9b::/96", "IPv4 behind NAT64 (RFC 6052)"),
        ("64:ff9b:1::/48", "IPv4 behind a local NAT64 (RFC 8215)"),
        ("100::/64", "discarded (RFC 6666)"),
        ("2001::/23", "protocol assignments (RFC 2928), Teredo among them"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "IPv4 behind 6to4 (RFC 3056)"),
        ("3fff::/20", "documentation (RFC 9637)"),
        ("5f00::/16", "segment routing (RFC 9602)"),
        ("fc00::/7", "a private network"),
        ("fe80::/10", "the local link"),
        ("fec0::/10", "a private network of old (RFC 3879)"),
        ("ff00::/8", "multicast"),
    )
)
# Names that mean this machine or a network nearby, whatever the resolver says of them today.
_LOCAL_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa", "onion", "invalid")


class Refused(OSError):
    """An address or a URL that nothing is sent to; the message says why. An OSError: it comes out of a connect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """What may be reached. `allowed` networks are exempt: there, http and every port may be used as well."""

    allowed: tuple[Network, ...] = ()
    is_http_allowed: bool = False

    def refusal(self, address: Address, port: int) -> str:
        """Why nothing may connect there; "" where it may."""
        plain = _unmapped(address)
        if any(plain in network for network in self.allowed):
            return ""
        why = _why_not(plain)
        if why:
            return f"{address} is not a public address ({why})"
        ports = HTTPS_PORTS | HTTP_PORTS if self.is_http_allowed else HTTPS_PORTS
        return "" if port in ports else f"port {port} is not allowed; these are: {_listed(ports)}"

    def check_url(self, url: str) -> None:
        """Refuses a URL whose text alone shows that nothing may be sent there. Raises Refused."""
        scheme, host, port = _parts(url)
        literal = _literal(host)
        is_exempt = literal is not None and any(_unmapped(literal) in network for network in self.allowed)
        if scheme != "https" and not (self.is_http_allowed or is_exempt):
            raise Refused("is not https: anyone on the way could read and change what is sent")
        if literal is not None:
            if why := self.refusal(literal, port):
                raise Refused(why)
            return
        if not self.allowed:  # else only the resolver knows whether the name lies in one of those networks
            _check_name(host)
            ports = HTTPS_PORTS if scheme == "https" else HTTP_PORTS
            if port not in ports:
                raise Refused(f"port {port} is not allowed; these are: {_listed(ports)}")

    def open_socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """A socket for this one address, unconnected; for aiohttp's `socket_factory`. Raises Refused."""
        family, kind, protocol, _, target = info
        address = ipaddress.ip_address(str(target[0]).partition("%")[0])
        if why := self.refusal(address, int(target[1])):
            raise Refused(why)
        return socket.socket(family, kind, protocol)


class GuardedResolver(AbstractResolver):
    """Asks another resolver, and refuses a name of which any address may not be reached."""

    def __init__(self, guard: Guard, resolver: AbstractResolver | None = None) -> None:
        self._guard, self._resolver = guard, resolver or aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses, all of them good. Raises Refused, or the other resolver's OSError."""
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            address = ipaddress.ip_address(each["host"].partition("%")[0])
            if why := self._guard.refusal(address, port):
                raise Refused(f"{host}: {why}")
        return found

    async def close(self) -> None:
        await self._resolver.close()


def connector(guard: Guard, resolver: AbstractResolver | None = None, *, limit: int) -> aiohttp.TCPConnector:
    """Connections that the guard lets through; each name is looked up for each connection."""
    return aiohttp.TCPConnector(
        resolver=GuardedResolver(guard, resolver), socket_factory=guard.open_socket, use_dns_cache=False, limit=limit
    )


def _why_not(address: Address) -> str:
    for network, why in _DENIED:
        if address in network:
            return why
    return "" if address.is_global else "private or reserved"


def _unmapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 one such as ::ffff:10.0.0.1 is another name for."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _parts(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises Refused."""
    if len(url) > MOST_URL:
        raise Refused(f"is longer than {MOST_URL} characters")
    if any(character <= " " or character in "\x7f\\" for character in url):
        raise Refused("has a space, a backslash or a control character in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("is no web address") from None
    if parts.scheme not in ("https", "http"):
        raise Refused("does not begin with https://")
    if not parts.hostname:
        raise Refused("names no host")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise Refused("has a user name in it; the signature says who sends")
    if parts.fragment:
        raise Refused("has a # part, which is never sent")
    return parts.scheme, parts.hostname, port if port is not None else (443 if parts.scheme == "https" else 80)


def _literal(host: str) -> Address | None:
    """The address that a host is written as, also in decimal, hexadecimal, octal and short forms; None for a name."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host.rstrip(".")))  # the C library's reading, as a connect would take it
    except (OSError, UnicodeEncodeError):
        return None


def _check_name(host: str) -> None:
    name = host.rstrip(".").lower()
    if "." not in name or any(name == local or name.endswith(f".{local}") for local in _LOCAL_NAMES):
        raise Refused("names this machine or a host nearby, not one of the internet")


def _listed(ports: Iterable[int]) -> str:
    return ", ".join(str(port) for port in sorted(ports))
