"""Steps of an address, taken together with its needs. Flushes; the caller commits.

Each verb takes the version that the actor saw, and returns the address. The database keeps the
legal order, who may verify, and the audit trail of states; what is here says why not in time.
"""

from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, AddressStatus
from mapservice.audit import service as audit
from mapservice.consent import service as consent
from mapservice.errors import Conflict, Invalid
from mapservice.needs import freshness
from mapservice.needs.models import OPEN, Need, NeedStatus
from mapservice.review import queries, records, states, steps
from mapservice.review.steps import Step
from mapservice.screening import service as screening

ACTIVE = (AddressStatus.SUBMITTED, AddressStatus.VERIFIED, AddressStatus.PUBLISHED)
PUBLIC = (*OPEN, NeedStatus.MET)
OWN_RECORD = "Bạn đã đăng ký hồ sơ này (hoặc một nhu cầu trong đó): cần người khác xác minh."
NO_BASIS = "Cần sự đồng ý còn hiệu lực, hoặc lý do khẩn cấp, trước bước này."


def submit(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Send a draft, or a returned record, to be verified, with its needs."""
    return take(session, actor, steps.SUBMIT, code, version)


def return_(session: Session, actor: Actor, code: str, version: int, reason: str) -> Address:
    """Give a submitted record back to who registered it; `reason` says what to mend."""
    return take(session, actor, steps.RETURN, code, version, reason)


def reopen(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Make a returned record a draft again, to be edited."""
    return take(session, actor, steps.REOPEN, code, version)


def verify(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Vouch for a submitted record and its submitted needs: never for one's own, unless it is
    a place whose organisation allows that."""
    return take(session, actor, steps.VERIFY, code, version)


def publish(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Put a verified record and its verified needs on the map, for as long as the check holds."""
    return take(session, actor, steps.PUBLISH, code, version)


def verify_and_publish(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Both at once."""
    return take(session, actor, steps.VERIFY_AND_PUBLISH, code, version)


def reassure(session: Session, actor: Actor, code: str, version: int) -> Address:
    """Say that all of it was checked just now; what had expired is public again."""
    return take(session, actor, steps.REASSURE, code, version)


def withdraw(session: Session, actor: Actor, code: str, version: int, reason: str) -> Address:
    """Take a record and its needs away: the public copy is gone at once, teams are free again."""
    return take(session, actor, steps.WITHDRAW, code, version, reason)


def reject(session: Session, actor: Actor, code: str, version: int, reason: str) -> Address:
    """Refuse a submitted or verified record."""
    return take(session, actor, steps.REJECT, code, version, reason)


def take(
    session: Session,
    actor: Actor,
    step: Step,
    code: str,
    version: int,
    reason: str | None = None,
) -> Address:
    """One step of an address with its needs.

    Raises NotFound and Forbidden by the actor's rights, Conflict (with what happened meanwhile)
    for another version or state, Invalid naming `reason`, `consent` or a text that holds what
    reads like a name (`screening`).
    """
    address = records.address(session, actor, step.action, code)
    records.lock(session, actor, address, version)
    if address.status not in step.address:
        sentence = f"Hồ sơ đang ở trạng thái “{states.name(address)}”: không thể {_low(step)}."
        raise records.changed(session, address, sentence)
    said = given_reason(step, address, reason)
    along = records.needs(session, address)
    moving = [need for need in along if need.status in step.need]
    if AddressStatus.VERIFIED in step.address[address.status]:
        vouch(session, actor, address, [address, *(n for n in moving if is_new(n))])
    if any(state in ACTIVE for state in step.address[address.status]):
        require_basis(session, address)
    if step in steps.GOING_PUBLIC:
        shown = [need for need in along if need in moving or need.status in PUBLIC]
        screening.require_ticked(session, screening.passages(address, shown))
    go(session, address, step.address[address.status], said)
    if step is steps.WITHDRAW:
        session.expire_all()  # the database took the needs along
        return address
    for need in moving:
        go(session, need, step.need[need.status], said)
    if address.status is AddressStatus.PUBLISHED:
        assure(session, actor, address, along)
    return address


def given_reason(step: Step, address: Address, reason: str | None) -> str | None:
    """The reason this step asks for; Invalid without one, or in words where codes protect."""
    if not step.reasons:
        return None
    said = (reason or "").strip()
    sentence = ""
    if not said:
        sentence = "Cần ghi lý do."
    elif states.protected(address) and said not in step.reasons:
        sentence = refusals.PERSON_REASON
    elif len(said) > steps.REASON_LENGTH:
        sentence = f"Lý do dài quá {steps.REASON_LENGTH} ký tự."
    if sentence:
        raise Invalid(sentence, code="reason", fields={"reason": [sentence]})
    return said


def vouch(
    session: Session, actor: Actor, address: Address, verified: Sequence[Address | Need]
) -> None:
    """Make the actor the verifier of these. Conflict for an own one, unless that is allowed."""
    own = any(record.registered_by == actor.id for record in verified)
    if own and not may_verify_own(session, address):
        raise Conflict(OWN_RECORD, code="own-record")
    for record in verified:
        record.verified_by = actor.id
    if own:
        audit.record(session, "self_verify", table_name="address", record_id=address.id)


def may_verify_own(session: Session, address: Address) -> bool:
    """Whether who registered this may verify it, too: a place whose organisation allows it."""
    if records.is_person(address):
        return False
    return bool(session.scalar(queries.self_verification(address.organisation_id)))


def is_new(need: Need) -> bool:
    """Whether nobody has verified a need yet."""
    return need.status is NeedStatus.SUBMITTED


def require_basis(session: Session, address: Address) -> None:
    """Invalid for a person whose consent is missing: the database would refuse at commit."""
    if records.is_person(address) and not consent.has_basis(session, address.id):
        raise Invalid(NO_BASIS, code="basis", fields={"consent": [NO_BASIS]})


def go(
    session: Session, record: Address | Need, hops: Sequence[str], reason: str | None = None
) -> None:
    """Lead a record through these states, each as a change of its own. Raises what is refused.

    What was returned and is a draft again still says why.
    """
    for state in hops:
        mended = (record.status, state) == (AddressStatus.RETURNED, AddressStatus.DRAFT)
        said = record.status_reason if mended else reason
        record.status, record.status_reason = state, said
        record.version += 1
        flush(session)


def flush(session: Session) -> None:
    """Write, with the database's refusals as sentences."""
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error


def assure(session: Session, actor: Actor, address: Address, needs: Sequence[Need]) -> None:
    """Say that the actor has just checked this: for 90 days, 14 where an open need is urgent."""
    now = session.scalar(queries.now())
    address.assured_at, address.assured_by = now, actor.id
    address.assured_until = now + freshness.holds(needs)
    address.updated_at = now
    address.version += 1
    flush(session)
    audit.record(session, "assure", table_name="address", record_id=address.id)


def _low(step: Step) -> str:
    return step.words[0].lower() + step.words[1:]
