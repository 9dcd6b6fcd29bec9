"""The same request sent twice makes one record. Flushes; the caller commits."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.errors import Conflict, Invalid
from mapservice.rest import queries

KEPT = timedelta(hours=72)  # a phone may be without signal over a weekend


def once(
    session: Session, account: UUID, key: str, fingerprint: bytes, make: Callable[[], str]
) -> tuple[str, bool]:
    """The name of what `make` makes, and whether an earlier request with this key made it.

    Invalid when the key was used for another request. What `make` refuses leaves no trace: the
    transaction is rolled back, and the key is free again.
    """
    if session.scalar(queries.claim(account, key, fingerprint)) is None:
        return _made_before(session, account, key, fingerprint), True
    made = make()
    session.execute(queries.keep(account, key, made))
    return made, False


def _made_before(session: Session, account: UUID, key: str, fingerprint: bytes) -> str:
    earlier = session.scalar(queries.claimed(account, key))
    if earlier is None or earlier.made is None:  # forgotten at this very moment
        raise Conflict("Yêu cầu này đang được xử lý, xin gửi lại.", code="idempotency-busy")
    if earlier.fingerprint != fingerprint:
        sentence = "Khóa này đã dùng cho một yêu cầu khác."
        fields = {"Idempotency-Key": [sentence]}
        raise Invalid(sentence, code="idempotency-key-reused", fields=fields)
    return earlier.made


def forget_old(session: Session) -> int:
    """Drop the keys older than KEPT; how many."""
    return session.execute(queries.forget(KEPT)).rowcount
