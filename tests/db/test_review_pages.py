"""The page of a record: for whom, in which state, with which steps; and what its forms do."""

import re
from io import BytesIO

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.disclosure import service as disclosure
from tests import office
from tests.factories import make_need, make_person, make_place, picture

PLACE_STATES = (
    "draft", "submitted", "returned", "verified", "published", "expired", "rejected", "withdrawn",
)  # fmt: skip
REASON = "doubles"


@pytest.fixture
def world(session):
    return office.build(session)


@pytest.fixture
def officer(world, sign_in):
    return sign_in(world.here.accounts[Role.OFFICER])


def path(record, step="") -> str:
    return f"/manage/addresses/{record.public_code}{'/' + step if step else ''}"


@pytest.mark.parametrize("role", [Role.VIEWER, Role.REGISTRAR, Role.OFFICER, Role.ADMIN])
def test_every_state_has_its_page_for_every_role(client, sign_in, session, world, role):
    sign_in(world.account(role))
    for status in PLACE_STATES:
        place = make_place(session, status=status, organisation_id=world.here.commune.id)
        make_need(session, address=place, status=status)
        page = client.get(path(place))
        assert page.status_code == 200 and place.title in page.text
        forms = re.findall(rf'action="{path(place)}/([a-z-]+)"', page.text)
        steps = len([name for name in forms if name != "photos"])
        assert (steps > 0) == (
            role is not Role.VIEWER
            and (role is not Role.REGISTRAR or status in {"draft", "returned"})
            and status not in {"rejected", "withdrawn"}
        ), (role, status)


def test_of_a_person_only_the_outline_is_told(client, session, officer):
    person = make_person(session, person_kind="child", age_band="under_7")
    disclosure.register_private(session, person, name="Nguyễn Thị Mận", phone="0912345678")
    make_need(session, address=person, category="health", quantity=7, unit="lượt khám")
    page = client.get(path(person)).text
    assert "Trẻ em" in page and "dưới 7 tuổi" in page and "Chăm sóc sức khỏe" in page
    assert "Mận" not in page and "lượt khám" not in page
    assert "còn hiệu lực" in page and "data-lng" not in page


def test_a_record_names_no_merged_one_that_its_reader_may_not_see(client, sign_in, session, world):
    elsewhere = {"commune": "07282", "lng": 106.1, "lat": 21.4}
    hidden = make_place(session, title="Nhà tạm lánh Mẫu", sensitive=True)
    foreign = make_place(session, title="Trường của huyện khác", **elsewhere)
    kept = make_place(session)
    ended = {"status": "duplicate"}
    make_place(
        session, title="Trường gộp ở huyện khác", duplicate_of_id=kept.id, **ended, **elsewhere
    )
    doubles = [make_place(session, duplicate_of_id=one.id, **ended) for one in (hidden, foreign)]
    sign_in(world.here.accounts[Role.VIEWER])
    for record in (kept, *doubles):
        page = client.get(path(record))
        assert page.status_code == 200
        assert "tạm lánh" not in page.text and "huyện khác" not in page.text
    sign_in(world.here.accounts[Role.OFFICER])
    assert "tạm lánh" in client.get(path(doubles[0])).text
    sign_in(world.admin)
    assert "huyện khác" in client.get(path(kept)).text


def test_a_viewer_meets_no_person_and_no_protected_place(client, sign_in, session, world):
    sign_in(world.here.accounts[Role.VIEWER])
    unknown = client.get("/manage/addresses/ZZZZZZZZ")
    for record in (make_person(session), make_place(session, sensitive=True)):
        reply = client.get(path(record))
        assert (reply.status_code, reply.text) == (404, unknown.text)


def test_private_data_are_shown_once_recorded_and_never_kept(client, session, officer):
    person = make_person(session)
    disclosure.register_private(session, person, name="Nguyễn Thị Mận", point=(106.97, 21.33))
    reply = client.post(path(person, "reveal"))
    assert reply.status_code == 200 and reply.headers["Cache-Control"] == "no-store"
    assert "Nguyễn Thị Mận" in reply.text and "21.33000, 106.97000" in reply.text
    told = text("SELECT actor_id FROM core.audit_event WHERE action = 'reveal' AND record_id = :id")
    assert session.scalar(told, {"id": person.id}) == officer.id


