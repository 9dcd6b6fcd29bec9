"""What this actor may do next with a record: only steps that would go through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, AddressStatus
from mapservice.needs.models import Need
from mapservice.registration.records import EDITABLE
from mapservice.review import queries, service, steps, undo
from mapservice.review.steps import Step


@dataclass(frozen=True, slots=True)
class Choices:
    """`waits_for_another`: the actor could verify this, were it not the actor's own record."""

    steps: Sequence[Step]
    undo_until: datetime | None
    may_edit: bool
    may_add_need: bool
    may_merge: bool
    may_separate: bool
    waits_for_another: bool


def of_record(session: Session, actor: Actor, address: Address, needs: Sequence[Need]) -> Choices:
    """All that the page of a record offers."""
    reviews = actor.may(Action.REVIEW)
    return Choices(
        steps=of_address(session, actor, address, needs),
        undo_until=undo.offered(session, actor, address),
        may_edit=actor.may(Action.REGISTER) and address.status in EDITABLE.get(actor.role, ()),
        may_add_need=actor.may(Action.REGISTER) and address.status in steps.SUBMIT.homes,
        may_merge=reviews and address.status in steps.LIVE,
        may_separate=reviews and session.scalar(queries.merge_of(address.id)) is not None,
        waits_for_another=reviews
        and address.status is AddressStatus.SUBMITTED
        and _is_own(session, actor, address, _vouched(address, needs)),
    )


def of_address(
    session: Session, actor: Actor, address: Address, needs: Sequence[Need]
) -> list[Step]:
    """The steps open to an address, in the order of their buttons."""
    own = _is_own(session, actor, address, _vouched(address, needs))
    return [
        step
        for step in steps.STEPS
        if address.status in step.address
        and actor.may(step.action)
        and not (own and AddressStatus.VERIFIED in step.address[address.status])
    ]


def of_need(session: Session, actor: Actor, address: Address, need: Need) -> list[Step]:
    """The steps open to one need by itself; those it takes with its address are the address's."""
    own = _is_own(session, actor, address, [need])
    return [
        step
        for step in steps.STEPS
        if need.status in step.need
        and address.status in step.homes
        and actor.may(step.action)
        and not (own and AddressStatus.VERIFIED in step.need[need.status])
    ]


def _vouched(address: Address, needs: Sequence[Need]) -> list[Address | Need]:
    """What verifying an address vouches for."""
    return [address, *(need for need in needs if service.is_new(need))]


def _is_own(
    session: Session, actor: Actor, address: Address, records: Sequence[Address | Need]
) -> bool:
    mine = any(record.registered_by == actor.id for record in records)
    return mine and not service.may_verify_own(session, address)
