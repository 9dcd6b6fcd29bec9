"""What the pages and the API show of a list that is being imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address
from mapservice.audit import service as audit
from mapservice.imports import blank, comparing, keeping, queries, service, uploading
from mapservice.imports import refused_file as refused
from mapservice.imports.fates import COMPARING, READING, SEARCHING, Row
from mapservice.imports.fields import FIELDS, Field, Kind
from mapservice.imports.models import BatchStatus, Fate, ImportBatch
from mapservice.teams.models import Team

A_PAGE = 50  # rows
MOST_TOLD = 1000  # problems in one answer of the API
TO_DECIDE = (Fate.REFUSED, Fate.WAITING, Fate.DUPLICATE)
WRITING = "writing"
# Percent of the time that each step of trying and of committing takes.
SHARES = {READING: 40, SEARCHING: 30, COMPARING: 5, WRITING: 25}
CONSENT = "consent_"  # begins the fields of a consent, which are asked for together


@dataclass(frozen=True)
class Cell:
    """A cell as it can be corrected: heading and note of its field, what is there, its faults."""

    key: str
    heading: str
    note: str
    text: str
    faults: Sequence[str]


@dataclass(frozen=True)
class Line:
    """A row on its page. `cells`: those at fault first of all, `others` the rest that is filled;
    `changes`: (heading, old, new); `said` what is told of the row as a whole."""

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


@dataclass(frozen=True)
class RowsPage:
    lines: Sequence[Line]
    fate: Fate | None
    page: int
    pages: int
    total: int


def rows_page(session: Session, batch: ImportBatch, fate: Fate | None, page: int) -> RowsPage:
    """One page of a list's rows, of this fate or of all. Leaves its audit row."""
    total = batch.totals.get(fate, 0) if fate else batch.rows
    pages = max(1, -(-total // A_PAGE))
    page = min(page, pages)
    rows = service.see(session, batch, fate, (page - 1) * A_PAGE, A_PAGE)
    codes = _codes(session, batch, [row.record for row in rows if row.record])
    lines = [_line(Kind(batch.kind), row, codes.get(row.record)) for row in rows]
    return RowsPage(lines, fate, page, pages, total)


def first_to_decide(batch: ImportBatch) -> Fate | None:
    """The fate whose rows wait most for somebody."""
    return next((fate for fate in TO_DECIDE if batch.totals.get(fate)), None)


def _codes(session: Session, batch: ImportBatch, ids: Sequence[UUID]) -> dict[UUID, str]:
    model = Team if batch.kind == Kind.TEAMS else Address
    return dict(session.execute(queries.codes(model, ids)).all()) if ids else {}


def _line(kind: Kind, row: Row, code: str | None) -> Line:
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
        title=written(row.cells.get(main)) or f"Dòng {row.number}",
        where=written(row.cells.get("commune_text") or row.cells.get("address_text")),
        cells=[_cell(known[name], row, wrong) for name in at],
        others=[_cell(known[name], row, wrong) for name in filled],
        changes=changes,
        said=[r for name, reasons in wrong.items() if name not in headings for r in reasons],
        notes=notes,
        choose=row.choose if row.fate is Fate.WAITING else (),
        double=row.double,
        answer=row.answer,
        code=code,
    )


def _cell(field: Field, row: Row, wrong: Mapping) -> Cell:
    text, faults = written(row.cells.get(field.key)), wrong.get(field.key, ())
    return Cell(field.key, field.heading, field.note, text, faults)


def _change(name: str, old: object, row: Row, headings: Mapping[str, str]) -> tuple[str, str, str]:
    if name == comparing.NEED:
        return "Việc cần giúp", "", written(row.cells.get("need_title") or "thêm hoặc sửa")
    heading = headings.get(name) or CALLED.get(name, name)
    return heading, written(old), written(row.cells.get(name))


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
    told = list(row.faults)
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
    listed = [refused.Refused(row.number, row.cells, reasons(row)) for row in rows]
    return refused.content(Kind(batch.kind), listed)


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
    return batch.status in {BatchStatus.CHECKING, BatchStatus.COMMITTING}


def columns(session: Session, batch: ImportBatch, given: Mapping[str, str] | None = None) -> dict:
    """The sheets of a file with their columns, what each seems to be, and first values."""
    shown = uploading.samples(session, batch)
    sheets = []
    for number, (sheet, values) in enumerate(zip(batch.headings, shown, strict=True)):
        mapping = batch.mapping if number == batch.sheet else sheet["guess"]
        mapping = given if given is not None and number == batch.sheet else mapping
        sheets.append(
            {
                "number": number,
                "name": sheet["name"] or f"Trang {number + 1}",
                "rows": max(0, sheet["last"] - sheet["first"] + 1 - len(sheet["skipped"])),
                "skipped": len(sheet["skipped"]),
                "row": sheet["row"],
                "columns": [
                    {
                        "at": at,
                        "heading": text or f"Cột {at + 1}",
                        "field": mapping.get(str(at), ""),
                        "samples": values.get(str(at), []),
                    }
                    for at, text in enumerate(sheet["columns"])
                    if text or values.get(str(at))
                ],
            }
        )
    options = [(each.key, each.heading) for each in FIELDS[Kind(batch.kind)]]
    return {"sheets": sheets, "fields": options}


def record(session: Session, actor: Actor, batch: ImportBatch) -> dict[str, object]:
    """A list as JSON, with the rows that somebody must look at, for the office it belongs to."""
    own = batch.organisation_id == actor.organisation.id
    return {name: getattr(batch, name) for name in LINE} | {
        "columns": batch.mapping,
        "problems": _problems(session, batch) if own else [],
    }


LINE = (
    "id", "kind", "status", "file_name", "file_hash", "rows", "totals", "version", "created_at",
    "committed_at", "undone_at",
)  # fmt: skip


def _problems(session: Session, batch: ImportBatch) -> list[dict[str, object]]:
    wanted = queries.rows(batch.id).where(queries.ImportRow.fate.in_(TO_DECIDE)).limit(MOST_TOLD)
    return [told(row) for row in keeping.opened(session, session.scalars(wanted))]


def told(row: Row) -> dict[str, object]:
    """A row as JSON; nothing of what stands in it."""
    double = row.double or {}
    return {
        "number": row.number,
        "fate": row.fate,
        "fields_changed": list(row.fields),
        "faults": [{"field": name, "reason": reason} for name, reason in row.faults],
        "choices": [key for key, _ in row.choose],
        "double": double.get("code") or (f"#{double['row']}" if double.get("row") else None),
    }
