"""Texts of a place that everybody reads as soon as they are saved.

What reads like a person in them is refused, until who may review called it harmless on the page.
A text that was public before and stays as it is, is not asked about again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from marshmallow import ValidationError
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, AddressStatus
from mapservice.needs.models import OPEN, NeedStatus
from mapservice.registration import needs, queries, records
from mapservice.registration.schemas import NeedInput, PlaceInput
from mapservice.registration.sheet import Sheet, numbers_in
from mapservice.screening import service as screening
from mapservice.screening.service import Passage, Screened

Values = Mapping[str, object]
PUBLIC = (*OPEN, NeedStatus.MET)
SHAPES = {"address": PlaceInput, "need": NeedInput}


@dataclass(frozen=True, slots=True)
class Told:
    """A text of the form in which something was found; `public`: it holds the save back."""

    text: Screened
    public: bool


def passages(session: Session, address: Address) -> list[Passage]:
    """The texts that are public now; of a person none."""
    return passages_all(session, [address])


def passages_all(session: Session, addresses: Sequence[Address]) -> list[Passage]:
    """As `passages`, of several addresses."""
    needed = needs.of_addresses(session, [address.id for address in addresses])
    shown = []
    for address in addresses:
        public = [need for need in needed[address.id] if need.status in PUBLIC]
        written = screening.passages(address, public)
        published = address.status is AddressStatus.PUBLISHED
        shown += [text for text in written if published or text.record_id != address.id]
    return shown


def require_ticked(
    session: Session, address: Address, before: Sequence[Passage], wanted: Sequence[Values]
) -> None:
    """Raise Invalid at the public texts that are not as `before` and hold what nobody ticked;
    ticks of what was written over end.

    `wanted`: the needs as they were given, by whose order errors are named.
    """
    require_all_ticked(session, [(address, wanted)], before)


def require_all_ticked(
    session: Session, given: Sequence[tuple[Address, Sequence[Values]]], before: Sequence[Passage]
) -> None:
    """As `require_ticked`, of several addresses."""
    addresses, kept = [address for address, _ in given], set(before)
    changed = [text for text in passages_all(session, addresses) if text not in kept]
    numbers = {each["id"]: number for _, wanted in given for number, each in enumerate(wanted)}
    screening.require_ticked(session, [_named(text, numbers) for text in changed])
    needed = needs.of_addresses(session, [address.id for address in addresses])
    written = [text for each in addresses for text in screening.passages(each, needed[each.id])]
    screening.lapse(session, written)


def told(session: Session, address: Address, sheet: Sheet) -> list[Told]:
    """What in the texts of a form somebody should look at before they are public."""
    public = {passage.record_id for passage in passages(session, address)}
    return [
        Told(text, text.passage.record_id in public)
        for text in screening.screen(session, _typed(session, address, sheet))
        if text.unticked
    ]


def tick(session: Session, actor: Actor, code: str, sheet: Sheet) -> None:
    """Call what was ticked on the page harmless, ahead of saving its texts.

    Raises NotFound and Forbidden for who may not review.
    """
    address = records.find(session, actor, code, lock=True)
    rights.permit(
        session,
        actor,
        Action.REVIEW,
        address.unit_ids,
        table="address",
        record_id=address.id,
    )
    written = _typed(session, address, sheet)
    screening.tick(session, actor, address, written, sheet.frame["harmless"])


def _typed(session: Session, address: Address, sheet: Sheet) -> list[Passage]:
    """The texts of the form as they would be stored, of the address and its needs that exist."""
    given = sheet.form.given
    known = {str(need.id): need for need in session.scalars(queries.needs_of(address.id))}
    shown = {
        known[key].id: number
        for number in numbers_in(given)
        if (key := given.get(needs.name(number, "id"))) in known
    }
    written = screening.passages(address, [need for need in known.values() if need.id in shown])
    named = [_named(passage, shown) for passage in written]
    return [replace(p, text=_stored(p, given.get(p.path, ""))) for p in named]


def _named(passage: Passage, numbers: Mapping[UUID, int]) -> Passage:
    """The passage with its path as the form names it."""
    number = numbers.get(passage.record_id)
    path = passage.field if number is None else needs.name(number, passage.field)
    return replace(passage, path=path)


def _stored(passage: Passage, text: str) -> str:
    """A typed text in the form in which it is kept; as it is where it cannot be."""
    try:
        return SHAPES[passage.table]().fields[passage.field].deserialize(text.strip())
    except ValidationError:
        return text
