"""The steps of addresses and needs as JSON: one operation a step, as the pages have them."""

from collections.abc import Callable
from types import ModuleType

from mapservice import web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.addresses import service as addresses
from mapservice.addresses.schemas import AddressOut
from mapservice.needs import service as needs
from mapservice.needs.schemas import NeedOut
from mapservice.rest.operations import Blueprint
from mapservice.rest.schemas import ReasonIn
from mapservice.review import doubles, merging, need_steps, service, steps, undo
from mapservice.review.api_schemas import AlikeOut, DistinctIn, MergeIn
from mapservice.review.steps import Step

bp = Blueprint("review_api", __name__, tag="Duyệt")
REASON = {"reason": "Thiếu số người cần giúp"}


def _address_step(take: Callable[..., object]) -> Callable:
    """A view that takes a step of an address: `take(session, actor, code, seen, **values)`."""

    def view(session, values, seen, code):
        actor = gate.actor()
        take(session, actor, code, seen, **values)
        return addresses.read(session, actor, code)

    return view


def _need_step(take: Callable[..., object]) -> Callable:
    """Likewise, of a need."""

    def view(session, values, seen, code):
        actor = gate.actor()
        take(session, actor, code, seen, **values)
        return needs.read(session, actor, code)

    return view


def _declare(folder: str, record: str, verbs: ModuleType, step: Step, view_of, shown) -> None:
    """The operation of a step: its verb in `verbs` takes it, and says what it does."""
    name = step.name.replace("-", "_")
    verb = getattr(verbs, {"return": "return_"}.get(name, name))
    view = view_of(verb)
    view.__name__, view.__doc__ = f"{name}_{record}", verb.__doc__
    told = {}
    if step.reasons:
        codes = ", ".join(f"`{reason}`" for reason in step.reasons)
        view.__doc__ += f"\n\nReasons of a protected record: {codes}."
        told = {"given": ReasonIn, "example": REASON}
    bp.steps(f"/{folder}/<code>/{step.name}", step.action, shown, words=step.words, **told)(view)


for _one in steps.STEPS:
    if _one.address:
        _declare("addresses", "address", service, _one, _address_step, AddressOut)
    if _one.homes:
        _declare("needs", "need", need_steps, _one, _need_step, NeedOut)


@bp.reads("/duplicates", Action.REVIEW, AlikeOut, words="Hồ sơ có thể trùng nhau")
def read_duplicates(_session):
    """Pairs of your territory that may be one record, the likeliest 60 of them.

    Merge one into the other, or say that they are two: then they are no pair any more. Looking
    for persons leaves a row in the trail.
    """
    actor = gate.actor()
    with web.transaction() as session:
        found = doubles.pairs(session, actor)
    return {"pairs": found, "persons": doubles.compares_persons(actor)}


@bp.steps(
    "/addresses/<code>/distinct",
    Action.REVIEW,
    AddressOut,
    given=DistinctIn,
    example={"other": "7K2M9QXA"},
    words="Ghi: hai hồ sơ khác nhau",
)
def tell_apart(session, values, seen, code):
    """The record and `other` are two, though they look alike: no pair to be decided any more."""

    def apart(session, actor, code, seen):
        doubles.tell_apart(session, actor, code, values["other"], seen)

    return _address_step(apart)(session, {}, seen, code)


@bp.steps(
    "/addresses/<code>/duplicate",
    Action.REVIEW,
    AddressOut,
    given=MergeIn,
    example={"kept": "7K2M9QXA"},
    words="Gộp vào hồ sơ được giữ",
)
def merge_address(session, values, seen, code):
    """The record is a double of `kept`, which gets its needs."""
    return _address_step(merging.mark_duplicate)(session, {"kept_code": values["kept"]}, seen, code)


@bp.steps("/addresses/<code>/separate", Action.REVIEW, AddressOut, words="Tách hồ sơ đã gộp")
def separate_address(session, values, seen, code):
    """The record was no double: it becomes again what it was, with the needs it brought."""
    return _address_step(merging.separate)(session, values, seen, code)


@bp.steps("/addresses/<code>/undo", Action.REGISTER, AddressOut, words="Hoàn tác bước vừa làm")
def undo_address(session, values, seen, code):
    """Take your own last step back, within ten minutes."""
    return _address_step(undo.undo)(session, values, seen, code)


@bp.steps("/needs/<code>/undo", Action.REGISTER, NeedOut, words="Hoàn tác bước vừa làm")
def undo_need(session, values, seen, code):
    """Take your own last step of a need back, likewise."""
    return _need_step(undo.undo_need)(session, values, seen, code)
