"""Pages: the plan an officer sends, the proposals a team leader answers."""

import re
from uuid import UUID, uuid4

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from marshmallow import Schema, ValidationError

from mapservice import web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import BadRequest, Conflict, Invalid, TooLarge, Unsupported
from mapservice.matching import links, pages, sending, service
from mapservice.matching.leader_views import status_of
from mapservice.matching.loading import Grouping
from mapservice.matching.schemas import DoneForm, PlanQuery, ReasonForm
from mapservice.photos import service as photos
from mapservice.photos import uploads

bp = Blueprint("matching", __name__)
PAIR = re.compile(r"[0-9A-Z]{8}-[0-9A-Z]{8}")
PAIRS_AT_ONCE = 2000


@bp.get("/manage/matching")
@gate.may(Action.SEE_PLANS)
def plan_page():
    """Choose a unit; with `unit` in the address, its plan. Nothing is proposed yet."""
    return _plan_page(web.query(PlanQuery()).get("unit"), 200)


@bp.post("/manage/matching")
@gate.may(Action.COMMIT_PLANS)
def send():
    """Propose the chosen pairs, as they were shown; each is checked again under lock."""
    user = gate.account()
    unit = PlanQuery().load({"unit": request.form.get("unit", "")})["unit"]
    given = request.form.getlist("pair")
    if not all(map(PAIR.fullmatch, given)) or len(given) > PAIRS_AT_ONCE:
        raise BadRequest("Không đọc được các đề nghị đã chọn.", fields={"pair": ["unreadable"]})
    if not given:
        return _plan_page(unit, 422, nothing_chosen=True)
    pairs = [(value[:8], value[9:]) for value in given]
    with web.transaction() as session:
        sight = pages.sight(session, user, grouping())
        committed = sending.commit(session, pairs, territory=sight.territory)
    if committed.refused:
        return render_template("matching/sent.html", committed=committed, unit=unit)
    flash(f"Đã gửi {len(committed.sent)} đề nghị cho các đội.", "good")
    return redirect(url_for(".plan_page", unit=unit), 303)


def grouping() -> Grouping:
    """Between which groups plans are fair: a setting."""
    return Grouping(str(current_app.config["FAIRNESS_GROUP"]))


def _plan_page(unit: str | None, status: int, *, nothing_chosen: bool = False):
    user = gate.account()
    plan = None
    with web.transaction() as session:
        sight = pages.sight(session, user, grouping())
        if unit is not None:
            service.expire_overdue(session)
            plan = pages.plan_page(pages.plan_for(session, sight, unit))
        units = pages.units(session, sight)
    page = render_template(
        "matching/plan.html",
        plan=plan,
        unit=unit or "",
        units=units,
        sight=sight,
        may_send=gate.actor().may(Action.COMMIT_PLANS),
        nothing_chosen=nothing_chosen,
    )
    return page, status


@bp.get("/manage/proposals")
@gate.may(Action.ANSWER_PROPOSALS)
def proposals():
    """What the leader's teams are asked (seen from now on), have accepted and did lately."""
    with web.transaction() as session:
        links.see_all(session, gate.account().id)
    return _proposals_page(200)


@bp.post("/manage/proposals/<uuid:assignment>/accept")
@gate.may(Action.ANSWER_PROPOSALS)
def accept(assignment: UUID):
    return _answer(assignment, service.accept, "Đã nhận việc. Cảm ơn đội!")


@bp.post("/manage/proposals/<uuid:assignment>/decline")
@gate.may(Action.ANSWER_PROPOSALS)
def decline(assignment: UUID):
    return _answer(assignment, service.decline, "Đã từ chối đề nghị.", ReasonForm())


@bp.post("/manage/proposals/<uuid:assignment>/start")
@gate.may(Action.ANSWER_PROPOSALS)
def start(assignment: UUID):
    return _answer(assignment, service.start, "Đã ghi: đội đang thực hiện.")


@bp.post("/manage/proposals/<uuid:assignment>/release")
@gate.may(Action.ANSWER_PROPOSALS)
def release(assignment: UUID):
    return _answer(assignment, service.release, "Đã trả lại việc cho đội khác.", ReasonForm())


@bp.post("/manage/proposals/<uuid:assignment>/done")
@gate.may(Action.ANSWER_PROPOSALS)
@web.takes_files(uploads.MOST_REQUEST)
def report_done(assignment: UUID):
    """The visit's numbers, result and photos; pictures are kept with a report of that result."""
    user, pictures = gate.account(), []

    def act(session, leader: UUID, assignment: UUID, *, report: UUID | None, **values: object):
        service.report_done(session, leader, assignment, **values)
        if pictures:
            done = service.own(session, leader, assignment)
            words = {"words": values["results"] or "", "happened_at": done.status_at}
            kept = service.report(session, done, report or uuid4(), by=user.id, **words)
            for data in pictures:
                photos.store(session, data, by=user.id, field_report_id=kept.id)

    try:
        pictures += uploads.read()
    except (TooLarge, Conflict) as error:
        return _proposals_page(status_of(error), assignment, error.fields)
    return _answer(assignment, act, "Đã gửi báo cáo, chờ xác nhận.", DoneForm())


def _answer(assignment: UUID, act, said: str, form: Schema | None = None):
    """One step of the leader's own assignment; a bad form keeps what was typed."""
    user = gate.account()
    try:
        values = form.load(request.form.to_dict()) if form else {}
        with web.transaction() as session:
            act(session, user.id, assignment, **values)
    except ValidationError as error:
        return _proposals_page(422, assignment, error.messages)
    except (Invalid, Unsupported, TooLarge) as error:
        return _proposals_page(status_of(error), assignment, error.fields)
    except Conflict as error:
        return _proposals_page(409, assignment, {"_": [error.detail]})
    flash(said, "good")
    return redirect(url_for(".proposals"), 303)


def _proposals_page(status: int, failed: UUID | None = None, errors: dict | None = None):
    user = gate.account()
    page = render_template(
        "matching/proposals.html",
        **pages.leaders_page(web.session(), user),
        reasons=service.leaders_reasons(web.session()),
        reason_words=service.reason_words(web.session()),
        failed=failed,
        action=request.path.rsplit("/", 1)[-1],
        errors=errors or {},
        new_report=uuid4,
        given=request.form,
    )
    return page, status
