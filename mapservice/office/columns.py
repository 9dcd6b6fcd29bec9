"""What a list is: columns, filters, order. Data, of which pages and Excel files are made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from marshmallow import Schema
from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor


class Kind(StrEnum):
    """How a value is written: `day` and `moment` in Vietnam's calendar, `words` for a code."""

    TEXT, NUMBER, DAY, MOMENT = "text", "number", "day", "moment"
    WORDS, YES_NO = "words", "yes_no"


@dataclass(frozen=True, slots=True)
class Column:
    """`key` names a column of the list's statement.

    `words`: which words stand for the codes (`words.load`); `instead`: (key, words) of what is
    said where the value itself must not be; `link`: a path with `{key}` places; `width` in letters
    of an Excel sheet; `screen`: whether a page shows it, or only the file; `sorts`: whether a list
    can be ordered by it.
    """

    key: str
    heading: str
    kind: Kind = Kind.TEXT
    width: int = 14
    words: str = ""
    instead: tuple[str, str] = ("", "")
    link: str = ""
    screen: bool = True
    sorts: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """`name` is the last part of its address, and its section of the menu.

    `select` gives the rows of the actor's territory that pass the filters, in no order; they are
    ordered by `order` (a key, "-" before it for the greatest first), then by `then`, then by
    `unique`. `empty` says what to do where there is nothing at all, `lead` what the list holds.
    `file` begins the name of what is downloaded; `new` is where to register one more, in which
    words, for those who may do `adding`. `action` is what somebody must be allowed to see the
    list, `under` the section of the menu where it is not the list's own, `search` what `q` finds.
    """

    name: str
    title: str
    file: str
    columns: tuple[Column, ...]
    query: type[Schema]
    select: Callable[[Session, Actor, Mapping[str, object]], Select]
    order: str
    empty: str
    unique: str = "public_code"
    new: tuple[str, str] = ("", "")
    then: tuple[str, ...] = ()
    lead: str = ""
    action: Action = Action.SEE_RECORDS
    adding: Action = Action.REGISTER
    under: str = ""
    search: str = "Tìm theo tên hoặc mã"

    @property
    def section(self) -> str:
        """The section of the menu that leads to it."""
        return self.under or self.name

    def sorted_by(self, asked: str) -> str:
        """The order asked for, the list's own where it cannot be ordered so."""
        known = {column.key for column in self.columns if column.sorts}
        return asked if asked.removeprefix("-") in known else self.order
