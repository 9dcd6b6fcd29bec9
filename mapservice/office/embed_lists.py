"""Lists of the sites that may show the map in a frame, and of the views there, day by day."""

from collections.abc import Mapping

from sqlalchemy import Select, func
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.embed import queries
from mapservice.office import schemas
from mapservice.office.columns import Column, Kind, Listing
from mapservice.territory.names import fold

Filters = Mapping[str, object]
SECTION = "embeds"  # of the menu
SITE = "/manage/embeds/{id}"


def _sites(_session: Session, _actor: Actor, filters: Filters) -> Select:
    statement = queries.sites()
    told = statement.selected_columns
    if "status" in filters:
        statement = statement.where(told.status == filters["status"])
    if "q" in filters:
        words = fold(str(filters["q"]))
        said = func.core.fold(func.concat_ws(" ", told.origin, told.note))
        statement = statement.where(said.contains(words, autoescape=True))
    return statement


def _views(_session: Session, _actor: Actor, filters: Filters) -> Select:
    statement = queries.views_by_day()
    told = statement.selected_columns
    if "days" in filters:
        statement = statement.where(queries.lately(told.day, int(filters["days"])))
    if "q" in filters:
        words = str(filters["q"]).lower()
        statement = statement.where(told.site.contains(words, autoescape=True))
    return statement


SITES = Listing(
    name="embeds",
    title="Trang được nhúng bản đồ",
    file="trang-nhung-ban-do",
    query=schemas.SitesQuery,
    select=_sites,
    order="origin",
    unique="origin",
    action=Action.MANAGE_EMBEDS,
    new=("/manage/embeds/new", "Cho phép một trang"),
    adding=Action.MANAGE_EMBEDS,
    search="Địa chỉ hoặc ghi chú",
    lead="Chỉ những trang ở đây mới hiện được bản đồ trong bài viết của mình; trang của chính bản "
    "đồ luôn được phép. Thay đổi có hiệu lực ngay.",
    empty="Chưa có trang nào. Bấm “Cho phép một trang” để thêm, ví dụ trang của Tỉnh đoàn.",
    columns=(
        Column("origin", "Trang", width=40, link=SITE, sorts=True),
        Column("note", "Ghi chú", width=30),
        Column("status", "Trạng thái", Kind.WORDS, 16, "embed_states", sorts=True),
        Column("today", "Lượt xem hôm nay", Kind.NUMBER, 12, sorts=True),
        Column("lately", "30 ngày qua", Kind.NUMBER, 12, sorts=True),
        Column("in_all", "Tất cả", Kind.NUMBER, 12, sorts=True),
        Column("added_by", "Người cho phép", width=26),
        Column("created_at", "Cho phép lúc", Kind.MOMENT, 16, sorts=True),
        Column("removed_by", "Người bỏ", width=26, screen=False),
        Column("removed_at", "Bỏ lúc", Kind.MOMENT, 16, screen=False),
    ),
)

VIEWS = Listing(
    name="embed-views",
    under=SECTION,
    title="Lượt xem theo ngày",
    file="luot-xem-ban-do-nhung",
    query=schemas.EmbedViewsQuery,
    select=_views,
    order="-day",
    then=("-views",),
    unique="site",
    action=Action.MANAGE_EMBEDS,
    search="Địa chỉ trang",
    lead="Số lần bản đồ được mở trong bài viết của mỗi trang. Không ghi gì về người xem.",
    empty="Chưa có lượt xem nào.",
    columns=(
        Column("day", "Ngày", Kind.DAY, 13, sorts=True),
        Column("site", "Trang", width=40, instead=("kind", "embed_sites"), sorts=True),
        Column("views", "Lượt xem", Kind.NUMBER, 12, sorts=True),
    ),
)

ALL = (SITES, VIEWS)
