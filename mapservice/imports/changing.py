"""Rows that change a stored record: what was there is kept for an undo, then they are written many
at a time; where one of them is refused its stretch is done row by row. Flushes."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.disclosure import lists
from mapservice.disclosure.entry import Field
from mapservice.disclosure.lists import Cells
from mapservice.disclosure.vault import PERSONS, PLACES
from mapservice.imports import comparing, consents, fates
from mapservice.imports.attempts import (
    CONFIRMED,
    STRETCH,
    WRITING,
    Left,
    together_or_apart,
)
from mapservice.imports.comparing import Record
from mapservice.imports.fates import Report, Row
from mapservice.imports.fields import Kind
from mapservice.imports.keeping import Shown
from mapservice.registration import contacts, many_changes, needs, spots
from mapservice.registration import service as registration
from mapservice.registration.consents import PROVED
from mapservice.registration.many_changes import Change
from mapservice.team_office import service as teams
from mapservice.teams.models import Team

ONE = {Nature.PLACE: registration.change_place, Nature.PERSON: registration.change_person}
MANY = {Nature.PLACE: many_changes.change_places, Nature.PERSON: many_changes.change_persons}
Before = dict[str, object]


def write(
    session: Session,
    actor: Actor,
    kind: Kind,
    rows: Sequence[Row],
    shown: Mapping[int, Shown],
    report: Report,
) -> dict[int, Left]:
    """Change the records of these rows, and keep what an undo has to write again as their cells;
    row -> its record as it was left, those refused left out."""
    changed: dict[int, Left] = {}
    for start in range(0, len(rows), STRETCH):
        report(WRITING, start, len(rows))
        part = rows[start : start + STRETCH]
        known = fates.records_of(session, kind, part)
        part = [row for row in part if row.record in known]
        before = _before(session, list(known.values()))
        given = [_change(row, known[row.record], before[row.record]) for row in part]
        done = _write_stretch(session, actor, part, given) if given else {}
        told = ((row, before[done[row.number].id]) for row in part if row.number in done)
        lists.keep_cells(
            session,
            (Cells(shown[row.number].id, {"before": was}, row.fingerprint) for row, was in told),
        )
        changed |= done
    return changed


def _write_stretch(
    session: Session, actor: Actor, rows: Sequence[Row], given: Sequence[Change]
) -> dict[int, Left]:
    is_team = isinstance(given[0].record, Team)
    together = None if is_team else partial(_all, session, actor, given)
    apart = [partial(_one, session, actor, change) for change in given]
    return together_or_apart(session, rows, together, apart)


def _all(session: Session, actor: Actor, given: Sequence[Change]) -> list[Record]:
    MANY[given[0].record.nature](session, actor, given)
    return [change.record for change in given]


def _one(session: Session, actor: Actor, change: Change) -> Record:
    record, version, values, wanted = change
    if isinstance(record, Team):
        return teams.change(session, actor, record.public_code, values | {"version": version})
    act = ONE[record.nature]
    return act(session, actor, record.public_code, version, values, wanted)


def _change(row: Row, record: Record, before: Before) -> Change:
    """What the record gets, of the version that it was compared in."""
    version, values = row.change.version, dict(row.change.values)
    if isinstance(record, Team):
        return Change(record, version, values, ())
    values |= CONFIRMED
    sealed = before["private"]
    if record.nature is Nature.PERSON:
        _keep_note(row, values, sealed.get(Field.NOTE.value))
    elif values[contacts.TYPED[Field.NAME]]:
        # A contact is written as a whole; what the sheet does not say of it stays.
        stays = {name: sealed.get(field) for field, name in contacts.TYPED.items()}
        values |= {n: kept for n, kept in stays.items() if n not in row.reading.given and kept}
    return Change(record, version, values, row.change.wanted)


def _keep_note(row: Row, values: dict[str, object], note: str | None) -> None:
    """A sheet without a word for the note leaves what stands there, and adds the evidence of a
    consent that is not among it."""
    evidence = row.reading.evidence
    values[PROVED] = evidence is not None and evidence in (note or "").splitlines()
    if "note" in row.reading.given:
        return
    values["note"] = None
    if evidence and not values[PROVED]:
        values["note"] = note
        consents.add_line(values, evidence)


def _before(session: Session, known: Sequence[Record]) -> dict[UUID, Before]:
    """Records as they are, to be sealed among their rows' cells as long as there is an undo."""
    stored = comparing.load(session, known)
    before: dict[UUID, Before] = {key: {"typed": of} for key, of in stored.typed.items()}
    for nature, vault in ((Nature.PLACE, PLACES), (Nature.PERSON, PERSONS)):
        here = [each for each in known if isinstance(each, Address) and each.nature is nature]
        sealed = lists.remember(session, vault.table, [each.id for each in here]) if here else {}
        for each in here:
            before[each.id] |= {
                spots.ESTIMATED: each.point_estimated,
                "private": sealed.get(each.id, {}),
                "needs": {str(need.id): needs.typed(need) for need in stored.needs[each.id]},
            }
    return before
