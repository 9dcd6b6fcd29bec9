"""What seals a leader's reports on a device while they wait there for a signal.

Both parts follow from the server's secret and the account, so nothing is stored anywhere: whoever
signs in to the account again may open what it left on the device, and nobody else.
"""

import hmac
from base64 import b64encode
from dataclasses import dataclass
from uuid import UUID


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
    # A keyed hash of 32 bytes, which is an AES-256 key; the secret does not follow from it.
    return b64encode(hmac.digest(secret.encode(), info.encode(), "sha256")).decode()
