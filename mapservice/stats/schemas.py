"""Query strings of the figures."""

from marshmallow import Schema, fields

from mapservice.layers.schemas import UNIT


class StatsQuery(Schema):
    unit = fields.Str(validate=UNIT)
