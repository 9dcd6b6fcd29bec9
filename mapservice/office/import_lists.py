"""The history of imports: which lists came in, from whom, and what became of their rows."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Integer, Select, SmallInteger, cast, func, or_, select
from sqlalchemy.orm import Session

from mapservice.accounts.models import Organisation, OrganisationUnit, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.decision import VIETNAM
from mapservice.imports import queries as import_queries
from mapservice.imports.models import Fate, ImportBatch
from mapservice.office import schemas
from mapservice.office.columns import Column, Kind, Listing
from mapservice.territory import service as territory
from mapservice.territory.models import UnitWithin
from mapservice.territory.names import fold

BATCH = "/manage/imports/{id}"
KEPT = (
    "id", "file_name", "kind", "status", "rows", "file_hash", "created_at", "committed_at",
    "undone_at",
)  # fmt: skip


def _imports(session: Session, actor: Actor, filters: Mapping[str, object]) -> Select:
    statement = (
        import_queries.reachable(actor)
        .with_only_columns(
            *(getattr(ImportBatch, name) for name in KEPT),
            *(_total(fate).label(f"rows_{fate}") for fate in Fate),
            Organisation.name.label("organisation_name"),
            UserAccount.name.label("maker"),
        )
        .join(Organisation, Organisation.id == ImportBatch.organisation_id)
        .join(UserAccount, UserAccount.id == ImportBatch.made_by)
    )
    given = territory.with_unit_id(session, filters)
    for name in ("status", "kind"):
        if name in given:
            statement = statement.where(getattr(ImportBatch, name) == given[name])
    if "open" in given:
        statement = statement.where(ImportBatch.status.in_(import_queries.UNDER_WAY))
    if "organisation" in given:
        statement = statement.where(Organisation.code == given["organisation"])
    if "year" in given:
        made = func.timezone(VIETNAM.utcoffset(None), ImportBatch.created_at)
        year = cast(func.extract("year", made), SmallInteger)
        statement = statement.where(year == given["year"])
    if "unit" in given:
        statement = statement.where(_of_unit(given["unit"]))
    if "q" in given:
        said = func.core.fold(
            func.concat_ws(" ", ImportBatch.file_name, UserAccount.name, Organisation.name)
        )
        words = fold(str(given["q"]))
        asked = said.contains(words, autoescape=True)
        statement = statement.where(or_(asked, ImportBatch.file_hash.startswith(words)))
    return statement


def _total(fate: Fate) -> ColumnElement[int]:
    return func.coalesce(cast(ImportBatch.totals[fate.value].astext, Integer), 0)


def _of_unit(unit: object) -> ColumnElement[bool]:
    """Of an office whose territory lies in this unit, at least in part."""
    held = (
        select(UnitWithin.unit_id)
        .join(OrganisationUnit, OrganisationUnit.unit_id == UnitWithin.unit_id)
        .where(
            UnitWithin.container_id == unit,
            OrganisationUnit.organisation_id == ImportBatch.organisation_id,
        )
    )
    return held.exists()


IMPORTS = Listing(
    name="imports",
    title="Nhập danh sách",
    file="nhap-danh-sach",
    query=schemas.ImportsQuery,
    select=_imports,
    order="-created_at",
    unique="id",
    action=Action.IMPORT,
    new=("/manage/imports/new", "Nhập từ Excel"),
    adding=Action.IMPORT,
    search="Tên tệp, người nhập, đơn vị hoặc mã băm",
    lead="Mỗi dòng là một tệp Excel đã đưa vào: ai nhập, khi nào, từng dòng thành gì.",
    empty="Chưa nhập danh sách nào. Bấm “Nhập từ Excel” để đưa tệp của huyện, xã lên.",
    columns=(
        Column("file_name", "Tệp", width=40, link=BATCH, sorts=True),
        Column("kind", "Danh sách", Kind.WORDS, 22, "import_kinds"),
        Column("status", "Trạng thái", Kind.WORDS, 22, "import_statuses", sorts=True),
        Column("rows", "Số dòng", Kind.NUMBER, 10, sorts=True),
        Column("rows_new", "Mới", Kind.NUMBER, 9),
        Column("rows_changed", "Thay đổi", Kind.NUMBER, 10),
        Column("rows_same", "Không đổi", Kind.NUMBER, 11, screen=False),
        Column("rows_duplicate", "Có thể trùng", Kind.NUMBER, 12, screen=False),
        Column("rows_waiting", "Chờ bổ sung", Kind.NUMBER, 12, screen=False),
        Column("rows_refused", "Không nhận", Kind.NUMBER, 11),
        Column("organisation_name", "Đơn vị", width=34, sorts=True),
        Column("maker", "Người nhập", width=26, sorts=True),
        Column("created_at", "Đưa lên lúc", Kind.MOMENT, 16, sorts=True),
        Column("committed_at", "Ghi lúc", Kind.MOMENT, 16, screen=False),
        Column("undone_at", "Hoàn tác lúc", Kind.MOMENT, 16, screen=False),
        Column("file_hash", "SHA-256 của tệp", width=66, screen=False),
    ),
)
