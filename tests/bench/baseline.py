"""The layer as the stack invites to write it: objects, shapely, marshmallow, jsonify.

It lives here only, as what the design is compared with.
"""

from datetime import date
from uuid import UUID

from flask import Flask, jsonify, request
from geoalchemy2 import Geometry, WKBElement
from geoalchemy2.shape import to_shape
from marshmallow import Schema, fields
from shapely.geometry import mapping
from sqlalchemy import ARRAY, MetaData, Text, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from mapservice import create_app, web
from mapservice.geo import SRID, parse_bbox
from mapservice.layers.queries import CAP


class Stored(Geometry):
    """As the column comes: the public role may not call ST_AsEWKB."""

    cache_ok = True

    def column_expression(self, col):
        return col


class Base(DeclarativeBase):
    metadata = MetaData(schema="pub")
    type_annotation_map = {str: Text, list[str]: ARRAY(Text)}


class Need(Base):
    __tablename__ = "need"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    title: Mapped[str]
    place: Mapped[str]
    place_title: Mapped[str]
    place_kind: Mapped[str]
    category: Mapped[str]
    urgency: Mapped[int]
    status: Mapped[str]
    quantity: Mapped[int]
    unit: Mapped[str]
    parts: Mapped[int]
    parts_taken: Mapped[int]
    people_per_part: Mapped[int]
    skills: Mapped[list[str]]
    campaign: Mapped[str | None]
    checked_on: Mapped[date | None]
    geom: Mapped[WKBElement] = mapped_column(Stored("POINT", srid=SRID))


class NeedSchema(Schema):
    code = fields.Str()
    title = fields.Str()
    place = fields.Str()
    place_title = fields.Str()
    place_kind = fields.Str()
    category = fields.Str()
    urgency = fields.Int()
    status = fields.Str()
    quantity = fields.Int()
    unit = fields.Str()
    parts = fields.Int()
    parts_taken = fields.Int()
    people_per_part = fields.Int()
    skills = fields.List(fields.Str())
    campaign = fields.Str()
    checked_on = fields.Date()


@web.allow_anonymous
def needs():
    box = parse_bbox(request.args["bbox"])
    inside = Need.geom.op("OPERATOR(ext.&&)")(func.ext.ST_MakeEnvelope(*box, SRID))
    order = (Need.urgency.desc(), Need.checked_on.desc(), Need.code)
    found = web.public_session().scalars(select(Need).where(inside).order_by(*order).limit(CAP))
    schema = NeedSchema()
    features = [
        {
            "type": "Feature",
            "id": need.code,
            "geometry": mapping(to_shape(need.geom)),
            "properties": schema.dump(need),
        }
        for need in found
    ]
    return jsonify({"type": "FeatureCollection", "features": features})


@web.allow_anonymous
def bare():
    return "ok"


def create() -> Flask:
    """The application with two routes more: the baseline, and one that does nothing."""
    app = create_app()
    app.add_url_rule("/baseline", "baseline", needs)
    app.add_url_rule("/bare", "bare", bare)
    return app