def test_the_province_says_why_it_looks(client, sign_in, session, world):
    person = make_person(session)
    disclosure.register_private(session, person, name="Nguyễn Thị Mận")
    sign_in(world.admin)
    assert "Lý do xem" in client.get(path(person)).text
    for given in ({}, {"reason": "vì sao đó, nói cho dài"}):
        reply = client.post(path(person, "reveal"), data=given)
        assert reply.status_code == 422 and "Mận" not in reply.text
    assert "Mận" in client.post(path(person, "reveal"), data={"reason": REASON}).text


def test_what_cannot_be_opened_is_said_and_no_secret_with_it(client, sign_in, session, world):
    person = make_person(session)
    disclosure.register_private(session, person, name="Nguyễn Thị Mận")
    moved = "UPDATE private.person_private SET name = set_byte(name, 20, get_byte(name, 20) # 1)"
    session.execute(text(moved))
    sign_in(world.here.accounts[Role.OFFICER])
    reply = client.post(path(person, "reveal"))
    assert reply.status_code == 503 and "Hãy báo người vận hành" in reply.text
    assert "person_private" not in reply.text and "DATA_KEY" not in reply.text


def test_who_answers_for_a_place_is_shown_likewise(client, session, officer):
    place = make_place(session)
    assert "Chưa ghi người liên hệ" in client.get(path(place)).text
    disclosure.set_place_contact(session, place, name="Lê Văn Trụ", role="Trưởng thôn")
    page = client.get(path(place)).text
    assert "Lê Văn Trụ" not in page and "Xem người liên hệ" in page
    assert "Lê Văn Trụ" in client.post(path(place, "reveal")).text


def test_a_missing_consent_is_given_with_its_wording(client, session, officer):
    person = make_person(session, status="draft", age_band="7_15", consent=False)
    page = client.get(path(person)).text
    assert "người giám hộ của cháu, anh/chị có đồng ý không?" in page
    assert 'name="givers"\n                 value="guardian" checked' not in page
    data = {"purpose": "register", "channel": "paper"}
    for givers in ([], ["guardian"]):
        reply = client.post(path(person, "consents"), data=data | {"givers": givers})
        assert reply.status_code == 422
    reply = client.post(path(person, "consents"), data=data | {"givers": ["guardian", "child"]})
    assert reply.status_code == 303
    assert "còn hiệu lực" in client.get(path(person)).text


def test_consent_to_be_registered_is_taken_back_with_everything(client, session, officer):
    person = make_person(session)
    data = {"purpose": "register"}
    reply = client.post(path(person, "consents/withdraw"), data=data)
    assert reply.status_code == 422 and person.erased_at is None
    reply = client.post(path(person, "consents/withdraw"), data=data | {"sure": "true"})
    assert (reply.status_code, reply.location) == (303, "/manage/review")
    session.refresh(person)
    assert person.erased_at is not None
    assert client.get(path(person)).status_code == 404


def test_the_second_officer_learns_what_the_first_did(client, sign_in, session, world):
    place = make_place(session, status="submitted")
    seen = {"version": place.version}
    first = sign_in(world.here.accounts[Role.OFFICER])
    assert client.post(path(place, "verify"), data=seen).status_code == 303
    sign_in(world.admin)
    reply = client.post(path(place, "return"), data=seen | {"reason": "Thiếu ảnh lớp học"})
    assert reply.status_code == 409
    assert f"{first.name} đã chuyển sang “Đã xác minh”" in reply.text
    assert "Đã xác minh" in reply.text


def test_a_reason_is_asked_for_and_what_was_typed_stays(client, session, officer):
    place = make_place(session, status="submitted")
    reply = client.post(path(place, "return"), data={"version": 1, "reason": "x" * 501})
    assert (
        reply.status_code == 422 and "x" * 501 in reply.text and 'aria-invalid="true"' in reply.text
    )
    for more in ({"status": "published"}, {"organisation_id": "1"}):
        data = {"version": 1, "reason": "Thiếu ảnh"} | more
        assert client.post(path(place, "return"), data=data).status_code == 422


