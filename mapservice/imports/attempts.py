"""What becomes of a row that is written: the record as it was left, or the reasons against it."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.errors import DomainError
from mapservice.imports.comparing import Record
from mapservice.imports.fates import Row

OF_NEED = re.compile(r"^needs-\d+-")
WRITING = "writing"  # the step that is told of
STRETCH = 250  # records written together
CONFIRMED = {"confirm_duplicate": True, "confirm_outside": True}


class Left(NamedTuple):
    """A record as the import leaves it; the record itself may be forgotten meanwhile."""

    id: UUID
    version: int


def together_or_apart(
    session: Session,
    rows: Sequence[Row],
    together: Callable[[], Sequence[Record]] | None,
    apart: Sequence[Callable[[], Record]],
) -> dict[int, Left]:
    """Write rows by `together` (None: it cannot be done so), which gives their records; where one
    of them is refused each by its own act, so that only that row stays out.

    Row -> its record as it was left.
    """
    if together is not None:
        try:
            with session.begin_nested():
                return {row.number: left(each) for row, each in zip(rows, together(), strict=True)}
        except DomainError:
            pass  # one of them; which one is found below
    tried = ((row, attempt(session, row, act)) for row, act in zip(rows, apart, strict=True))
    return {row.number: record for row, record in tried if record}


def left(record: Record) -> Left:
    return Left(record.id, record.version)


def attempt(session: Session, row: Row, act: Callable[[], Record]) -> Left | None:
    """Do it, or refuse the row with the reasons at its fields."""
    try:
        with session.begin_nested():
            return left(act())
    except DomainError as refusal:
        reasons = refusal.fields or {"": [refusal.detail]}
        for name, sentences in reasons.items():
            for sentence in sentences:
                row.refuse(OF_NEED.sub("need_", name), sentence)
        return None
