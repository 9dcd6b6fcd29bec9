"""DATA_KEY, the setting that seals personal data: its format, its checks, the private home's file.

`VERSION:BASE64[,VERSION:BASE64 …]`: each key 32 random bytes, versions 1 to 32767, the highest
one writes. Nothing here encrypts; that is `mapservice.sealing`.
"""

import base64
import binascii
import os
import re
import secrets
import stat
from pathlib import Path

from mapservice.errors import Invalid

KEY_BYTES = 32  # AES-256
HIGHEST_VERSION = 32767  # a smallint column holds it, and two bytes of every sealed value
FILE = "data_key"
_PART = re.compile(r"([1-9][0-9]{0,4}):([A-Za-z0-9+/]{43}=)")
# Of 32 random bytes some 30 differ; fewer than 16 do not happen in the life of the universe.
_DISTINCT_BYTES = 16


def parse(text: str) -> dict[int, bytes]:
    """Version -> key of a DATA_KEY. Raises Invalid naming the setting, never quoting a key."""
    keys: dict[int, bytes] = {}
    for part in text.replace(" ", "").strip().split(","):
        version, key = _parse_part(part)
        if version in keys or key in keys.values():
            raise refused(f"names version {version} or its key twice")
        keys[version] = key
    return keys


def new_key(version: int) -> str:
    """`VERSION:BASE64` of a key made now."""
    return f"{version}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def kept(home: Path) -> str:
    """The DATA_KEY of this home: file `data_key` (0400), made once. Raises Invalid."""
    path = home / FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _write(path, new_key(1), replace=False)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise refused(f"file {path} can be read by others: chmod 400 {path}")
    return path.read_text(encoding="ascii", errors="replace").strip()


def append(home: Path) -> int:
    """Add a key to the home's file, above all others; its version. The old ones stay."""
    text = kept(home)
    version = max(parse(text)) + 1
    _write(home / FILE, f"{text},{new_key(version)}", replace=True)
    return version


def refused(reason: str) -> Invalid:
    return Invalid(f"DATA_KEY {reason}.", code="bad-setting", fields={"DATA_KEY": [reason]})


def _parse_part(part: str) -> tuple[int, bytes]:
    found = _PART.fullmatch(part)
    if not found or int(found[1]) > HIGHEST_VERSION:
        raise refused(
            "is not VERSION:BASE64 of 32 bytes, several separated by commas (docs/operators.md)"
        )
    try:
        key = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES or base64.b64encode(key).decode() != found[2]:
        raise refused(f"version {found[1]} is not base64 of 32 bytes")
    if len(set(key)) < _DISTINCT_BYTES or all(0x20 <= byte < 0x7F for byte in key):
        raise refused(f"version {found[1]} is not random: a phrase or a pattern can be guessed")
    return int(found[1]), key


def _write(path: Path, text: str, *, replace: bool) -> None:
    """Whole or not at all: two first starts at once agree on one key, a crash leaves no half."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            _link(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _link(partial: Path, path: Path) -> None:
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        return  # somebody else's first start was quicker: that key stands
