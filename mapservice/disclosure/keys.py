"""The key ring a session works with: its own (`session.info["keys"]`), else the process's."""

from functools import cache

from flask import Flask
from sqlalchemy.orm import Session

from mapservice import config
from mapservice.disclosure import queries
from mapservice.disclosure.sealing import KeyRing
from mapservice.errors import Conflict


def init_app(app: Flask) -> None:
    """Office sessions of this application carry the ring of its own settings."""
    ring = KeyRing.parse(str(app.config["DATA_KEY"]))
    app.extensions["office_sessions"].configure(info={"keys": ring})


def of(session: Session) -> KeyRing:
    """The ring this session seals and opens with."""
    return session.info.get("keys") or ring()


def for_writing(session: Session) -> KeyRing:
    """The session's ring, once it is sure that its current key is the one that sealed before.

    Raises Conflict for another key under the same version: what it sealed could not be told
    from what the right one did, and would be lost when the right one comes back.
    """
    ring = of(session)
    recognise(session, ring, ring.current)
    return ring


def recognise(session: Session, ring: KeyRing, version: int) -> None:
    """Compare this key with its mark, which its first use leaves."""
    known = session.scalar(queries.mark(version))
    if known is None:
        session.execute(queries.leave_mark(version, ring.mark(version)))
        known = session.scalar(queries.mark(version))
    if known != ring.mark(version):
        raise Conflict(
            f"DATA_KEY version {version} is not the key that sealed the data of this database.",
            code="wrong-data-key",
        )


@cache
def ring() -> KeyRing:
    """The ring of the setting DATA_KEY, read once. Raises Invalid naming the setting."""
    return KeyRing.parse(str(config.load()["DATA_KEY"]))
