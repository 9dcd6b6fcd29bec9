"""The union's tree: its organisations and their territories. Flushes; the caller commits."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts import rights, tree_queries
from mapservice.accounts.models import Organisation, OrganisationLevel, OrganisationUnit
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.territory import queries as territory
from mapservice.territory.models import AdminUnit

ORDER = list(OrganisationLevel)  # from the top down
FOUND = 30  # units that a search shows
NONE = "Không có tổ chức này."
CHANGED = ("name", "parent_id", "self_verification")


def tree(session: Session) -> Sequence[RowMapping]:
    """Every organisation below its parent: with `depth`, `accounts` and `units` (numbers)."""
    return session.execute(text(tree_queries.TREE)).mappings().all()


def found(session: Session, organisation_id: UUID) -> Organisation:
    """The organisation with this id (NotFound)."""
    row = session.get(Organisation, organisation_id)
    if row is None:
        raise NotFound(NONE)
    return row


def add(
    session: Session, actor: Actor, *, code: str, name: str, level: OrganisationLevel, parent: UUID
) -> Organisation:
    """A new organisation below another. Its territory is empty until units are added.

    Raises Invalid where it cannot stand there, Conflict for a code that is taken.
    """
    rights.require(actor, Action.MANAGE_ORGANISATIONS)
    _check_place(found(session, parent), level)
    made = Organisation(code=code, name=name, level=level, parent_id=parent)
    session.add(made)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from None
    _record(session, "organisation_made", made, {"code": code, "parent": str(parent)})
    return made


def change(
    session: Session,
    actor: Actor,
    organisation_id: UUID,
    *,
    version: int,
    name: str,
    parent: UUID | None,
    self_verification: bool,
) -> Organisation:
    """New name, place in the tree or rule. Conflict (`stale`) when it was changed since."""
    rights.require(actor, Action.MANAGE_ORGANISATIONS)
    row = session.get(Organisation, organisation_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(NONE)
    if row.version != version:
        raise Conflict("Người khác vừa sửa tổ chức này.", code="stale")
    before = {field: getattr(row, field) for field in CHANGED}
    if row.level is not OrganisationLevel.PROVINCE:
        _move(session, row, parent)
    row.name, row.self_verification = name, self_verification
    row.version += 1
    session.flush()
    after = {field: getattr(row, field) for field in CHANGED}
    audit.record_change(session, "organisation", row.id, before, after, protected=False)
    return row


def units(session: Session, organisation_id: UUID) -> Sequence[RowMapping]:
    """The units of its territory: id, code, name, validity, parent's name."""
    return (
        session.execute(text(tree_queries.UNITS), {"organisation": organisation_id})
        .mappings()
        .all()
    )


def search_units(session: Session, words: str) -> Sequence[RowMapping]:
    """Units of any era that could be added, FOUND at most."""
    return session.execute(territory.units_named(words, FOUND)).mappings().all()


def add_unit(session: Session, actor: Actor, organisation_id: UUID, unit_id: int) -> None:
    """Put a unit into the territory; again: no change."""
    rights.require(actor, Action.MANAGE_ORGANISATIONS)
    row = found(session, organisation_id)
    if session.get(AdminUnit, unit_id) is None:
        raise NotFound("Không có đơn vị hành chính này.")
    if session.get(OrganisationUnit, (row.id, unit_id)) is None:
        session.add(OrganisationUnit(organisation_id=row.id, unit_id=unit_id))
        session.flush()
        _record(session, "territory_grown", row, {"unit": unit_id})


def remove_unit(session: Session, actor: Actor, organisation_id: UUID, unit_id: int) -> None:
    """Take a unit out of the territory; again: no change."""
    rights.require(actor, Action.MANAGE_ORGANISATIONS)
    row = found(session, organisation_id)
    held = session.get(OrganisationUnit, (row.id, unit_id))
    if held is not None:
        session.delete(held)
        session.flush()
        _record(session, "territory_shrunk", row, {"unit": unit_id})


def found_province(session: Session, code: str, province: str) -> Organisation | None:
    """The top of the tree with the whole province as its territory, where nothing is there yet.

    `province`: its official code. None when there are organisations already.
    """
    if session.scalar(text(tree_queries.ANY)):
        return None
    forms = session.execute(text(tree_queries.PROVINCE), {"province": province}).all()
    if not forms:
        raise NotFound(f"Province {province} is not loaded: mapservice seed territory.")
    made = Organisation(
        code=code, name=f"Tỉnh đoàn {forms[0].short_name}", level=OrganisationLevel.PROVINCE
    )
    session.add(made)
    session.flush()
    session.add_all(OrganisationUnit(organisation_id=made.id, unit_id=unit.id) for unit in forms)
    session.flush()
    _record(session, "organisation_made", made, {"code": code})
    return made


def _move(session: Session, row: Organisation, parent: UUID | None) -> None:
    if parent is None:
        raise _misplaced("Hãy chọn tổ chức cấp trên.")
    _check_place(found(session, parent), row.level)
    row.parent_id = parent


def _check_place(parent: Organisation, level: OrganisationLevel) -> None:
    """Levels go down by steps, so that no organisation can stand below itself."""
    if ORDER.index(parent.level) >= ORDER.index(level):
        raise _misplaced("Tổ chức cấp trên phải ở cấp cao hơn.")


def _misplaced(sentence: str) -> Invalid:
    return Invalid(sentence, code="misplaced", fields={"parent": [sentence]})


def _record(session: Session, action: str, row: Organisation, detail: dict) -> None:
    audit.record(session, action, table_name="organisation", record_id=row.id, detail=detail)
