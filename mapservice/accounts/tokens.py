"""Random tokens that open something: told once, kept as a hash."""

import secrets
from hashlib import sha256

BYTES = 32  # 256 bits: nobody guesses one, so a plain hash of it cannot be searched either


def new(prefix: str = "") -> str:
    """A token nobody had before, of letters that a URL and a header take."""
    return prefix + secrets.token_urlsafe(BYTES)


def digest(token: str) -> bytes:
    """What is stored of a token: 32 bytes."""
    return sha256(token.encode()).digest()
