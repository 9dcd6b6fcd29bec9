"""Photos of places and reports: kept once, shown with their record's rights, undone, purged."""

import os
import stat
import time
from io import BytesIO
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge
from mapservice.matching.models import AssignmentStatus
from mapservice.photos import files, purging, service
from mapservice.photos.models import Photo
from tests.factories import (
    make_account,
    make_assignment,
    make_field_report,
    make_need,
    make_person,
    make_place,
    make_team,
    officer_of,
    picture,
)

SON_DONG, YEN_THE = "220", "215"


@pytest.fixture
def account(session):
    return officer_of(session, SON_DONG)


@pytest.fixture
def officer(office, session, account):
    return rights.actor(office, account)


@pytest.fixture
def place(session):
    return make_place(session)


@pytest.fixture
def report(session):
    """A report of the team of `report.leader` about a visit to a place."""
    leader = make_account(session, role=Role.TEAM_LEADER)
    team = make_team(session, leader_id=leader.id)
    visit = make_assignment(session, team=team, status=AssignmentStatus.ACCEPTED)
    found = make_field_report(session, assignment=visit)
    found.leader = leader
    return found


def kept_files(session) -> list[str]:
    return sorted(path.name for path in files.of(session).root.rglob("*.webp"))


def test_a_photo_is_a_row_and_two_files_for_the_service_alone(office, place, account):
    photo = service.store(
        office, picture(width=900, height=600), by=account.id, address_id=place.id
    )
    assert (photo.width, photo.height, photo.position) == (900, 600, 1)
    for kind in (files.FULL, files.SMALL):
        path = files.of(office).path(photo.id, kind)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.parent.name == str(photo.id)[:2]
    assert photo.bytes == files.of(office).path(photo.id).stat().st_size
    assert photo.public_at is None


def test_the_same_bytes_for_the_same_place_are_one(office, session, place, account):
    data = picture()
    first = service.store(office, data, by=account.id, address_id=place.id)
    again = service.store(office, data, by=account.id, address_id=place.id)
    other = service.store(office, data, by=account.id, address_id=make_place(session).id)
    assert again.id == first.id != other.id
    assert len(service.of_address(office, place.id).kept) == 1


def test_a_place_has_eight_photos_and_a_report_six(office, place, report, account):
    for owner, most in (({"address_id": place.id}, 8), ({"field_report_id": report.id}, 6)):
        for _ in range(most):
            service.store(office, picture(), by=account.id, **owner)
        with pytest.raises(Conflict) as refusal:
            service.store(office, picture(), by=account.id, **owner)
        assert refusal.value.code == "photo-limit"


def test_nobody_keeps_a_photo_of_a_person(office, session, account):
    with pytest.raises(Invalid, match="Không nhận ảnh của người dân"):
        service.store(office, picture(), by=account.id, address_id=make_person(session).id)
    with pytest.raises(Invalid, match="Không nhận ảnh của người dân"):
        home = make_place(session, sensitive=True)
        service.store(office, picture(), by=account.id, address_id=home.id)


def test_the_database_refuses_a_photo_of_a_person_too(session, account):
    person = make_person(session)
    values = {"width": 1, "height": 1, "bytes": 1, "sha256": "0" * 64, "upload_sha256": "0" * 64}
    photo = Photo(address_id=person.id, position=1, taken_by=account.id, **values)
    session.add(photo)
    with pytest.raises(IntegrityError, match="fk_photo_address_id_nature_address"):
        session.flush()


def test_a_removed_photo_comes_back_and_then_not(office, place, officer):
    data = picture()
    photo = service.store(office, data, by=officer.id, address_id=place.id)
    service.publish(office, officer, photo.id, no_face=True)
    service.remove(office, officer, photo.id)
    assert service.of_address(office, place.id).kept == []
    assert photo.public_at is None
    service.restore(office, officer, photo.id)
    assert [p.id for p in service.of_address(office, place.id).kept] == [photo.id]
    service.remove(office, officer, photo.id)
    service.store(office, data, by=officer.id, address_id=place.id)
    with pytest.raises(Conflict):
        service.restore(office, officer, photo.id)


