"""Needs of an address as they are typed: added, changed, removed. Flushes; the caller commits.

A removed need is withdrawn: it stays in the history, and `review.undo` brings it back.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert, inspect
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts.models import Role
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid
from mapservice.needs import freshness
from mapservice.needs.models import Need, NeedCategory, NeedStatus
from mapservice.registration import queries

Values = Mapping[str, object]
BEGUN = frozenset({NeedStatus.DRAFT, NeedStatus.RETURNED})
OFFICERS = BEGUN | {
    NeedStatus.SUBMITTED,
    NeedStatus.VERIFIED,
    NeedStatus.PUBLISHED,
    NeedStatus.MATCHED,
    NeedStatus.IN_PROGRESS,
    NeedStatus.PARTLY_MET,
    NeedStatus.EXPIRED,
}
EDITABLE = {Role.REGISTRAR: BEGUN, Role.OFFICER: OFFICERS, Role.ADMIN: OFFICERS}
PLAIN = ("category", "quantity", "parts", "together", "people_in_all", "people_per_part", "skills",
         "urgency")  # fmt: skip
PLACES_OWN = ("title", "description", "helps_people", "concerns")
KEPT = frozenset({"address_id", "nature", "registered_by", "status", "version"})  # by a change
REMOVED = "removed"  # the code of the reason
FEW = (
    "Việc này giúp dưới 10 người và liên quan đến sức khỏe, khuyết tật hoặc trẻ em: nêu ở một địa "
    "điểm thì người quanh đó biết là ai. Hãy đăng ký từng người ở mục “Cá nhân, hộ gia đình” (hồ "
    "sơ được bảo vệ, không hiện trên bản đồ)."
)
GONE = "Nhu cầu này không còn: ai đó đã bỏ."
NOT_NOW = "Nhu cầu này đang ở bước bạn không sửa được."
NOT_REMOVED = "Nhu cầu đã gửi duyệt thì không bỏ ở đây: hãy rút ở trang hồ sơ."


def name(number: int, field: str) -> str:
    """The form's name of a need's field; `number` is its place on the page, from 0."""
    return f"needs-{number}-{field}"


def write(session: Session, actor: Actor, address: Address, needs: Sequence[Values]) -> list[Need]:
    """Add, change or remove these needs of an address; those not named stay as they are.

    Raises Invalid or Conflict naming `needs-N-field`.
    """
    known = _known(session, [address.id])
    words = _words(session)
    written = []
    for number, values in enumerate(needs):
        need = _named(known, address, number, values)
        if values["remove"]:
            _remove(session, number, need)
            continue
        if need is None:
            need = _begun(address, actor.id)
        elif not _changes(actor, number, need, values):
            continue
        _fill(number, need, address, values, words)
        _store(session, number, need)
        written.append(need)
    freshness.fall_due_sooner(session, address, written)
    return written


def write_many(
    session: Session, actor: Actor, wanted: Sequence[tuple[Address, Sequence[Values]]]
) -> None:
    """As `write`, of several addresses, in one statement for those that are new and one for those
    that change; what the database refuses does not say at whose field."""
    wanted = [(address, needs) for address, needs in wanted if needs]
    if not wanted:
        return
    known, words = _known(session, [address.id for address, _ in wanted]), _words(session)
    new, again = [], []
    for address, needs in wanted:
        written = []
        for number, values in enumerate(needs):
            need = _named(known, address, number, values)
            if values["remove"]:
                _remove(session, number, need)
            elif need is None:
                new.append(_apart(number, _begun(address, actor.id), address, values, words))
                written.append(new[-1])
            elif _changes(actor, number, need, values):
                again.append(_apart(number, need, address, values, words))
                written.append(again[-1])
        freshness.fall_due_sooner(session, address, written)
    _store_many(session, new, again)


def editable(actor: Actor, need: Need) -> bool:
    """Whether this role may change a need in its state."""
    return need.status in EDITABLE.get(actor.role, frozenset())


def stale(session: Session, address_id: UUID, needs: Sequence[Values]) -> bool:
    """Whether somebody changed or removed one of these needs since its version was shown."""
    return any_stale(session, {address_id: needs})


def any_stale(session: Session, wanted: Mapping[UUID, Sequence[Values]]) -> bool:
    """As `stale`, of the needs of several addresses by their ids."""
    named = [
        ((address_id, values["id"]), values["version"])
        for address_id, needs in wanted.items()
        for values in needs
        if values["id"]
    ]
    known = _known(session, {address_id for (address_id, _), _ in named}) if named else {}
    return any(key not in known or known[key].version != version for key, version in named)


def typed(need: Need) -> dict[str, object]:
    """A need's values as its form gives them."""
    days = need.wanted_during
    values: dict[str, object] = {field: getattr(need, field) for field in PLAIN}
    values["wanted_from"] = days.lower if days else None
    values["wanted_until"] = days.upper - timedelta(days=1) if days and days.upper else None
    if need.nature is Nature.PLACE:
        values |= {field: getattr(need, field) for field in (*PLACES_OWN, "unit")}
    return values


def of_addresses(session: Session, address_ids: Collection[UUID]) -> dict[UUID, list[Need]]:
    """The needs of these addresses that were not withdrawn, by address, the oldest first."""
    found: dict[UUID, list[Need]] = {address_id: [] for address_id in address_ids}
    for need in session.scalars(queries.needs_of_all(found)) if found else ():
        found[need.address_id].append(need)
    return found


