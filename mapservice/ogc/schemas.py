"""Query strings of the OGC API: what is unknown or unreadable is refused with 400."""

import re
from datetime import date, datetime
from typing import NamedTuple

from marshmallow import Schema, ValidationError, fields, post_load, validate

from mapservice import geo
from mapservice.decision import VIETNAM
from mapservice.errors import BadRequest
from mapservice.geo import Box
from mapservice.language import LANGUAGES
from mapservice.layers.schemas import MOST_VALUES, SCHEMAS, UNIT, Whole
from mapservice.ogc.collections import COLLECTIONS, Collection

USUAL, MOST = 100, 1000  # features in one page
ASKABLE = 10**9  # a limit above MOST is clamped, one above this is a mistake
AFTER = validate.Regexp(r"[A-Za-z0-9@_.-]{1,60}\Z", error="is no place to go on from")
BBOX_CHARACTERS = 200
# RFC 3339; Python alone would also read weeks and 20250701.
MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2}))?",
    re.IGNORECASE | re.ASCII,
)
LANGUAGE = validate.OneOf(list(LANGUAGES))


class Period(NamedTuple):
    """Days from `begin` to `end`, both included; None is open."""

    begin: date | None
    end: date | None


class BoxesField(fields.Field):
    """`w,s,e,n` or `w,s,low,e,n,high`; west above east crosses the antimeridian: two boxes."""

    def _deserialize(self, value, attr, data, **kwargs) -> list[Box]:
        parts = value.split(",") if len(value) <= BBOX_CHARACTERS else []
        if len(parts) == 6:  # heights are valid, and nothing of ours has one
            for height in (parts[2], parts[5]):
                self._number(height, 1e6)
            parts = [parts[0], parts[1], parts[3], parts[4]]
        if len(parts) != 4:
            raise ValidationError("must be west,south,east,north")
        west, south, east, north = (
            self._number(p, most) for p, most in zip(parts, (180, 90) * 2, strict=True)
        )
        if south > north:
            raise ValidationError("south is above north")
        if west > east:
            return [Box(west, south, 180.0, north), Box(-180.0, south, east, north)]
        return [Box(west, south, east, north)]

    def _number(self, text: str, most: float) -> float:
        try:
            return geo.parse_number(text, "bbox", -most, most)
        except BadRequest as error:
            raise ValidationError(error.fields["bbox"]) from error


class PeriodField(fields.Field):
    """A day, a moment (RFC 3339), or two with a slash between; `..` or nothing is open."""

    def _deserialize(self, value, attr, data, **kwargs) -> Period:
        parts = value.split("/")
        if len(parts) == 1:
            day = self._day(value)
            return Period(day, day)
        if len(parts) != 2 or all(part in {"", ".."} for part in parts):
            raise ValidationError("must be a day, a moment, or an interval")
        begin, end = (None if part in {"", ".."} else self._day(part) for part in parts)
        if begin and end and begin > end:
            raise ValidationError("ends before it begins")
        return Period(begin, end)

    def _day(self, text: str) -> date:
        try:
            if not MOMENT.fullmatch(text):
                raise ValueError(text)
            moment = datetime.fromisoformat(text.upper())
        except ValueError as error:
            raise ValidationError("must be a day or a moment (RFC 3339)") from error
        return moment.date() if moment.tzinfo is None else _day_in_vietnam(moment)


def _day_in_vietnam(moment: datetime) -> date:
    try:
        return moment.astimezone(VIETNAM).date()
    except OverflowError:  # the ends of time, by which clients say "always"
        return moment.date()


class DocumentQuery(Schema):
    """Of every document: its form, and the language that `language.current` reads.

    `datetime` and `within` choose among items. GDAL asks for each document by the whole query of
    the address that it was given: they change nothing there.
    """

    lang = fields.Str(validate=LANGUAGE)
    f = fields.Str(validate=validate.OneOf(["json", "html"]))
    datetime = PeriodField()
    within = fields.List(fields.Str(validate=UNIT), validate=MOST_VALUES)


class ItemsQuery(Schema):
    """Of a collection's items; each collection adds its filters."""

    lang = fields.Str(validate=LANGUAGE)
    f = fields.Str(validate=validate.OneOf(["json", "html", "csv"]))
    bbox = BoxesField()
    datetime = PeriodField()
    limit = Whole(1, ASKABLE, load_default=USUAL)
    after = fields.Str(validate=AFTER)

    @post_load
    def clamp(self, data: dict, **_kwargs) -> dict:
        return data | {"limit": min(data["limit"], MOST)}


def _items(of: Collection) -> type[Schema]:
    known = SCHEMAS[of.layer]._declared_fields  # a filter is declared once
    return ItemsQuery.from_dict(
        {name: known[theirs] for name, theirs in of.filters.items()}, name=f"{of.id}Items"
    )


ITEMS = {found.id: _items(found) for found in COLLECTIONS.values()}
