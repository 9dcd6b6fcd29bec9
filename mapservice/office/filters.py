"""The choices a list's filter offers to one actor, and the words of those in use."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from mapservice.accounts import listing as organisations
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Nature
from mapservice.inbox.models import OfferKind
from mapservice.inbox.queries import OFFER, SUGGESTION
from mapservice.office import queries
from mapservice.office.columns import Listing
from mapservice.territory import eras

FIRST_YEAR = 2022  # of the programme
LETTER_KINDS = {
    "Đề nghị giúp": (OFFER, *OfferKind),
    "Đề xuất địa chỉ": (SUGGESTION, *Nature),
}
Choices = Mapping[str, Iterable[tuple[str, str]]]  # heading of a group ("": none) -> value, words
Words = Mapping[str, Mapping]


@dataclass(frozen=True)
class Chooser:
    """A filter with its choices; `any` the words of choosing nothing; `value` what is chosen."""

    name: str
    label: str
    any: str
    groups: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    value: str = ""

    @property
    def said(self) -> str:
        """The words of what is chosen, the value itself where no choice says it."""
        said = dict(pair for pairs in self.groups.values() for pair in pairs)
        return said.get(self.value, self.value)


def choosers(
    session: Session, actor: Actor, listing: Listing, asked: Mapping[str, str], words: Words
) -> list[Chooser]:
    """The filters of a list in the order of `OFFERED`, except the texts and ticks of its form."""
    known = listing.query().fields
    found = []
    for name, (label, nothing, choices) in OFFERED.items():
        if name in known:
            groups = choices(session, actor, listing, words)
            groups = {head: list(pairs) for head, pairs in groups.items()}
            found.append(Chooser(name, label, nothing, groups, asked.get(name, "")))
    return found


def _units(session: Session, actor: Actor, *_: object) -> Choices:
    values = {
        "former": eras.FORMER_DAY,
        "everywhere": actor.territory is None,
        "territory": sorted(actor.territory or ()),
    }
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in session.execute(queries.UNITS, values):
        district = f", {unit.district}" if unit.district else ""
        groups.setdefault(_era(unit), []).append((unit.key, unit.name + district))
    return groups


def _era(unit: object) -> str:
    if unit.today:
        return "Hiện nay"
    return "Huyện trước 1/7/2025" if unit.level == "district" else "Xã trước 1/7/2025"


def _organisations(session: Session, actor: Actor, *_: object) -> Choices:
    found = session.execute(queries.in_order(organisations.organisations(actor), ("name", "code")))
    return {"": [(row.code, row.name) for row in found]}


def _years(*_: object) -> Choices:
    return {"": [(str(y), str(y)) for y in range(eras.today().year + 1, FIRST_YEAR - 1, -1)]}


def _kinds(_session: Session, _actor: Actor, listing: Listing, words: Words) -> Choices:
    if listing.name == "inbox":
        said = words["letter_kinds"]
        return {
            head: [(kind, said[kind]) for kind in kinds] for head, kinds in LETTER_KINDS.items()
        }
    return {"": words["team_kinds" if listing.name == "teams" else "place_kinds"].items()}


def _of_column(name: str) -> Callable[..., Choices]:
    """The words of the list's own column of this name."""

    def choices(_session: Session, _actor: Actor, listing: Listing, words: Words) -> Choices:
        column = next(column for column in listing.columns if column.key == name)
        return {"": words[column.words].items()}

    return choices


def _said(name: str) -> Callable[..., Choices]:
    return lambda _session, _actor, _listing, words: {
        "": [(str(code), said) for code, said in words[name].items()]
    }


def _days(*_: object) -> Choices:
    return {"": [("7", "trong 7 ngày"), ("30", "trong 30 ngày"), ("90", "trong 90 ngày")]}


def _verified(*_: object) -> Choices:
    return {"": [("1", "đã xác minh"), ("0", "chưa xác minh")]}


OFFERED: Mapping[str, tuple[str, str, Callable[..., Choices]]] = {
    "unit": ("Địa bàn", "Cả địa bàn của tôi", _units),
    "status": ("Trạng thái", "Mọi trạng thái", _of_column("status")),
    "state": ("Trạng thái", "Mọi trạng thái", _of_column("state")),
    "role": ("Vai trò", "Mọi vai trò", _of_column("role")),
    "level": ("Cấp", "Mọi cấp", _of_column("level")),
    "nature": ("Tính chất", "Mọi tính chất", _said("natures")),
    "kind": ("Loại", "Mọi loại", _kinds),
    "category": ("Lĩnh vực", "Mọi lĩnh vực", _said("categories")),
    "urgency": ("Mức khẩn", "Mọi mức", _said("urgencies")),
    "verified": ("Xác minh", "Tất cả", _verified),
    "year": ("Năm chương trình", "Mọi năm", _years),
    "due": ("Cần kiểm tra lại", "Không lọc", _days),
    "days": ("Thời gian", "Mọi ngày", _days),
    "organisation": ("Đơn vị", "Mọi đơn vị", _organisations),
}
