"""Where in a table the list is: the row of its headings, what they mean, its first and last row.

Nothing is taken for granted: titles stand above, headings take one row or two, totals and
signatures stand below. A row that is not surely something else is a row of the list.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mapservice.imports import list_rows
from mapservice.imports.fields import FIELDS, Kind
from mapservice.imports.matching_headings import EXACT, Match, folded, is_note, match
from mapservice.imports.tables import Cell, Table

__all__ = ["Found", "find", "folded"]

LOOKED_AT = 60  # rows from the top in which headings are looked for
FEWEST = 2  # fields that a row of headings must name, the one among them that tells who or what
FEWEST_OTHERS = 4  # or so many without it


@dataclass
class Found:
    """A list in a table.

    `table`: its place among the tables, from 0; `row`: of the headings (the lower of two), `first`
    and `last`: of the data, all as the sheet numbers them, from 1; no data: `last` < `first`.
    `columns`: the headings, "" where there is none; `guess`: place of a column, from 0 -> key.
    `skipped`: rows between `first` and `last` that are none of the list -> why, in Vietnamese;
    `sections`: those that head the rows below them, also above `first`.
    """

    table: int
    row: int
    columns: tuple[str, ...]
    guess: dict[int, str]
    kind: Kind
    first: int
    last: int
    skipped: dict[int, str] = field(default_factory=dict)
    sections: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Head:
    """Headings that were read: `row` and `above` counted from 0."""

    row: int
    kind: Kind
    columns: tuple[str, ...]
    matches: dict[int, Match]
    double: bool

    @property
    def worth(self) -> tuple[float, int, int]:
        """What tells who or what a row is counts most; of equals one row, and the upper one."""
        main = _main(self.kind)
        told = sum(3 if m.key == main else 1 for m in self.matches.values())
        sure = sum(m.sure >= EXACT for m in self.matches.values())
        return told + sure / 2, -self.double, -self.row


def find(
    tables: Sequence[Table],
    kind: Kind | None = None,
    remembered: Mapping[str, str] | None = None,
) -> list[Found]:
    """The lists of the tables, at most one each. `remembered`: folded heading -> key ("" for none).

    Without `kind` it is told by the headings, of all tables alike.
    """
    kinds = [kind] if kind else list(Kind)
    heads = {one: [_head(table, one, remembered or {}) for table in tables] for one in kinds}
    best = max(kinds, key=lambda one: max((h.worth for h in heads[one] if h), default=(0,)))
    return [_found(place, tables[place], head) for place, head in enumerate(heads[best]) if head]


def _head(table: Table, kind: Kind, remembered: Mapping[str, str]) -> _Head | None:
    """The best row of headings, None where no row is one."""
    found = []
    for row in range(min(len(table.rows), LOOKED_AT)):
        for double in (False, True) if row else (False,):
            columns = _columns(table.rows, row, double=double)
            if len({text for text in columns if text}) >= FEWEST:
                matches = _matches(columns, kind, remembered)
                if _is_enough(matches, kind):
                    found.append(_Head(row, kind, columns, matches, double))
    return max(found, key=lambda head: head.worth, default=None)


def _main(kind: Kind) -> str:
    """The field that tells who or what a row is."""
    return next(f.key for f in FIELDS[kind] if f.required)


def _is_enough(matches: Mapping[int, Match], kind: Kind) -> bool:
    main = _main(kind)
    named = any(told.key == main for told in matches.values())
    return len(matches) >= (FEWEST if named else FEWEST_OTHERS)


def _columns(rows: Sequence[Sequence[Cell]], row: int, *, double: bool) -> tuple[str, ...]:
    """The headings of one row; of two the lower one, the upper where there is no lower, and both
    where the lower says too little: "Họ tên" below several, or only a note in brackets."""
    lower = [_heading(cell) for cell in rows[row]]
    if not double:
        return tuple(lower)
    upper = [_heading(cell) for cell in rows[row - 1]]
    often = Counter(lower)
    return tuple(
        f"{high} {low}".strip() if low != high and (often[low] > 1 or is_note(low)) else low or high
        for low, high in zip(lower, upper, strict=True)
    )


def _heading(cell: Cell) -> str:
    return " ".join(cell.split()) if isinstance(cell, str) else ""


def _matches(columns: Sequence[str], kind: Kind, remembered: Mapping[str, str]) -> dict[int, Match]:
    """Column -> field; each field once: of the surest heading, of equals the first."""
    seen = [(at, match(text, kind, remembered)) for at, text in enumerate(columns) if text]
    found = [(at, told) for at, told in seen if told]
    found.sort(key=lambda one: (-one[1].sure, -one[1].length, one[0]))
    taken: dict[str, tuple[int, Match]] = {}
    for at, told in found:
        taken.setdefault(told.key, (at, told))
    return dict(sorted(taken.values()))


def _found(place: int, table: Table, head: _Head) -> Found:
    guess = {at: told.key for at, told in head.matches.items()}
    examples = _examples(head.kind)
    rows = list_rows.look(table.rows, head.row + 1, head.columns, guess, examples)
    return Found(
        table=place,
        row=head.row + 1,
        columns=head.columns,
        guess=guess,
        kind=head.kind,
        first=rows.first + 1,
        last=rows.last + 1,
        skipped={row + 1: why for row, why in rows.skipped.items()},
        sections=tuple(row + 1 for row in rows.sections),
    )


def _examples(kind: Kind) -> Iterable[str]:
    """What the example rows of our own template say in the field that must be there."""
    first = next(f for f in FIELDS[kind] if f.required)
    return {folded(first.example), folded(first.other)}
