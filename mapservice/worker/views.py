"""The page that tells an admin what waits, fails and was set aside, and lets it be done again."""

from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, render_template, url_for

from mapservice import web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.mail import service as mail
from mapservice.worker import pages, service

bp = Blueprint("worker", __name__)


@bp.get("/manage/system")
@gate.may(Action.SEE_SYSTEM)
def system():
    """Jobs, mail and the seals of the trail, worries first."""
    page = pages.system_page(web.session(), current_app.config)
    return render_template("worker/system.html", page=page)


@bp.post("/manage/system/jobs/<job>/retry")
@gate.may(Action.SEE_SYSTEM)
def retry_job(job: str):
    """Let a job that was set aside be done again."""
    with web.transaction() as session:
        service.try_again(session, job)
    return _back("Việc này sẽ được chạy lại ngay.")


@bp.post("/manage/system/mails/<uuid:mail_id>/retry")
@gate.may(Action.SEE_SYSTEM)
def retry_mail(mail_id: UUID):
    """Send a mail again that was set aside."""
    with web.transaction() as session:
        mail.try_again(session, mail_id)
    return _back("Thư sẽ được gửi lại ngay.")


@bp.post("/manage/system/mails/<uuid:mail_id>/forget")
@gate.may(Action.SEE_SYSTEM)
def forget_mail(mail_id: UUID):
    """Delete a mail that was set aside."""
    with web.transaction() as session:
        mail.forget(session, mail_id)
    return _back("Đã bỏ thư.")


def _back(said: str):
    flash(said, "good")
    return redirect(url_for(".system"), 303)
