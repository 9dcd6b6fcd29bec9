"""Fields that people type: texts in one normal form, numbers and days as they are written here."""

import re
from datetime import date, datetime

from marshmallow import ValidationError, fields, validate

from mapservice.disclosure import entry
from mapservice.language import gettext as _
from mapservice.language import noop

NUMBER = re.compile(r"[+-]?[0-9]{1,9}([.,][0-9]{1,10})?")
COUNT_MOST = 1_000_000


class Line(fields.Field):
    """One line of text: NFC, no characters nobody sees, one space between words."""

    CHECK = staticmethod(entry.line)

    def __init__(self, longest: int, shortest: int = 1, **more: object):
        told = {"minLength": shortest, "maxLength": longest}
        super().__init__(metadata=told | more.pop("metadata", {}), **more)
        self.longest, self.shortest = longest, shortest

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            text = self.CHECK(self.longest)(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        if len(text) < self.shortest:
            raise ValidationError(_("Cần ít nhất %(shortest)s ký tự.", shortest=self.shortest))
        return text


class Paragraphs(Line):
    """As Line, with line breaks."""

    CHECK = staticmethod(entry.paragraphs)


class Number(fields.Field):
    """A decimal within `low`..`high`, written 12.5 or 12,5."""

    def __init__(self, low: float, high: float, what: str, **more: object):
        told = {"minimum": low, "maximum": high}
        super().__init__(metadata=told | more.pop("metadata", {}), **more)
        self.low, self.high, self.what = low, high, what

    def _deserialize(self, value, attr, data, **kwargs):
        text = str(value).strip()
        number = float(text.replace(",", ".")) if NUMBER.fullmatch(text) else None
        if number is None or isinstance(value, bool) or not self.low <= number <= self.high:
            raise ValidationError(self.what)
        return number


class Day(fields.Field):
    """A day, as browsers send it (2026-07-01) or as people write it (1/7/2026)."""

    def _deserialize(self, value, attr, data, **kwargs):
        for form in ("%Y-%m-%d", "%d/%m/%Y"):
            try:
                found = datetime.strptime(str(value).strip(), form).date()  # noqa: DTZ007
            except ValueError:
                continue
            if date(2000, 1, 1) <= found <= date(2100, 12, 31):
                return found
        raise ValidationError(noop("Ngày viết như 01/07/2026."))


def whole(low: int, high: int, what: str, **more: object) -> fields.Int:
    """A whole number within `low`..`high`; `what` is said otherwise."""
    messages = {"invalid": what, "required": what, "null": what, "too_large": what}
    return fields.Int(
        validate=validate.Range(low, high, error=what), error_messages=messages, **more
    )


def count(**more: object) -> fields.Int:
    """How many people or households; none when nobody counted."""
    return whole(0, COUNT_MOST, "Cần một số từ 0 trở lên.", load_default=None, **more)


def one_of(kind: type | tuple, what: str, **more: object) -> fields.Str:
    """The code of one of an enumeration's members; `what` is said otherwise."""
    codes = [str(member) for member in kind]
    messages = {"required": what, "invalid": what, "null": what}
    return fields.Str(validate=validate.OneOf(codes, error=what), error_messages=messages, **more)
