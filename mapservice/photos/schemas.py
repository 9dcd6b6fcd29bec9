"""What the photo pages are asked and told, and how a photo looks to a program."""

import base64
import binascii

from marshmallow import Schema, fields, validate

from mapservice.photos.uploads import MOST_IN_JSON

CAPTION = validate.Length(max=200, error="Nhiều nhất 200 ký tự.")


class PhotoQuery(Schema):
    """`size=small`: the one for lists."""

    size = fields.String(load_default="full", validate=validate.OneOf(("full", "small")))


class PublishIn(Schema):
    """The officer's word, never ticked beforehand."""

    no_face = fields.Boolean(load_default=False)


class PublishForm(PublishIn):
    """`version`: the photo as the officer saw it, its caption too."""

    version = fields.Integer(load_default=None)


class CaptionForm(Schema):
    """`version`: the photo as it was when its words were written."""

    caption = fields.String(load_default=None, validate=CAPTION)
    version = fields.Integer(load_default=None)


class CaptionIn(Schema):
    """What the photo shows, in words; null: nothing is said."""

    caption = fields.String(required=True, allow_none=True, validate=CAPTION)


class Picture(fields.String):
    """The bytes of a picture, written in base64."""

    default_error_messages = {"base64": "Cần là ảnh viết theo base64."}

    def _deserialize(self, value, attr, data, **more) -> bytes:
        text = super()._deserialize(value, attr, data, **more)
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.make_error("base64") from error


class PhotoIn(Schema):
    """A picture of at most 8 MB, and what it shows."""

    picture = Picture(
        required=True,
        validate=validate.Length(
            1, MOST_IN_JSON, error="Ảnh lớn hơn 8 MB. Hãy giảm kích thước ảnh rồi gửi lại."
        ),
        metadata={"description": "JPEG, PNG hoặc WEBP, viết theo base64"},
    )
    caption = fields.String(load_default=None, allow_none=True, validate=CAPTION)


class PhotoShown(Schema):
    """A kept photo; `url` with `?size=small` is its small one."""

    id = fields.UUID()
    width = fields.Integer()
    height = fields.Integer()
    caption = fields.String(allow_none=True)
    url = fields.Method("address")

    def address(self, photo) -> str:
        return f"/manage/photos/{photo.id}"


class PhotoOut(Schema):
    """A photo of a place or of a field report; `picture`: where the file is."""

    id = fields.UUID(required=True)
    width = fields.Int(required=True, metadata={"description": "Điểm ảnh"})
    height = fields.Int(required=True)
    caption = fields.Str(required=True, allow_none=True)
    position = fields.Int(required=True, metadata={"description": "Thứ tự trong hồ sơ"})
    picture = fields.Function(lambda photo: f"/api/v1/photos/{photo.id}/picture")
    public_at = fields.AwareDateTime(required=True, allow_none=True)
    removed_at = fields.AwareDateTime(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    version = fields.Int(required=True)
