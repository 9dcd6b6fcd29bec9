"""What the frame, its builder and oEmbed are asked for, and the office's form of a site."""

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from mapservice import origins
from mapservice.errors import Invalid
from mapservice.language import LANGUAGES
from mapservice.layers.schemas import CODE, UNIT, MapQuery, Number, Whole

LEAST_HEIGHT, MOST_HEIGHT = 240, 2000  # pixels of a frame
THEMES = ("light", "dark")  # else as the device is
OPEN, NONE = "1", "0"  # the legend; else it is folded
READ = {"required": "Hãy tải lại trang rồi bấm lại.", "invalid": "Hãy tải lại trang rồi bấm lại."}


def flag() -> fields.Bool:
    return fields.Bool(truthy={"1"}, falsy={"0"})


class FrameQuery(MapQuery):
    """The state of the map as its address holds it (static/js/map/state.js), then how the frame
    looks. What cannot be read is left out (`forgiving`): a frame never shows an error for it.

    `height` is what the frame asks a page for that gives it the height it wants.
    """

    class Meta:
        unknown = EXCLUDE

    unit = fields.Str(validate=UNIT)
    place = fields.Str(validate=CODE)
    lang = fields.Str(validate=validate.OneOf(LANGUAGES))
    teams = flag()
    people = flag()
    lat = Number(-90, 90)
    lng = Number(-180, 180)
    zoom = Number(0, 22)
    list = flag()
    legend = fields.Str(validate=validate.OneOf((OPEN, NONE)))
    theme = fields.Str(validate=validate.OneOf(THEMES))
    height = Whole(LEAST_HEIGHT, MOST_HEIGHT)

    @post_load
    def whole_view(self, data: dict, **_kwargs) -> dict:
        """A view has a middle and a zoom, or there is none."""
        view = {"lat", "lng", "zoom"}
        return data if data.keys() >= view else {n: v for n, v in data.items() if n not in view}


class BuilderQuery(FrameQuery):
    """`speak`: the language of the frame; `lang` is that of the builder's own page."""

    speak = fields.Str(validate=validate.OneOf(LANGUAGES))


class OembedQuery(Schema):
    """As https://oembed.com has it; other parameters are left out."""

    class Meta:
        unknown = EXCLUDE

    url = fields.Str(required=True, validate=validate.Length(1, 2000))
    format = fields.Str(load_default="json", validate=validate.Length(1, 20))
    maxwidth = Whole(1, 100_000, load_default=None)
    maxheight = Whole(1, 100_000, load_default=None)


class OriginField(fields.Str):
    """One origin, as `origins.parse` writes it."""

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            return origins.parse(super()._deserialize(value, attr, data, **kwargs))
        except Invalid as refusal:
            raise ValidationError(refusal.fields["origin"]) from refusal


class SiteForm(Schema):
    """A site that may show the map."""

    origin = OriginField(
        required=True, error_messages={"required": "Nhập địa chỉ trang, bắt đầu bằng https://."}
    )
    note = fields.Str(
        load_default=None, validate=validate.Length(max=120, error="Dài nhất 120 ký tự.")
    )


class SiteStep(Schema):
    """A step of a site, with the version that was seen."""

    version = fields.Int(required=True, error_messages=READ)


# Made once: making a schema costs three times what it takes to use it.
FRAME, BUILDER, OEMBED = FrameQuery(), BuilderQuery(), OembedQuery()
