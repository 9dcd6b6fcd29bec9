"""What becomes of a row that is written: the record as it was left, or the reasons against it."""

import re
from collections.abc import Callable
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
