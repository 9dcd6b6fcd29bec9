"""A row beside the record it speaks of: what it would change, and the values that change it.

A sheet changes what it says something of; an empty cell says nothing. What is sealed is compared in
memory (`disclosure.lists`), so of it only the name of a field is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.models import Organisation, UserAccount
from mapservice.addresses.models import Address, Nature
from mapservice.disclosure import lists
from mapservice.disclosure.vault import PERSONS, PLACES
from mapservice.imports.values import Reading
from mapservice.needs.models import Need
from mapservice.registration import contacts, needs, persons, places, queries, spots
from mapservice.team_office import pages as team_pages
from mapservice.teams import queries as team_queries
from mapservice.teams import windows
from mapservice.teams.models import Team
from mapservice.territory import service as territory
from mapservice.territory.names import fold

Record = Address | Team
Values = Mapping[str, object]
NEED = "need"  # names all that a row says of its need
FORMS = {Nature.PLACE: places, Nature.PERSON: persons}
POINT = frozenset({"lat", "lng"})
# An import never changes who leads a team that is registered, nor how to reach them.
NO_CONTACT = {"leader_name": None, "leader_phone": None, "contact_consent": False}
# Asked for at each registering, and kept apart from the record.
NOT_COMPARED = frozenset({"consent_register", "consent_share", "channel", "ground", "reason"})


@dataclass(slots=True)
class Change:
    """What a row would change of a record: `fields` {name: old value, None of what is sealed}.

    `values` and `wanted` are what the service takes to do it, made of the record's `version`.
    """

    version: int
    fields: dict[str, object]
    values: dict[str, object] = field(repr=False)
    wanted: list[Values] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored in clear of some records, by their ids: as their forms give it, and needs.

    `inside`: whether a commune lies in another, as far as it was asked.
    """

    typed: Mapping[UUID, dict[str, object]] = field(repr=False)
    needs: Mapping[UUID, list[Need]] = field(repr=False)
    inside: dict[tuple[str, str], bool] = field(default_factory=dict)


def load(session: Session, records: Sequence[Record]) -> Stored:
    """Ask for what rows are compared with, of several records at once."""
    addresses = {each.id: each for each in records if isinstance(each, Address)}
    known = needs.of_addresses(session, addresses)
    found: dict[UUID, dict[str, object]] = {}
    for nature, form in FORMS.items():
        here = [each for each in addresses.values() if each.nature is nature]
        found |= form.typed_all(session, here) if here else {}
    return Stored(found | {t.id: _team(session, t) for t in records if isinstance(t, Team)}, known)


def change(session: Session, record: Record, reading: Reading, beside: Stored) -> Change:
    """What this row changes, leaving out what is sealed (`sealed` tells of it)."""
    stored = beside.typed[record.id]
    told = {"available" if name.startswith(("from_", "until_")) else name for name in reading.given}
    given = {name for name in told if name in stored and name not in NOT_COMPARED}
    given -= _known_place(session, reading, stored, beside.inside)
    differing = {n for n in given if not _same(n, stored[n], reading.values[n])}
    if differing & {*POINT, "position"} and reading.values["commune"] != stored["commune"]:
        differing.add("commune")  # elsewhere in it, the former commune may be another one
    said = {n: v for n, v in reading.values.items() if n in told and n not in stored}
    values = {**reading.values, **stored, **said, **{n: reading.values[n] for n in differing}}
    if isinstance(record, Team):
        values |= NO_CONTACT
    if differing & POINT:
        values |= {name: reading.values[name] for name in POINT}
    fields = {name: stored[name] for name in sorted(differing)}
    if "commune" in fields:
        fields["commune"] = territory.find_unit(session, str(stored["commune"])).name
    wanted = _needs(beside.needs[record.id], reading) if isinstance(record, Address) else []
    if wanted:
        fields[NEED] = None
    return Change(record.version, fields, values, wanted)


