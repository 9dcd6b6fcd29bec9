"""The queues of a review, steps with many rows at once, and pairs that may be one record."""

from flask import Blueprint, flash, redirect, render_template, url_for

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Invalid, NotFound
from mapservice.matching.service import reason_words
from mapservice.review import doubles, queue_pages, queues, states
from mapservice.review.schemas import ApartForm, BulkForm, QueueQuery

bp = Blueprint("review_queues", __name__)


@bp.get("/manage/review")
@gate.may(Action.REGISTER)
def queue():
    """One queue of those that are the actor's; the first one that is not empty, unless named."""
    asked = web.query(QueueQuery())
    return _page(asked.get("tab"), asked["page"], 200)


def _page(tab: str | None, number: int, status: int, *, refused=(), done: int = 0, error: str = ""):
    actor, session = gate.actor(), web.session()
    shown = queues.named(actor, tab) if tab else queues.first(session, actor)
    page = queue_pages.queue_page(session, actor, shown, number, reason_words(session))
    html = render_template(
        "review/queue.html",
        page=page,
        may_pair=actor.may(Action.REVIEW),
        refused=refused,
        done=done,
        error=error,
    )
    return html, status


@bp.post("/manage/review")
@gate.may(Action.REGISTER)
def bulk():
    """One step with every ticked row; what cannot be done is listed with its reason."""
    form = forms.read(BulkForm())
    tab = form.values.get("tab") or form.given.get("tab")
    tab = tab if tab in queues.BY_NAME else None
    if not form.good:
        error = "; ".join(words for found in form.errors.values() for words in found)
        return _page(tab, 1, 422, error=error)
    actor = gate.actor()
    shown = queues.named(actor, form.values["tab"])
    name = form.values["step"]
    step = next((one for one in shown.steps if one.name == name), None)
    if step is None and name != "undo":
        return _page(tab, 1, 422, error="Bước này không có trong danh sách đang xem.")
    chosen = [(pick[:8], int(pick[9:])) for pick in form.values["pick"]]
    with web.transaction() as session:
        outcome = queues.take_many(session, actor, shown, step, chosen)
    if outcome.refused:
        return _page(tab, 1, 200, refused=outcome.refused, done=len(outcome.done))
    words = step.done.rstrip(".") if step else "Đã hoàn tác"
    flash(f"{words}: {len(outcome.done)} hồ sơ.", "good")
    return redirect(url_for(".queue", tab=tab), 303)


@bp.get("/manage/review/duplicates")
@gate.may(Action.REVIEW)
def pairs():
    """Records that may be one, side by side."""
    actor = gate.actor()
    with web.transaction() as session:  # looking for persons leaves a row in the trail
        found = doubles.pairs(session, actor)
        counts = queues.counts(session, actor)
    return render_template(
        "review/pairs.html",
        pairs=found,
        persons=doubles.compares_persons(actor),
        queues=queues.of_actor(actor),
        counts=counts,
        states=states.ADDRESS,
    )


@bp.post("/manage/review/duplicates")
@gate.may(Action.REVIEW)
def tell_apart():
    """The two are two: they are not shown as a pair again."""
    form = forms.read(ApartForm())
    try:
        if not form.good:
            raise Invalid("Không đọc được hai hồ sơ.")
        with web.transaction() as session:
            doubles.tell_apart(session, gate.actor(), form.values["one"], form.values["other"])
    except (Invalid, NotFound) as refusal:  # of buttons alone: nothing was typed that could be lost
        flash(refusal.detail, "bad")
    else:
        flash("Đã ghi: đây là hai hồ sơ khác nhau.", "good")
    return redirect(url_for(".pairs"), 303)
