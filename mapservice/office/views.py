"""The office's front door; lists as pages, on paper and as Excel files; histories of records."""

from collections.abc import Callable, Mapping
from tempfile import TemporaryFile
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, render_template, send_file, url_for
from werkzeug.datastructures import MultiDict

from mapservice import qr, web
from mapservice.accounts import gate
from mapservice.accounts.models import Role
from mapservice.accounts.rights import Action
from mapservice.addresses import service as addresses
from mapservice.addresses.models import AddressStatus
from mapservice.errors import NotFound
from mapservice.office import csv_file, excel, history, history_subjects, home, lists, pages, words
from mapservice.office.columns import Listing
from mapservice.office.history_subjects import Subject
from mapservice.office.pages import ListPage
from mapservice.office.schemas import HistoryQuery

bp = Blueprint("office", __name__)
WHOLE = "Toàn bộ địa bàn"
FILES = {"xlsx": excel, "csv": csv_file}


@bp.get("/manage/", endpoint="home")
@gate.may(Action.KEEP_OWN_ACCOUNT)
def front_door():
    """What waits for whoever asks; a team leader's work is answering proposals."""
    actor, session = gate.actor(), web.session()
    if actor.role is Role.TEAM_LEADER:
        return redirect(url_for("matching.proposals"))
    return render_template(
        "office/home.html",
        actor=actor,
        work=home.waiting(session, actor),
        totals=home.totals(session, actor),
        may_register=actor.may(Action.REGISTER),
        sees_plans=actor.may(Action.SEE_PLANS),
    )


def _list_view(listing: Listing) -> Callable:
    def view():
        asked, values = _asked(listing)
        page = pages.list_page(web.session(), gate.actor(), listing, asked, values)
        if "format" in values:
            return _taken_or_why_not(page, values)
        return render_template("office/list.html", page=page)

    return view


def _asked(listing: Listing) -> tuple[dict[str, str], Mapping[str, object]]:
    """What the address asks of a list: as it is written, and read. An empty field asks nothing."""
    schema = listing.query()
    given = {name: value.strip() for name, value in web.readable_query().items() if value.strip()}
    values = schema.load(web.query_values(schema, MultiDict(given)))
    return {name: value for name, value in given.items() if name in schema.fields}, values


def _taken_or_why_not(page: ListPage, values: Mapping[str, object]):
    """The file or the paper, or the list with what stands against it: too many rows, too many
    persons a day, persons for no reason."""
    shape = values["format"]
    if shape in FILES and page.total > pages.MOST_IN_FILE:
        return render_template("office/list.html", page=page, too_many=pages.MOST_IN_FILE), 422
    persons, left = _persons(page, values)
    if persons > left:
        told = {"wanted": persons, "left": left, "most": pages.MOST_PERSONS_A_DAY}
        return render_template("office/list.html", page=page, too_many_persons=told), 422
    if persons and "reason" not in values:
        reasons = words.load(web.session())["taking_reasons"]
        why = {"persons": persons, "format": shape, "part": page.page, "reasons": reasons}
        return render_template("office/list.html", page=page, why=why), 422
    reason = values["reason"] if persons else None
    said = words.load(web.session())["taking_reasons"][reason] if reason else ""
    if shape in FILES:
        return _file(page, values, persons, said)
    return _paper(page, values, persons, said)


def _persons(page: ListPage, values: Mapping[str, object]) -> tuple[int, int]:
    """How many persons would be taken, how many may be: of a file all, of a paper its own part."""
    session, actor = web.session(), gate.actor()
    left = pages.persons_left(session, actor)
    if values["format"] in FILES:
        return pages.persons_in_file(session, actor, page.listing, values), left
    return page.persons, left


def _paper(page: ListPage, values: Mapping[str, object], persons: int, reason: str):
    """A part of the list for paper; that it was made is recorded as a file is."""
    with web.transaction() as session:
        pages.record_taken(session, page, values, persons, len(page.rows))
    return render_template(
        "office/print.html", page=page, reason=reason, reason_code=values.get("reason")
    )


def _file(page: ListPage, values: Mapping[str, object], persons: int, reason: str):
    """The whole filtered list as a file; that it was taken is recorded, with how many rows."""
    listing, shape = page.listing, str(values["format"])
    said = page.said or [WHOLE]
    if reason:
        said = [*said, f"Lý do tải: {reason}"]
    about = ["; ".join(said), f"{page.who}, {page.at:%H:%M %d/%m/%Y}"]
    file = TemporaryFile()  # noqa: SIM115 - closed with the answer
    with web.transaction() as session:
        rows = pages.file_rows(session, gate.actor(), listing, values)
        sheet = excel.Sheet(listing.title, about, listing.columns)
        written = FILES[shape].write(file, sheet, rows)
        pages.record_taken(session, page, values, persons, written)
    file.seek(0)
    name = f"{listing.file}-{page.at:%d-%m-%Y}.{shape}"
    return send_file(file, mimetype=FILES[shape].TYPE, as_attachment=True, download_name=name)


@bp.get("/manage/addresses/<code>/qr.svg")
@gate.may(Action.SEE_RECORDS)
def address_qr(code: str):
    """The address of a place's public page as a QR code, for paper; NotFound where it has none."""
    place = addresses.read(web.session(), gate.actor(), code)
    if place["protected"] or place["status"] != AddressStatus.PUBLISHED:
        raise NotFound("Địa chỉ này không có trang công khai.")
    url = current_app.config["BASE_URL"] + url_for("layers.place_page", code=code)
    return Response(qr.picture(url), mimetype="image/svg+xml")


def _history_view(subject: Subject) -> Callable:
    def view(**key: str | UUID):
        wanted = web.query(HistoryQuery())["page"]
        page = history.page(web.session(), gate.actor(), subject, *key.values(), wanted)
        return render_template("office/history.html", page=page)

    return view


for _listing in lists.ALL:
    bp.add_url_rule(
        f"/manage/{_listing.name}",
        _listing.name,
        gate.may(_listing.action)(_list_view(_listing)),
    )
for _subject in history_subjects.ALL:
    _path = f"{_subject.path}/history"
    bp.add_url_rule(_path, _path, gate.may(_subject.action)(_history_view(_subject)))
