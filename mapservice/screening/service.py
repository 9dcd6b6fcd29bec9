"""Nothing that reads like a person's name, number or door goes public before somebody ticked it.

A tick is kept as a keyed hash of what was found, of its record and field: another text there is
another find, and has to be looked at anew. Persons have no public text at all. Who may tick is
judged by those who call. Flushes; the caller commits.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice import config, keyring
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.audit import service as audit
from mapservice.errors import Invalid
from mapservice.needs.models import Need
from mapservice.screening import detector, known_names, queries
from mapservice.screening.detector import Hit

FIELDS = {
    "address": {"title": "Tên địa chỉ", "summary": "Giới thiệu", "hamlet": "Thôn, xóm"},
    "need": {"title": "Tên nhu cầu", "description": "Mô tả nhu cầu", "unit": "Đơn vị tính"},
    "photo": {"caption": "Chú thích ảnh"},
}
KINDS = {"phone": "số điện thoại", "name": "tên người", "address": "số nhà, địa chỉ riêng"}
KIND = "text_check"  # of the keyed hash
UNTICKED = "Có lời giống tên người, số điện thoại hoặc số nhà: xem từng chỗ rồi đánh dấu."


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a record that everybody reads once it is public; `path` names it in errors."""

    table: str
    record_id: UUID
    field: str
    text: str
    path: str

    @property
    def words(self) -> str:
        """What the field is called."""
        return FIELDS[self.table][self.field]


@dataclass(frozen=True, slots=True)
class Find:
    """One hit in one passage; `mark` names it in a form; `harmless`: somebody said so."""

    hit: Hit
    mark: str
    harmless: bool

    @property
    def words(self) -> str:
        """What was found, and what it looks like."""
        return f"“{self.hit.text}” giống {KINDS[self.hit.kind]}"


@dataclass(frozen=True, slots=True)
class Screened:
    """A passage with what was found in it."""

    passage: Passage
    finds: Sequence[Find]

    @property
    def unticked(self) -> list[Find]:
        """The finds that hold the passage back."""
        return [find for find in self.finds if not find.harmless]

    @property
    def pieces(self) -> Iterator[tuple[str, Find | None]]:
        """The text in pieces, those that were found with their find."""
        at = 0
        for find in self.finds:
            yield self.passage.text[at : find.hit.start], None
            yield find.hit.text, find
            at = find.hit.end
        yield self.passage.text[at:], None


def passages(address: Address, needs: Iterable[Need] = ()) -> list[Passage]:
    """The texts of a place and these needs of it; a person has none."""
    if address.nature is Nature.PERSON:
        return []
    return [
        Passage(
            record.__tablename__,
            record.id,
            field,
            getattr(record, field) or "",
            field if record is address else f"{record.public_code}.{field}",
        )
        for record in (address, *needs)
        for field in FIELDS[record.__tablename__]
    ]


def screen(session: Session, written: Collection[Passage]) -> list[Screened]:
    """The passages in which something was found."""
    known = {
        (tick.table_name, tick.record_id, tick.field, bytes(tick.found))
        for tick in session.scalars(queries.ticks({passage.record_id for passage in written}))
    }
    ring = keyring.of(session)
    screened = []
    for passage in written:
        spot = (passage.table, passage.record_id, passage.field)
        finds = []
        for hit in detector.find(passage.text, _known()):
            name = _name(passage, hit)
            ticks = {(*spot, kept) for kept in ring.hashes(KIND, name)}
            finds.append(Find(hit, ring.hash(KIND, name).hex(), not ticks.isdisjoint(known)))
        if finds:
            screened.append(Screened(passage, finds))
    return screened


def require_none(session: Session, passage: Passage) -> None:
    """Raise Invalid for a text in which anything is found: a short one is better put otherwise."""
    for screened in screen(session, [passage]):
        said = f"{_found(screened.finds)}. Viết lại: lời công khai không nêu người nào."
        raise Invalid(said, code="names-found", fields={passage.path: [said]})


def require_ticked(session: Session, written: Collection[Passage]) -> None:
    """Raise Invalid at each passage that holds a find nobody ticked, saying what was found."""
    fields = {
        screened.passage.path: [_sentence(screened.unticked)]
        for screened in screen(session, written)
        if screened.unticked
    }
    if fields:
        raise Invalid(UNTICKED, code="names-found", fields=fields)


def tick(
    session: Session,
    actor: Actor,
    address: Address,
    written: Collection[Passage],
    marks: Collection[str],
) -> set[str]:
    """Call the finds with these marks harmless; ticks of what these texts hold no more end.

    `written`: texts of one address and its needs; the actor may review it. The marks of all that
    was found are returned: others say nothing.
    """
    screened = screen(session, written)
    there = {find.mark: (text.passage, find) for text in screened for find in text.finds}
    for mark, (passage, find) in sorted(there.items()):
        # What was ticked under an older key is kept under today's.
        if find.harmless or mark in marks:
            _keep(session, actor, passage, bytes.fromhex(mark))
    ids = {passage.record_id for passage in written}
    session.execute(queries.forget_ticks(ids, [bytes.fromhex(mark) for mark in there]))
    new = {find.mark for text in screened for find in text.unticked} & set(marks)
    if new:
        detail = {"finds": len(new)}
        audit.record(
            session, "text_checked", table_name="address", record_id=address.id, detail=detail
        )
    return set(there)


def lapse(session: Session, written: Collection[Passage]) -> None:
    """End the ticks of what these texts, all there are of their records, hold no more: should it
    be written again, somebody looks again."""
    ring = keyring.of(session)
    there = [
        kept
        for passage in written
        for hit in detector.find(passage.text, _known())
        for kept in ring.hashes(KIND, _name(passage, hit))
    ]
    ids = {passage.record_id for passage in written}
    session.execute(queries.forget_ticks(ids, there))


def _name(passage: Passage, hit: Hit) -> str:
    """What the keyed hash of a find is made of."""
    return "|".join((passage.table, str(passage.record_id), passage.field, hit.text))


def _keep(session: Session, actor: Actor, passage: Passage, found: bytes) -> None:
    row = {
        "table_name": passage.table,
        "record_id": passage.record_id,
        "field": passage.field,
        "found": found,
        "checked_by": actor.id,
    }
    session.execute(queries.keep_tick(row))


def _sentence(finds: Sequence[Find]) -> str:
    return f"{_found(finds)}. Bỏ đi, hoặc xem kỹ rồi đánh dấu vô hại trên trang quản lý hồ sơ."


def _found(finds: Sequence[Find]) -> str:
    return "; ".join(find.words for find in finds)


@cache
def _known() -> frozenset[str]:
    """Names of the province that are no person's: always the same set, which is read once."""
    return known_names.of_province(str(config.load()["PROVINCE"]))
