"""Whom a team visits: told to its leader while the team holds the work, each time recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, Nature
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.entry import Field
from mapservice.disclosure.models import PlaceContact
from mapservice.errors import Conflict, Forbidden
from mapservice.matching import service as matching
from mapservice.team_office import queries

WORDS = {
    Field.NAME: "Họ tên",
    Field.ROLE: "Chức vụ",
    Field.PHONE: "Điện thoại",
    Field.DOOR: "Số nhà, lối vào",
    Field.HAMLET: "Thôn, tổ dân phố",
}
OF_PERSON = (Field.NAME, Field.PHONE, Field.DOOR, Field.HAMLET)
OF_PLACE = (Field.NAME, Field.ROLE, Field.PHONE)
NOT_NOW = (
    "Chỉ xem được khi đội đã nhận việc và đang làm; với người dân, khi họ đã đồng ý cho đội biết. "
    "Hãy hỏi cán bộ phụ trách."
)
NOBODY = "Nơi này chưa ghi người liên hệ. Hãy hỏi cán bộ phụ trách."


@dataclass(frozen=True, slots=True)
class Visited:
    """(what, value) to call and to find; `phone` to be dialled. None of it is for a log."""

    lines: Sequence[tuple[str, str]] = field(repr=False)
    phone: str | None = field(repr=False)


def whom(session: Session, actor: Actor, assignment: UUID, reason: str | None) -> Visited:
    """Who answers at the place, or who the person is and where, as `disclosure` decides.

    The caller commits before showing it. Raises NotFound for another's assignment, Forbidden for
    work the team does not hold (any more), Conflict for a place without a contact, Invalid where
    a reason is asked for.
    """
    rights.require(actor, Action.ANSWER_PROPOSALS)
    matching.own(session, actor.id, assignment)
    address = session.scalars(queries.address_of(assignment)).one()
    person = address.nature is Nature.PERSON
    if not person and session.get(PlaceContact, address.id) is None:
        raise Conflict(NOBODY, code="no-contact")
    show = disclosure.reveal if person else disclosure.reveal_place_contact
    names = OF_PERSON if person else OF_PLACE
    try:
        shown = show(session, actor.account, address.id, names, reason)
    except Forbidden as refusal:
        if refusal.code != "fields":
            raise
        raise Forbidden(NOT_NOW, code="not-held") from refusal
    return _told(address, {name: shown.values[name] for name in names})


def _told(address: Address, values: Mapping[Field, object]) -> Visited:
    lines = [(WORDS[name], str(value)) for name, value in values.items() if value]
    if address.sensitive:  # what else is told of it nowhere
        lines = [("Địa điểm", str(address.title)), *lines]
        lines += [(WORDS[Field.HAMLET], address.hamlet)] if address.hamlet else []
    phone = values.get(Field.PHONE)
    return Visited(lines, str(phone) if phone else None)
