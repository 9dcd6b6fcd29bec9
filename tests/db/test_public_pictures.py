"""Public photos, and the pictures that chats show for links: what is public, and no longer."""

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.layers import preview
from mapservice.photos import service
from tests.factories import make_need, make_place, officer_of, picture

CARD = preview.Card(
    "Trường Tiểu học Đồng Bài", "Trường học", ("Xã A", "2 nhu cầu"), "", "Tỉnh đoàn"
)


@pytest.fixture
def officer(office, session):
    return rights.actor(office, officer_of(session, "220"))


@pytest.fixture
def place(session):
    return make_place(session)


@pytest.fixture
def photo(office, officer, place):
    """A photo of the place, public, with a caption."""
    kept = service.store(office, picture(width=900, height=600), by=officer.id, address_id=place.id)
    service.describe(office, officer, kept.id, caption="Sân trường")
    service.publish(office, officer, kept.id, no_face=True)
    office.flush()
    return kept


@pytest.fixture
def client(client):
    """Closes each answer: pictures are sent from open files."""
    get = client.get

    def closing(*args, **options):
        with get(*args, **options) as reply:
            assert reply.data is not None  # kept
            return reply

    client.get = closing
    return client


def size(reply) -> tuple[int, int]:
    return Image.open(BytesIO(reply.data)).size


def shown(client, photo) -> bool:
    """Whether anybody can see it: both files tell the same."""
    [status] = {client.get(f"/photos/{photo.id}{end}").status_code for end in ("", "/small")}
    return status == 200


def test_a_public_photo_is_shown_with_its_place(client, place, photo):
    page = client.get(f"/places/{place.public_code}").text
    assert f'src="/photos/{photo.id}/small"' in page and 'alt="Sân trường"' in page
    reply = client.get(f"/photos/{photo.id}")
    assert reply.mimetype == "image/webp" and size(reply) == (900, 600)
    assert reply.headers["Cache-Control"] == "public, no-cache"
    assert "sandbox" in reply.headers["Content-Security-Policy"]
    assert max(size(client.get(f"/photos/{photo.id}/small"))) == 480
    tag = {"If-None-Match": reply.headers["ETag"]}
    assert client.get(f"/photos/{photo.id}", headers=tag).status_code == 304


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(service.hide, id="hidden"),
        pytest.param(service.remove, id="removed"),
    ],
)
def test_a_photo_that_is_taken_back_is_gone_at_once(client, office, officer, place, photo, act):
    assert shown(client, photo)
    act(office, officer, photo.id)
    office.flush()
    assert not shown(client, photo)
    assert str(photo.id) not in client.get(f"/places/{place.public_code}").text


@pytest.mark.parametrize("change", ["status = 'expired'", "sensitive = true"])
def test_with_its_place_a_photo_goes_too(client, session, place, photo, change):
    assert shown(client, photo)
    session.execute(
        text(f"UPDATE core.address SET {change} WHERE id = :id"),
        {"id": place.id},
    )
    assert not shown(client, photo)


def test_a_photo_nobody_published_is_like_none(client, office, officer, place):
    kept = service.store(office, picture(), by=officer.id, address_id=place.id)
    office.flush()
    assert not shown(client, kept)
    assert client.get("/photos/00000000-0000-4000-8000-000000000000").status_code == 404


def test_a_link_to_a_place_has_a_picture(client, session, place):
    make_need(session, address=place, urgency=4)
    address = f"/places/{place.public_code}/preview.jpg"
    page = client.get(f"/places/{place.public_code}").text
    assert f'<meta property="og:image" content="http://127.0.0.1:8000{address}">' in page
    reply = client.get(address)
    assert reply.mimetype == "image/jpeg" and size(reply) == preview.SIZE
    assert len(reply.data) < 150_000
    assert "Content-Encoding" not in reply.headers
    tag = {"If-None-Match": reply.headers["ETag"]}
    assert client.get(address, headers=tag).status_code == 304
    assert client.get("/places/NONE1/preview.jpg").status_code == 404


def test_the_picture_follows_what_is_public(client, session, place, photo):
    address = f"/places/{place.public_code}/preview.jpg"
    with_photo = client.get(address)
    right = Image.open(BytesIO(with_photo.data)).getpixel((1100, 100))
    assert right != Image.open(BytesIO(preview.draw(CARD))).getpixel((1100, 100))
    session.execute(text("UPDATE core.photo SET public_at = NULL, public_by = NULL"))
    without = client.get(address, headers={"If-None-Match": with_photo.headers["ETag"]})
    assert without.status_code == 200 and without.data != with_photo.data


def test_a_unit_has_a_picture_and_one_address(client, session, place):
    make_need(session, address=place)
    page = client.get("/units/220@2022?utm_source=zalo").text
    assert 'rel="canonical" href="http://127.0.0.1:8000/units/220@2022"' in page
    reply = client.get("/units/220@2022/preview.jpg")
    assert size(reply) == preview.SIZE
    make_need(session, address=place)
    assert client.get("/units/220@2022/preview.jpg").data != reply.data
    assert client.get("/units/nowhere/preview.jpg").status_code == 404


@pytest.mark.parametrize(
    "title",
    [
        "",
        "x" * 500,
        "Trường " * 60,
        "<script>alert(1)</script> 漢字 🏫\u0000\u200b",
        "Nha\u0300 va\u0306n hoa\u0301",
    ],
)
def test_whatever_a_title_holds_is_drawn(title):
    image = Image.open(
        BytesIO(preview.draw(preview.Card(title, title, (title,) * 2, title, title)))
    )
    image.load()
    assert image.size == preview.SIZE


def test_lines_stay_inside_and_nothing_of_a_short_title_is_lost():
    lines = preview.wrapped("Trường Tiểu học Đồng Bài, điểm lẻ bản Mùng", 60, 700)
    assert " ".join(lines) == "Trường Tiểu học Đồng Bài, điểm lẻ bản Mùng"
    assert all(preview._width(line, 60) <= 700 for line in lines)
    assert "".join(preview.wrapped("x" * 90, 60, 700)) == "x" * 90
    assert preview.clipped("Một dòng rất dài", 28, 100).endswith("…")
