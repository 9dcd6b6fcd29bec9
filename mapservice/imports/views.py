"""Pages of imports: drop a file, say what its columns are, try it, mend it, commit it, undo it."""

from collections.abc import Callable, Mapping
from io import BytesIO
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from marshmallow import Schema, ValidationError

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.imports import column_pages, commit, pages, service, submitting, undoing
from mapservice.imports.fields import Kind
from mapservice.imports.models import BatchStatus, ImportBatch
from mapservice.imports.schemas import (
    ColumnsForm,
    KindForm,
    RowForm,
    RowsQuery,
    StepForm,
    TemplateQuery,
    UploadForm,
)
from mapservice.imports.unreadable import MOST_BYTES
from mapservice.review import states

bp = Blueprint("imports", __name__)
MOST_REQUEST = MOST_BYTES + 64 * 1024  # a larger file is refused in words, not read
LOOK_AGAIN = 2  # seconds, while the worker is at it
NO_FILE = "Chọn một tệp Excel, ODS hoặc CSV."
SHOWN = (BatchStatus.CHECKED, BatchStatus.COMMITTED)


@bp.get("/manage/imports/new")
@gate.may(Action.IMPORT)
def new():
    """Where a file is dropped, with the templates and what is taken."""
    return render_template("imports/new.html", form=forms.Filled(), kinds=list(Kind))


@bp.post("/manage/imports/new")
@gate.may(Action.IMPORT)
@web.takes_files(MOST_REQUEST)
def upload():
    """Keep the file and find its list; nothing is written of it yet."""
    form = forms.read(UploadForm())
    file = request.files.get("file")
    if form.good and (file is None or not file.filename):
        form = form.refused(Invalid(NO_FILE, fields={"file": [NO_FILE]}))
    if not form.good:
        return _refused_upload(form)
    try:
        with web.transaction() as session:
            content = file.read(MOST_BYTES + 1)
            batch = service.upload(
                session, gate.actor(), file.filename, content, form.values["kind"]
            )
    except Invalid as refusal:
        return _refused_upload(form.refused(refusal))
    return redirect(url_for(".show", batch=batch.id), 303)


def _refused_upload(form: forms.Filled):
    return render_template("imports/new.html", form=form, kinds=list(Kind)), 422


@bp.get("/manage/imports/<uuid:batch>")
@gate.may(Action.IMPORT)
def show(batch: UUID):
    """The list where it is: its columns, how far the worker is, or its rows."""
    return _page(batch, 200)


@bp.post("/manage/imports/<uuid:batch>/kind")
@gate.may(Action.IMPORT)
def take_as(batch: UUID):
    """Read the headings as those of another kind of list."""
    return _step(batch, service.take_as, KindForm(), None)


@bp.post("/manage/imports/<uuid:batch>/columns")
@gate.may(Action.IMPORT)
def arrange(batch: UUID):
    """What each column is; then the list is tried."""
    return _step(batch, service.arrange, ColumnsForm(), None)


@bp.post("/manage/imports/<uuid:batch>/row")
@gate.may(Action.IMPORT)
def mend(batch: UUID):
    """Correct cells of a row, choose its commune, say whether it is a double."""
    form = forms.read(RowForm())
    if not form.good:
        said = " ".join(m for told in form.errors.values() for m in told)
        return _page(batch, 422, refusal=said, row=form.given)
    seen = dict(form.values)
    back = {"fate": seen.pop("fate"), "page": seen.pop("page")}
    try:
        with web.transaction() as session:
            actor = gate.actor()
            row = service.mend(session, actor, batch, **seen)
    except (Conflict, Invalid) as refusal:
        return _page(batch, 409, refusal=refusal.detail, row=form.given)
    flash(f"Dòng {row.number}: {FATES[row.fate]}.", "good")
    return redirect(url_for(".show", batch=batch, **back, _anchor="rows"), 303)


FATES = {
    "new": "sẽ được ghi mới",
    "changed": "sẽ cập nhật hồ sơ",
    "same": "không có gì thay đổi",
    "duplicate": "có thể trùng, hãy chọn",
    "waiting": "còn phải bổ sung",
    "refused": "vẫn chưa nhận được",
}


@bp.post("/manage/imports/<uuid:batch>/commit")
@gate.may(Action.IMPORT)
def write(batch: UUID):
    """Write the rows that are new or changed, all in one transaction."""
    return _step(batch, commit.begin, StepForm(), None)


@bp.post("/manage/imports/<uuid:batch>/undo")
@gate.may(Action.IMPORT)
def undo(batch: UUID):
    said = "Đã hoàn tác: những gì lần nhập này ghi đã được gỡ."
    return _step(batch, undoing.undo, StepForm(), said)


