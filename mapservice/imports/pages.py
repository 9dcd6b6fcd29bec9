"""What the pages and the API show of a list that is being imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.addresses.models import Address, AddressStatus
from mapservice.audit import service as audit
from mapservice.imports import (
    blank,
    comparing,
    keeping,
    queries,
    service,
    submitting,
)
from mapservice.imports import refused_file as refused
from mapservice.imports.fates import COMPARING, READING, SEARCHING, Row
from mapservice.imports.fields import FIELDS, Field, Kind
from mapservice.imports.location import SECTION
from mapservice.imports.models import TO_DECIDE, BatchStatus, Fate, ImportBatch
from mapservice.teams.models import Team

A_PAGE = 50  # rows
WRITING = "writing"
# Percent of the time that each step of trying and of committing takes.
SHARES = {READING: 40, SEARCHING: 30, COMPARING: 5, WRITING: 25}
WHERE = ("commune_text", "address_text", SECTION)  # cells that tell where a row lies
CONSENT = "consent_"  # begins the fields of a consent, which are asked for together


@dataclass(frozen=True)
class Cell:
    """A cell as it can be corrected: heading and note of its field, what is there, its faults; the
    list (`Field.choices`) whose words it takes."""

    key: str
    heading: str
    note: str
    text: str
    faults: Sequence[str]
    choices: str | None


@dataclass(frozen=True)
class Line:
    """A row on its page. `cells`: those at fault first of all, `others` the rest that is filled;
    `changes`: (heading, old, new); `said` what is told of the row as a whole. `code`, `state`: of
    the record that it made, changed or is the same as; `unsent`: why that was not submitted."""

    number: int
    fate: Fate
    title: str
    where: str
    cells: Sequence[Cell]
    others: Sequence[Cell]
    changes: Sequence[tuple[str, str, str]]
    said: Sequence[str]
    notes: Sequence[str]
    choose: Sequence[tuple[str, str]]
    double: Mapping[str, object] | None
    answer: str | None
    code: str | None
    state: AddressStatus | None
    unsent: str | None


@dataclass(frozen=True)
class RowsPage:
    """Some rows of a list: of one fate, or whose records are in one state, or of all. `offered`:
    the words that their cells take, by list."""

    lines: Sequence[Line]
    fate: Fate | None
    state: AddressStatus | None
    page: int
    pages: int
    total: int
    offered: Mapping[str, Sequence[str]]


def rows_page(
    session: Session,
    batch: ImportBatch,
    page: int,
    *,
    fate: Fate | None = None,
    state: AddressStatus | None = None,
) -> RowsPage:
    """One page of a list's rows: of this fate, of records in this state, or of all. Leaves its
    audit row."""
    wanted = queries.rows(batch.id, fate, state)
    total = session.scalar(queries.count(wanted))
    pages = max(1, -(-total // A_PAGE))
    page = min(page, pages)
    rows = service.see(session, batch, wanted, (page - 1) * A_PAGE, A_PAGE)
    records = _records(session, batch, [row.record for row in rows if row.record])
    lines = [_line(Kind(batch.kind), row, records.get(row.record)) for row in rows]
    named = {cell.choices for line in lines for cell in line.cells if cell.choices}
    offered = {name: told for name, told in blank.words(session).items() if name in named}
    return RowsPage(lines, fate, state, page, pages, total, offered)


def first_to_decide(batch: ImportBatch) -> Fate | None:
    """The fate whose rows wait most for somebody."""
    return next((fate for fate in TO_DECIDE if batch.totals.get(fate)), None)


def _records(session: Session, batch: ImportBatch, ids: Sequence[UUID]) -> dict[UUID, tuple]:
    model = Team if batch.kind == Kind.TEAMS else Address
    found = session.execute(queries.records(model, ids)) if ids else ()
    return {record: tuple(told) for record, *told in found}


def _line(kind: Kind, row: Row, record: tuple | None) -> Line:
    code, named, state = record or (None, None, None)
    known = {each.key: each for each in FIELDS[kind]}
    headings = {key: each.heading for key, each in known.items()}
    wrong: dict[str, list[str]] = {}
    for name, reason in row.faults:
        wrong.setdefault(name, []).append(reason)
    at = [name for name in wrong if name in headings]
    if any(name.startswith(CONSENT) for name in at):
        at += [name for name in headings if name.startswith(CONSENT) and name not in at]
    notes = [f"{headings[n]}: {said}" if n in headings else said for n, said in row.notes]
    filled = [n for n in headings if n not in at and row.cells.get(n) is not None]
    main = next(each.key for each in FIELDS[kind] if each.required)
    changes = [_change(name, old, row, headings) for name, old in row.fields.items()]
    return Line(
        number=row.number,
        fate=row.fate,
        title=written(row.cells.get(main)) or named or f"Dòng {row.number}",
        where=written(next((row.cells[name] for name in WHERE if row.cells.get(name)), None)),
        cells=[_cell(known[name], row, wrong) for name in at],
        others=[_cell(known[name], row, wrong) for name in filled],
        changes=changes,
        said=[r for name, reasons in wrong.items() if name not in headings for r in reasons],
        notes=notes,
        choose=row.choose if row.fate is Fate.WAITING else (),
        double=row.double,
        answer=row.answer,
        code=code,
        state=state,
        unsent=row.unsent if state is AddressStatus.DRAFT else None,
    )


def _cell(field: Field, row: Row, wrong: Mapping) -> Cell:
    text, faults = written(row.cells.get(field.key)), wrong.get(field.key, ())
    return Cell(field.key, field.heading, field.note, text, faults, field.choices)


def _change(name: str, old: object, row: Row, headings: Mapping[str, str]) -> tuple[str, str, str]:
    if name == comparing.NEED:
        return "Việc cần giúp", "", written(row.cells.get("need_title") or "thêm hoặc sửa")
    heading = headings.get(name) or CALLED.get(name, name)
    cells = WHERE if name == "commune" else (name,)
    new = next((row.cells[cell] for cell in cells if row.cells.get(cell)), None)
    return heading, written(old), written(new)


CALLED = {"commune": "Xã, phường", "position": "Vị trí", "available": "Thời gian rảnh"}


def written(value: object) -> str:
    """A cell as people write it here."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Có" if value else "Không"
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float):
        return f"{value:g}" if value.is_integer() else str(value)
    if isinstance(value, list | tuple):
        return "; ".join(map(written, value))
    return str(value)