def sealed(
    session: Session, nature: Nature, given: Mapping[UUID, Reading]
) -> dict[UUID, frozenset[str]]:
    """Of each record which sealed fields its row would change, by their names in the row."""
    names = {name: name for name in persons.PRIVATE}
    if nature is Nature.PLACE:
        names = {typed: field.value for field, typed in contacts.TYPED.items()}
    vault = PLACES if nature is Nature.PLACE else PERSONS
    asked = {
        record: {own: reading.values[name] for name, own in names.items() if name in reading.given}
        for record, reading in given.items()
    }
    found = lists.differing(session, vault.table, {r: v for r, v in asked.items() if v})
    told = {own: name for name, own in names.items()}
    return {record: frozenset(told[own] for own in owns) for record, owns in found.items()}


def leave_sealed(row: Change, nature: Nature) -> None:
    """Where nothing that is sealed differs, it is not sealed anew."""
    names = contacts.TYPED.values() if nature is Nature.PLACE else persons.PRIVATE
    row.values |= dict.fromkeys(names)


def _team(session: Session, team: Team) -> dict[str, object]:
    organisation = session.get_one(Organisation, team.organisation_id)
    leader = session.get(UserAccount, team.leader_id) if team.leader_id else None
    plain = (
        "kind", "name", "people", "max_concurrent", "vehicles", "skills", "languages",
        "base_public", "radius_km",
    )  # fmt: skip
    return {name: getattr(team, name) for name in plain} | {
        "organisation": organisation.code,
        "leader": leader.login if leader else None,
        "commune": team_pages.commune_key(session, team),
        "position": tuple(session.execute(team_queries.coordinates(team.id)).one()),
        "available": windows.read(team.available_during),
    }


def _same(name: str, stored: object, given: object) -> bool:
    if name in POINT:
        return stored is not None and abs(float(stored) - float(given)) < spots.SAME_DEGREES
    if isinstance(stored, list) or isinstance(given, list):
        return sorted(stored or (), key=str) == sorted(given or (), key=str)
    if isinstance(given, float) and stored is not None:
        return float(stored) == given
    return stored == given


def _known_place(
    session: Session, reading: Reading, stored: Values, inside: dict[tuple[str, str], bool]
) -> frozenset[str]:
    """What the row says of where it lies that is known as well or better: the commune, when its
    words may mean the stored one of either era, and the point that it only estimates."""
    known = str(stored["commune"])
    meant = {str(reading.values["commune"]), reading.today} - {None}
    if not any(_holds(session, key, known, inside) for key in meant):
        return frozenset()
    told = reading.given & {*POINT, "position"}
    pointed = bool(told) and not reading.estimated
    return frozenset({"commune"} if pointed else {*POINT, "commune", "position"})


def _holds(session: Session, key: str, known: str, inside: dict[tuple[str, str], bool]) -> bool:
    """Whether a commune is, or wholly holds, the stored one."""
    if key != known and (key, known) not in inside:
        unit, held = territory.find_unit(session, key), territory.find_unit(session, known)
        inside[key, known] = unit.id in session.scalars(queries.containers(held.id)).all()
    return key == known or inside[key, known]


def _needs(stored: Sequence[Need], reading: Reading) -> list[Values]:
    """The row's need as the service takes it; none where it is stored so already. Of a stored one
    an empty cell changes nothing."""
    if not reading.need:
        return []
    for known in stored:
        if not _is_need(known, reading.need):
            continue
        typed = needs.typed(known)
        said = {n: reading.need[n] for n in typed.keys() & reading.need_given}
        if all(_same(name, typed[name], value) for name, value in said.items()):
            return []
        return [reading.need | typed | said | {"id": known.id, "version": known.version}]
    return [reading.need]


def _is_need(known: Need, wanted: Values) -> bool:
    """One category and, of a place, one title."""
    if known.category != wanted["category"]:
        return False
    return known.nature is Nature.PERSON or known.title_folded == fold(str(wanted["title"]))
