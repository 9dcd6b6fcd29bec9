"""A person's consents, and the one page that shows private data: once, never kept anywhere."""

from flask import Blueprint, flash, make_response, redirect, render_template, url_for

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Conflict, Invalid
from mapservice.review import privacy
from mapservice.review.schemas import ConsentForm, RevealForm, WithdrawForm
from mapservice.review.views import act, record_page, refused

bp = Blueprint("review_privacy", __name__)


@bp.post("/manage/addresses/<code>/reveal")
@gate.may(Action.SEE_PERSONS)
def reveal(code: str):
    """Show who this is, or who answers for the place; the reason is kept with who looked."""
    form = forms.read(RevealForm())
    if not form.good:
        return record_page(code, form, status=422, failed="reveal")
    try:
        with web.transaction() as session:
            values = privacy.reveal(session, gate.actor(), code, form.values.get("reason"))
    except (Conflict, Invalid) as refusal:
        return refused(code, form, refusal, "reveal")
    page = make_response(render_template("review/revealed.html", code=code, values=values))
    page.headers["Cache-Control"] = "no-store"
    return page


@bp.post("/manage/addresses/<code>/consents")
@gate.may(Action.REGISTER)
def give(code: str):
    """Somebody agreed just now."""
    return act(code, "consents", ConsentForm(), "Đã ghi sự đồng ý.", privacy.give)


@bp.post("/manage/addresses/<code>/consents/withdraw")
@gate.may(Action.REGISTER)
def withdraw(code: str):
    """Somebody took consent back: at once; without consent to be registered all is erased."""
    form = forms.read(WithdrawForm())
    if not form.good:
        return record_page(code, form, status=422, failed="withdraw-consent")
    try:
        with web.transaction() as session:
            erased = privacy.take_back(session, gate.actor(), code, **form.values)
    except (Conflict, Invalid) as refusal:
        return refused(code, form, refusal, "withdraw-consent")
    if erased:
        flash("Đã rút sự đồng ý và xoá mọi thông tin của người này.", "good")
        return redirect(url_for("review_queues.queue"), 303)
    flash("Đã rút sự đồng ý: từ nay không đội nào được xem.", "good")
    return redirect(url_for("review.record", code=code), 303)