def reasons(row: Row) -> list[tuple[str, str]]:
    """(field, sentence) of all that keeps a row out: its faults, what somebody must choose."""
    told = list(row.faults) + ([("", row.unsent)] if row.unsent else [])
    if row.fate is Fate.WAITING and row.choose:
        told.append(("commune_text", "Chọn xã: " + "; ".join(label for _, label in row.choose)))
    if row.fate is Fate.DUPLICATE and row.double:
        other = row.double.get("code") or f"dòng {row.double.get('row')}"
        told.append(("", f"Có thể trùng với {other}: {row.double.get('why')}"))
    return told


def refused_file(session: Session, batch: ImportBatch) -> bytes:
    """The rows that were not taken, with the reasons, as a file (xlsx) to correct. Leaves its
    audit row."""
    wanted = queries.rows(batch.id).where(queries.ImportRow.fate.in_(TO_DECIDE))
    rows = keeping.opened(session, session.scalars(wanted))
    about = {"table_name": service.TABLE, "record_id": batch.id, "detail": {"rows": len(rows)}}
    audit.record(session, "import_refused_taken", **about)
    listed = [refused.Refused(row.number, _alone(row), reasons(row)) for row in rows]
    return refused.content(Kind(batch.kind), listed)


def _alone(row: Row) -> Mapping[str, object]:
    """The cells of a row that leaves its section."""
    section = row.cells.get(SECTION)
    if not section or any(row.cells.get(name) for name in ("commune_text", "address_text")):
        return row.cells
    return {**row.cells, "commune_text": section}


def blank_file(session: Session, kind: Kind) -> bytes:
    """The empty list of a kind (xlsx) that offices fill in."""
    return blank.content(kind, blank.words(session))


def progress(batch: ImportBatch) -> dict[str, object] | None:
    """How far a step under way is: `step`, its `done` of `total`, `percent` of the whole."""
    told = dict(batch.progress)
    if not is_waiting(batch) or told.get("step") not in SHARES:
        return None
    steps = list(SHARES)
    if batch.status is BatchStatus.CHECKING:
        steps.remove(WRITING)
    at = steps.index(str(told["step"]))
    whole = sum(SHARES[step] for step in steps)
    before = sum(SHARES[step] for step in steps[:at])
    share = SHARES[steps[at]] * told["done"] / max(told["total"], 1)
    return told | {"percent": round(100 * (before + share) / whole)}


def is_waiting(batch: ImportBatch) -> bool:
    """Whether the worker tries or commits it."""
    return batch.status in {BatchStatus.CHECKING, BatchStatus.COMMITTING}


def submitted(session: Session, batch: ImportBatch) -> dict[str, object] | None:
    """How far the addresses that a list made have come: `states` {state: how many}, `sent` of
    `total`; None for a list that made none, or is not committed."""
    found = submitting.states(session, batch)
    if batch.status is not BatchStatus.COMMITTED or not found:
        return None
    total = sum(found.values())
    drafts = found.get(AddressStatus.DRAFT, 0)
    return {"states": found, "drafts": drafts, "sent": total - drafts, "total": total}
