"""Where a message may go: an https URL whose host resolves to public addresses, all of them (OWASP's SSRF rules).

A URL is taken apart once, here, by a grammar that is narrower than any library's; the request is built from the parts,
so that nobody downstream can understand it otherwise. What is not plainly public is refused.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

from remit.core.errors import InputError, Refused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

URL_CHARS_MAX = 2_000
PORTS = {"https": 443, "http": 80}

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9.-]{1,253})(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:[/?][a-z0-9._~:/?@!$&'()*+,;=%-]*)?)",
    re.ASCII | re.IGNORECASE,
)
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_INNER = ("localhost", "local", "internal", "localdomain", "lan", "arpa")

_REFUSED_4 = tuple(
    ipaddress.IPv4Network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # public by its number, and yet a cloud's inner service
    )
)
"""The IANA special-purpose registry (RFC 6890) and multicast."""

_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_REFUSED_6 = tuple(
    ipaddress.IPv6Network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
)
"""Within global unicast: protocol assignments (Teredo, ORCHID), documentation, 6to4, AS112.

Outside of it everything is refused: loopback, mapped IPv4, NAT64, unique local, link-local, multicast.
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in parts. `host` is a name in lower case or an address without brackets; `path` has the query with it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port: what can be told of it. The path may be a secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")


def target_of(url: str, *, local: bool = False) -> Target:
    """A URL that messages may be sent to. `local` admits http, any port, and this very machine.

    Raises:
        InputError: it is not plainly an https URL of a public host.
    """
    found = _URL.fullmatch(url) if len(url) <= URL_CHARS_MAX else None
    if found is None:
        raise _refused("it is not plainly a URL", "write https://host/path, without user, fragment or odd characters")
    scheme, host = found["scheme"].lower(), found["host"].lower().strip("[]")
    if scheme != "https" and not local:
        raise _refused("it is not https", "use https")
    port = int(found["port"] or PORTS[scheme])
    if (not local and port != 443 and not 1024 <= port <= 65535) or not 1 <= port <= 65535:
        raise _refused(f"port {port} is none for https", "use 443, or one from 1024 on")
    _check_host(host, bracketed=found["host"].startswith("["), local=local)
    path = found["path"]
    return Target(scheme, host, port, path if path.startswith("/") else f"/{path}")


def chosen(addresses: Sequence[str], target: Target, *, local: bool = False) -> str:
    """The address to connect to: the first, when every one of them is public. `local` admits loopback, too.

    Raises:
        Refused: one of them is not, or there is none; http to anywhere but loopback.
    """
    if not addresses:
        raise Refused(f"{target.host} has no address", code="webhook_address")
    for text in addresses:
        address = _parsed(text)
        inner = local and address is not None and address.is_loopback
        if not inner and (address is None or not is_public(address) or target.scheme != "https"):
            raise Refused(f"{target.host} leads to {text}, which is not public", code="webhook_address")
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is plainly one of the public internet's."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _REFUSED_4)
    return address in _GLOBAL_6 and not any(address in network for network in _REFUSED_6)


def _check_host(host: str, *, bracketed: bool, local: bool) -> None:
    labels = host.split(".")
    if bracketed or _NUMBER.fullmatch(labels[-1]):
        address = _parsed(host)
        if address is None or bracketed != isinstance(address, ipaddress.IPv6Address):
            raise _refused("its host is a number that is no address", "write a name, or a.b.c.d in decimal")
        if not is_public(address) and not (local and address.is_loopback):
            raise _refused(f"{host} is not public", "name a host on the public internet")
        return
    if local and host == "localhost":
        return
    if len(labels) < 2 or labels[-1] in _INNER or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused(f"`{host[:80]}` is no name of a public host", "write it in full, in ASCII (xn--…), as a.example")


def _parsed(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # An address with a scope (fe80::1%eth0) belongs to one link.
    return None if isinstance(address, ipaddress.IPv6Address) and address.scope_id else address


def _refused(why: str, mend: str) -> InputError:
    return InputError(f"no messages are sent to this URL: {why}", code="webhook_url", mend=mend)
