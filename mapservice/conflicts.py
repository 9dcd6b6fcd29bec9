"""Two people changed one record: both versions side by side, so that nothing is lost.

Values are compared in one plain spelling. A page carries what was stored when it was opened as
short digests (`seen`): what its reader did not touch is taken from the other version unasked.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from werkzeug.datastructures import MultiDict

DIGITS = 10
MINE, THEIRS = "mine", "theirs"  # a choice; of all fields at once, the page's `act`
TAKE = "take-"  # before the name of a field that two people changed
THEIRS_STAYS = "Đã lấy bản đang lưu, bỏ phần bạn vừa viết."
HIDDEN = "(được bảo vệ, không hiện ở đây)"
Values = Mapping[str, object]
Words = Callable[[str, object], str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in two versions, in words; `choice` is what is proposed, "" when both changed."""

    name: str
    mine: str
    theirs: str
    choice: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of two versions sends beside its form. `clash`: fields between whose versions
    somebody has to choose; `takes`: what was chosen."""

    act: str
    seen: str
    clash: Collection[str]
    takes: Mapping[str, str]

    @property
    def theirs(self) -> bool:
        """Whether all of what is stored is to stay."""
        return self.act == THEIRS

    @property
    def undecided(self) -> bool:
        """Whether a field that both changed is still to be chosen."""
        return self.act != MINE and undecided(self.takes, self.clash)


def parted(body: MultiDict) -> tuple[MultiDict, Asked]:
    """The form in `body` without what is of its page alone, and that."""
    form = MultiDict(body.items(multi=True))
    takes = {name.removeprefix(TAKE): form.get(name) for name in body if name.startswith(TAKE)}
    for name in takes:
        form.poplist(TAKE + name)
    act, seen = (form.pop(name, "") for name in ("act", "seen"))
    return form, Asked(act, seen, form.poplist("clash"), {} if act == MINE else takes)


def seen(values: Values) -> str:
    """The digests a page carries of what was stored when it was opened."""
    return json.dumps({name: digest(value) for name, value in values.items()})


def opened(seen: str) -> dict[str, str]:
    """The digests that a page carried; none of what is no such text."""
    try:
        found = json.loads(seen)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def compare(mine: Values, theirs: Values, seen: str, words: Words) -> list[Difference]:
    """The fields in which two versions differ, in the order of mine; others are nobody's."""
    known, found = opened(seen), []
    for name, value in mine.items():
        if name in theirs and plain(value) != plain(theirs[name]):
            touched = known.get(name) != digest(value)
            moved = known.get(name) != digest(theirs[name])
            choice = "" if touched and moved and known else MINE if touched else THEIRS
            found.append(Difference(name, words(name, value), words(name, theirs[name]), choice))
    return found


def undecided(takes: Mapping[str, str], clash: Collection[str]) -> bool:
    """Whether a field that both changed is still to be chosen."""
    return any(takes.get(name) not in {MINE, THEIRS} for name in clash)


def take_theirs(given: MultiDict, takes: Mapping[str, str], theirs: Values) -> MultiDict:
    """The form with the stored text in every field of which their version was chosen."""
    changed = MultiDict(given.items(multi=True))
    for name, choice in takes.items():
        if choice == THEIRS and name in theirs:
            changed.poplist(name)
            for text in spelled(theirs[name]):
                changed.add(name, text)
    return changed


def spelled(value: object) -> list[str]:
    """A value as a form holds it."""
    if isinstance(value, list):
        return [str(part) for part in value]
    if value is None or value is False:
        return [""] if value is None else []
    return ["1"] if value is True else [_number(value) if _is_number(value) else str(value)]


def plain(value: object) -> str:
    """One spelling of a value, whatever its type."""
    if isinstance(value, list | tuple):
        return ",".join(sorted(str(part) for part in value))
    return ",".join(spelled(value))


def digest(value: object) -> str:
    """A short mark of a value, the same for equal ones."""
    return hashlib.sha256(plain(value).encode()).hexdigest()[:DIGITS]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _number(value: object) -> str:
    return f"{float(value):.7f}".rstrip("0").rstrip(".")  # type: ignore[arg-type]
