"""Two people changed one address or its needs: `conflicts`, for the form of an address.

Needs are told apart by their ids, whatever number each stands under; what is sealed of a person
or a contact is compared where the actor may see it, else only that it was typed.
"""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from mapservice import conflicts
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.conflicts import HIDDEN, MINE, THEIRS, Difference, Words, digest, plain, spelled
from mapservice.disclosure.entry import Field
from mapservice.errors import Forbidden, Invalid
from mapservice.needs.models import Need
from mapservice.registration import contacts, needs, persons, places, queries
from mapservice.registration.sheet import Sheet

CONTACT = contacts.TYPED[Field.NAME]  # the field that stands for the whole contact
# What is sealed of a person, and the fields of the form that hold it.
SEALED = {name: (name,) for name in persons.PRIVATE} | {Field.POINT.value: ("lat", "lng")}
Values = Mapping[str, object]


def stored(session: Session, actor: Actor, address: Address) -> dict[str, object]:
    """What is in clear of a record and those of its needs that this actor may change, by the names
    of the form; numbers of needs follow their age."""
    of = places if address.nature is Nature.PLACE else persons
    values = of.typed(session, address)
    open_needs = (
        n for n in session.scalars(queries.needs_of(address.id)) if needs.editable(actor, n)
    )
    for number, need in enumerate(open_needs):
        values |= need_values(number, need)
    return values


def need_values(number: int, need: Need) -> dict[str, object]:
    """One need's values by the names of the form, with its id and version."""
    values = needs.typed(need) | {"id": need.id, "version": need.version}
    return {needs.name(number, name): value for name, value in values.items()}


def compare(
    session: Session, actor: Actor, address: Address, sheet: Sheet, words: Words
) -> list[Difference]:
    """The fields in which the form and the stored record differ, in the form's order."""
    theirs = _aligned(session, address, sheet)
    found = conflicts.compare(_mine(sheet), theirs, str(sheet.frame["seen"]), words)
    sealed = _contact if address.nature is Nature.PLACE else _private
    return found + sealed(session, actor, address, sheet)


def take_theirs(
    session: Session, actor: Actor, address: Address, sheet: Sheet, given: MultiDict
) -> MultiDict:
    """The form with the stored text in every field of which their version was chosen.

    Raises as `persons.opened` where that is sealed and has to be written again.
    """
    changed = conflicts.take_theirs(given, sheet.takes, _aligned(session, address, sheet))
    if sheet.takes.get(CONTACT) == THEIRS:  # one choice for all that is said of it
        for name in contacts.NAMES:
            changed.poplist(name)
    if address.nature is Nature.PERSON:
        sealed = [n for n, choice in sheet.takes.items() if choice == THEIRS and n in SEALED]
        _take_sealed(session, actor, address, sealed, changed)
    return changed


def undecided(sheet: Sheet) -> bool:
    """Whether a field that both changed is still to be chosen."""
    return conflicts.undecided(sheet.takes, sheet.frame["clash"])


def renewed(session: Session, actor: Actor, address: Address, sheet: Sheet) -> MultiDict:
    """The form with today's versions: needs somebody removed become new ones, needs somebody
    added stand at its end."""
    given = MultiDict(sheet.form.given.items(multi=True))
    given["version"] = str(address.version)
    given.poplist("act")
    known = {need.id: need for need in session.scalars(queries.needs_of(address.id))}
    shown = set()
    for number in sheet.numbers:
        named = _uuid(given.get(needs.name(number, "id")))
        shown.add(named)
        if named in known:
            given[needs.name(number, "version")] = str(known[named].version)
        else:
            given.poplist(needs.name(number, "id"))
            given.poplist(needs.name(number, "version"))
    for number, need in enumerate(
        (n for key, n in known.items() if key not in shown and needs.editable(actor, n)),
        max(sheet.numbers, default=-1) + 1,
    ):
        for name, value in need_values(number, need).items():
            given.setlist(name, spelled(value))
    return given


def _mine(sheet: Sheet) -> dict[str, object]:
    values = dict(sheet.form.values)
    for number, wanted in zip(sheet.numbers, sheet.wanted, strict=True):
        values |= {needs.name(number, name): value for name, value in wanted.items()}
    return values


def _aligned(session: Session, address: Address, sheet: Sheet) -> dict[str, object]:
    """What is stored, its needs under the numbers that the form gives them."""
    of = places if address.nature is Nature.PLACE else persons
    values = of.typed(session, address)
    known = {need.id: need for need in session.scalars(queries.needs_of(address.id))}
    for number in sheet.numbers:
        need = known.get(_uuid(sheet.form.given.get(needs.name(number, "id"))))
        if need is not None:
            shown = needs.typed(need)
            values |= {needs.name(number, name): value for name, value in shown.items()}
    return values


def _contact(session: Session, actor: Actor, place: Address, sheet: Sheet) -> list[Difference]:
    """The contact that was typed, where somebody wrote another one since the page was opened."""
    mine = contacts.typed(sheet.form.values)
    opened = conflicts.opened(str(sheet.frame["seen"])).get(contacts.MARK)
    if mine is None or opened == digest(contacts.mark(session, place)[contacts.MARK]):
        return []
    theirs = contacts.shown(session, actor, place)
    return [] if theirs == mine else [Difference(CONTACT, mine, theirs or HIDDEN, "")]


def _private(session: Session, actor: Actor, address: Address, sheet: Sheet) -> list[Difference]:
    """Private fields that were typed and differ from the sealed ones, where the actor may see
    them; else only that they were typed."""
    mine = {name: _together(sheet.form.values, name) for name in SEALED}
    given = {
        name: value for name, value in mine.items() if value or sheet.form.values.get("opened")
    }
    if not given:
        return []
    try:
        theirs = persons.opened(session, actor, address, sheet.form.values.get("reason"))
    except (Forbidden, Invalid):
        theirs = None
    return [
        Difference(
            name,
            value,
            HIDDEN if theirs is None else _together(theirs, name),
            MINE if theirs is None else "",
        )
        for name, value in given.items()
        if theirs is None or _together(theirs, name) != value
    ]


def _together(values: Values, name: str) -> str:
    """A sealed value in one spelling; a point as "latitude, longitude"."""
    parts = [values.get(part) for part in SEALED[name]]
    if len(parts) == 1:
        return plain(parts[0])
    return "" if None in parts else ", ".join(f"{float(part):.6f}" for part in parts)


def _take_sealed(
    session: Session, actor: Actor, address: Address, names: list[str], changed: MultiDict
) -> None:
    """Leave these to what is stored: a form that shows nothing sealed keeps what it leaves out,
    one that shows all of it (`opened`) would erase that, and is given it again."""
    shown: Values = {}
    if names and changed.get("opened"):
        shown = persons.opened(session, actor, address, changed.get("reason"))
    for part in (part for name in names for part in SEALED[name]):
        changed.poplist(part)
        if part in shown:
            changed.setlist(part, spelled(shown[part]))


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