def _known(session: Session, address_ids: Collection[UUID]) -> dict[tuple[UUID, UUID], Need]:
    """The needs of these addresses by their address and id."""
    found = session.scalars(queries.needs_of_all(address_ids))
    return {(need.address_id, need.id): need for need in found}


def _named(
    known: Mapping[tuple[UUID, UUID], Need], address: Address, number: int, values: Values
) -> Need | None:
    """The stored need that is meant; None where it is a new one."""
    if not values["id"]:
        return None
    need = known.get((address.id, values["id"]))
    if need is None:
        raise Conflict(GONE, code="stale", fields={name(number, "id"): [GONE]})
    return need


def _begun(address: Address, by: UUID) -> Need:
    return Need(
        address_id=address.id,
        nature=address.nature,
        status=NeedStatus.DRAFT,
        registered_by=by,
        version=0,
    )


def _changes(actor: Actor, number: int, need: Need, values: Values) -> bool:
    """Whether anything differs from what is stored; refuses a change that may not be made."""
    stored = typed(need)
    if all(_same(stored[field], values.get(field)) for field in stored if field != "unit") and (
        values.get("unit") in (None, stored.get("unit"))
    ):
        return False
    if not editable(actor, need):
        raise Conflict(NOT_NOW, code="status", fields={name(number, "category"): [NOT_NOW]})
    return True


def _same(stored: object, given: object) -> bool:
    if isinstance(stored, list) or isinstance(given, list):
        return sorted(stored or []) == sorted(given or [])
    if stored is None or given is None:
        return stored is given
    return float(stored) == float(given) if isinstance(given, float) else stored == given


@dataclass(frozen=True, slots=True)
class _Words:
    """What a need may be of and ask for, asked of the database once."""

    categories: Mapping[str, NeedCategory]
    skills: frozenset[str]


def _words(session: Session) -> _Words:
    categories = {category.code: category for category in session.scalars(queries.CATEGORIES)}
    return _Words(categories, frozenset(s.code for s in session.scalars(queries.SKILLS)))


def _apart(number: int, need: Need, address: Address, values: Values, words: _Words) -> Need:
    """The need as it will be, for a statement that writes many: none of the session's records."""
    kept = {"id": need.id or uuid4(), "status": need.status, "version": need.version + 1}
    owner = {"address_id": address.id, "nature": need.nature, "registered_by": need.registered_by}
    anew = Need(**kept, **owner)
    _fill(number, anew, address, values, words)
    return anew


def _fill(number: int, need: Need, address: Address, values: Values, words: _Words) -> None:
    category = words.categories.get(str(values["category"]))
    if category is None:
        sentence = "Chọn lĩnh vực trong danh sách."
        raise Invalid(sentence, fields={name(number, "category"): [sentence]})
    for field in PLAIN:
        setattr(need, field, values[field])
    begin, end = values["wanted_from"], values["wanted_until"]
    after = end + timedelta(days=1) if end else None
    need.wanted_during = Range(begin, after) if begin or after else None
    need.unit = category.unit
    if address.nature is Nature.PLACE:
        for field in PLACES_OWN:
            setattr(need, field, values[field])
        need.unit = values["unit"] or category.unit
        _require_many(number, need)
    if not set(need.skills) <= words.skills:
        sentence = "Chọn kỹ năng trong danh sách."
        raise Invalid(sentence, fields={name(number, "skills"): [sentence]})


def _require_many(number: int, need: Need) -> None:
    """The rule of CHECK few_are_persons, said before anybody submits what it would refuse."""
    few = need.helps_people is not None and need.helps_people < 10
    if few and (need.category == "health" or need.concerns):
        raise Invalid(FEW, code="few-are-persons", fields={name(number, "helps_people"): [FEW]})


def _remove(session: Session, number: int, need: Need | None) -> None:
    if need is None:
        return
    if need.status not in BEGUN:
        raise Conflict(NOT_REMOVED, code="status", fields={name(number, "remove"): [NOT_REMOVED]})
    need.status, need.status_reason = NeedStatus.WITHDRAWN, REMOVED
    need.version += 1
    session.flush()


def _store(session: Session, number: int, need: Need) -> None:
    action = "change" if need.id else "register"
    need.version += 1
    session.add(need)
    try:
        session.flush()
    except IntegrityError as error:
        refusal = refusals.explain(error)
        fields = {name(number, field): said for field, said in refusal.fields.items()}
        raise type(refusal)(refusal.detail, code=refusal.code, fields=fields) from error
    audit.record(session, action, table_name="need", record_id=need.id)


def _columns(need: Need, without: Collection[str] = ()) -> dict[str, object]:
    """The columns that it was given."""
    names = [each.key for each in inspect(Need).column_attrs if each.key not in without]
    given = inspect(need).dict
    return {name: given[name] for name in names if name in given}


def _store_many(session: Session, new: Sequence[Need], again: Sequence[Need]) -> None:
    """Write needs of `_apart` with their audit rows."""
    try:
        if new:
            session.execute(insert(Need), [_columns(need) for need in new])
        if again:
            session.execute(queries.write_again(Need, [_columns(n, KEPT) for n in again]))
    except IntegrityError as error:
        raise refusals.explain(error) from error
    for action, needs in (("register", new), ("change", again)):
        ids = [need.id for need in needs]
        audit.record_many(session, action, table_name="need", record_ids=ids)
