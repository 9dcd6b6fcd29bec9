"""One need alone: added where the address has gone on, mended, and verified by itself."""

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from tests import office as offices
from tests.db.test_registration_pages import values_of
from tests.factories import make_need, make_person, make_place
from tests.programs import program

NEED = {
    "needs-0-category": "education",
    "needs-0-title": "Dạy tiếng Anh buổi tối",
    "needs-0-urgency": "2",
}
OF_ADDRESS = """SELECT n.status, n.title, n.public_code AS code FROM core.need AS n
    WHERE n.address_id = :id ORDER BY n.created_at, n.id"""
PUBLIC = "SELECT count(*) FROM pub.need WHERE place_id = :id"


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def registrar(world, sign_in):
    return sign_in(world.here.accounts[Role.REGISTRAR])


@pytest.fixture
def place(session, world):
    return make_place(session, organisation_id=world.here.commune.id)


def needs_of(session, address):
    return session.execute(text(OF_ADDRESS), {"id": address.id}).all()


def version_of(session, address) -> int:
    session.expire(address)
    return address.version


def new_path(address) -> str:
    return f"/manage/addresses/{address.public_code}/needs/new"


def test_a_need_is_added_to_a_published_place_and_verified_by_itself(
    client, session, world, registrar, sign_in, place
):
    record = f"/manage/addresses/{place.public_code}"
    seen = version_of(session, place)
    assert new_path(place) in client.get(record).text
    page = client.get(new_path(place))
    assert "Cán bộ xác minh xong thì nhu cầu mới công khai" in page.text
    reply = client.post(new_path(place), data=NEED | {"act": "submit"})
    assert reply.status_code == 303, reply.text
    assert "chờ cán bộ xác minh" in client.get(record).text
    ((status, title, code),) = needs_of(session, place)
    assert (status, title) == ("submitted", NEED["needs-0-title"])
    assert version_of(session, place) > seen
    assert session.scalar(text(PUBLIC), {"id": place.id}) == 0
    sign_in(world.here.accounts[Role.OFFICER])
    assert code in client.get("/manage/review?tab=needs").text
    version = session.scalar(
        text("SELECT version FROM core.need WHERE public_code = :c"), {"c": code}
    )
    step = f"/manage/needs/{code}/verify-and-publish"
    assert client.post(step, data={"version": version}).status_code == 303
    assert session.scalar(text(PUBLIC), {"id": place.id}) == 1


@pytest.mark.parametrize("status", ["draft", "submitted", "returned", "verified", "published"])
def test_a_draft_of_a_need_waits_wherever_its_address_is(client, session, registrar, world, status):
    reason = "Thiếu số người" if status == "returned" else None
    place = make_place(
        session, status=status, status_reason=reason, organisation_id=world.here.commune.id
    )
    assert client.post(new_path(place), data=NEED).status_code == 303
    assert [need.status for need in needs_of(session, place)] == ["draft"]
    assert place.status == status


def test_an_address_that_ended_takes_no_need(client, session, registrar, place):
    place.status, place.status_reason = "withdrawn", "Không còn cần"
    session.flush()
    assert client.get(new_path(place)).status_code == 409
    assert client.post(new_path(place), data=NEED).status_code == 409
    assert new_path(place) not in client.get(f"/manage/addresses/{place.public_code}").text
    assert needs_of(session, place) == []


def test_nothing_typed_is_lost_by_an_error(client, session, registrar, place):
    page = client.post(new_path(place), data=NEED | {"needs-0-urgency": "", "act": "submit"})
    assert page.status_code == 422 and "Chọn mức khẩn." in page.text
    assert values_of(page)["needs-0-title"] == NEED["needs-0-title"]
    few = {"needs-0-category": "health", "needs-0-helps_people": "3"}
    page = client.post(new_path(place), data=NEED | few)
    assert page.status_code == 422 and "dưới 10 người" in page.text
    assert values_of(page)["needs-0-helps_people"] == "3"
    empty = client.post(new_path(place), data={})
    assert empty.status_code == 422 and "Chọn lĩnh vực." in empty.text
    assert client.post(new_path(place), data=NEED | {"title": "Tên khác"}).status_code == 422
    assert needs_of(session, place) == []


