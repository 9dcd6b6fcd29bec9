"""Sealing of personal data: AES-256-GCM and keyed hashes for look-up. Pure, no database.

A sealed value is: key version (2 bytes, big endian), nonce (12 random bytes), ciphertext with its
16-byte tag. The additional data `table|column|row|version` binds it to its place: moved to another
row, column or version it does not open. Before sealing, text is padded to whole blocks of 32
bytes, so that its length does not tell names apart.
"""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mapservice import data_key
from mapservice.errors import SealBroken

VERSION_BYTES, NONCE_BYTES, TAG_BYTES = 2, 12, 16
OVERHEAD = VERSION_BYTES + NONCE_BYTES + TAG_BYTES
BLOCK = 32  # bytes
_END = b"\x80"  # then zeros up to the end of the block


class KeyRing:
    """All keys of the setting DATA_KEY; `current` is the version that writes."""

    def __init__(self, keys: Mapping[int, bytes]):
        if not keys or any(len(key) != data_key.KEY_BYTES for key in keys.values()):
            raise ValueError("a key ring needs keys of 32 bytes")
        self._ciphers = {version: AESGCM(key) for version, key in keys.items()}
        self._hash_keys = {version: _derive(key, version) for version, key in keys.items()}
        self.current = max(keys)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """The ring of a DATA_KEY setting. Raises Invalid naming the setting."""
        return cls(data_key.parse(text))

    def __repr__(self) -> str:
        return f"KeyRing(versions={self.versions})"

    @property
    def versions(self) -> list[int]:
        return sorted(self._ciphers)

    def seal(self, plain: str, *, table: str, column: str, row: UUID | str) -> bytes:
        """Encrypt with the current key; equal texts give different bytes each time."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        place = _place(table, column, row, self.current)
        sealed = self._ciphers[self.current].encrypt(nonce, _pad(plain.encode()), place)
        return self.current.to_bytes(VERSION_BYTES, "big") + nonce + sealed

    def open(self, sealed: bytes, *, table: str, column: str, row: UUID | str) -> str:
        """The text again. Raises SealBroken when it was not sealed for exactly this place."""
        sealed = bytes(sealed)
        version = version_of(sealed)
        cipher = self._ciphers.get(version)
        if cipher is None:
            raise SealBroken(f"{table}.{column}: key version {version} is not in DATA_KEY")
        nonce, text = sealed[VERSION_BYTES:][:NONCE_BYTES], sealed[VERSION_BYTES + NONCE_BYTES :]
        try:
            padded = cipher.decrypt(nonce, text, _place(table, column, row, version))
        except InvalidTag:
            raise SealBroken(f"{table}.{column}: altered, or moved from another place") from None
        return _unpad(padded).decode()

    def hash(self, kind: str, text: str, version: int | None = None) -> bytes:
        """32 bytes that are equal for equal texts of one kind and key, and tell nothing else."""
        key = self._hash_keys[self.current if version is None else version]
        return hmac.digest(key, f"{kind}|{text}".encode(), sha256)

    def hashes(self, kind: str, text: str) -> list[bytes]:
        """The hash under every key of the ring: what a look-up compares with while rotating."""
        return [self.hash(kind, text, version) for version in self.versions]

    def mark(self, version: int) -> bytes:
        """What tells this version's key from every other one, and nothing about it."""
        return self.hash("key mark", str(version), version)


def version_of(sealed: bytes) -> int:
    """The key version a sealed value names. Raises SealBroken when it is too short to be one."""
    if len(sealed) < OVERHEAD + BLOCK:
        raise SealBroken("too short to be a sealed value")
    return int.from_bytes(sealed[:VERSION_BYTES], "big")


def _derive(key: bytes, version: int) -> bytes:
    # A key of its own: what encrypts is never used for anything else.
    info = f"mapservice look-up hash|{version}".encode()
    return HKDF(SHA256(), length=32, salt=None, info=info).derive(key)


def _place(table: str, column: str, row: UUID | str, version: int) -> bytes:
    parts = (table, column, str(row))
    if any(not part or "|" in part for part in parts):
        raise ValueError("the place of a sealed value needs a table, a column and a row")
    return "|".join((*parts, str(version))).encode()


def _pad(text: bytes) -> bytes:
    return text + _END + bytes(-(len(text) + 1) % BLOCK)


def _unpad(padded: bytes) -> bytes:
    return padded.rstrip(b"\x00")[: -len(_END)]
