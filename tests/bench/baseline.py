"""The layer as the stack invites to write it: the tables' objects, shapely, marshmallow, jsonify.

It gives the same features as /layers/needs.geojson, without a read model, and lives here only, as
what the design is compared with.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from flask import Flask, jsonify, request
from geoalchemy2 import Geometry, WKBElement
from geoalchemy2.shape import to_shape
from marshmallow import Schema, fields
from shapely.geometry import mapping
from sqlalchemy import ARRAY, ForeignKey, MetaData, Text, func, select
from sqlalchemy.dialects.postgresql import DATERANGE, Range
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    contains_eager,
    joinedload,
    mapped_column,
    relationship,
    selectinload,
)

from mapservice import create_app, web
from mapservice.geo import SRID, parse_bbox
from mapservice.layers.queries import CAP

OPEN = ("published", "matched", "in_progress", "partly_met")
TAKEN = {"accepted", "underway", "done", "confirmed", "disputed"}


class Base(DeclarativeBase):
    metadata = MetaData(schema="core")
    type_annotation_map = {str: Text, list[str]: ARRAY(Text), Range[date]: DATERANGE}


class Unit(Base):
    __tablename__ = "admin_unit"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")


class Campaign(Base):
    __tablename__ = "campaign"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]


class Address(Base):
    __tablename__ = "address"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    public_code: Mapped[str]
    nature: Mapped[str]
    kind: Mapped[str]
    title: Mapped[str]
    status: Mapped[str]
    sensitive: Mapped[bool]
    point: Mapped[WKBElement] = mapped_column(Geometry("POINT", srid=SRID))
    assured_at: Mapped[datetime]
    commune_id: Mapped[int] = mapped_column(ForeignKey("core.admin_unit.id"))
    former_commune_id: Mapped[int | None] = mapped_column(ForeignKey("core.admin_unit.id"))
    commune: Mapped[Unit] = relationship(foreign_keys=commune_id)
    former_commune: Mapped[Unit | None] = relationship(foreign_keys=former_commune_id)


class Assignment(Base):
    __tablename__ = "assignment"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    need_id: Mapped[UUID] = mapped_column(ForeignKey("core.need.id"))
    status: Mapped[str]


class Need(Base):
    __tablename__ = "need"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    public_code: Mapped[str]
    address_id: Mapped[UUID] = mapped_column(ForeignKey("core.address.id"))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("core.campaign.id"))
    title: Mapped[str]
    category: Mapped[str]
    urgency: Mapped[int]
    status: Mapped[str]
    quantity: Mapped[Decimal]
    unit: Mapped[str]
    parts: Mapped[int]
    people_per_part: Mapped[int]
    skills: Mapped[list[str]]
    together: Mapped[bool]
    people_in_all: Mapped[int | None]
    wanted_during: Mapped[Range[date] | None]
    address: Mapped[Address] = relationship()
    campaign: Mapped[Campaign | None] = relationship()
    assignments: Mapped[list[Assignment]] = relationship()


class NeedSchema(Schema):
    code = fields.Str(attribute="public_code")
    title = fields.Str()
    place = fields.Str(attribute="address.public_code")
    place_title = fields.Str(attribute="address.title")
    kind = fields.Str(attribute="address.kind")
    category = fields.Str()
    urgency = fields.Int()
    status = fields.Str()
    quantity = fields.Float()
    unit = fields.Str()
    parts = fields.Int()
    parts_taken = fields.Function(lambda n: sum(a.status in TAKEN for a in n.assignments))
    people = fields.Int(attribute="people_per_part")
    skills = fields.List(fields.Str())
    wanted_from = fields.Date(attribute="wanted_during.lower", dump_default=None)
    wanted_until = fields.Date(attribute="wanted_during.upper", dump_default=None)
    campaign = fields.Str(attribute="campaign.code", dump_default=None)
    commune = fields.Str(attribute="address.commune.name")
    former_commune = fields.Str(attribute="address.former_commune.name", dump_default=None)
    district = fields.Str(attribute="address.former_commune.parent.name", dump_default=None)
    checked_on = fields.Date(attribute="address.assured_at")
    together = fields.Function(lambda n: n.together and n.parts > 1)
    people_in_all = fields.Int()


@web.allow_anonymous
def needs():
    box = parse_bbox(request.args["bbox"])
    inside = Address.point.op("OPERATOR(ext.&&)")(func.ext.ST_MakeEnvelope(*box, SRID))
    place = contains_eager(Need.address)
    found = web.session().scalars(
        select(Need)
        .join(Need.address)
        .where(inside, Address.status == "published", Address.nature == "place")
        .where(~Address.sensitive, Need.status.in_(OPEN))
        .options(place, place.joinedload(Address.commune), joinedload(Need.campaign))
        .options(place.joinedload(Address.former_commune).joinedload(Unit.parent))
        .options(selectinload(Need.assignments))
        .order_by(Need.urgency.desc(), Address.assured_at.desc(), Need.public_code)
        .limit(CAP)
    )
    schema = NeedSchema()
    features = [
        {
            "type": "Feature",
            "id": need.public_code,
            "geometry": mapping(to_shape(need.address.point)),
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
