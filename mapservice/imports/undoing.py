"""Taking an import back, as long as nothing was built on it: all of it, or nothing. Flushes.

Records that it made are deleted (nobody touched them: they are drafts, or were submitted with the
list), those that it changed get their old values again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.audit import service as audit
from mapservice.disclosure import lists
from mapservice.disclosure import service as disclosure
from mapservice.errors import Conflict
from mapservice.imports import queries, service, submitting
from mapservice.imports.attempts import CONFIRMED, STRETCH
from mapservice.imports.changing import MANY
from mapservice.imports.comparing import NO_CONTACT
from mapservice.imports.models import BatchStatus, Fate, ImportBatch, ImportRow
from mapservice.needs.models import Need
from mapservice.registration import contacts, needs, persons, spots
from mapservice.registration.many_changes import Change
from mapservice.registration.schemas import PersonInput, PlaceInput
from mapservice.team_office import service as teams
from mapservice.teams.models import Team
from mapservice.teams.windows import Window

SHOWN = 20  # obstacles that are named
FORMS = {Nature.PLACE: PlaceInput, Nature.PERSON: PersonInput}
TOO_LATE = "Đã quá 30 ngày: dữ liệu cũ không còn giữ để hoàn tác."
IN_THE_WAY = "Không hoàn tác được: đã có việc làm tiếp trên {count} hồ sơ ({codes})."


def undo(session: Session, actor: Actor, batch_id: UUID, version: int) -> ImportBatch:
    """Take a committed batch back, also where its records were submitted with it and wait. Raises
    Conflict naming the records that stand in the way: changed, submitted alone, decided on or used
    since, or too long ago."""
    batch = service.lock(session, actor, batch_id, version, (BatchStatus.COMMITTED,))
    submitting.require_idle(batch)
    rows = [row for row in session.scalars(queries.rows(batch.id)) if row.left_version]
    if batch.committed_at < datetime.now(UTC) - service.TAKEN_BACK:
        raise Conflict(TOO_LATE, code="import-old")
    require_free(session, rows)
    changed = [row for row in rows if row.fate is Fate.CHANGED]
    _restore(session, actor, changed)
    session.flush()
    session.execute(queries.HAND_BACK, {"rows": [row.id for row in changed]})
    made = [row for row in rows if row.made]
    _remove(session, made)
    batch.status, batch.undone_at = BatchStatus.UNDONE, datetime.now(UTC)
    batch.version += 1
    session.flush()
    lists.forget_cells(session, batch.id)
    detail = {"removed": len(made), "restored": len(changed)}
    about = {"table_name": service.TABLE, "record_id": batch.id, "detail": detail}
    audit.record(session, "import_undone", **about)
    return batch


def require_free(session: Session, rows: Sequence[ImportRow]) -> None:
    """Raise Conflict where a record is not as the import left it, or something refers to it."""
    ids = {"rows": [row.id for row in rows]}
    codes = session.scalars(queries.BUILT_ON, ids).all()
    if codes:
        shown = ", ".join(codes[:SHOWN]) + (" …" if len(codes) > SHOWN else "")
        raise Conflict(IN_THE_WAY.format(count=len(codes), codes=shown), code="built-on")


def _remove(session: Session, made: Sequence[ImportRow]) -> None:
    ids = {
        "addresses": [row.address_id for row in made if row.address_id],
        "teams": [row.team_id for row in made if row.team_id],
    }
    try:
        session.execute(queries.REMOVE_NEEDS, ids)
        session.execute(queries.REMOVE_ADDRESSES, ids)
        session.execute(queries.REMOVE_TEAMS, ids)
    except IntegrityError as error:  # something refers to one of them that BUILT_ON does not know
        raise Conflict(IN_THE_WAY.format(count=1, codes="…"), code="built-on") from error
    session.expire_all()


def _restore(session: Session, actor: Actor, changed: Sequence[ImportRow]) -> None:
    for start in range(0, len(changed), STRETCH):
        part = changed[start : start + STRETCH]
        cells = lists.open_cells(session, [row.id for row in part])
        if len(cells) < len(part):
            raise Conflict(TOO_LATE, code="import-old")
        before = {row.team_id or row.address_id: cells[row.id].content["before"] for row in part}
        for row in part:
            if row.team_id:
                team = session.get_one(Team, row.team_id)
                _restore_team(session, actor, team, before[team.id])
        _restore_addresses(session, actor, {row.address_id for row in part} & before.keys(), before)


def _restore_addresses(
    session: Session, actor: Actor, ids: Collection[UUID], before: Mapping[UUID, Mapping]
) -> None:
    addresses = list(session.scalars(queries.stored(Address, ids))) if ids else []
    needed = needs.of_addresses(session, ids)
    given: dict[Nature, list[Change]] = {}
    for address in addresses:
        old = before[address.id]
        values = FORMS[address.nature]().load(old["typed"]) | CONFIRMED
        values[spots.ESTIMATED] = old.get(spots.ESTIMATED, False)
        values |= PRIVATE[address.nature](old["private"])
        wanted = _needs_before(needed[address.id], old["needs"])
        change = Change(address, address.version, values, wanted)
        given.setdefault(address.nature, []).append(change)
    for nature, changes in given.items():
        MANY[nature](session, actor, changes)
    # Given with the others it would ask whether the person moved.
    points = [(each, before[each.id]["private"].get("point")) for each in addresses]
    sealed = [(each, {"point": tuple(map(float, p.split()))}) for each, p in points if p]
    if sealed:
        disclosure.change_many(session, sealed)


def _contact(sealed: Mapping) -> dict[str, object]:
    """The contact of a place as its form gives it."""
    if not sealed:
        return {contacts.REMOVE: True}
    told = {name: sealed.get(field) for field, name in contacts.TYPED.items()}
    return told | {contacts.OFFICE_LINE: sealed.get("office_line", False)}


def _person(sealed: Mapping) -> dict[str, object]:
    """All that is sealed of a person but the point, as its form gives it."""
    born = sealed.get("birth_year")
    told = {name: sealed.get(name) for name in persons.PRIVATE}
    return told | {"opened": True, "birth_year": int(born) if born else None}


PRIVATE = {Nature.PLACE: _contact, Nature.PERSON: _person}


def _needs_before(stored: Sequence[Need], before: Mapping) -> list[dict]:
    """Each need as it was; one that came with the import is taken out."""
    wanted = []
    for need in stored:
        known = {"id": need.id, "version": need.version}
        old = before.get(str(need.id))
        if old is None:
            wanted.append(known | {"remove": True})
        else:
            days = {name: _day(old[name]) for name in ("wanted_from", "wanted_until")}
            quantity = {"quantity": float(old["quantity"])}
            wanted.append(old | days | quantity | known | {"remove": False})
    return wanted


def _restore_team(session: Session, actor: Actor, team: Team, before: Mapping) -> None:
    values = dict(before["typed"]) | {
        "position": tuple(before["typed"]["position"]),
        "available": [Window(_day(a), _day(b)) for a, b in before["typed"]["available"]],
        "radius_km": Decimal(before["typed"]["radius_km"]),
        "version": team.version,
        **NO_CONTACT,
    }
    teams.change(session, actor, team.public_code, values)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
