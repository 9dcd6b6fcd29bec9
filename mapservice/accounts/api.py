"""Organisations, accounts, and whoever is asking, as JSON."""

from collections.abc import Callable

from mapservice.accounts import gate, invitations, links, listing, management, organisations
from mapservice.accounts.api_schemas import (
    InvitationIn,
    InvitationOut,
    Me,
    OrganisationChange,
    OrganisationIn,
    OrganisationOut,
    UserChange,
    UserOut,
    UserQuery,
)
from mapservice.accounts.models import Invitation, Organisation, UserAccount
from mapservice.accounts.rights import Action
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing
from mapservice.territory import service as territory

bp = Blueprint("accounts_api", __name__, tag="Tổ chức và tài khoản")


@bp.reads("/me", Action.KEEP_OWN_ACCOUNT, Me, words="Tài khoản đang dùng")
def read_me(_session):
    """Who you are, what your account may do, and what your token allows of it."""
    actor, scopes = gate.actor(), gate.scopes()
    return {
        "login": actor.account.login,
        "name": actor.account.name,
        "role": actor.role,
        "organisation": actor.organisation.code,
        "organisation_name": actor.organisation.name,
        "actions": [action for action in Action if actor.may(action)],
        "scopes": None if scopes is None else sorted(scopes),
    }


@bp.lists("/organisations", Action.SEE_RECORDS, OrganisationOut, words="Danh sách tổ chức")
def list_organisations(_session, _filters):
    """Your organisation and those below it."""
    return Listing(listing.organisations(gate.actor()), Organisation.code)


@bp.reads("/organisations/<organisation>", Action.SEE_RECORDS, OrganisationOut, words="Một tổ chức")
def read_organisation(session, organisation):
    """Your organisation or one below it."""
    return listing.organisation(session, gate.actor(), organisation)


@bp.lists("/users", Action.MANAGE_ACCOUNTS, UserOut, UserQuery, words="Danh sách tài khoản")
def list_users(_session, filters):
    """The accounts of your organisation and of those below it."""
    return Listing(listing.accounts(gate.actor(), filters), UserAccount.id)


@bp.reads("/users/<uuid:account>", Action.MANAGE_ACCOUNTS, UserOut, words="Một tài khoản")
def read_user(session, account):
    """An account of your organisation or of one below it."""
    return listing.account(session, gate.actor(), account)


def _organisation(session, code):
    return listing.organisation(session, gate.actor(), code)


@bp.creates(
    "/organisations",
    Action.MANAGE_ORGANISATIONS,
    OrganisationIn,
    OrganisationOut,
    show=_organisation,
    at="/organisations",
    words="Thêm một tổ chức",
    example={
        "code": "DX-AN-LAC",
        "name": "Đoàn xã An Lạc",
        "level": "commune",
        "parent": "HD220",
        "units": ["07645@2022"],
    },
)
def create_organisation(session, values):
    """An organisation below another one, and its territory."""
    actor, units = gate.actor(), values.pop("units")
    parent = listing.named(session, actor, values.pop("parent"), "parent")
    made = organisations.add(session, actor, parent=parent.id, **values)
    _set_territory(session, made, units)
    return made.code


@bp.changes(
    "/organisations/<organisation>",
    Action.MANAGE_ORGANISATIONS,
    OrganisationChange,
    OrganisationOut,
    words="Sửa một tổ chức",
    example={"self_verification": False},
)
def change_organisation(session, values, seen, organisation):
    """Change what is given of an organisation; `units` replaces its territory."""
    actor = gate.actor()
    _organisation(session, organisation)
    row = listing.named(session, actor, organisation, "organisation")
    parent = row.parent_id
    if "parent" in values:
        parent = listing.named(session, actor, values["parent"], "parent").id
    whole = {name: values.get(name, getattr(row, name)) for name in ("name", "self_verification")}
    organisations.change(session, actor, row.id, version=seen, parent=parent, **whole)
    if "units" in values:
        _set_territory(session, row, values["units"])
    return _organisation(session, organisation)


def _set_territory(session, row: Organisation, units: list[str]) -> None:
    try:
        wanted = {territory.find_unit(session, unit).id for unit in units}
    except NotFound as error:
        raise Invalid(error.detail, fields={"units": [error.detail]}) from error
    held = {unit["id"] for unit in organisations.units(session, row.id)}
    for unit in sorted(wanted - held):
        organisations.add_unit(session, gate.actor(), row.id, unit)
    for unit in sorted(held - wanted):
        organisations.remove_unit(session, gate.actor(), row.id, unit)


