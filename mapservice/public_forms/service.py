"""Handing in what anybody sends: counted first, then received. The caller commits each.

Both take a session of the intake role. What fails after it was counted stays counted. Phones share
networks by the thousand here, so a network may send far more than one number may.
"""

from datetime import timedelta

from sqlalchemy.orm import Session

from mapservice import keyring, phones
from mapservice.accounts import limits, queries

WINDOW = timedelta(hours=1)
BY_NETWORK, BY_PHONE = 60, 10


def count(session: Session, network: str, phone: str) -> None:
    """Count one form by where it comes from and whose number it names; TooMany when enough.

    `network`: what may be kept of it (`networks.mark`); of the number a keyed hash is.
    """
    number = keyring.of(session).hash("form phone", phones.e164(phone)).hex()
    _hit(session, "form-network", network, BY_NETWORK)
    _hit(session, "form-phone", number, BY_PHONE)


def _hit(session: Session, kind: str, key: str, most: int) -> None:
    limits.hit(session, kind, key, most, WINDOW, count=queries.count_form)