def test_a_photo_becomes_public_by_an_officers_word_only(office, session, report, officer, account):
    photo = service.store(office, picture(), by=account.id, field_report_id=report.id)
    with pytest.raises(Invalid):
        service.publish(office, officer, photo.id, no_face=False)
    registrar = rights.actor(office, officer_of(session, SON_DONG, Role.REGISTRAR))
    with pytest.raises(Forbidden):
        service.publish(office, registrar, photo.id, no_face=True)
    service.publish(office, officer, photo.id, no_face=True)
    assert photo.public_by == account.id
    told = (
        session.execute(
            text("SELECT action FROM core.audit_event WHERE record_id = :id"), {"id": photo.id}
        )
        .scalars()
        .all()
    )
    assert told == ["photo_stored", "photo_published"]


def test_a_place_that_is_somebodys_home_has_no_public_photo(office, session, place, officer):
    photo = service.store(office, picture(), by=officer.id, address_id=place.id)
    service.publish(office, officer, photo.id, no_face=True)
    session.execute(
        text("UPDATE core.address SET sensitive = true WHERE id = :id"), {"id": place.id}
    )
    office.expire_all()
    assert photo.public_at is None
    with pytest.raises(Invalid):
        service.publish(office, officer, photo.id, no_face=True)


def test_rights_are_those_of_the_record(office, session, place, report, account):
    of_place = service.store(office, picture(), by=account.id, address_id=place.id)
    of_report = service.store(office, picture(), by=account.id, field_report_id=report.id)
    elsewhere = rights.actor(office, officer_of(session, YEN_THE))
    viewer = rights.actor(office, officer_of(session, SON_DONG, Role.VIEWER))
    leader = rights.actor(office, report.leader)
    stranger = rights.actor(office, make_account(session, role=Role.TEAM_LEADER))
    for photo in (of_place, of_report):
        assert service.see(office, viewer, photo.id).exists()
        for actor in (elsewhere, stranger):
            with pytest.raises(NotFound, match="Không có ảnh này"):
                service.see(office, actor, photo.id)
            with pytest.raises(NotFound, match="Không có ảnh này"):
                service.remove(office, actor, photo.id)
        with pytest.raises(Forbidden):
            service.remove(office, viewer, photo.id)
    assert service.see(office, leader, of_report.id, small=True).exists()
    with pytest.raises(NotFound):
        service.see(office, leader, of_place.id)
    service.remove(office, leader, of_report.id)


def test_a_leader_sees_the_photos_of_where_the_team_goes(office, session, place, account):
    leader = make_account(session, role=Role.TEAM_LEADER)
    team, need = make_team(session, leader_id=leader.id), make_need(session, address=place)
    photo = service.store(office, picture(), by=account.id, address_id=place.id)
    make_assignment(session, team=team, need=need, status=AssignmentStatus.ACCEPTED)
    actor = rights.actor(office, leader)
    assert service.see(office, actor, photo.id).exists()
    with pytest.raises(NotFound):
        service.remove(office, actor, photo.id)


def test_photos_of_a_place_that_was_protected_later_are_like_its_record(
    office, session, place, account
):
    leader = make_account(session, role=Role.TEAM_LEADER)
    team, need = make_team(session, leader_id=leader.id), make_need(session, address=place)
    photo = service.store(office, picture(), by=account.id, address_id=place.id)
    make_assignment(session, team=team, need=need, status=AssignmentStatus.ACCEPTED)
    session.execute(
        text("UPDATE core.address SET sensitive = true WHERE id = :id"), {"id": place.id}
    )
    office.expire_all()
    for account_there in (leader, officer_of(session, SON_DONG, Role.VIEWER)):
        with pytest.raises(NotFound, match="Không có ảnh này"):
            service.see(office, rights.actor(office, account_there), photo.id)
    assert service.see(office, rights.actor(office, account), photo.id).exists()


