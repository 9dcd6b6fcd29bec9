"""Photos as JSON: those of a place, and what becomes of one; the picture itself as a file."""

from mapservice.accounts import gate
from mapservice.accounts.rights import Action
from mapservice.photos import service
from mapservice.photos.models import Photo
from mapservice.photos.schemas import CaptionIn, PhotoIn, PhotoOut, PublishIn
from mapservice.photos.uploads import MOST_JSON
from mapservice.rest.operations import Blueprint
from mapservice.rest.paging import Listing

bp = Blueprint("photos_api", __name__, tag="Ảnh")
ONE = "/photos/<uuid:photo>"
PICTURE = {
    "picture": "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAGCAIAAABxZ0isAAAAFElEQVR4nGOUqj3CgA0wYRWlkwQAzA"
    "wBZ3HTXb0AAAAASUVORK5CYII=",
    "caption": "Cổng trường",
}


@bp.lists("/addresses/<code>/photos", Action.SEE_RECORDS, PhotoOut, words="Ảnh của một địa chỉ")
def list_photos(session, _filters, code):
    """The photos of a place of your territory, public or not; people have none."""
    return Listing(service.listed(session, gate.actor(), code), Photo.id)


@bp.reads(ONE, Action.SEE_PHOTOS, PhotoOut, words="Một ảnh")
def read_photo(session, photo):
    """What is known of one photo whose record you may see."""
    return service.read(session, gate.actor(), photo)


@bp.sends(f"{ONE}/picture", Action.SEE_PHOTOS, "image/webp", words="Tệp ảnh")
def read_picture(session, photo):
    """The picture, at most 2000 pixels a side."""
    return service.see(session, gate.actor(), photo)


def show(session, photo):
    """A photo by its id as text."""
    return service.read(session, gate.actor(), photo)


@bp.creates(
    "/addresses/<code>/photos",
    Action.REGISTER,
    PhotoIn,
    PhotoOut,
    show=show,
    at="/photos",
    words="Thêm một ảnh cho địa điểm",
    example=PICTURE,
    most_body=MOST_JSON,
)
def create_photo(session, values, code):
    """Give a place a picture, drawn anew without what the camera wrote into it.

    The same bytes again are the photo that is there. Nobody outside sees it before an officer
    makes it public.
    """
    address = service.open_address(session, gate.actor(), code)
    return keep(session, values, address_id=address.id)


@bp.creates(
    "/me/reports/<uuid:report>/photos",
    Action.KEEP_OWN_TEAM,
    PhotoIn,
    PhotoOut,
    show=show,
    at="/photos",
    words="Thêm một ảnh cho nhật ký của đội tôi",
    example=PICTURE,
    most_body=MOST_JSON,
)
def create_report_photo(session, values, report):
    """Give a report of a team you lead a picture, likewise."""
    return keep(session, values, field_report_id=service.open_report(session, gate.actor(), report))


def keep(session, values, **owner) -> str:
    """Store what a body holds with its owner; the photo's id."""
    made = service.store(session, values["picture"], by=gate.actor().id, **owner)
    if values["caption"]:
        service.describe(session, gate.actor(), made.id, caption=values["caption"])
    return str(made.id)


@bp.changes(
    ONE,
    Action.KEEP_PHOTOS,
    CaptionIn,
    PhotoOut,
    words="Sửa lời chú thích",
    example={"caption": "Sân trường sau mưa"},
)
def change_photo(session, values, seen, photo):
    """Say in words what a photo shows; null: nothing."""
    return service.describe(session, gate.actor(), photo, seen, **values)


@bp.steps(f"{ONE}/remove", Action.KEEP_PHOTOS, PhotoOut, words="Gỡ ảnh")
def remove_photo(session, _values, seen, photo):
    """Take a photo away from every screen; within thirty days it may come back."""
    return service.remove(session, gate.actor(), photo, seen)


@bp.steps(f"{ONE}/restore", Action.KEEP_PHOTOS, PhotoOut, words="Lấy lại ảnh đã gỡ")
def restore_photo(session, _values, seen, photo):
    """Bring a photo back that was taken away; it is not public by that."""
    return service.restore(session, gate.actor(), photo, seen)


@bp.steps(
    f"{ONE}/publish",
    Action.REVIEW,
    PhotoOut,
    given=PublishIn,
    words="Công khai ảnh",
    example={"no_face": True},
)
def publish_photo(session, values, seen, photo):
    """Make a photo public. `no_face`: you looked, and it shows no face of anybody helped."""
    return service.publish(session, gate.actor(), photo, seen, **values)


@bp.steps(f"{ONE}/hide", Action.REVIEW, PhotoOut, words="Thôi công khai ảnh")
def hide_photo(session, _values, seen, photo):
    """Take a photo back from the public."""
    return service.hide(session, gate.actor(), photo, seen)
