"""What waits for whoever asks, as counts that lead to where the work is done; and the totals."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.disclosure.queries import count_drafts
from mapservice.office import lists, queries
from mapservice.office.columns import Listing
from mapservice.review import queue_queries, queues
from mapservice.review.queues import Queue

Count = Callable[[Session, Actor], int]


@dataclass(frozen=True, slots=True)
class Tile:
    """A kind of work for those who may do `action` (and not `beyond`, whose tile says more).

    `icon` is a Tabler name, `href` where the work is done.
    """

    words: str
    icon: str
    action: Action
    href: str
    count: Count
    beyond: Action | None = None

    def is_for(self, actor: Actor) -> bool:
        """Whether it is this actor's work."""
        return actor.may(self.action) and not (self.beyond and actor.may(self.beyond))


@dataclass(frozen=True)
class Waiting:
    """A tile with how much waits."""

    tile: Tile
    count: int


def _listed(words: str, icon: str, action: Action, listing: Listing, **filters: str) -> Tile:
    """Counted by a list with these filters, as its address has them, where it leads too."""

    def count(session: Session, actor: Actor) -> int:
        values = listing.query().load(filters)
        return session.scalar(queries.count(listing.select(session, actor, values))) or 0

    return Tile(words, icon, action, f"/manage/{listing.name}?{urlencode(filters)}", count)


def _queued(queue: Queue) -> Tile:
    """Counted by a queue of the review, where it leads too."""

    def count(session: Session, actor: Actor) -> int:
        return session.scalar(queue_queries.count(queue.wait(actor))) or 0

    path = f"/manage/review?tab={queue.name}"
    return Tile(queue.words, QUEUE_ICONS.get(queue.name, "checkbox"), queue.action, path, count)


def _drafts(session: Session, actor: Actor) -> int:
    return session.scalar(count_drafts(actor.id)) or 0


def _stopped(session: Session, _actor: Actor) -> int:
    return session.scalar(queries.STOPPED) or 0


QUEUE_ICONS = {"verified": "eye-check", "reassure": "clock", "returned": "arrow-back-up"}
DUE = _listed("Cần kiểm tra lại trong 7 ngày", "clock", Action.REGISTER, lists.ADDRESSES, due="7")
EXPIRED = _listed(
    "Quá hạn kiểm tra", "clock-off", Action.REGISTER, lists.ADDRESSES, status="expired"
)
PROPOSED = _listed(
    "Đề nghị đội chưa trả lời",
    "hourglass",
    Action.CONFIRM_RESULTS,
    lists.ASSIGNMENTS,
    status="proposed",
)
DONE = _listed(
    "Đã báo cáo, chờ xác nhận",
    "clipboard-check",
    Action.CONFIRM_RESULTS,
    lists.ASSIGNMENTS,
    status="done",
)
TEAMS = _listed("Đội chờ xác minh", "users-group", Action.VERIFY_TEAMS, lists.TEAMS, unsure="1")
LETTERS = _listed("Hộp thư chưa xử lý", "inbox", Action.MODERATE, lists.INBOX, open="1")
IMPORTS = _listed(
    "Danh sách Excel đang nhập dở", "table-import", Action.IMPORT, lists.IMPORTS, open="1"
)
DRAFTS = Tile("Bản đang viết", "pencil", Action.REGISTER, "/manage/addresses/new", _drafts)
STOPPED = Tile(
    "Việc hệ thống bị dừng", "alert-triangle", Action.SEE_SYSTEM, "/manage/system", _stopped
)
WORK = (
    *map(_queued, queues.QUEUES),
    replace(DUE, beyond=Action.REVIEW),  # the queue of what is to be checked holds both
    replace(EXPIRED, beyond=Action.REVIEW),
    PROPOSED,
    DONE,
    TEAMS,
    LETTERS,
    IMPORTS,
    DRAFTS,
    STOPPED,
)
TOTALS = (
    _listed(
        "Địa chỉ đang nhận giúp đỡ",
        "map-pin",
        Action.SEE_RECORDS,
        lists.ADDRESSES,
        status="published",
    ),
    _listed("Nhu cầu đang mở", "list-check", Action.SEE_RECORDS, lists.NEEDS, open="1"),
    _listed("Đội sẵn sàng", "users-group", Action.SEE_RECORDS, lists.TEAMS, state="ready"),
    _listed(
        "Phân công đang thực hiện",
        "heart-handshake",
        Action.SEE_RECORDS,
        lists.ASSIGNMENTS,
        status="underway",
    ),
)


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """The work of this actor, each kind with how much of it waits."""
    return _counted(session, actor, WORK)


def totals(session: Session, actor: Actor) -> list[Waiting]:
    """What the territory holds."""
    return _counted(session, actor, TOTALS)


def _counted(session: Session, actor: Actor, tiles: tuple[Tile, ...]) -> list[Waiting]:
    return [Waiting(tile, tile.count(session, actor)) for tile in tiles if tile.is_for(actor)]
