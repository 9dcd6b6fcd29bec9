"""Query strings of the public layers. Unknown parameters are refused, so caches stay honest."""

from marshmallow import Schema, ValidationError, fields, post_load, validate
from werkzeug.datastructures import MultiDict

from mapservice import geo, web
from mapservice.errors import BadRequest
from mapservice.layers.queries import CAP
from mapservice.needs.models import OPEN, NeedStatus
from mapservice.teams.models import TeamKind, TeamState
from mapservice.territory.eras import today
from mapservice.territory.names import fold

TEXT = validate.Length(max=100, error="is longer than 100 characters")
CODE = validate.Regexp(r"[A-Za-z0-9_-]{1,40}\Z", error="is not a code")
UNIT = validate.Regexp(r"[A-Za-z0-9-]{1,12}(@[0-9a-z-]{4,10})?\Z", error="is not CODE or CODE@ERA")
MOST_VALUES = validate.Length(max=50, error="has more than 50 values")
# What the address of the map's page says of the map, in the order of static/js/map/state.js.
MAP_STATE = (
    *("category", "urgency", "unit", "q", "place", "lang", "teams", "people"),
    *("lat", "lng", "zoom"),
)
PUBLIC_STATUSES = [*(status.value for status in OPEN), NeedStatus.MET.value]


class BoxField(fields.Field):
    """`west,south,east,north` in degrees."""

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            return geo.parse_bbox(value)
        except BadRequest as error:
            raise ValidationError(error.fields["bbox"]) from error


class Number(fields.Field):
    """A finite decimal within bounds; 200 digits or 1e309 are refused before Python tries."""

    def __init__(self, low: float, high: float, **options):
        super().__init__(**options)
        self.low, self.high = low, high

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            return geo.parse_number(value, attr, self.low, self.high)
        except BadRequest as error:
            raise ValidationError(error.fields[attr]) from error


class Whole(Number):
    """A whole number within bounds."""

    def _deserialize(self, value, attr, data, **kwargs):
        number = super()._deserialize(value, attr, data, **kwargs)
        if number != int(number):
            raise ValidationError("must be a whole number")
        return int(number)


def not_blank(value: str) -> None:
    """Refuses what is blank to the eye; nothing at all is no question."""
    if value and not fold(value).strip():
        raise ValidationError("has no visible character")


def codes() -> fields.List:
    return fields.List(fields.Str(validate=CODE), validate=MOST_VALUES)


def one_of(values: list[str]) -> fields.List:
    return fields.List(fields.Str(validate=validate.OneOf(values)), validate=MOST_VALUES)


class ViewQuery(Schema):
    """A viewport: its box is that of the cells it touches, so that neighbours share an answer."""

    bbox = BoxField()
    zoom = Number(0, 24)

    @post_load
    def snap(self, data: dict, **_kwargs) -> dict:
        if "zoom" not in data:
            return data
        zoom = int(data["zoom"])
        box = {"bbox": geo.snapped(data["bbox"], zoom)} if "bbox" in data else {}
        return data | box | {"zoom": zoom}


class LayerQuery(ViewQuery):
    """What the layers of places, needs and teams understand."""

    limit = Whole(1, CAP)  # of features (CAP when nothing is asked), or of cells
    cluster = fields.Bool(load_default=True)
    unit = fields.List(fields.Str(validate=UNIT), validate=MOST_VALUES)
    q = fields.Str(validate=[TEXT, not_blank])


class NeedsQuery(LayerQuery):
    category = codes()
    urgency = fields.List(Whole(1, 4), validate=MOST_VALUES)
    status = one_of(PUBLIC_STATUSES)
    kind = codes()
    skill = codes()
    campaign = codes()


class PlacesQuery(LayerQuery):
    kind = codes()


class TeamsQuery(LayerQuery):
    kind = one_of([kind.value for kind in TeamKind])
    status = one_of([state.value for state in TeamState])
    skill = codes()


class UnitsQuery(ViewQuery):
    level = one_of(["province", "district", "commune"])
    date = fields.Date(format="iso", load_default=today)


class PeopleQuery(ViewQuery):
    """Cells of people: whole ones only, so there is nothing to cluster, search or page."""

    unit = fields.List(fields.Str(validate=UNIT), validate=MOST_VALUES)
    group = one_of(["all", "child", "elderly", "youth", "household", "other"])


class NoQuery(Schema):
    """Nothing may be asked."""


class NearQuery(Schema):
    lng = Number(-180, 180, required=True)
    lat = Number(-90, 90, required=True)
    limit = Whole(1, 100, load_default=20)
    category = codes()
    urgency = fields.List(Whole(1, 4), validate=MOST_VALUES)
    unit = fields.List(fields.Str(validate=UNIT), validate=MOST_VALUES)


SCHEMAS = {
    "needs": NeedsQuery,
    "places": PlacesQuery,
    "teams": TeamsQuery,
    "units": UnitsQuery,
    "people": PeopleQuery,
}


# Made once: making a schema costs three times what it takes to use it.
QUERIES = {layer: schema() for layer, schema in SCHEMAS.items()}
NEAR, NOTHING = NearQuery(), NoQuery()


class MapQuery(Schema):
    """The filters of the map page. Pages ignore what they do not know (utm_…, fbclid)."""

    category = codes()
    urgency = fields.List(Whole(1, 4), validate=MOST_VALUES)
    unit = fields.List(fields.Str(validate=UNIT), validate=MOST_VALUES)
    q = fields.Str(validate=[TEXT, not_blank])
    offset = Whole(0, 100_000, load_default=0)

    def forgiving(self, values: MultiDict) -> dict[str, object]:
        """The readable filters of a query string; broken ones are left out, never an error."""
        plain: dict[str, object] = {}
        for name, field in self.fields.items():
            given = [value for value in values.getlist(name) if value and web.is_text(value)]
            if given:
                several = isinstance(field, fields.List)
                plain[name] = web.split_list(given) if several else given[-1]
        try:
            return self.load(plain)
        except ValidationError as error:
            return self.load({n: v for n, v in plain.items() if n not in error.messages})
