"""Where a request comes from, as sign-in limits count it."""

import hmac
import ipaddress
from hashlib import sha256

from flask import current_app, request

IPV6_PREFIX = 64  # what one household or office gets; it may use any address inside


def network() -> str:
    """The client's IPv4 address, or the /64 of its IPv6 address; "unknown" for neither."""
    try:
        address = ipaddress.ip_address(_client())
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    prefix = IPV6_PREFIX if address.version == 6 else 32
    return str(ipaddress.ip_network((address, prefix), strict=False))


def mark(network: str) -> bytes:
    """What is kept of a network: equal for equal ones, of no use without this server's key."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.digest(key, f"network|{network}".encode(), sha256)


def _client() -> str:
    # We listen on loopback only: a peer from there is the proxy beside us, and the last address
    # of its header is the one it saw itself. What stands before it anybody may have written.
    peer = request.remote_addr or ""
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told if told and _is_loopback(peer) else peer


def _is_loopback(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_loopback
    except ValueError:
        return False
