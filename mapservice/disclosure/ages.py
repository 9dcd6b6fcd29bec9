"""Birth years for the yearly advance of children's age bands: opened for nobody's eyes."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.addresses.models import PersonPrivate
from mapservice.audit import service as audit
from mapservice.disclosure import keys
from mapservice.disclosure.entry import Field
from mapservice.disclosure.vault import PERSONS


def birth_years(session: Session) -> Callable[[UUID], int | None]:
    """What `consent.ages.advance_age_bands` asks: the birth year of a record, None if unknown.

    Each opening writes its audit row first, like every other.
    """

    def birth_year(address_id: UUID) -> int | None:
        row = session.get(PersonPrivate, address_id)
        if row is None or row.birth_year is None:
            return None
        audit.record(
            session,
            "reveal",
            table_name=PERSONS.table,
            record_id=address_id,
            reason="age_bands",
            detail={"fields": [Field.BIRTH_YEAR.value], "decision": "system"},
        )
        return int(str(PERSONS.open(keys.of(session), row, Field.BIRTH_YEAR)))

    return birth_year
