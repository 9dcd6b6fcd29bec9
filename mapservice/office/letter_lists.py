"""The list of what the public sent. Never who sent it: that is opened one at a time, and recorded.

What was written freely with a proposed address stays on its own page too: nobody has read it yet.
"""

from collections.abc import Mapping

from sqlalchemy import Select, func, or_
from sqlalchemy.orm import Session

from mapservice.accounts.queries import inside
from mapservice.accounts.rights import Action, Actor
from mapservice.inbox import queries as inbox
from mapservice.inbox.models import OfferStatus
from mapservice.office import schemas
from mapservice.office.columns import Column, Kind, Listing
from mapservice.territory import service as territory
from mapservice.territory.names import fold

WAITING = (OfferStatus.NEW, OfferStatus.CONTACTED)  # suggestions are never the second
SHEET = "/manage/inbox/{what}s/{public_code}"


def _letters(session: Session, actor: Actor, filters: Mapping[str, object]) -> Select:
    statement = inbox.received(actor.territory)
    sent = statement.selected_columns
    given = territory.with_unit_id(session, filters)
    if "unit" in given:
        statement = statement.where(inside(sent.unit_ids, [given["unit"]]))
    if "kind" in given:
        statement = statement.where(or_(sent.what == given["kind"], sent.kind == given["kind"]))
    for filtered, column in FILTERED.items():
        if filtered in given:
            statement = statement.where(sent[column] == given[filtered])
    if "open" in given:
        statement = statement.where(sent.status.in_(WAITING))
    if "q" in given:
        q = str(given["q"])
        named = func.core.fold(sent.title).contains(fold(q), autoescape=True)
        statement = statement.where(or_(named, sent.public_code == q.upper()))
    return statement


FILTERED = {"status": "status", "category": "category", "year": "programme_year"}

INBOX = Listing(
    name="inbox",
    title="Hộp thư",
    file="hop-thu",
    query=schemas.LettersQuery,
    select=_letters,
    order="stage",
    then=("-created_at",),
    action=Action.MODERATE,
    lead="Lời đề nghị giúp và địa chỉ do người dân gửi. Không mục nào được công khai trước khi "
    "cán bộ xử lý. Tên và số điện thoại người gửi chỉ mở được ở từng mục.",
    empty="Chưa có ai gửi gì. Khi có người đề nghị giúp hoặc đề xuất một địa chỉ, mục đó hiện ở "
    "đây.",
    columns=(
        Column("public_code", "Mã", width=11, link=SHEET),
        Column("kind", "Loại", Kind.WORDS, 26, "letter_kinds", sorts=True),
        Column("title", "Nơi", width=42, instead=("person_kind", "groups"), link=SHEET, sorts=True),
        Column("commune_name", "Xã, phường", width=20, sorts=True),
        Column("category", "Lĩnh vực", Kind.WORDS, 20, "categories"),
        Column("need_title", "Nhu cầu", width=36, screen=False),
        Column("people", "Số người", Kind.NUMBER, 10),
        Column("pledged_quantity", "Số lượng", Kind.NUMBER, 10, screen=False),
        Column("available_from", "Từ ngày", Kind.DAY, 12, screen=False),
        Column("available_until", "Đến ngày", Kind.DAY, 12, screen=False),
        Column("status", "Trạng thái", Kind.WORDS, 20, "letter_statuses", sorts=True),
        Column("created_at", "Gửi lúc", Kind.MOMENT, 16, sorts=True),
        Column("status_at", "Xử lý lúc", Kind.MOMENT, 16, screen=False),
        Column("handler", "Người xử lý", width=24, screen=False),
        Column("outcome", "Kết quả", Kind.WORDS, 30, "outcomes", screen=False),
        Column("status_reason", "Lý do từ chối", Kind.WORDS, 30, "reasons", screen=False),
        Column("programme_year", "Năm", Kind.NUMBER, 8, screen=False),
    ),
)
