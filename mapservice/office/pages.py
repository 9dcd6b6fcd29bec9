"""What the pages of lists show: one page of rows, the filters in use, addresses of other pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.audit import service as audit
from mapservice.decision import VIETNAM
from mapservice.office import cells, filters, lists, queries, words
from mapservice.office.cells import Cell
from mapservice.office.columns import Column, Listing
from mapservice.office.filters import Chooser

PAGE = 50  # rows
PRINTED = 500  # rows of a list on paper at once: some twenty sheets, which an old computer bears
MOST_IN_FILE = 100_000  # rows
MOST_PERSONS_A_DAY = 5_000  # rows about persons that an account takes or prints in 24 hours
AT_ONCE = 1_000  # rows fetched for a file
OF_FILE = ("format", "reason")
SHOWING = ("sort", "page", *OF_FILE)  # not filters
TICKED = {
    "open": "Chỉ việc còn mở",
    "mine": "Do tôi đăng ký",
    "unsure": "Chờ xác minh hoặc xem lại",
    "bare": "Chưa có địa bàn",
}


@dataclass(frozen=True)
class ListPage:
    """`asked`: the filters as the address gives them; `rows` of `columns`, the `first` of them by
    its number in the whole list, `persons` of them about persons; `sort` in use; `beside`: the
    lists of the same section."""

    listing: Listing
    columns: list[Column]
    rows: list[list[Cell]]
    persons: int
    total: int
    page: int
    pages: int
    first: int
    sort: str
    asked: Mapping[str, str]
    choosers: list[Chooser]
    may_add: bool
    beside: Sequence[Listing]
    who: str
    at: datetime

    @property
    def said(self) -> list[str]:
        """The filters in use, in words: "Trạng thái: Chờ duyệt"."""
        found = [f"{chooser.label}: {chooser.said}" for chooser in self.choosers if chooser.value]
        found += [f"Có chữ: “{self.asked['q']}”"] if "q" in self.asked else []
        return found + [said for name, said in self.ticks.items() if name in self.asked]

    @property
    def ticks(self) -> dict[str, str]:
        """The filters of this list that are ticked, with their words."""
        known = self.listing.query().fields
        return {name: said for name, said in TICKED.items() if name in known}

    def address(self, **changes: object) -> str:
        """The query of the same list with these changes, None to leave one out."""
        values = {**self.asked, **({"sort": self.sort} if "sort" in self.asked else {}), **changes}
        kept = {name: value for name, value in values.items() if value is not None}
        return "?" + urlencode(kept)

    def sorting(self, column: Column) -> str:
        """What orders by this column: the other way round where it already does."""
        return f"-{column.key}" if self.sort == column.key else column.key


def list_page(
    session: Session,
    actor: Actor,
    listing: Listing,
    asked: Mapping[str, str],
    values: Mapping[str, object],
) -> ListPage:
    """The page asked for, the last one beyond it; for paper pages are longer: PRINTED rows."""
    statement = _chosen(session, actor, listing, values)
    total = session.scalar(queries.count(statement))
    size = PRINTED if values.get("format") == "print" else PAGE
    pages = max(1, -(-total // size))
    page = min(int(values.get("page", 1)), pages)
    told = words.load(session)
    columns = [column for column in listing.columns if column.screen]
    ordered = _ordered(statement, listing, values)
    found = session.execute(ordered.limit(size).offset((page - 1) * size)).mappings().all()
    return ListPage(
        listing=listing,
        columns=columns,
        rows=[[cells.shown(column, row, told) for column in columns] for row in found],
        persons=sum(row.get("person_kind") is not None for row in found),
        total=total,
        page=page,
        pages=pages,
        first=(page - 1) * size + 1,
        sort=listing.sorted_by(str(values.get("sort", ""))),
        asked={name: value for name, value in asked.items() if name not in ("page", *OF_FILE)},
        choosers=filters.choosers(session, actor, listing, asked, told),
        may_add=actor.may(listing.adding),
        beside=lists.beside(listing, actor),
        who=f"{actor.account.name}, {actor.organisation.name}",
        at=datetime.now(VIETNAM),
    )


def file_rows(
    session: Session, actor: Actor, listing: Listing, values: Mapping[str, object]
) -> Iterator[list[object]]:
    """All rows, of all columns, as typed values; fetched as they are written."""
    told = words.load(session)
    statement = _ordered(_chosen(session, actor, listing, values), listing, values)
    found = session.execute(statement, execution_options={"yield_per": AT_ONCE})
    for row in found.mappings():
        yield [cells.plain(column, row, told) for column in listing.columns]


def persons_in_file(
    session: Session, actor: Actor, listing: Listing, values: Mapping[str, object]
) -> int:
    """How many rows about persons the file of this list holds."""
    return session.scalar(queries.count_persons(_chosen(session, actor, listing, values)))


def persons_left(session: Session, actor: Actor) -> int:
    """How many rows about persons the account may still take today, in files and on paper."""
    taken = session.scalar(queries.PERSONS_TAKEN, {"account": actor.id})
    return max(0, MOST_PERSONS_A_DAY - taken)


def record_taken(
    session: Session, page: ListPage, values: Mapping[str, object], persons: int, rows: int
) -> None:
    """Leave an audit row of a file or paper with so many rows, `persons` of them about persons."""
    # What was searched for may be somebody's name.
    kept = {name: value for name, value in page.asked.items() if name not in ("q", "sort")}
    shape = str(values["format"])
    detail = {"rows": rows, "persons": persons, "format": shape, "filters": kept}
    reason = values["reason"] if persons else None
    audit.record(session, "export", table_name=page.listing.name, reason=reason, detail=detail)


def _chosen(
    session: Session, actor: Actor, listing: Listing, values: Mapping[str, object]
) -> Select:
    wanted = {name: value for name, value in values.items() if name not in SHOWING}
    return listing.select(session, actor, wanted)


def _ordered(statement: Select, listing: Listing, values: Mapping[str, object]) -> Select:
    sort = listing.sorted_by(str(values.get("sort", "")))
    return queries.in_order(statement, (sort, *listing.then, listing.unique))