@bp.post("/manage/imports/<uuid:batch>/submit")
@gate.may(Action.REGISTER)
def submit(batch: UUID):
    """Send every draft that the list made to be verified."""
    return _step(batch, submitting.begin, StepForm(), None)


@bp.post("/manage/imports/<uuid:batch>/stop")
@gate.may(Action.REGISTER)
def stop(batch: UUID):
    """Send no more of the drafts; those that did not go yet stay drafts."""
    said = "Đã dừng: những hồ sơ chưa gửi vẫn là bản nháp, gửi tiếp lúc nào cũng được."
    return _step(batch, submitting.stop, StepForm(), said)


@bp.post("/manage/imports/<uuid:batch>/drop")
@gate.may(Action.IMPORT)
def drop(batch: UUID):
    return _step(batch, service.drop, StepForm(), "Đã bỏ lần nhập này và xóa tệp.")


def _step(batch: UUID, act: Callable, schema: Schema, said: str | None):
    """One act on the list as it was shown; a refusal shows the list as it is now."""
    service.find(web.session(), gate.actor(), batch, own=False)
    form = forms.read(schema)
    if not form.good:
        return _page(batch, 422, form=form)
    try:
        with web.transaction() as session:
            act(session, gate.actor(), batch, **form.values)
    except Invalid as refusal:
        return _page(batch, 422, form=form.refused(refusal))
    except (Conflict, NotFound) as refusal:
        return _page(batch, 409, refusal=refusal.detail)
    if said:
        flash(said, "good")
    return redirect(url_for(".show", batch=batch), 303)


def _page(
    batch_id: UUID,
    status: int,
    refusal: str | None = None,
    form: forms.Filled | None = None,
    row: Mapping[str, str] | None = None,
):
    """`row`: the form of a row that was refused, to be shown again where it stood."""
    actor = gate.actor()
    with web.transaction() as session:  # looking at persons' rows leaves an audit row
        batch = service.find(session, actor, batch_id, own=False)
        own = batch.organisation_id == actor.organisation.id
        shown = _shown(session, batch, form, row) if own else {}
    page = render_template(
        "imports/batch.html",
        batch=batch,
        own=own,
        may_review=actor.may(Action.REVIEW),
        refusal=refusal,
        form=form or forms.Filled(),
        typed=row,
        kinds=list(Kind),
        progress=pages.progress(batch),
        waiting=pages.is_waiting(batch),
        states=states.ADDRESS,
        **shown,
    )
    again = f"{LOOK_AGAIN}; url={url_for('.show', batch=batch_id)}"
    busy = pages.is_waiting(batch) or batch.submitting_by is not None
    return page, status, {"Refresh": again} if busy else {}


def _shown(
    session, batch: ImportBatch, form: forms.Filled | None, row: Mapping[str, str] | None
) -> dict[str, object]:
    """What only the office sees that the list belongs to: its columns, or its rows."""
    asked = _stood(row) if row else web.query(RowsQuery())
    refused = form is not None and "column" in form.given
    again = batch.status is BatchStatus.CHECKED and (asked["columns"] or refused)
    if batch.status is BatchStatus.UPLOADED or again:
        return {"columns": column_pages.shown(session, batch, form)}
    if batch.status not in SHOWN:
        return {}
    fate = asked.get("fate")
    all_wanted = "fate" in request.args and fate is None
    if batch.status is BatchStatus.CHECKED and not all_wanted and not batch.totals.get(fate):
        fate = pages.first_to_decide(batch)  # also once the last of these rows was mended
    rows = pages.rows_page(session, batch, asked["page"], fate=fate, state=asked["state"])
    return {"rows": rows, "submitted": pages.submitted(session, batch)}


def _stood(row: Mapping[str, str]) -> Mapping[str, object]:
    """Among which rows the form of a row stood; among the first ones where it does not say."""
    try:
        return RowsQuery().load(row)
    except ValidationError:
        return RowsQuery().load({})


@bp.get("/manage/imports/<uuid:batch>/refused.xlsx")
@gate.may(Action.IMPORT)
def refused(batch: UUID):
    """The rows that were not taken, with the reasons, to be corrected and uploaded again."""
    with web.transaction() as session:
        found = service.find(session, gate.actor(), batch)
        content = pages.refused_file(session, found)
    return _file(content, f"can-sua-{found.created_at:%d-%m-%Y}.xlsx")


@bp.get("/manage/imports/template.xlsx")
@gate.may(Action.IMPORT)
def template():
    """An empty list with headings, choices, notes and two examples."""
    kind = web.query(TemplateQuery())["kind"]
    return _file(pages.blank_file(web.session(), kind), f"mau-{kind}.xlsx")


def _file(content: bytes, name: str):
    type_ = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return send_file(BytesIO(content), mimetype=type_, as_attachment=True, download_name=name)
