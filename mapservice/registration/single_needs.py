"""One need by itself: added to an address, or changed. Flushes; the caller commits.

What is given has passed a schema; what a need of this nature may hold is judged here.
"""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.errors import Conflict, DomainError
from mapservice.needs import service as reading
from mapservice.needs.models import Need
from mapservice.registration import needs, public_texts, queries, records
from mapservice.registration.schemas import NeedInput, PersonNeedInput

Values = Mapping[str, object]
SHAPES = {Nature.PLACE: NeedInput, Nature.PERSON: PersonNeedInput}


def add(session: Session, actor: Actor, code: str, given: Values) -> Need:
    """A new need of the address with this code, as a draft, wherever the address has come to:
    it is submitted and verified by itself. The address is another version after it.

    Raises NotFound, Conflict (the address has ended), Invalid or ValidationError naming fields.
    """
    address = records.find(session, actor, code, lock=True)
    records.require_live(address)
    made = _write(session, actor, address, given)
    records.store(session, address, "change", [])
    return made


def begun(session: Session, actor: Actor, code: str) -> tuple[Address, Need]:
    """A need that was not sent yet, or came back, with its address.

    Raises NotFound, Conflict for one that is further (its address's form, or an officer, changes
    it).
    """
    shown = reading.read(session, actor, code)
    address = records.find(session, actor, shown["address"])
    records.require_live(address)
    found = {need.id: need for need in session.scalars(queries.needs_of(address.id))}
    need = found.get(shown["id"])
    if need is None or need.status not in needs.BEGUN:
        raise Conflict(needs.NOT_NOW, code="status")
    return address, need


def change(session: Session, actor: Actor, code: str, version: int, given: Values) -> Need:
    """Change what is given of a need, if nobody did since `version` was shown.

    Raises as `add`; Conflict `stale` for another version; Invalid `names-found` at a
    public text that reads as if it named somebody.
    """
    shown = reading.read(session, actor, code)
    address = records.find(session, actor, shown["address"], lock=True)
    known = {need.id: need for need in session.scalars(queries.needs_of(address.id))}
    if shown["id"] not in known:
        raise Conflict(needs.NOT_NOW, code="status")
    need = known[shown["id"]]
    named = {"id": need.id, "version": version}
    if needs.stale(session, address.id, [named]):
        raise records.stale()
    _write(session, actor, address, needs.typed(need) | dict(given) | named)
    # Who verifies the address answers for its needs: what was read is another version now.
    records.store(session, address, "change", [])
    return need


def _write(session: Session, actor: Actor, address: Address, given: Values) -> Need | None:
    # None where the need was removed, or nothing of it differs.
    values = SHAPES[address.nature]().load(given)
    before = public_texts.passages(session, address)
    try:
        written = needs.write(session, actor, address, [values])
        public_texts.require_ticked(session, address, before, [values])
    except DomainError as refusal:
        prefix = needs.name(0, "")
        refusal.fields = {n.removeprefix(prefix): said for n, said in refusal.fields.items()}
        raise
    return written[0] if written else None