@bp.lists("/invitations", Action.MANAGE_ACCOUNTS, InvitationOut, words="Lời mời chưa được nhận")
def list_invitations(_session, _filters):
    """The invitations into your organisation and those below it that nobody accepted yet."""
    return Listing(listing.invitations(gate.actor()), Invitation.id)


def _invitation(session, invitation):
    return listing.invitation(session, gate.actor(), invitation)


@bp.reads(
    "/invitations/<uuid:invitation>", Action.MANAGE_ACCOUNTS, InvitationOut, words="Một lời mời"
)
def read_invitation(session, invitation):
    """An invitation into your organisation or one below it, also one that ended."""
    return _invitation(session, invitation)


@bp.creates(
    "/invitations",
    Action.MANAGE_ACCOUNTS,
    InvitationIn,
    InvitationOut,
    show=_invitation,
    at="/invitations",
    words="Mời một người mở tài khoản",
    example={"login": "nguoimoi@demo.invalid", "role": "viewer", "organisation": "HD220"},
)
def invite(session, values):
    """Send somebody a link by mail; 409 where the server sends no mail.

    The link opens an account, so no answer to a program holds it: the office's page shows it.
    """
    actor = gate.actor()
    if not links.mailed(values["login"]):
        sentence = "Máy chủ chưa gửi được thư. Hãy mời ở trang Tài khoản để lấy đường dẫn."
        raise Conflict(sentence, code="no-mail")
    organisation = listing.named(session, actor, values["organisation"], "organisation")
    told = {"login": values["login"], "role": values["role"]}
    row, token = invitations.invite(session, actor, organisation_id=organisation.id, **told)
    links.send_invitation(row, organisation, token)
    return row.id


@bp.steps(
    "/invitations/<uuid:invitation>/revoke",
    Action.MANAGE_ACCOUNTS,
    InvitationOut,
    words="Thu hồi lời mời",
)
def revoke_invitation(session, _values, seen, invitation):
    """End an invitation that nobody accepted: its link opens nothing any more."""
    invitations.revoke(session, gate.actor(), invitation, seen)
    return _invitation(session, invitation)


@bp.changes(
    "/users/<uuid:account>",
    Action.MANAGE_ACCOUNTS,
    UserChange,
    UserOut,
    words="Sửa một tài khoản",
    example={"name": "Cán bộ Mẫu"},
)
def change_user(session, values, seen, account):
    """Change what is given of an account you look after; its sessions end."""
    actor = gate.actor()
    row = management.seen(session, actor, account)
    organisation = row.organisation_id
    if "organisation" in values:
        organisation = listing.named(session, actor, values["organisation"], "organisation").id
    whole = {name: values.get(name, getattr(row, name)) for name in ("name", "role")}
    told = {"version": seen, "organisation_id": organisation}
    management.change(session, actor, account, **told, **whole)
    return listing.account(session, actor, account)


def _declare(name: str, act: Callable[..., object], words: str, told: str) -> None:
    """A step of an account: `act(session, actor, account, seen)`; `told` describes it."""

    def view(session, _values, seen, account):
        actor = gate.actor()
        act(session, actor, account, seen)
        return listing.account(session, actor, account)

    view.__name__, view.__doc__ = f"{name.replace('-', '_')}_user", told
    path = f"/users/<uuid:account>/{name}"
    bp.steps(path, Action.MANAGE_ACCOUNTS, UserOut, words=words)(view)


def _reset(session, actor, account, seen) -> None:
    login = management.seen(session, actor, account).login
    if not links.mailed(login):
        sentence = "Máy chủ chưa gửi được thư tới tài khoản này. Hãy tạo đường dẫn ở trang của nó."
        raise Conflict(sentence, code="no-mail")
    row, token = management.reset(session, actor, account, seen)
    links.send_reset(row, login, token)


_declare(
    "disable",
    management.disable,
    "Khóa tài khoản",
    "Shut an account: its sessions and tokens open nothing from the next request on.",
)
_declare("enable", management.enable, "Mở tài khoản", "Open a shut account again.")
_declare(
    "end-sessions",
    management.end_sessions,
    "Đăng xuất mọi thiết bị",
    "Sign an account out everywhere, its programs too.",
)
_declare(
    "remove-second-factor",
    management.remove_second_factor,
    "Gỡ xác thực hai bước",
    "For somebody who lost phone and recovery codes; signs the account out everywhere.",
)
_declare(
    "reset",
    _reset,
    "Gửi đường dẫn đặt lại mật khẩu",
    """Send the owner a link to a new password by mail; 409 (`no-mail`) where none reaches them.

    The link opens the account, so no answer to a program holds it: the office's page shows it.""",
)
