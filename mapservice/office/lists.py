"""The lists of the office: what each shows, of whom, in which order."""

from collections.abc import Mapping

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses import service as addresses_service
from mapservice.matching import reading
from mapservice.needs import service as needs_service
from mapservice.office import account_lists, embed_lists, queries, schemas
from mapservice.office.columns import Column, Kind, Listing
from mapservice.office.import_lists import IMPORTS
from mapservice.office.letter_lists import INBOX
from mapservice.office.plan_lists import PLANS
from mapservice.teams import service as teams_service
from mapservice.territory import service as territory

Filters = Mapping[str, object]


def _addresses(session: Session, actor: Actor, filters: Filters) -> Select:
    base = _renamed(filters, {"status": [], "nature": [], "kind": [], "unit": "unit"})
    if "year" in filters:
        base["programme_year"] = filters["year"]
    own = {"mine": actor.id} if "mine" in filters else {}
    return queries.addresses(addresses_service.listed(session, actor, base), {**filters, **own})


def _needs(session: Session, actor: Actor, filters: Filters) -> Select:
    base = _renamed(filters, {"status": [], "urgency": [], "category": [], "unit": "unit"})
    return queries.needs(needs_service.listed(session, actor, base), filters)


def _teams(session: Session, actor: Actor, filters: Filters) -> Select:
    base = _renamed(filters, {"kind": [], "state": [], "verified": "", "unit": ""})
    return queries.teams(teams_service.listed(session, actor, base), filters)


def _assignments(session: Session, actor: Actor, filters: Filters) -> Select:
    base = _renamed(filters, {"status": []})
    plain = territory.with_unit_id(session, filters)
    return queries.assignments(reading.listed(actor, base), plain)


def _renamed(filters: Filters, wanted: Mapping[str, object]) -> dict[str, object]:
    """The wanted filters that are given; those that a feature takes as a list, as one."""
    return {
        name: [filters[name]] if isinstance(shape, list) else filters[name]
        for name, shape in wanted.items()
        if name in filters
    }


RECORD = "/manage/addresses/{public_code}"
HOME = "/manage/addresses/{address}"
GROUP = ("person_kind", "groups")

ADDRESSES = Listing(
    name="addresses",
    title="Địa chỉ tình nguyện",
    file="dia-chi-tinh-nguyen",
    query=schemas.AddressesQuery,
    select=_addresses,
    order="-updated_at",
    new=("/manage/addresses/new", "Đăng ký địa chỉ"),
    empty="Chưa có địa chỉ nào trong địa bàn. Bấm “Đăng ký địa chỉ” để ghi địa chỉ đầu tiên.",
    columns=(
        Column("public_code", "Mã", width=11, link=RECORD),
        Column("title", "Tên", width=42, instead=GROUP, link=RECORD, sorts=True),
        Column("nature", "Tính chất", Kind.WORDS, 22, "natures", screen=False),
        Column("kind_name", "Loại", width=20),
        Column("commune_name", "Xã, phường", width=20, sorts=True),
        Column("former_commune_name", "Xã trước 1/7/2025", width=20, screen=False),
        Column("hamlet", "Thôn, xóm", width=18, screen=False),
        Column("programme_year", "Năm", Kind.NUMBER, 8, sorts=True),
        Column("status", "Trạng thái", Kind.WORDS, 18, "address_statuses", sorts=True),
        Column("needs", "Nhu cầu", Kind.NUMBER, 9),
        Column("summary", "Mô tả", width=50, screen=False),
        Column("children", "Trẻ em", Kind.NUMBER, 9, screen=False),
        Column("youth", "Thanh niên", Kind.NUMBER, 11, screen=False),
        Column("elderly", "Người cao tuổi", Kind.NUMBER, 14, screen=False),
        Column("disabled", "Người khuyết tật", Kind.NUMBER, 15, screen=False),
        Column("households", "Hộ gia đình", Kind.NUMBER, 12, screen=False),
        Column("organisation_name", "Đơn vị đăng ký", width=28, screen=False),
        Column("created_at", "Ngày đăng ký", Kind.DAY, 13, screen=False),
        Column("updated_at", "Cập nhật", Kind.DAY, 12, sorts=True),
        Column("assured_at", "Kiểm tra ngày", Kind.DAY, 13, screen=False),
        Column("assured_until", "Kiểm tra lại trước", Kind.DAY, 17, sorts=True),
        Column("lat", "Vĩ độ", Kind.NUMBER, 11, screen=False),
        Column("lng", "Kinh độ", Kind.NUMBER, 11, screen=False),
    ),
)

