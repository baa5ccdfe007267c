"""Addresses on the web that we are asked to call: their form, and where they may lead."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

from msgspec import Struct

from signoff.domain.errors import Invalid

MAX_URL = 2048
_PORTS = {"https": 443, "http": 80}
_UNPRINTED = re.compile(r"[\x00-\x20\x7f]")
_PRINTED = "%!$&'()*+,;=:@/?-._~"

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Net = ipaddress.IPv4Network | ipaddress.IPv6Network

INSIDE: tuple[Net, ...] = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/3",
        ),
    )
)
"""What no address of IPv4 on the open internet lies in (RFC 6890 and its registry)."""

OPEN_V6 = ipaddress.ip_network("2000::/3")
INSIDE_V6: tuple[Net, ...] = tuple(
    map(
        ipaddress.ip_network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
"""Parts of it that lead elsewhere: tunnels that carry IPv4 (Teredo, 6to4), examples, tests."""


class Target(Struct, frozen=True, kw_only=True):
    """Where a request goes: `host` is in ASCII, `path` what stands on the request's line."""

    secure: bool
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Return what connections may be shared by."""
        return f"{'https' if self.secure else 'http'}://{self.authority}"

    @property
    def authority(self) -> str:
        """Return the host as the `Host` header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (
            host
            if self.port == _PORTS["https" if self.secure else "http"]
            else (f"{host}:{self.port}")
        )


def target_of(url: str) -> Target:
    """Return where a URL leads, or refuse what is none of ours to call."""
    if len(url) > MAX_URL or _UNPRINTED.search(url):
        raise _unusable("It is too long, or has blanks in it.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii(parts.hostname or "")
    except ValueError:
        raise _unusable("Its host or port cannot be read.") from None
    if parts.scheme not in _PORTS or not host:
        raise _unusable("It begins with `https://` and a host.")
    if parts.username is not None or parts.password is not None or "\\" in parts.netloc:
        raise _unusable("Leave name and password out: what is sent is signed.")
    path = quote(parts.path or "/", safe=_PRINTED)
    query = f"?{quote(parts.query, safe=_PRINTED)}" if parts.query else ""
    return Target(
        secure=parts.scheme == "https",
        host=host,
        port=_PORTS[parts.scheme] if port is None else port,
        path=path + query,
    )


def check_url(url: str) -> None:
    """Refuse a URL that cannot be called."""
    target_of(url)


def _ascii(host: str) -> str:
    if "%" in host:
        raise ValueError(host)
    return host if host.isascii() else host.encode("idna").decode()


def _unusable(hint: str) -> Invalid:
    return Invalid("This URL cannot be called", hint=hint, field="url")


# Inside.


class Allowed(Struct, frozen=True, kw_only=True):
    """What may be called though it is inside, or not encrypted: hosts and networks.

    Each with the one port that is meant, or None for all.
    """

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    nets: tuple[tuple[Net, int | None], ...] = ()

    def host(self, host: str, port: int) -> bool:
        """Say whether a host is allowed by its name."""
        return (host, None) in self.hosts or (host, port) in self.hosts

    def address(self, address: Address, port: int) -> bool:
        """Say whether an address lies in a network that is allowed."""
        return any(
            address.version == net.version and address in net and only in (None, port)
            for net, only in self.nets
        )


NOTHING = Allowed()
_PLAIN = "The connection would not be encrypted"


def parse_allowed(text: str) -> Allowed:
    """Read `10.1.0.0/16, n8n.internal:5678, [::1]:9000`: networks, hosts, each with a port."""
    hosts, nets = set(), []
    for word in text.replace(",", " ").split():
        name, port = _split_port(word.lower())
        try:
            nets.append((ipaddress.ip_network(name), port))
        except ValueError:
            if "/" in name or not name:
                raise Invalid(
                    f"“{word}” is neither a host nor a network",
                    hint="Write it like `10.1.0.0/16`, `n8n.internal` or `n8n.internal:5678`.",
                ) from None
            hosts.add((name, port))
    return Allowed(hosts=frozenset(hosts), nets=tuple(nets))


def refused_by_form(url: str, allowed: Allowed) -> str:
    """Return why a URL may not be called whatever its name leads to; empty if it may."""
    target = target_of(url)
    try:
        ipaddress.ip_address(target.host)
    except ValueError:
        known = allowed.host(target.host, target.port) or any_http(allowed, target)
        return "" if target.secure or known else _PLAIN
    return refused(target, (target.host,), allowed)


def any_http(allowed: Allowed, target: Target) -> bool:
    """Say whether a host may turn out to be in a network that is allowed."""
    return any(only in (None, target.port) for _, only in allowed.nets)


def _split_port(word: str) -> tuple[str, int | None]:
    if word.startswith("["):
        name, _, port = word[1:].partition("]")
        port = port.removeprefix(":")
    elif word.count(":") == 1:
        name, _, port = word.partition(":")
    else:
        name, port = word, ""
    return name, int(port) if port.isascii() and port.isdigit() else None


def is_inside(text: str) -> bool:
    """Say whether an address is not one of the open internet, however it is dressed."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True
    return _inside(address)


def _inside(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv4Address):
        return any(address in net for net in INSIDE)
    return address not in OPEN_V6 or any(address in net for net in INSIDE_V6)


def refused(target: Target, addresses: Iterable[str], allowed: Allowed) -> str:
    """Return why a target may not be called at these addresses; empty if it may.

    One address inside is enough: a name that leads both ways is not trusted.
    """
    by_name = allowed.host(target.host, target.port)
    for text in addresses:
        known = by_name
        if not known:
            try:
                address = ipaddress.ip_address(text.partition("%")[0])
            except ValueError:
                return "The host has no address"
            known = allowed.address(address, target.port)
        if not known and is_inside(text):
            return "The address is inside the network"
        if not known and not target.secure:
            return _PLAIN
    return ""
