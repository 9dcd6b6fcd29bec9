"""MAIL_URL, the setting that names the mail server: its format and its checks. Sends nothing.

`smtp://USER:PASSWORD@HOST:PORT?from=ADDRESS` turns to TLS after the greeting (STARTTLS) and sends
nothing without it; `smtps://…` speaks TLS from the start. A relay on this machine may be spoken to
without: `smtp://localhost:25?from=ADDRESS&tls=off`.
"""

import re
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from mapservice.errors import Invalid

PORTS = {"smtp": 587, "smtps": 465}  # submission, RFC 8314
PARAMETERS = {"from", "tls"}
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
ADDRESS_LENGTH = 254  # characters, RFC 5321


@dataclass(frozen=True, slots=True)
class MailServer:
    """`encrypted`: "start" (TLS from the start), "turn" (STARTTLS) or "off" (this machine only)."""

    host: str
    port: int
    sender: str
    encrypted: str
    user: str = ""
    password: str = field(default="", repr=False)


def is_address(text: str) -> bool:
    """Whether mail can be addressed so: ASCII only, one `@`, nothing a header could break at."""
    return len(text) <= ADDRESS_LENGTH and bool(ADDRESS.fullmatch(text))


def parse(text: str) -> MailServer:
    """The server of a MAIL_URL. Raises Invalid naming the setting, never quoting its value."""
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError:
        raise refused("is not a URL") from None
    if url.scheme not in PORTS or not url.hostname or url.path.strip("/") or url.fragment:
        raise refused("must be smtp://… or smtps://USER:PASSWORD@HOST:PORT?from=ADDRESS")
    if bool(url.username) != bool(url.password):
        raise refused("needs a user and a password, or neither")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if not (user + password).isascii():
        raise refused("may have only ASCII letters in user and password")  # smtplib sends no other
    given = _parameters(url)
    if not is_address(given.get("from", "")):
        raise refused("needs ?from=ADDRESS, the address mail comes from")
    return MailServer(
        host=url.hostname,
        port=port or PORTS[url.scheme],
        sender=given["from"],
        encrypted=_encrypted(url, given.get("tls", "on")),
        user=user,
        password=password,
    )


def refused(reason: str) -> Invalid:
    return Invalid(f"MAIL_URL {reason}.", code="bad-setting", fields={"MAIL_URL": [reason]})


def _parameters(url: SplitResult) -> dict[str, str]:
    given = parse_qs(url.query, keep_blank_values=True)
    if set(given) - PARAMETERS or any(len(values) > 1 for values in given.values()):
        raise refused("may have the parameters from and tls, each once")
    return {name: values[0] for name, values in given.items()}


def _encrypted(url: SplitResult, tls: str) -> str:
    if tls == "on":
        return "start" if url.scheme == "smtps" else "turn"
    if tls != "off" or url.scheme == "smtps" or not _is_here(str(url.hostname)):
        raise refused("may say tls=off only with smtp:// and a server on this machine")
    return "off"


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
