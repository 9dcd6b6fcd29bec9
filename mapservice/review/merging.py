"""Two records of one place or person become one, and two again where that was wrong.

The double keeps its row, its history and (a person's) sealed data and consents, which end with
those of the record that is kept: erasure and withdrawal take doubles along. Its needs move.
"""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, AddressStatus
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.needs.models import Need, NeedStatus
from mapservice.review import queries, records, service, states, steps
from mapservice.review.models import AddressMerge, LastStep

# How far a record has come; a need goes no further than its address.
FAR = {
    AddressStatus.DRAFT: 0,
    AddressStatus.RETURNED: 0,
    AddressStatus.SUBMITTED: 1,
    AddressStatus.VERIFIED: 2,
    AddressStatus.PUBLISHED: 3,
    AddressStatus.EXPIRED: 3,
}
ENDED = {NeedStatus.CLOSED, NeedStatus.REJECTED, NeedStatus.WITHDRAWN, NeedStatus.DUPLICATE}
NOT_FAR = {NeedStatus.DRAFT: 0, NeedStatus.RETURNED: 0, NeedStatus.SUBMITTED: 1}


def mark_duplicate(
    session: Session, actor: Actor, code: str, version: int, kept_code: str
) -> Address:
    """Say that this record is a double of another, which is kept and gets its needs.

    Both lie in the actor's territory. Raises NotFound, Forbidden, Conflict, Invalid naming `kept`.
    """
    double = records.address(session, actor, Action.REVIEW, code)
    records.expect(session, double, version)
    kept = _kept(session, actor, kept_code)
    session.execute(queries.lock_both(double.id, kept.id))
    records.lock(session, actor, double, version)
    session.refresh(kept)
    _fit(double, kept)
    moved = records.needs(session, double)
    _move(session, moved, kept)
    double.duplicate_of_id = kept.id
    service.go(session, double, [AddressStatus.DUPLICATE], double.status_reason)
    session.execute(queries.hand_doubles_on(double.id, kept.id))
    merge = AddressMerge(
        duplicate_id=double.id,
        kept_id=kept.id,
        need_ids=[need.id for need in moved],
        merged_by=actor.id,
    )
    session.add(merge)
    kept.version += 1
    service.flush(session)
    _tell(session, "merge", double, kept, moved)
    return double


def separate(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Make a double again what it was, with the needs it brought, whenever the merge was.

    A need that has since come further than its own record stays with the one that was kept.
    """
    double = records.address(session, actor, Action.REVIEW, code)
    records.expect(session, double, version)
    merge = session.scalar(queries.merge_of(double.id))
    before = session.get(LastStep, ("address", double.id), populate_existing=True)
    if double.status is not AddressStatus.DUPLICATE or merge is None or before is None:
        raise Conflict("Hồ sơ này không tách ra được: không còn dấu vết của lần gộp.")
    kept = session.get_one(Address, double.duplicate_of_id)
    session.execute(queries.lock_both(double.id, kept.id))
    records.lock(session, actor, double, version)
    was = AddressStatus(before.from_status)
    if was in service.ACTIVE:
        service.require_basis(session, double)
    back = [
        need
        for need in records.needs(session, kept)
        if need.id in merge.need_ids and need_far(need) <= FAR[was]
    ]
    double.duplicate_of_id = None
    service.go(session, double, [was], double.status_reason)
    _move(session, back, double)
    session.execute(text(queries.TAKE_DOUBLES_BACK), {"double": double.id, "kept": kept.id})
    merge.undone_by, merge.undone_at = actor.id, session.scalar(queries.now())
    kept.version += 1
    service.flush(session)
    _tell(session, "separate", double, kept, back)
    return double


def need_far(need: Need) -> int:
    """How far its address must have come for a need in this state."""
    if need.status in ENDED:
        return 0
    return NOT_FAR.get(need.status, 2 if need.status is NeedStatus.VERIFIED else 3)


def _kept(session: Session, actor: Actor, code: str) -> Address:
    try:
        return records.address(session, actor, Action.REVIEW, code)
    except NotFound as error:
        sentence = "Không có hồ sơ mang mã này trong địa bàn."
        raise Invalid(sentence, code="kept", fields={"kept": [sentence]}) from error


def _fit(double: Address, kept: Address) -> None:
    if double.status not in steps.LIVE:
        raise Conflict(f"Hồ sơ đang ở trạng thái “{states.name(double)}”: không gộp được.")
    sentence = ""
    if double.id == kept.id:
        sentence = "Hồ sơ không thể trùng với chính nó."
    elif double.nature is not kept.nature:
        sentence = "Địa điểm và người dân là hai loại hồ sơ riêng, không gộp được."
    elif double.sensitive and not kept.sensitive:
        sentence = "Nơi được bảo vệ không gộp vào một nơi công khai."
    elif kept.sensitive and not double.sensitive:  # its name would go on telling where that is
        sentence = "Hồ sơ kia là nơi được bảo vệ: hãy sửa hồ sơ này thành nơi cần giữ kín rồi gộp."
    elif kept.status not in steps.LIVE:
        sentence = f"Hồ sơ được giữ đang ở trạng thái “{states.name(kept)}”: hãy chọn hồ sơ khác."
    elif FAR[kept.status] < FAR[double.status]:
        sentence = "Hồ sơ này đã đi xa hơn: hãy mở hồ sơ kia và gộp theo chiều ngược lại."
    if sentence:
        raise Invalid(sentence, code="kept", fields={"kept": [sentence]})


def _move(session: Session, moved: Sequence[Need], home: Address) -> None:
    for need in moved:
        need.address_id = home.id
        need.version += 1
    service.flush(session)


def _tell(
    session: Session, action: str, double: Address, kept: Address, moved: Sequence[Need]
) -> None:
    detail = {"double": double.public_code, "kept": kept.public_code, "needs": len(moved)}
    for record in (double, kept):
        audit.record(session, action, table_name="address", record_id=record.id, detail=detail)
