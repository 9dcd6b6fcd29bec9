"""Steps of one need alone: added later to an address that is already on its way, or taken off it.

As in `service`, each verb takes the version that the actor saw; it returns the need.
"""

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.needs import freshness
from mapservice.needs.models import Need, NeedStatus
from mapservice.review import records, service, states, steps
from mapservice.review.steps import Step
from mapservice.screening import service as screening


def submit(session: Session, actor: Actor, code: str, version: int) -> Need:
    """Send a need that was added later to be verified."""
    return take(session, actor, steps.SUBMIT, code, version)


def return_(session: Session, actor: Actor, code: str, version: int, reason: str) -> Need:
    """Give it back to who registered it."""
    return take(session, actor, steps.RETURN, code, version, reason)


def reopen(session: Session, actor: Actor, code: str, version: int) -> Need:
    """Make a returned need a draft again."""
    return take(session, actor, steps.REOPEN, code, version)


def verify(session: Session, actor: Actor, code: str, version: int) -> Need:
    """Vouch for it, once its address is verified."""
    return take(session, actor, steps.VERIFY, code, version)


def publish(session: Session, actor: Actor, code: str, version: int) -> Need:
    """Put it on the map, once its address is there."""
    return take(session, actor, steps.PUBLISH, code, version)


def verify_and_publish(session: Session, actor: Actor, code: str, version: int) -> Need:
    """Both at once."""
    return take(session, actor, steps.VERIFY_AND_PUBLISH, code, version)


def withdraw(session: Session, actor: Actor, code: str, version: int, reason: str) -> Need:
    """Take it off the map at once; its teams are free again."""
    return take(session, actor, steps.WITHDRAW, code, version, reason)


def reject(session: Session, actor: Actor, code: str, version: int, reason: str) -> Need:
    """Refuse it."""
    return take(session, actor, steps.REJECT, code, version, reason)


def close(session: Session, actor: Actor, code: str, version: int) -> Need:
    """File a need that is met."""
    return take(session, actor, steps.CLOSE, code, version)


def take(
    session: Session,
    actor: Actor,
    step: Step,
    code: str,
    version: int,
    reason: str | None = None,
) -> Need:
    """One step of one need. Raises as `service.take`."""
    address, need = records.need(session, actor, step.action, code)
    session.refresh(address, with_for_update={"key_share": True})
    records.lock(session, actor, need, version)
    if need.status not in step.need or address.status not in step.homes:
        sentence = (
            f"Nhu cầu đang ở trạng thái “{states.name(need)}”, địa chỉ “{states.name(address)}”: "
            f"chưa làm được bước này."
        )
        raise records.changed(session, need, sentence)
    said = service.given_reason(step, address, reason)
    hops = step.need[need.status]
    if NeedStatus.VERIFIED in hops:
        service.vouch(session, actor, address, [need])
    if step in steps.GOING_PUBLIC:
        screening.require_ticked(session, screening.passages(address, [need]))
    service.go(session, need, hops, said)
    if freshness.fall_due_sooner(session, address, [need]):
        address.version += 1
        service.flush(session)
    session.refresh(need)
    return need
