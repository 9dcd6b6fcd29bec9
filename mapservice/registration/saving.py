"""A sheet becomes a record: the steps of saving a form, whichever page it came from."""

from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.disclosure import drafts
from mapservice.errors import Invalid
from mapservice.registration import duplicates, public_texts, queries, service
from mapservice.registration.duplicates import Double
from mapservice.registration.sheet import Sheet
from mapservice.territory import service as territory

REGISTER = {Nature.PLACE: service.register_place, Nature.PERSON: service.register_person}
CHANGE = {Nature.PLACE: service.change_place, Nature.PERSON: service.change_person}


def save(session: Session, actor: Actor, sheet: Sheet, code: str | None = None) -> Address:
    """Register or change what the sheet says, and let its draft go.

    Raises what the services raise, fields named as the services name them.
    """
    values, wanted = sheet.form.values, sheet.wanted
    if code is None:
        made = REGISTER[sheet.nature](session, actor, values, wanted)
    else:
        version = sheet.frame["version"]
        if version is None:
            sentence = "Trang này cũ quá: tải lại rồi sửa tiếp."
            raise Invalid(sentence, fields={"_schema": [sentence]})
        if sheet.frame["harmless"]:
            public_texts.tick(session, actor, code, sheet)
        made = CHANGE[sheet.nature](session, actor, code, version, values, wanted)
    finish_draft(session, actor, sheet.frame["draft"])
    return made


def finish_draft(session: Session, actor: Actor, draft: UUID | None) -> None:
    if draft is not None:
        drafts.finish(session, actor.id, draft)


def hidden_from_map(session: Session, place: Address) -> int:
    """How many of a place's needs will not be shown because they may tell of single persons."""
    if place.nature is not Nature.PLACE or place.sensitive:
        return 0
    return len(session.scalars(queries.HELPS_FEW, {"address": place.id}).all())


def doubles(session: Session, actor: Actor, sheet: Sheet, own: UUID | None) -> list[Double]:
    """What to show beside the question whether it is the same: as typed, nothing checked."""
    given = sheet.form.given
    if sheet.nature is Nature.PLACE:
        try:
            spot = (float(given["lng"].replace(",", ".")), float(given["lat"].replace(",", ".")))
        except (KeyError, ValueError):
            spot = None
        return duplicates.places(session, actor, given.get("title", ""), spot, own)
    return persons(
        session,
        actor,
        name=given.get("name") or None,
        phone=given.get("phone") or None,
        birth_year=given.get("birth_year") or None,
        commune=given.get("commune") or None,
        reason=given.get("reason") or None,
    )


def persons(
    session: Session, actor: Actor, *, commune: str | None, **asked: object
) -> list[Double]:
    """Persons of the territory that may be this one. Leaves its audit rows."""
    unit = territory.find_unit(session, commune) if commune else None
    holder = None
    if unit is not None:
        holder = (
            unit.id if unit.valid_to is None else session.scalar(queries.commune_today(unit.id))
        )
    return duplicates.persons(session, actor, asked | {"commune_id": holder})