NEEDS = Listing(
    name="needs",
    title="Nhu cầu hỗ trợ",
    file="nhu-cau-ho-tro",
    query=schemas.NeedsQuery,
    select=_needs,
    order="-urgency",
    empty="Chưa có nhu cầu nào trong địa bàn. Nhu cầu được ghi cùng địa chỉ.",
    columns=(
        Column("public_code", "Mã", width=11, link=HOME),
        Column("title", "Nhu cầu", width=40, instead=GROUP, link=HOME, sorts=True),
        Column("category_name", "Lĩnh vực", width=20),
        Column("address_title", "Địa chỉ", width=36, instead=GROUP, link=HOME),
        Column("commune_name", "Xã, phường", width=20, sorts=True),
        Column("urgency", "Mức khẩn", Kind.WORDS, 13, "urgencies", sorts=True),
        Column("quantity", "Số lượng", Kind.NUMBER, 10, screen=False),
        Column("unit", "Đơn vị tính", width=12, screen=False),
        Column("committed_quantity", "Đã nhận", Kind.NUMBER, 10, screen=False),
        Column("reached_quantity", "Đã đạt", Kind.NUMBER, 10, screen=False),
        Column("parts", "Số đội cần", Kind.NUMBER, 11),
        Column("parts_taken", "Đội đã nhận", Kind.NUMBER, 12),
        Column("people_per_part", "Người mỗi đội", Kind.NUMBER, 13, screen=False),
        Column("people_in_all", "Tổng người góp", Kind.NUMBER, 14, screen=False),
        Column("skills", "Kỹ năng", Kind.WORDS, 24, "skills", screen=False),
        Column("wanted_from", "Cần từ", Kind.DAY, 12, screen=False),
        Column("wanted_until", "Cần đến", Kind.DAY, 12, sorts=True),
        Column("status", "Trạng thái", Kind.WORDS, 18, "need_statuses", sorts=True),
        Column("status_at", "Từ ngày", Kind.DAY, 12, sorts=True),
        Column("programme_year", "Năm", Kind.NUMBER, 8, screen=False),
        Column("organisation_name", "Đơn vị đăng ký", width=28, screen=False),
        Column("address", "Mã địa chỉ", width=11, screen=False),
    ),
)

TEAMS = Listing(
    name="teams",
    title="Đội hình tình nguyện",
    file="doi-hinh-tinh-nguyen",
    query=schemas.TeamsQuery,
    select=_teams,
    order="name",
    new=("/manage/teams/new", "Đăng ký đội"),
    empty="Chưa có đội nào trong địa bàn. Bấm “Đăng ký đội” để ghi đội đầu tiên.",
    columns=(
        Column("public_code", "Mã", width=11, link="/manage/teams/{public_code}"),
        Column("name", "Tên đội", width=40, link="/manage/teams/{public_code}", sorts=True),
        Column("kind", "Loại đội", Kind.WORDS, 32, "team_kinds", sorts=True),
        Column("commune_name", "Xã, phường", width=20, sorts=True),
        Column("organisation_name", "Tổ chức", width=28),
        Column("people", "Số người", Kind.NUMBER, 10, sorts=True),
        Column("skills", "Kỹ năng", Kind.WORDS, 36, "skills"),
        Column("state", "Trạng thái", Kind.WORDS, 18, "team_states", sorts=True),
        Column("verified", "Xác minh", Kind.YES_NO, 10),
        Column("max_concurrent", "Nhận cùng lúc", Kind.NUMBER, 13, screen=False),
        Column("radius_km", "Bán kính (km)", Kind.NUMBER, 13, screen=False),
        Column("vehicles", "Phương tiện", Kind.NUMBER, 12, screen=False),
        Column("created_at", "Ngày đăng ký", Kind.DAY, 13, screen=False),
    ),
)

ASSIGNMENTS = Listing(
    name="assignments",
    title="Phân công",
    file="phan-cong",
    query=schemas.AssignmentsQuery,
    select=_assignments,
    order="-status_at",
    unique="id",
    empty="Chưa có phân công nào. Vào “Ghép đội” để đề nghị các đội giúp những nơi đang cần.",
    columns=(
        Column("need_title", "Nhu cầu", width=40, instead=GROUP, link="/manage/assignments/{id}"),
        Column("category_name", "Lĩnh vực", width=20, screen=False),
        Column("commune_name", "Xã, phường", width=20, sorts=True),
        Column("team_name", "Đội", width=36, link="/manage/teams/{team}", sorts=True),
        Column("organisation_name", "Tổ chức của đội", width=28, screen=False),
        Column("urgency", "Mức khẩn", Kind.WORDS, 13, "urgencies", sorts=True),
        Column("status", "Trạng thái", Kind.WORDS, 24, "statuses", sorts=True),
        Column("status_at", "Từ lúc", Kind.MOMENT, 16, sorts=True),
        Column("created_at", "Đề nghị ngày", Kind.DAY, 13, sorts=True),
        Column("lease_until", "Hạn trả lời", Kind.MOMENT, 16, screen=False),
        Column("origin", "Hình thức", Kind.WORDS, 20, "origins", screen=False),
        Column("quantity", "Số lượng", Kind.NUMBER, 10, screen=False),
        Column("unit", "Đơn vị tính", width=12, screen=False),
        Column("hours", "Giờ công", Kind.NUMBER, 10),
        Column("volunteers", "Tình nguyện viên", Kind.NUMBER, 15),
        Column("results", "Kết quả", width=50, screen=False),
        Column("programme_year", "Năm", Kind.NUMBER, 8, screen=False),
        Column("need", "Mã nhu cầu", width=11, screen=False),
        Column("team", "Mã đội", width=11, screen=False),
        Column("address", "Mã địa chỉ", width=11, screen=False),
    ),
)

ALL = (
    ADDRESSES,
    NEEDS,
    TEAMS,
    ASSIGNMENTS,
    PLANS,
    INBOX,
    IMPORTS,
    *account_lists.ALL,
    *embed_lists.ALL,
)


def beside(listing: Listing, actor: Actor) -> list[Listing]:
    """The lists of the same section that the actor may see, itself among them."""
    return [each for each in ALL if each.section == listing.section and actor.may(each.action)]
