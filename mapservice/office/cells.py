"""One value of a list, as a person reads it and as a spreadsheet keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from mapservice.decision import VIETNAM
from mapservice.office.columns import Column, Kind

Words = Mapping[str, Mapping]


@dataclass(frozen=True, slots=True)
class Cell:
    """`href` leads to the record, empty for none; `code` is what the words stand for."""

    text: str
    href: str = ""
    code: str = ""


def shown(column: Column, row: Mapping, words: Words) -> Cell:
    """The cell of a page; an absent value is empty, never a word of machines."""
    value = plain(column, row, words)
    href = column.link.format_map(row) if column.link and value is not None else ""
    code = str(row[column.key]) if column.kind is Kind.WORDS and value is not None else ""
    return Cell(_written(value), href, code)


def plain(column: Column, row: Mapping, words: Words) -> str | Decimal | int | float | date | None:
    """The value as a number, a date, a moment of Vietnam's clock without zone, or a text."""
    value = row[column.key]
    if value is None and column.instead[0]:
        key, instead = column.instead
        return words[instead].get(row[key])
    if value is None:
        return None
    if column.kind is Kind.YES_NO:
        return "Có" if value else "Chưa"
    if column.kind is Kind.WORDS:
        return _in_words(value, words[column.words])
    if column.kind in {Kind.DAY, Kind.MOMENT} and isinstance(value, datetime):
        moment = value.astimezone(VIETNAM).replace(tzinfo=None)
        return moment if column.kind is Kind.MOMENT else moment.date()
    return value


def _in_words(value: object, said: Mapping) -> str:
    if isinstance(value, list):
        return ", ".join(str(said.get(code, code)) for code in value)
    return str(said.get(value, value))


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, Decimal | float):
        return number(value)
    return str(value)


def number(value: Decimal | float) -> str:
    """1234.5 as 1.234,5; whole numbers without decimals."""
    digits = f"{value:,.1f}".removesuffix(".0")
    return digits.translate(str.maketrans(",.", ".,"))
