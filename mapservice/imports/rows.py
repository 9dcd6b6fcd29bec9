"""One row while it is read: the values found so far, what stands against it, what is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from marshmallow import Schema, ValidationError

from mapservice.forms import sentences
from mapservice.imports import repeats, scalars, telephones
from mapservice.imports.scalars import Said
from mapservice.imports.tables import Cell
from mapservice.imports.vocabulary import Vocabulary
from mapservice.imports.words import Words

NOT_LISTED = "Không có trong danh sách. Ghi một trong: {names}."
SOME_NOT_LISTED = "Có mục không có trong danh sách: sửa hoặc bỏ mục đó. Nhận: {names}."
LACKING = "Cần ghi {what}, một trong: {names}."
UNKNOWN = "Hệ thống không có tên này: ghi đúng tên hoặc mã trong hệ thống, hoặc để trống."
MORE_PHONES = "Ô có nhiều số điện thoại: dùng số đầu tiên."


class Problem(NamedTuple):
    """Something to say of a row: `field` is the key of its column, `reason` a sentence."""

    field: str
    reason: str


@lru_cache(maxsize=1000)
def shared(names: frozenset[str]) -> frozenset[str]:
    """These names, as one object: the rows of a list say something of the same few columns."""
    return names


@dataclass
class Row:
    """The cells of a row by field, and what became of them; `data` is what schemas load."""

    cells: Mapping[str, Cell]
    words: Words
    data: dict[str, object] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def has(self, column: str) -> bool:
        return bool(scalars.plain(self.cells.get(column)))

    def refuse(self, column: str, reason: str) -> None:
        self.problems.append(Problem(column, reason))

    def tell(self, column: str, reason: str) -> None:
        self.notes.append(Problem(column, reason))

    def faulty(self, column: str) -> bool:
        return any(problem.field == column for problem in self.problems)

    def read(self, column: str, how: Callable[..., Said], *more: object, **named: object) -> object:
        """The column's value; None where the cell is empty, or was refused."""
        try:
            _require_sound(self.cells.get(column))
            said = how(self.cells.get(column), *more, **named)
        except ValueError as error:
            self.refuse(column, str(error))
            return None
        if said.note:
            self.tell(column, said.note)
        return said.value

    def take(self, columns: Mapping[str, Callable[..., Said]]) -> None:
        """Read these columns into the values of the same names."""
        for column, how in columns.items():
            value = self.read(column, how)
            if value is not None:
                self.data[column] = value

    def coded(self, column: str, vocabulary: Vocabulary) -> object:
        """The code that the column's words stand for."""
        words = self.read(column, scalars.text)
        if words is None:
            return None
        code = vocabulary.find(str(words))
        if code is None:
            self.refuse(column, among(NOT_LISTED, vocabulary))
        return code

    def lacks(self, column: str, what: str, vocabulary: Vocabulary) -> None:
        """Refuse a column that says nothing, with the words that it takes."""
        self.refuse(column, among(LACKING, vocabulary, what=what))

    def listed(self, column: str, vocabulary: Vocabulary) -> list[object]:
        """The codes of the column's list."""
        words = self.read(column, scalars.text)
        if words is None:
            return []
        codes, whole = vocabulary.each(str(words))
        if not whole:
            self.refuse(column, among(SOME_NOT_LISTED, vocabulary))
        return codes

    def phone(self, column: str) -> list[str]:
        """The numbers of the column in E.164; the first is the one to call."""
        try:
            _require_sound(self.cells.get(column))
            found, notes = telephones.numbers_of(self.cells.get(column))
        except ValueError as error:
            self.refuse(column, str(error))
            return []
        for note in notes:
            self.tell(column, note)
        if len(found) > 1:
            self.tell(column, MORE_PHONES)
        return found

    def load(
        self, schema: Schema, data: Mapping[str, object], columns: Mapping[str, str], *settled: str
    ) -> dict[str, object]:
        """The values of a form that says this, complete with what it takes for granted.

        `columns`: the column of a form's field where it is called otherwise. What the form has
        against a field stands against its column, unless that was refused already, or is `settled`
        elsewhere.
        """
        try:
            return _with_texts_of(data, schema.load(data))
        except ValidationError as error:
            for name, said in sentences(error.messages).items():
                column = columns.get(name, name)
                if column not in settled and not self.faulty(column):
                    self.refuse(column, " ".join(said))
            return dict(error.valid_data)


def _with_texts_of(data: Mapping[str, object], loaded: Mapping[str, object]) -> dict[str, object]:
    """What was loaded; a text that is the cell's own is kept once."""
    return {
        name: data[name] if isinstance(value, str) and data.get(name) == value else value
        for name, value in loaded.items()
    }


def among(sentence: str, vocabulary: Vocabulary, **more: str) -> str:
    """A sentence with the names that would be understood, where they are few enough to be read."""
    names = vocabulary.said
    return sentence.format(names=names, **more) if names else UNKNOWN


def _require_sound(cell: Cell) -> None:
    """Raise ValueError for what is no value: an error of the sheet, a repetition of nothing."""
    scalars.require_sound(cell)
    if repeats.is_repeat(cell):
        raise ValueError(repeats.NOTHING_ABOVE)
