"""Origins of websites, as browsers name them: `https://HOST` or `https://HOST:PORT`, nothing more.

What passes here is written into a header as it is, so it holds letters, digits, `-`, `.` and `:`.
"""

import re
from urllib.parse import urlsplit

from mapservice.errors import Invalid
from mapservice.language import noop

LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*")
HOST_LENGTH = 253
WHOLE = re.compile(r"(?P<scheme>https?)://(?P<host>[^\s/?#@:\\]+)(:(?P<port>[0-9]{1,5}))?/?", re.I)
DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK = {"localhost", "127.0.0.1"}  # of whoever tries a page on the own machine
MALFORMED = noop("Chỉ ghi https:// và tên miền, ví dụ https://tinhdoan.example.vn.")
INSECURE = noop("Trang phải dùng https://; http:// chỉ được cho máy đang thử (localhost).")


def parse(text: str) -> str:
    """The origin that the text names, as browsers write it (lower case, Punycode, no default port).

    Raises Invalid at field `origin` for anything that is not exactly one origin, and for one that
    is neither https nor http on this machine.
    """
    match = WHOLE.fullmatch(text.strip())
    found = match and _origin(match["scheme"].lower(), match["host"], int(match["port"] or 0))
    if not found:
        raise _refused(MALFORMED)
    if not is_safe(found):
        raise _refused(INSECURE)
    return found


def of_address(address: str) -> str | None:
    """The origin of a page by its address (http too); None for what is no address of a page."""
    try:
        parts = urlsplit(address.strip())
        return _origin(parts.scheme, parts.hostname or "", parts.port or 0)
    except ValueError:
        return None


def is_safe(origin: str) -> bool:
    """Whether its pages come encrypted, or from this machine."""
    scheme, _, rest = origin.partition("://")
    return scheme == "https" or rest.partition(":")[0] in LOOPBACK


def _origin(scheme: str, host: str, port: int) -> str | None:
    if scheme not in DEFAULT_PORTS or port > 65535 or len(host) > HOST_LENGTH:
        return None
    try:
        plain = host.encode("idna").decode().lower()
    except UnicodeError:
        return None
    if len(plain) > HOST_LENGTH or not HOST.fullmatch(plain):
        return None
    return f"{scheme}://{plain}" + (f":{port}" if port not in (0, DEFAULT_PORTS[scheme]) else "")


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, code="bad-origin", fields={"origin": [sentence]})
