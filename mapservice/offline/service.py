"""What seals a leader's reports on a device while they wait there for a signal.

Both parts follow from the server's secret and the account, so nothing is stored anywhere: whoever
signs in to the account again may open what it left on the device, and nobody else.
"""

from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32  # AES-256


@dataclass(frozen=True, slots=True)
class Outbox:
    """`owner`: what the account's letters are marked with on a device, which tells nobody whose
    they are; `key`: what they are sealed by there, base64."""

    owner: str
    key: str


def outbox(secret: str, account: UUID) -> Outbox:
    """The outbox of an account; another secret (SECRET_KEY) makes it another one."""
    return Outbox(*(_derived(secret, f"outbox {use} {account}") for use in ("owner", "key")))


def _derived(secret: str, info: str) -> str:
    method = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info.encode())
    return b64encode(method.derive(secret.encode())).decode()
