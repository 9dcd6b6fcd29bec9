"""What each row of a list comes to: new, changed, same, a likely double, waiting, refused.

Nothing is written but what `disclosure` records of a search.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.disclosure import lists
from mapservice.errors import Conflict
from mapservice.imports import comparing, doubles, queries, values
from mapservice.imports.comparing import Change, Record
from mapservice.imports.fields import Kind
from mapservice.imports.models import Answer, Fate
from mapservice.imports.tables import Cell
from mapservice.imports.values import Reading
from mapservice.registration import records
from mapservice.teams.models import Team
from mapservice.territory.names import fold

Report = Callable[[str, int, int], None]  # of a step so many rows are done, of how many
NATURES = {Kind.PLACES: Nature.PLACE, Kind.PERSONS: Nature.PERSON, Kind.TEAMS: None}
READING, COMPARING, SEARCHING = "reading", "comparing", "searching"
STRETCH = 500  # rows between two words about how far it is
NO_RECORD = "Không có hồ sơ mang mã này trong địa bàn của bạn: sửa mã, hoặc xóa để ghi hồ sơ mới."
ENDED = "Hồ sơ mang mã này đã kết thúc: bỏ dòng này, hoặc xóa mã để ghi hồ sơ mới."
OF_OTHERS = (
    "Hồ sơ mang mã này không thuộc loại danh sách đang nhập (địa điểm hay người dân): bỏ dòng này, "
    "hoặc đổi loại ở trang cột."
)
JOINS = "Cùng hồ sơ với dòng {row}: việc cần giúp của dòng này được thêm vào hồ sơ đó."
REPEATS = "Giống hệt dòng {row} của tệp này: bỏ qua."


@dataclass(slots=True)
class Row:
    """A row as it was read and corrected, and what it comes to.

    `faults` refuse it or keep it waiting, `notes` are told; `choose` are communes (key, label) of
    which somebody picks one; `double` says what it may be the same as. `record` is the one it
    changes or is the same as, `fields` what differs, with the old value. `joins`: the earlier row
    whose new record gets this one's need too. `unsent`: why that record could not be submitted.
    """

    number: int
    cells: dict[str, Cell] = field(repr=False)
    answer: Answer | None = None
    fate: Fate | None = None
    faults: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    choose: list[tuple[str, str]] = field(default_factory=list)
    double: dict[str, object] | None = None
    fields: dict[str, object] = field(default_factory=dict)
    record: UUID | None = None
    joins: int | None = None
    fingerprint: bytes | None = None
    unsent: str | None = None
    reading: Reading | None = field(default=None, repr=False)
    change: Change | None = field(default=None, repr=False)

    @property
    def undecided(self) -> bool:
        return self.fate is None

    def refuse(self, name: str, reason: str, fate: Fate = Fate.REFUSED) -> None:
        """End here, for a reason that stands at a field."""
        self.fate = fate
        self.faults.append((name, reason))


def silent(_step: str, _done: int, _total: int) -> None:
    """For whoever waits for the whole."""


def judge(
    session: Session, actor: Actor, kind: Kind, rows: Sequence[Row], report: Report = silent
) -> Sequence[Row]:
    """Give every row its fate, as things are at this moment."""
    words = values.load(session, actor)
    for done, row in enumerate(rows):
        _read(kind, row, words)
        if done % STRETCH == 0:
            report(READING, done, len(rows))
    report(READING, len(rows), len(rows))
    _recognise(session, actor, [row for row in rows if row.undecided])
    found = _named(session, actor, kind, [row for row in rows if row.undecided])
    report(SEARCHING, 0, 1)
    found |= _alike(session, actor, kind, [row for row in rows if row.undecided])
    report(SEARCHING, 1, 1)
    _compare(session, actor, kind, rows, found, report)
    for row in rows:
        row.fate = row.fate or Fate.NEW
    return rows


def _read(kind: Kind, row: Row, words: values.Words) -> None:
    reading = row.reading = values.read_row(kind, row.cells, words)
    row.notes = reading.notes
    row.choose = [(commune.key, commune.label) for commune in reading.choose]
    for problem in reading.problems:
        row.refuse(problem.field, problem.reason)
    if not reading.problems:
        for lacking in reading.waits:
            row.refuse(lacking.field, lacking.reason, Fate.WAITING)
        if reading.choose:
            row.fate = Fate.WAITING
    if row.undecided:
        row.fingerprint = values.fingerprint(reading.values, reading.need)


def _recognise(session: Session, actor: Actor, rows: Sequence[Row]) -> None:
    """Rows that were committed before, and rows that repeat an earlier one of the same file."""
    hashes = lists.fingerprints(session, [row.fingerprint for row in rows])
    known = lists.known(session, hashes, actor.territory)
    first: dict[bytes, int] = {}
    for row, fingerprint in zip(rows, hashes, strict=True):
        row.fingerprint = fingerprint
        if fingerprint in first:
            row.fate = Fate.SAME
            row.notes.append(("", REPEATS.format(row=first[fingerprint])))
        elif fingerprint in known and not row.reading.code:
            row.fate, row.record = Fate.SAME, known[fingerprint]
        first.setdefault(fingerprint, row.number)


def _named(session: Session, actor: Actor, kind: Kind, rows: Sequence[Row]) -> dict[int, UUID]:
    """Row -> the record whose public code it holds; a code of none refuses the row."""
    coded = [row for row in rows if row.reading.code]
    known = _by_code(session, actor, kind, [row.reading.code for row in coded])
    missing = [row for row in coded if row.reading.code not in known]
    why = _why_not(session, actor, kind, [row.reading.code for row in missing])
    for row in missing:
        row.refuse("code", why.get(row.reading.code, NO_RECORD))
    return {row.number: known[row.reading.code] for row in coded if row.reading.code in known}


def _why_not(session: Session, actor: Actor, kind: Kind, codes: Sequence[str]) -> dict[str, str]:
    """Why a list cannot speak of the records of the territory that bear these codes."""
    found = session.execute(queries.coded(_model(kind), codes)) if codes else ()
    return {
        code: ENDED if nature is NATURES[kind] else OF_OTHERS
        for code, _, units, nature, _ in found
        if actor.covers(units)
    }


def _by_code(session: Session, actor: Actor, kind: Kind, codes: Sequence[str]) -> dict[str, UUID]:
    """The records of this kind with these codes, in the territory, that have not ended."""
    found = session.execute(queries.coded(_model(kind), codes)) if codes else ()
    return {
        code: record
        for code, record, units, nature, status in found
        if actor.covers(units) and nature is NATURES[kind] and status not in queries.ENDED
    }


def _alike(session: Session, actor: Actor, kind: Kind, rows: Sequence[Row]) -> dict[int, UUID]:
    """Row -> the record it surely is, or somebody said it is; the others with a likeness wait."""
    asked = [row for row in rows if not row.reading.code]
    likenesses = doubles.find(
        session, actor, kind, [(row.number, row.reading.values) for row in asked]
    )
    codes = [found.code for found in likenesses.values() if found.code]
    records, same = _by_code(session, actor, kind, codes), {}
    told = {(row.number, _need(row)) for row in rows}
    for row in asked:
        found = likenesses.get(row.number)
        if found is None:
            continue
        row.double = {"code": found.code, "row": found.row, "why": found.why, "score": found.score}
        if not (found.sure or row.answer):
            row.fate = Fate.DUPLICATE
        elif found.sure or row.answer is Answer.SAME:
            if found.code in records:
                same[row.number] = records[found.code]
            else:
                _repeat(row, found.row, told)
    return same


def _need(row: Row) -> tuple[str, str] | None:
    """What tells one need of a record from another in this list."""
    need = row.reading.need
    return (need["category"], fold(str(need.get("title")))) if need else None


def _repeat(row: Row, earlier: int | None, told: set[tuple[int, tuple[str, str] | None]]) -> None:
    """A row about what an earlier one registers: its need is added there, else it is left out.

    `told`: the needs that stand in the list already, by the row they belong to.
    """
    own = (earlier, _need(row))
    if earlier is None:
        row.fate = Fate.DUPLICATE
    elif row.reading.need and own not in told:
        told.add(own)
        row.fate, row.joins = Fate.NEW, earlier
        row.notes.append(("", JOINS.format(row=earlier)))
    else:
        row.fate = Fate.SAME
        row.notes.append(("", REPEATS.format(row=earlier)))


def _compare(
    session: Session,
    actor: Actor,
    kind: Kind,
    rows: Sequence[Row],
    found: Mapping[int, UUID],
    report: Report,
) -> None:
    """Same, or changed in which fields; refused where this record may not be changed any more."""
    known = [row for row in rows if row.number in found and row.undecided]
    stands = {row.record: row.number for row in rows if row.fate is Fate.SAME and row.record}
    first: dict[UUID, int] = {}
    for row in known:
        row.record = found[row.number]
        earlier = first.setdefault(row.record, row.number)
        if earlier != row.number:
            row.refuse("code", f"Dòng {earlier} cũng nói về hồ sơ này: giữ một dòng.")
    for done in range(0, len(known), STRETCH):
        report(COMPARING, done, len(known))
        part = [row for row in known[done : done + STRETCH] if row.undecided]
        _compare_some(session, actor, kind, part)
        for row in part:
            _leave_repeated(row, stands.get(row.record))


def _leave_repeated(row: Row, earlier: int | None) -> None:
    """A row that is surely the record of another one, which stands there as it was written before,
    is left out as it was then; the need that it adds is not."""
    if earlier is None or row.reading.code or row.answer or row.fate is not Fate.CHANGED:
        return
    if set(row.fields) != {comparing.NEED}:
        row.fate, row.fields, row.change = Fate.SAME, {}, None
        row.notes.append(("", REPEATS.format(row=earlier)))


def _compare_some(session: Session, actor: Actor, kind: Kind, rows: Sequence[Row]) -> None:
    known = records_of(session, kind, rows)
    left = [row for row in rows if row.record in known]
    stored = comparing.load(session, list(known.values()))
    readings = {row.record: row.reading for row in left}
    hidden = {} if kind is Kind.TEAMS else comparing.sealed(session, NATURES[kind], readings)
    for row in left:
        record = known[row.record]
        row.change = comparing.change(session, record, row.reading, stored)
        row.fields = row.change.fields | dict.fromkeys(sorted(hidden.get(record.id, ())))
        if kind is not Kind.TEAMS and not hidden.get(record.id):
            comparing.leave_sealed(row.change, NATURES[kind])
        row.fate = Fate.CHANGED if row.fields else Fate.SAME
        if row.fields and isinstance(record, Address):
            _require_editable(actor, record, row)


def records_of(session: Session, kind: Kind, rows: Sequence[Row]) -> dict[UUID, Record]:
    """The records that these rows speak of as they are now, by their ids; a row whose record is
    gone is refused."""
    wanted = queries.stored(_model(kind), [row.record for row in rows])
    known = {record.id: record for record in session.scalars(wanted)}
    for row in rows:
        if row.record not in known:
            row.refuse("code", NO_RECORD)
    return known


def _model(kind: Kind) -> type[Record]:
    return Team if kind is Kind.TEAMS else Address


def _require_editable(actor: Actor, record: Address, row: Row) -> None:
    try:
        records.require_editable(actor, record)
    except Conflict as refusal:
        row.refuse("code", refusal.detail)
