"""What the form asks while somebody types: where a point lies, likely doubles, keeping a draft."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from marshmallow import EXCLUDE, Schema, fields, validate

from mapservice import forms, web
from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.addresses.models import Nature
from mapservice.decision import VIETNAM
from mapservice.disclosure import drafts
from mapservice.errors import Invalid
from mapservice.problems import wants_json
from mapservice.registration import coordinates, duplicates, records, saving, spots
from mapservice.registration.sheet import FrameForm
from mapservice.registration.texts import Number, one_of

bp = Blueprint("registration_assist", __name__)
LINES = validate.Length(max=coordinates.LONGEST)


class WhereQuery(Schema):
    """A point in degrees, or the text that tells one; `commune`: the chosen one, to be shown."""

    lng = Number(-180, 180, "Kinh độ là số như 106.5678.", load_default=None)
    lat = Number(-90, 90, "Vĩ độ là số như 21.3456.", load_default=None)
    text = fields.Str(load_default="", validate=LINES)
    commune = fields.Str(load_default="", validate=validate.Length(max=32))


class CommuneQuery(Schema):
    q = fields.Str(load_default="", validate=validate.Length(max=200))


class PlaceQuery(Schema):
    """`own`: code of the place that is being changed."""

    title = fields.Str(load_default="", validate=validate.Length(max=200))
    lng = Number(-180, 180, "Kinh độ là số.", load_default=None)
    lat = Number(-90, 90, "Vĩ độ là số.", load_default=None)
    own = fields.Str(load_default="", validate=validate.Length(max=8))


class PersonSearch(Schema):
    name = fields.Str(load_default=None, validate=validate.Length(max=100))
    phone = fields.Str(load_default=None, validate=validate.Length(max=40))
    birth_year = fields.Int(load_default=None)
    commune = fields.Str(load_default=None, validate=validate.Length(max=32))
    reason = fields.Str(load_default=None, validate=validate.Length(max=500))


class DraftFrame(FrameForm):
    """What of a form says where its draft belongs."""

    draft = fields.UUID(required=True)
    nature = one_of(Nature, "Chọn loại hồ sơ.", required=True)

    class Meta:
        unknown = EXCLUDE  # the rest of the form is what is kept


@bp.get("/manage/where.json")
@gate.may(Action.REGISTER)
def where():
    """The communes of both eras at a point, and the point that a pasted text tells."""
    return _where(web.query(WhereQuery()))


@bp.post("/manage/where.json")
@gate.may(Action.REGISTER)
def where_posted():
    """The same for the form: where a person lives is in no address, and so in no log."""
    filled = forms.read(WhereQuery())
    if not filled.good:
        raise Invalid("Vị trí chưa đúng.", fields=dict(filled.errors))
    return _where(filled.values)


def _where(asked: Mapping[str, object]) -> dict:
    session = web.session()
    box, swapped = spots.province_box(session), False
    lng, lat = asked["lng"], asked["lat"]
    if asked["text"]:
        lng, lat, swapped = coordinates.parse(asked["text"], box)
    chosen = spots.label_point(session, asked["commune"]) if asked["commune"] else None
    if lng is None or lat is None:
        return {"lng": None, "lat": None, "communes": [], "chosen": chosen}
    inside = box.west <= lng <= box.east and box.south <= lat <= box.north
    found = spots.communes_at(session, lng, lat)
    return {
        "lng": lng,
        "lat": lat,
        "swapped": swapped,
        "inside": inside,
        "chosen": chosen,
        "problem": None if inside else spots.OUTSIDE_PROVINCE,
        "communes": [{"key": c.key, "label": c.label, "today": c.today} for c in found],
    }


@bp.get("/manage/communes.json")
@gate.may(Action.REGISTER)
def communes():
    """Communes of the territory that an address or an older name means."""
    asked = web.query(CommuneQuery())["q"]
    found = spots.named(web.session(), gate.actor(), asked)
    return {"communes": [{"key": c.key, "label": c.label, "today": c.today} for c in found]}


@bp.get("/manage/similar-places.json")
@gate.may(Action.REGISTER)
def similar_places():
    """Places of the territory that may be the one being typed."""
    asked, session, actor = web.query(PlaceQuery()), web.session(), gate.actor()
    own = records.find(session, actor, asked["own"]).id if asked["own"] else None
    spot = None if None in (asked["lng"], asked["lat"]) else (asked["lng"], asked["lat"])
    return _doubles(duplicates.places(session, actor, asked["title"], spot, own))


@bp.post("/manage/similar-persons")
@gate.may(Action.SEE_PERSONS)
def similar_persons():
    """Persons of the territory that may be the one being typed; each search is recorded."""
    filled = forms.read(PersonSearch())
    if not filled.good:
        raise Invalid("Chưa tìm được.", fields=dict(filled.errors))
    with web.transaction() as session:
        found = saving.persons(session, gate.actor(), **filled.values)
    return _doubles(found)


@bp.post("/manage/drafts")
@gate.may(Action.REGISTER)
def keep_draft():
    """Keep what is in the form now, sealed; only its own account opens it again."""
    asked = DraftFrame(only=("draft", "nature", "address", "draft_version", "writer")).load(
        {name: value for name, value in request.form.items() if value}
    )
    pairs = [(n, v) for n, v in request.form.items(multi=True) if n not in forms.OURS]
    with web.transaction() as session:
        code = asked["address"]
        address = records.find(session, gate.actor(), code) if code else None
        kept = drafts.keep(
            session,
            gate.actor().id,
            asked["draft"],
            pairs,
            nature=Nature(asked["nature"]),
            version=asked["draft_version"],
            writer=asked["writer"],
            address_id=address.id if address else None,
        )
    at = kept.updated_at.astimezone(VIETNAM)
    return {"version": kept.version, "saved_at": f"{at:%H:%M}"}


@bp.post("/manage/drafts/<uuid:draft>/discard")
@gate.may(Action.REGISTER)
def discard_draft(draft: UUID):
    """Throw a draft away; for an hour it can be taken back."""
    with web.transaction() as session:
        drafts.discard(session, gate.actor().id, draft)
    if wants_json():
        return {"discarded": True}
    flash(str(draft), "discarded")
    return redirect(url_for("registration.new"), 303)


@bp.post("/manage/drafts/<uuid:draft>/restore")
@gate.may(Action.REGISTER)
def restore_draft(draft: UUID):
    """Take a discarded draft back."""
    with web.transaction() as session:
        drafts.take_back(session, gate.actor().id, draft)
    flash("Đã lấy lại bản đang viết.", "good")
    return redirect(url_for("registration.new"), 303)


def _doubles(found: list[duplicates.Double]) -> dict:
    return {
        "doubles": [
            {
                "code": double.code,
                "words": double.words,
                "commune": double.commune,
                "metres": None if double.metres is None else round(double.metres),
                "strong": double.strong,
            }
            for double in found
        ]
    }
