"""Lists of the union's tree: accounts, invitations, organisations; each of the own part of it."""

from collections.abc import Mapping

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts import listing
from mapservice.accounts.rights import Action, Actor
from mapservice.office import account_queries as queries
from mapservice.office import schemas
from mapservice.office.columns import Column, Kind, Listing
from mapservice.territory import service as territory

Filters = Mapping[str, object]
SECTION = "users"  # of the menu


def _users(session: Session, actor: Actor, filters: Filters) -> Select:
    plain = territory.with_unit_id(session, filters)
    return queries.accounts(listing.accounts(actor, {}), plain)


def _invitations(session: Session, actor: Actor, filters: Filters) -> Select:
    plain = territory.with_unit_id(session, filters)
    return queries.invitations(listing.all_invitations(actor), plain)


def _organisations(session: Session, actor: Actor, filters: Filters) -> Select:
    plain = territory.with_unit_id(session, filters)
    return queries.organisations(listing.organisations(actor), plain)


ACCOUNT = "/manage/users/{id}"
INVITATION = "/manage/users/invitations/{id}"
ORGANISATION = "/manage/organisations/{id}"

USERS = Listing(
    name="users",
    title="Tài khoản",
    file="tai-khoan",
    query=schemas.UsersQuery,
    select=_users,
    order="name",
    unique="login",
    action=Action.MANAGE_ACCOUNTS,
    new=("/manage/users/invite", "Mời người mới"),
    adding=Action.MANAGE_ACCOUNTS,
    search="Tên, thư hoặc số điện thoại",
    empty="Chưa có ai. Bấm “Mời người mới” để mời người đầu tiên.",
    columns=(
        Column("name", "Họ tên", width=30, link=ACCOUNT, sorts=True),
        Column("login", "Đăng nhập bằng", width=32, sorts=True),
        Column("role", "Vai trò", Kind.WORDS, 18, "roles", sorts=True),
        Column("organisation_name", "Tổ chức", width=34, sorts=True),
        Column("state", "Trạng thái", Kind.WORDS, 18, "account_states", sorts=True),
        Column("second_factor", "Xác thực hai bước", Kind.YES_NO, 16),
        Column("seen_at", "Dùng lần cuối", Kind.DAY, 13, sorts=True),
        Column("created_at", "Lập ngày", Kind.DAY, 12, screen=False, sorts=True),
        Column("organisation", "Mã tổ chức", width=12, screen=False),
    ),
)

INVITATIONS = Listing(
    name="invitations",
    under=SECTION,
    title="Lời mời",
    file="loi-moi",
    query=schemas.InvitationsQuery,
    select=_invitations,
    order="-created_at",
    unique="id",
    action=Action.MANAGE_ACCOUNTS,
    new=("/manage/users/invite", "Mời người mới"),
    adding=Action.MANAGE_ACCOUNTS,
    search="Thư hoặc số điện thoại",
    empty="Chưa có lời mời nào. Bấm “Mời người mới” để tạo đường dẫn mời.",
    columns=(
        Column("login", "Gửi tới", width=32, link=INVITATION, sorts=True),
        Column("role", "Vai trò", Kind.WORDS, 18, "roles", sorts=True),
        Column("organisation_name", "Tổ chức", width=34, sorts=True),
        Column("state", "Trạng thái", Kind.WORDS, 18, "invitation_states", sorts=True),
        Column("inviter", "Người mời", width=28),
        Column("created_at", "Mời ngày", Kind.DAY, 12, sorts=True),
        Column("expires_at", "Dùng được đến", Kind.MOMENT, 16, sorts=True),
        Column("organisation", "Mã tổ chức", width=12, screen=False),
    ),
)

ORGANISATIONS = Listing(
    name="organisations",
    under=SECTION,
    title="Tổ chức và địa bàn",
    file="to-chuc",
    query=schemas.OrganisationsQuery,
    select=_organisations,
    order="path",
    unique="code",
    action=Action.MANAGE_ORGANISATIONS,
    new=("/manage/organisations/new", "Thêm tổ chức"),
    adding=Action.MANAGE_ORGANISATIONS,
    empty="Chưa có tổ chức nào.",
    columns=(
        Column("code", "Mã", width=14, link=ORGANISATION, sorts=True),
        Column("name", "Tên", width=40, link=ORGANISATION, sorts=True),
        Column("level", "Cấp", Kind.WORDS, 12, "organisation_levels", sorts=True),
        Column("parent_name", "Cấp trên", width=34, sorts=True),
        Column("accounts", "Tài khoản đang hoạt động", Kind.NUMBER, 14, sorts=True),
        Column("unit_count", "Đơn vị trong địa bàn", Kind.NUMBER, 14, sorts=True),
        Column("self_verification", "Được tự xác minh", Kind.YES_NO, 14),
        Column("parent", "Mã cấp trên", width=14, screen=False),
    ),
)

ALL = (USERS, INVITATIONS, ORGANISATIONS)
