"""The office's menu: data, shown to those who may do what an entry leads to."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint

from mapservice.accounts import gate
from mapservice.accounts.rights import Action

bp = Blueprint("menu", __name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """`section` is what a page sets to be marked as the current one; `icon` a Tabler name.

    What is done most stands first.
    """

    section: str
    path: str
    icon: str
    words: str
    action: Action


MENU = (
    Entry("home", "/manage/", "home", "Việc cần làm", Action.SEE_RECORDS),
    Entry("addresses", "/manage/addresses", "map-pin", "Địa chỉ", Action.SEE_RECORDS),
    Entry("needs", "/manage/needs", "list-check", "Nhu cầu", Action.SEE_RECORDS),
    Entry("review", "/manage/review", "checkbox", "Duyệt", Action.REGISTER),
    Entry("imports", "/manage/imports", "table-import", "Nhập Excel", Action.IMPORT),
    Entry("teams", "/manage/teams", "users-group", "Đội hình", Action.SEE_RECORDS),
    Entry("matching", "/manage/matching", "arrows-exchange", "Ghép đội", Action.SEE_PLANS),
    Entry("assignments", "/manage/assignments", "clipboard-check", "Phân công", Action.SEE_RECORDS),
    Entry("inbox", "/manage/inbox?open=1", "inbox", "Hộp thư", Action.MODERATE),
    Entry("users", "/manage/users", "user-cog", "Tài khoản", Action.MANAGE_ACCOUNTS),
    Entry("proposals", "/manage/proposals", "inbox", "Đề nghị", Action.ANSWER_PROPOSALS),
    Entry("my-teams", "/manage/my-teams", "users-group", "Đội của tôi", Action.KEEP_OWN_TEAM),
    Entry("embeds", "/manage/embeds", "code", "Nhúng", Action.MANAGE_EMBEDS),
    Entry("system", "/manage/system", "settings", "Hệ thống", Action.SEE_SYSTEM),
    Entry("account", "/manage/account", "user-circle", "Của tôi", Action.KEEP_OWN_ACCOUNT),
)


@bp.app_template_global("office_menu")
def entries() -> Sequence[Entry]:
    """The entries of whoever is asking. A call, not a value: public pages must not ask who."""
    return [entry for entry in MENU if gate.allows(entry.action)]
