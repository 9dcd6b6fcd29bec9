"""What waits for an officer or a registrar, queue by queue; and taking a step with many at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, AddressStatus
from mapservice.errors import DomainError, NotFound
from mapservice.needs.models import Need
from mapservice.review import need_steps, queue_queries, records, service, states, steps, undo
from mapservice.review.steps import Step

PAGE = 50  # rows
RETURNED = "returned"
MOST_AT_ONCE = 200  # rows of one bulk step


@dataclass(frozen=True, slots=True)
class Queue:
    """`steps`: what may be done with ticked rows; `wait` asks for its rows, in a total order."""

    name: str
    words: str
    empty: str
    wait: Callable[[Actor], Select]
    action: Action = Action.REVIEW
    steps: tuple[Step, ...] = ()
    of_needs: bool = False


QUEUES = (
    Queue(
        "submitted",
        "Chờ xác minh",
        "Không còn hồ sơ nào chờ xác minh.",
        lambda actor: queue_queries.in_state(actor.territory, AddressStatus.SUBMITTED),
        steps=(steps.VERIFY_AND_PUBLISH, steps.VERIFY),
    ),
    Queue(
        "verified",
        "Chờ công khai",
        "Mọi hồ sơ đã xác minh đều đã công khai.",
        lambda actor: queue_queries.in_state(actor.territory, AddressStatus.VERIFIED),
        steps=(steps.PUBLISH,),
    ),
    Queue(
        "needs",
        "Nhu cầu bổ sung",
        "Không có nhu cầu nào được thêm sau mà còn chờ.",
        lambda actor: queue_queries.added_needs(actor.territory),
        steps=(steps.VERIFY_AND_PUBLISH, steps.VERIFY),
        of_needs=True,
    ),
    Queue(
        "reassure",
        "Cần kiểm tra lại",
        "Trong 7 ngày tới không hồ sơ nào quá hạn kiểm tra.",
        lambda actor: queue_queries.due(actor.territory, steps.WARNED),
        steps=(steps.REASSURE,),
    ),
    Queue(
        RETURNED,
        "Bị trả lại",
        "Không có hồ sơ nào của bạn bị trả lại.",
        lambda actor: queue_queries.returned_to(actor.territory, actor.id),
        action=Action.REGISTER,
    ),
)
BY_NAME = {queue.name: queue for queue in QUEUES}


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that a step at once did not take, and why."""

    code: str
    title: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What came of a step with many records."""

    done: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def named(actor: Actor, name: str) -> Queue:
    """The queue with this name. Raises NotFound, Forbidden."""
    if name not in BY_NAME:
        raise NotFound("Không có danh sách này.")
    queue = BY_NAME[name]
    rights.require(actor, queue.action)
    return queue


def of_actor(actor: Actor) -> list[Queue]:
    """The queues this actor works through."""
    return [queue for queue in QUEUES if actor.may(queue.action)]


def first(session: Session, actor: Actor) -> Queue:
    """The first of the actor's queues in which something waits, or the first."""
    waits = counts(session, actor)
    return next((queue for queue in of_actor(actor) if waits[queue.name]), of_actor(actor)[0])


def counts(session: Session, actor: Actor) -> dict[str, int]:
    """How much waits in each of the actor's queues."""
    return {
        queue.name: session.scalar(queue_queries.count(queue.wait(actor))) or 0
        for queue in of_actor(actor)
    }


def waiting(session: Session, actor: Actor, queue: Queue, page: int) -> Sequence:
    """One page of a queue (from 1), a row more where there is another."""
    rows = queue.wait(actor).offset((page - 1) * PAGE).limit(PAGE + 1)
    return session.execute(rows).all()


def take_many(
    session: Session,
    actor: Actor,
    queue: Queue,
    step: Step | None,
    chosen: Sequence[tuple[str, int]],
) -> Outcome:
    """One step with each of these (code, version), each for itself; no step: take the last back.

    What cannot be done is told with its reason, the rest goes through.
    """
    outcome = Outcome()
    for code, version in sorted(chosen):  # all lock in one order, so that none waits in a circle
        try:
            with session.begin_nested():
                _take(session, actor, queue, step, code, version)
            outcome.done.append(code)
        except DomainError as refusal:
            title = _title(session, actor, queue, code)
            outcome.refused.append(Refused(code, title, refusal.detail))
    return outcome


def _take(
    session: Session, actor: Actor, queue: Queue, step: Step | None, code: str, version: int
) -> None:
    if queue.of_needs:
        if step is None:
            undo.undo_need(session, actor, code, version)
        else:
            need_steps.take(session, actor, step, code, version)
    elif step is None:
        undo.undo(session, actor, code, version)
    else:
        service.take(session, actor, step, code, version)


def _title(session: Session, actor: Actor, queue: Queue, code: str) -> str:
    """What a refused row is called; its code where the actor may not know."""
    try:
        if queue.of_needs:
            found: Address | Need = records.need(session, actor, Action.SEE_RECORDS, code)[1]
        else:
            found = records.address(session, actor, Action.SEE_RECORDS, code)
    except DomainError:
        return code
    return found.title or f"{states.PERSON} {code}"