def test_an_own_record_says_that_another_has_to_verify(client, session, officer):
    place = make_place(session, status="submitted", registered_by=officer.id)
    page = client.get(path(place)).text
    assert "cần một cán bộ khác xác minh" in page and f"{path(place)}/verify" not in page


def test_the_own_last_step_is_offered_back(client, session, officer):
    place = make_place(session, status="submitted")
    client.post(path(place, "verify"), data={"version": 1})
    session.refresh(place)
    assert "Hoàn tác bước vừa rồi" in client.get(path(place)).text
    reply = client.post(path(place, "undo"), data={"version": place.version})
    assert reply.status_code == 303
    session.refresh(place)
    assert place.status == "submitted"


def test_photos_of_a_place_that_was_protected_later_can_only_be_removed(client, session, officer):
    place = make_place(session, status="verified")
    data = {"photos": (BytesIO(picture()), "mai.jpg")}
    assert client.post(path(place, "photos"), data=data).status_code == 303
    assert "Gửi ảnh" in client.get(path(place)).text
    session.execute(text("UPDATE core.address SET sensitive = true WHERE id = :i"), {"i": place.id})
    page = client.get(path(place)).text
    assert "Gỡ ảnh" in page and "Công khai ảnh" not in page and "Gửi ảnh" not in page
    remove = re.search(r'action="(/manage/photos/[0-9a-f-]+/remove)', page)[1]
    assert client.post(remove).status_code == 303
    page = client.get(path(place)).text
    assert "Gỡ ảnh" not in page and "Lấy lại" not in page


NAMED = "Gặp cô Nguyễn Thị Mận, gọi 0912 345 678."


def ticks(page) -> list[str]:
    return re.findall(r'name="checked"\s+value="([0-9a-f]{64})"(?! checked)', page)


def test_what_reads_like_a_name_holds_a_place_back_until_it_is_ticked(client, session, officer):
    place = make_place(session, status="submitted", summary=NAMED)
    reply = client.post(path(place, "verify-and-publish"), data={"version": 1})
    assert reply.status_code == 422 and "Có lời giống tên người" in reply.text
    page = client.get(path(place)).text
    assert "<mark>Nguyễn Thị Mận</mark>" in page and "<mark>0912 345 678</mark>" in page
    first, second = ticks(page)
    client.post(path(place, "text-checks"), data={"checked": first})
    assert client.post(path(place, "verify-and-publish"), data={"version": 1}).status_code == 422
    client.post(path(place, "text-checks"), data={"checked": second})
    kept = session.scalars(text("SELECT found FROM core.text_check")).all()
    assert len(kept) == 2 and not any(b"Nguy" in bytes(found) for found in kept)
    assert client.post(path(place, "verify-and-publish"), data={"version": 1}).status_code == 303
    session.refresh(place)
    assert place.status == "published"


def test_another_text_is_looked_at_anew(client, session, officer):
    place = make_place(session, status="verified", verified_by=None, summary=NAMED)
    client.post(path(place, "text-checks"), data={"checked": ticks(client.get(path(place)).text)})
    session.refresh(place)
    place.summary = NAMED.replace("Mận", "Đào")
    session.flush()
    reply = client.post(path(place, "publish"), data={"version": place.version})
    assert reply.status_code == 422
    assert len(ticks(client.get(path(place)).text)) == 1


def test_a_name_in_a_need_holds_it_back_alone(client, session, officer):
    place = make_place(session)
    need = make_need(session, address=place, status="verified", description=NAMED)
    reply = client.post(f"/manage/needs/{need.public_code}/publish", data={"version": 1})
    assert reply.status_code == 422
    session.refresh(need)
    assert need.status == "verified"


def test_known_schools_and_sites_hold_nothing_back(client, session, officer):
    place = make_place(session, status="verified", title="Trường THPT Nguyễn Huệ")
    assert ticks(client.get(path(place)).text) == []


def test_hostile_texts_are_text(client, session, officer):
    hostile = "<script>document.title='x'</script>"
    place = make_place(session, status="submitted", title=hostile, summary=hostile, hamlet=hostile)
    make_need(session, address=place, status="submitted", title=hostile, description=hostile)
    for url in (path(place), "/manage/review?tab=submitted"):
        page = client.get(url).text
        assert hostile not in page and "&lt;script&gt;" in page
