"""Two people changed one team: `conflicts`, for the office's form and its leader's part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from mapservice import conflicts
from mapservice.accounts.last_saved import Saved, last_saved
from mapservice.conflicts import HIDDEN, THEIRS, Asked, Difference
from mapservice.decision import VIETNAM
from mapservice.forms import Filled
from mapservice.teams import service
from mapservice.teams.forms import DAYS, LANGUAGES, WINDOWS
from mapservice.teams.models import Team

# The form's fields in its order, as both versions are told apart.
LABELS = {
    "name": "Tên đội",
    "kind": "Loại đội",
    "organisation": "Tổ chức Đoàn",
    "state": "Trạng thái",
    "leader": "Tài khoản đội trưởng",
    "leader_name": "Họ tên, điện thoại đội trưởng",
    "commune": "Xã, phường",
    "position": "Tọa độ",
    "base_public": "Hiện đúng nơi xuất phát",
    "radius_km": "Đi xa nhất (km)",
    "people": "Số người",
    "max_concurrent": "Số việc cùng lúc",
    "vehicles": "Số xe",
    "skills": "Kỹ năng",
    "languages": "Ngôn ngữ",
} | {
    f"{end}_{n}": f"{word} {n}"
    for n in range(1, WINDOWS + 1)
    for end, word in (("from", "Rảnh từ ngày"), ("until", "Rảnh đến hết ngày"))
}
Names = Mapping[str, Mapping[str, str]]
CONTACT = "leader_name"  # the field that stands for all that is sealed of the leader
SEALED = (CONTACT, "leader_phone", "contact_consent")
TICKED = ("base_public", "skills", "languages")  # of which a form without any tick sends nothing
NOTHING = "(để trống)"
SAVING = (
    "team_registered", "changed", "team_state", "team_contact_consent", "team_verified",
    "team_unverified", "team_resumed", "team_suspended",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of a team, field by field, and who saved the other."""

    saved: Saved
    differences: Sequence[Difference]


def seen(team: Team, shown: Filled) -> str:
    """What a page carries of the team as it is `shown`; of what is sealed, when it was written."""
    return conflicts.seen(_texts(shown.given) | _mark(team))


def with_theirs(asked: Asked, given: MultiDict, stored: Filled) -> MultiDict:
    """The form with what is stored where that version was chosen."""
    changed = conflicts.take_theirs(given, asked.takes, _texts(stored.given))
    if asked.takes.get(CONTACT) == THEIRS:
        for name in SEALED:
            changed.poplist(name)
    return changed


def compare(
    session: Session, team: Team, asked: Asked, form: Filled, stored: Filled, names: Names
) -> Compared:
    """The fields in which the form and the team as it is `stored` differ.

    `names`: words for what a field sends as codes, by the field.
    """

    def say(name: str, value: object) -> str:
        texts: Sequence[str] = value if isinstance(value, list) else [str(value)]
        if name in DAYS:
            texts = [f"{date.fromisoformat(text):%d/%m/%Y}" for text in texts]
        words = names.get(name, {})
        return ", ".join(words.get(text, text) for text in texts) or NOTHING

    sent = {n: v for n, v in _texts(form.given).items() if n in form.given or n in TICKED}
    found = conflicts.compare(sent, _texts(stored.given), asked.seen, say)
    moved = conflicts.opened(asked.seen).get(CONTACT) != conflicts.digest(_mark(team)[CONTACT])
    typed = [form.given.get(name, "").strip() for name in SEALED[:2]]
    if any(typed) and moved:
        found.append(Difference(CONTACT, ", ".join(filter(None, typed)), HIDDEN, ""))
    last = last_saved(session, "team", team.id, SAVING, team.created_at)
    return Compared(Saved(last.at.astimezone(VIETNAM), last.by), found)


def names(session: Session) -> dict[str, Mapping[str, str]]:
    """The words for codes that both forms send."""
    skills = service.skill_names(session)
    return {"skills": skills, "languages": LANGUAGES, "base_public": {"true": "Có"}}


def _texts(given: MultiDict) -> dict[str, object]:
    """What is in clear of a form: every field as its texts, none where nothing was written."""
    return {
        name: [text.strip() for text in given.getlist(name) if text.strip()]
        for name in LABELS
        if name != CONTACT
    }


def _mark(team: Team) -> dict[str, object]:
    return {CONTACT: str(team.contact_consent_at)}