def test_a_caption_with_a_name_is_not_public(office, place, officer):
    photo = service.store(office, picture(), by=officer.id, address_id=place.id)
    service.describe(office, officer, photo.id, caption="Nhà em Nguyễn Văn An, 0912 345 678")
    with pytest.raises(Invalid, match="giống tên người") as refused:
        service.publish(office, officer, photo.id, no_face=True)
    assert set(refused.value.fields) == {"caption"} and photo.public_at is None
    service.describe(office, officer, photo.id, caption="Mái lớp học")
    service.publish(office, officer, photo.id, no_face=True)
    with pytest.raises(Invalid, match="giống tên người"):
        service.describe(office, officer, photo.id, caption="Em Nguyễn Văn An")
    assert photo.caption == "Mái lớp học"


def test_purging_ends_what_was_removed_and_what_no_row_knows(
    office, session, place, officer, tmp_path
):
    uploads = office.info["uploads"] = files.Uploads(tmp_path)
    kept = service.store(office, picture(), by=officer.id, address_id=place.id)
    fresh = service.store(office, picture(), by=officer.id, address_id=place.id)
    old = service.store(office, picture(), by=officer.id, address_id=place.id)
    for photo in (fresh, old):
        service.remove(office, officer, photo.id)
    session.execute(
        text("UPDATE core.photo SET removed_at = now() - interval '31 days' WHERE id = :id"),
        {"id": old.id},
    )
    rolled_back, under_way = uuid4(), uuid4()
    for photo_id in (rolled_back, under_way):
        uploads.write(photo_id, b"full", b"small")
    cut_off = uploads.path(kept.id).with_name(f"{kept.id}.webp.{'0' * 16}")
    cut_off.write_bytes(b"half")
    yesterday = time.time() - 25 * 3600
    for path in uploads.root.rglob("*.webp*"):
        if str(under_way) not in path.name:
            os.utime(path, (yesterday, yesterday))
    assert purging.purge(office, uploads.home) == 1 + 2 + 1
    assert office.get(Photo, old.id) is None
    there = {path.name.split(".")[0] for path in uploads.root.rglob("*.webp*")}
    assert {str(kept.id), str(fresh.id), str(under_way)} <= there
    assert not {str(old.id), str(rolled_back)} & there and not cut_off.exists()


def test_a_full_disk_keeps_neither_row_nor_file(office, place, account, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = kept_files(office)
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        service.store(office, picture(), by=account.id, address_id=place.id)
    assert kept_files(office) == before


# The pages


def send(client, place, *data: bytes):
    photos = [FileStorage(BytesIO(each), f"{n}.jpg") for n, each in enumerate(data)]
    boundary, body = encode_multipart({"photos": photos})
    return client.post(
        f"/manage/addresses/{place.public_code}/photos",
        data=body,
        content_type=f"multipart/form-data; boundary={boundary}",
    )


def test_a_form_keeps_photos_and_the_page_shows_them(client, sign_in, office, place, account):
    sign_in(account)
    assert send(client, place, picture(), picture("PNG")).status_code == 303
    first, _ = service.of_address(office, place.id).kept
    reply = client.get(f"/manage/photos/{first.id}?size=small", buffered=True)
    assert reply.status_code == 200 and reply.mimetype == "image/webp"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"].startswith("private")
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert Image.open(BytesIO(reply.data)).format == "WEBP"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415),
        (picture("GIF"), 415),
        (b"\xff\xd8\xff" + bytes(12 * 1024 * 1024), 413),
        (b"\xff\xd8\xff" + bytes(99 * 1024 * 1024), 413),
    ],
    ids=["svg", "gif", "13 MB", "99 MB"],
)
def test_what_is_no_picture_answers_415_and_what_is_too_large_413(
    client, sign_in, office, place, account, data, status
):
    sign_in(account)
    assert send(client, place, data).status_code == status
    assert service.of_address(office, place.id).kept == []


def test_a_person_gets_no_photo_and_an_empty_form_is_said(client, sign_in, session, account):
    sign_in(account)
    reply = send(client, make_person(session), picture())
    assert reply.status_code == 422 and "Không nhận ảnh của người dân" in reply.text
    assert send(client, make_place(session)).status_code == 422