def test_the_queue_tells_of_a_returned_need_why_and_leads_to_its_form(
    client, session, world, registrar, place
):
    """Its address is published already, and no registrar's to change."""
    need = make_need(
        session,
        address=place,
        title="Sửa mái nhà xe",
        status="returned",
        status_reason="Thiếu số người",
        registered_by=world.here.accounts[Role.REGISTRAR].id,
    )
    page = client.get("/manage/review?tab=returned").text
    assert "Thiếu số người" in page and "Sửa mái nhà xe" in page
    assert "state-returned" in page and "state-published" not in page
    mend = f"/manage/needs/{need.public_code}/edit"
    assert f'href="{mend}"' in page
    assert "Cán bộ trả lại: Thiếu số người" in client.get(mend).text


@pytest.mark.parametrize("status", ["returned", "draft"])
def test_the_form_of_what_came_back_says_why(client, session, world, registrar, status):
    person = make_person(
        session,
        organisation_id=world.here.commune.id,
        status=status,
        status_reason="incomplete",
        registered_by=world.here.accounts[Role.REGISTRAR].id,
    )
    page = client.get(f"/manage/addresses/{person.public_code}/edit").text
    assert "Cán bộ trả lại: Hồ sơ còn thiếu" in page


def test_a_returned_need_is_mended_and_sent_again(client, session, registrar, place):
    need = make_need(session, address=place, status="returned", status_reason="Thiếu số người")
    path = f"/manage/needs/{need.public_code}/edit"
    assert path in client.get(f"/manage/addresses/{place.public_code}").text
    given = values_of(client.get(path)) | {"needs-0-quantity": "12", "act": "submit"}
    assert client.post(path, data=given).status_code == 303
    session.expire_all()
    assert (need.status, float(need.quantity)) == ("submitted", 12.0)
    assert client.get(path).status_code == 409


def test_the_second_saver_of_a_need_sees_both_versions(
    client, session, world, registrar, sign_in, place
):
    need = make_need(session, address=place, status="draft", title="Dạy tiếng Anh", parts=2)
    path = f"/manage/needs/{need.public_code}/edit"
    mine = values_of(client.get(path))
    sign_in(world.here.accounts[Role.OFFICER])
    theirs = mine | {"needs-0-title": "Việc của họ", "needs-0-parts": "5"}
    assert client.post(path, data=theirs).status_code == 303
    sign_in(world.here.accounts[Role.REGISTRAR])
    page = client.post(path, data=mine | {"needs-0-title": "Việc của tôi"})
    assert page.status_code == 409
    assert "Việc của họ" in page.text and "Việc của tôi" in page.text
    again = values_of(page)
    assert again["take-needs-0-parts"] == "theirs" and "take-needs-0-title" not in again
    assert client.post(path, data=again).status_code == 409
    assert client.post(path, data=again | {"take-needs-0-title": "mine"}).status_code == 303
    session.expire_all()
    assert (need.title, need.parts) == ("Việc của tôi", 5)


def test_a_draft_of_a_need_is_removed_and_comes_back(client, session, registrar, place):
    need = make_need(session, address=place, status="draft")
    path = f"/manage/needs/{need.public_code}/edit"
    given = values_of(client.get(path)) | {"needs-0-remove": "1"}
    assert client.post(path, data=given).status_code == 303
    session.expire_all()
    assert need.status == "withdrawn"
    undo = f"/manage/needs/{need.public_code}/undo"
    assert client.post(undo, data={"version": need.version}).status_code == 303
    session.expire_all()
    assert need.status == "draft"


def test_of_a_person_a_need_has_no_words(client, session, registrar, world):
    person = make_person(session, organisation_id=world.here.commune.id)
    assert "needs-0-title" not in client.get(new_path(person)).text
    assert client.post(new_path(person), data=NEED).status_code == 422
    plain = {k: v for k, v in NEED.items() if not k.endswith("title")}
    assert client.post(new_path(person), data=plain | {"act": "submit"}).status_code == 303
    assert [need.status for need in needs_of(session, person)] == ["submitted"]


def test_a_program_adds_a_need_to_what_is_published(app, session, world, place):
    registrar = program(app, session, world.here.accounts[Role.REGISTRAR])
    officer = program(app, session, world.here.accounts[Role.OFFICER])
    path = f"/addresses/{place.public_code}"
    seen = officer.get(path).json["version"]
    told = {"category": "education", "title": "Dạy vẽ buổi tối", "urgency": 2}
    made = registrar.post(f"{path}/needs", told)
    assert made.status_code == 201 and made.json["status"] == "draft"
    # Who read the address before has read something else.
    assert officer.step(f"{path}/reassure", seen).status_code == 412
    sent = registrar.step(f"/needs/{made.json['code']}/submit", made.json["version"])
    assert sent.json["status"] == "submitted"
    assert session.scalar(text(PUBLIC), {"id": place.id}) == 0
