"""Lists that come in as JSON: upload and try one, correct rows, commit, undo."""

from base64 import b64decode
from binascii import Error
from uuid import UUID

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.errors import Invalid
from mapservice.imports import commit, documents, queries, service, submitting, undoing
from mapservice.imports.models import ImportBatch
from mapservice.imports.schemas import ImportIn, ImportLineOut, ImportOut, RowIn
from mapservice.imports.unreadable import MOST_BYTES
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing

bp = Blueprint("imports_api", __name__, tag="Nhập danh sách")
ONE = "/imports/<uuid:batch>"
MOST_BODY = MOST_BYTES * 4 // 3 + 100_000  # bytes of a file in base64, and the rest
NOT_BASE64 = "Tệp phải ở dạng base64."
# title,commune_text / Nhà văn hóa thôn Mẫu,xã An Lạc (CSV)
SAMPLE = "VMOqbiDEkeG7i2EgxJFp4buDbSxYw6MNCk5ow6AgdsSDbiBow7NhIHRow7RuIE3huqt1LHjDoyBBbiBM4bqhYw0K"
EXAMPLE = {"file_name": "dia-diem.csv", "kind": "places", "file": SAMPLE}


def _shown(session, batch) -> dict:
    actor = gate.actor()
    found = service.find(session, actor, UUID(str(batch)), own=False)
    return documents.record(session, actor, found)


@bp.lists("/imports", Action.IMPORT, ImportLineOut, words="Các danh sách đã đưa vào")
def list_imports(session, filters):
    """The lists of your organisation and those below it."""
    return Listing(queries.reachable(gate.actor()), ImportBatch.id)


@bp.creates(
    "/imports",
    Action.IMPORT,
    ImportIn,
    ImportOut,
    show=_shown,
    at="/imports",
    words="Đưa một danh sách lên và kiểm tra",
    example=EXAMPLE,
    most_body=MOST_BODY,
)
def upload_import(session, values):
    """Keep a file and try it: what each row would become. Nothing is written of it yet.

    Long lists are tried by the worker: `checking` becomes `checked`. `problems` are the rows that
    somebody must look at.
    """
    try:
        content = b64decode(values["file"], validate=True)
    except (Error, ValueError) as error:
        raise Invalid(NOT_BASE64, fields={"file": [NOT_BASE64]}) from error
    actor = gate.actor()
    batch = service.upload(session, actor, values["file_name"], content, values["kind"])
    sheet = batch.sheet if values["sheet"] is None else values["sheet"]
    mapping = batch.mapping if values["columns"] is None else values["columns"]
    if values["columns"] is None and 0 <= sheet < len(batch.headings):
        mapping = batch.headings[sheet]["guess"]
    columns = {int(at): key for at, key in mapping.items()}
    service.arrange(session, actor, batch.id, batch.version, sheet, columns, values["given"])
    return str(batch.id)


@bp.reads(ONE, Action.IMPORT, ImportOut, words="Một danh sách đã đưa vào")
def read_import(session, batch):
    """How far a list is, and the rows that somebody must look at."""
    return _shown(session, batch)


@bp.steps(
    f"{ONE}/row",
    Action.IMPORT,
    ImportOut,
    given=RowIn,
    words="Sửa một dòng",
    example={"number": 2, "cells": {"commune_text": "xã An Lạc"}},
)
def mend_import_row(session, values, seen, batch):
    """Correct cells of a row by field, or answer whether it is the record it may be the double of;
    `commune` takes one of the row's `choices`."""
    service.mend(session, gate.actor(), batch, seen, **values)
    return _shown(session, batch)


@bp.steps(f"{ONE}/commit", Action.IMPORT, ImportOut, words="Ghi danh sách")
def commit_import(session, values, seen, batch):
    """Write the rows that are new or changed, in one transaction; the others are left out."""
    commit.begin(session, gate.actor(), batch, seen)
    return _shown(session, batch)


@bp.steps(f"{ONE}/submit", Action.REGISTER, ImportOut, words="Gửi duyệt các bản nháp của danh sách")
def submit_import(session, values, seen, batch):
    """Send every draft that a committed list made to be verified; over a hundred the worker does
    it (`submitting`). What could not be sent is among the `problems`, and can be sent again."""
    submitting.begin(session, gate.actor(), batch, seen)
    return _shown(session, batch)


@bp.steps(f"{ONE}/stop", Action.REGISTER, ImportOut, words="Dừng gửi duyệt một danh sách")
def stop_import(session, values, seen, batch):
    """Send no more of a list's drafts (while it is `submitting`): those that did not go yet stay
    drafts, and can be sent later."""
    submitting.stop(session, gate.actor(), batch, seen)
    return _shown(session, batch)


@bp.steps(f"{ONE}/undo", Action.IMPORT, ImportOut, words="Hoàn tác một lần nhập")
def undo_import(session, values, seen, batch):
    """Take a committed list back, as long as nothing was built on it (409 names what was)."""
    undoing.undo(session, gate.actor(), batch, seen)
    return _shown(session, batch)


@bp.steps(f"{ONE}/drop", Action.IMPORT, ImportOut, words="Bỏ một danh sách chưa ghi")
def drop_import(session, values, seen, batch):
    """Give a list up that was not committed: its file is deleted."""
    service.drop(session, gate.actor(), batch, seen)
    return _shown(session, batch)
