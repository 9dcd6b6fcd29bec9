"""What nobody has checked again in time leaves the map until somebody does."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.needs import queries

REASON = "Quá hạn kiểm tra lại"


def expire_unassured(session: Session, most: int = 500) -> int:
    """Expire published needs and addresses past `assured_until`, `most` of each; how many.

    A need that a team has taken stays as it is until it is done, or free and so due again.
    Proposals of an expired need are cancelled by the database. Without a date nothing expires.
    """
    values = {"most": most, "reason": REASON}
    statements = (queries.EXPIRE_NEEDS, queries.EXPIRE_ADDRESSES)
    return sum(len(session.execute(text(sql), values).all()) for sql in statements)
