"""A spoken story is a file beside its place: heard with it, gone with it."""

import pytest
from sqlalchemy import text

from tests.factories import make_place

MP3 = b"ID3\x04" + bytes(3000)
OGG = b"OggS" + bytes(3000)


@pytest.fixture
def place(session):
    return make_place(session, kind="heritage_site", summary="Đình dựng năm 1576.")


@pytest.fixture
def lay(app, tmp_path, monkeypatch):
    """`lay(name, data)`: a file as the operator lays it down."""
    monkeypatch.setitem(app.config, "MAPSERVICE_HOME", str(tmp_path))
    (tmp_path / "narration").mkdir()
    return lambda name, data: (tmp_path / "narration" / name).write_bytes(data)


def path(place) -> str:
    return f"/places/{place.public_code}"


@pytest.mark.parametrize(
    ("ending", "data", "told"),
    [("mp3", MP3, "audio/mpeg"), ("ogg", OGG, "audio/ogg"), ("opus", OGG, "audio/ogg")],
)
def test_the_page_plays_the_file_and_parts_are_answered(client, place, lay, ending, data, told):
    assert "data-play" in client.get(path(place)).text
    lay(f"{place.public_code}.{ending}", data)
    page = client.get(path(place)).text
    assert f'src="{path(place)}/narration"' in page and "data-play" not in page
    with client.get(f"{path(place)}/narration") as whole:
        assert (whole.status_code, whole.mimetype, whole.data) == (200, told, data)
        assert "no-cache" in whole.headers["Cache-Control"] and "Set-Cookie" not in whole.headers
    with client.get(f"{path(place)}/narration", headers={"Range": "bytes=4-9"}) as part:
        assert (part.status_code, part.data) == (206, data[4:10])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("{}.mp3", b"<html><script>"),
        ("{}.ogg", MP3),
        ("{}.mp3", b"ID3" + bytes(20 * 1024 * 1024)),
        ("{}.exe", MP3),
        ("0.mp3", MP3),
    ],
)
def test_what_is_no_story_is_none(client, place, lay, name, data):
    lay(name.format(place.public_code), data)
    assert "<audio" not in client.get(path(place)).text
    assert client.get(f"{path(place)}/narration").status_code == 404


def test_with_its_place_the_story_is_gone(client, session, place, lay):
    lay(f"{place.public_code}.mp3", MP3)
    with client.get(f"{path(place)}/narration") as told:
        assert told.status_code == 200
    values = {"id": place.id}
    session.execute(text("UPDATE core.address SET sensitive = true WHERE id = :id"), values)
    assert client.get(f"{path(place)}/narration").status_code == 404