def test_another_districts_place_and_photo_are_as_unknown(client, sign_in, office, session, place):
    photo = service.store(
        office, picture(), by=officer_of(session, SON_DONG).id, address_id=place.id
    )
    sign_in(officer_of(session, YEN_THE))
    unknown = client.get(f"/manage/photos/{uuid4()}")
    for reply in (client.get(f"/manage/photos/{photo.id}"), send(client, place, picture())):
        assert reply.status_code == unknown.status_code == 404
    told = client.get(f"/manage/photos/{photo.id}", headers={"Accept": "application/json"})
    same = client.get(f"/manage/photos/{uuid4()}", headers={"Accept": "application/json"})
    assert told.json | {"request_id": 0} == same.json | {"request_id": 0}


def test_removing_and_taking_back_by_form(client, sign_in, office, place, account):
    sign_in(account)
    photo = service.store(office, picture(), by=account.id, address_id=place.id)
    reply = client.post(f"/manage/photos/{photo.id}/remove?back=/manage/addresses/X/edit")
    assert (reply.status_code, reply.location) == (303, "/manage/addresses/X/edit")
    shown = client.get(f"/manage/photos/{photo.id}", buffered=True)
    assert shown.status_code == 200  # to whoever may restore it
    reply = client.post(f"/manage/photos/{photo.id}/restore?back=//evil.example")
    assert reply.location == "/manage/"


def test_of_two_savers_of_a_caption_the_second_sees_both(client, sign_in, office, place, account):
    sign_in(account)
    photo = service.store(office, picture(), by=account.id, address_id=place.id)
    path = f"/manage/photos/{photo.id}/caption?back=/manage/addresses/X"
    assert client.post(path, data={"caption": "Mái lớp", "version": "1"}).status_code == 303
    late = client.post(path, data={"caption": "Sân trường", "version": "1"})
    assert late.status_code == 409
    assert "“Mái lớp”" in late.text and 'value="Sân trường"' in late.text
    assert 'href="/manage/addresses/X"' in late.text
    office.refresh(photo)
    assert photo.caption == "Mái lớp"
    again = {"caption": "Sân trường", "version": str(photo.version)}
    assert client.post(path, data=again).status_code == 303


def test_a_refused_caption_and_its_publishing_keep_what_was_typed(
    client, sign_in, office, place, account
):
    sign_in(account)
    photo = service.store(office, picture(), by=account.id, address_id=place.id)
    path = f"/manage/photos/{photo.id}"
    named = "Nhà em Nguyễn Văn An, 0912 345 678"
    seen = {"caption": named, "version": "1"}
    assert client.post(f"{path}/caption", data=seen).status_code == 303
    office.refresh(photo)
    publish = {"no_face": "true", "version": str(photo.version)}
    refused = client.post(f"{path}/publish", data=publish)
    assert refused.status_code == 422 and "giống tên người" in refused.text
    assert f'value="{named}"' in refused.text
    # What the officer looked at is what is published.
    unseen = client.post(f"{path}/publish", data=publish | {"version": "1"})
    assert unseen.status_code == 409
    long = client.post(f"{path}/caption", data={"caption": "x" * 201, "version": "2"})
    assert long.status_code == 422 and "x" * 201 in long.text


def test_a_program_is_answered_in_json(client, sign_in, place, account):
    sign_in(account)
    reply = client.post(
        f"/manage/addresses/{place.public_code}/photos",
        data={"photos": [(BytesIO(picture(width=90)), "a.jpg")]},
        headers={"Accept": "application/json"},
    )
    assert reply.json["photos"][0]["width"] == 90


def test_a_form_of_100000_fields_is_refused(client, sign_in, account):
    sign_in(account)
    body = "&".join(f"a{n}=1" for n in range(100_000))
    reply = client.post(
        "/manage/matching", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert reply.status_code == 413
    short = "&".join("a=" for _ in range(100_000))
    assert (
        client.post(
            "/sign-in", data=short, content_type="application/x-www-form-urlencoded"
        ).status_code
        == 413
    )


def test_too_many_photos_at_once_are_refused_unread(client, sign_in, office, place, account):
    sign_in(account)
    assert send(client, place, *(picture() for _ in range(9))).status_code == 409
    assert service.of_address(office, place.id).kept == []
    with pytest.raises(TooLarge):
        service.store(office, bytes(13_000_000), by=account.id, address_id=place.id)
