"""Keys that seal persons: none writes before it is known to be the one that wrote before."""

from sqlalchemy.orm import Session

from mapservice.disclosure import queries
from mapservice.errors import Conflict
from mapservice.keyring import of
from mapservice.sealing import KeyRing


def for_writing(session: Session) -> KeyRing:
    """The session's ring, once it is sure that its current key is the one that sealed before.

    Raises Conflict for another key under the same version: what it sealed could not be told
    from what the right one did, and would be lost when the right one comes back.
    """
    ring = of(session)
    recognise(session, ring, ring.current)
    return ring


def hashes(session: Session, kind: str, text: str) -> list[bytes]:
    """The hash by each key of the session's ring, the one that writes first."""
    ring = of(session)
    return [ring.hash(kind, text), *ring.hashes(kind, text)]


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
