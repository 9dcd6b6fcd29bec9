"""Queues: whose they are, in which order, many rows at once; and pairs that may be one."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.disclosure import service as disclosure
from mapservice.review import doubles
from tests import office as offices
from tests.factories import make_account, make_need, make_person, make_place


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def place(session, world):
    """`place(status, …)`: one of the commune's registrar."""
    owned = {
        "organisation_id": world.here.commune.id,
        "registered_by": world.here.accounts[Role.REGISTRAR].id,
    }
    return lambda status, **values: make_place(session, status=status, **owned | values)


def picks(page) -> list[str]:
    return re.findall(r'name="pick" value="([^"]+)"', page.text)


def pick(record) -> str:
    return f"{record.public_code}:{record.version}"


@pytest.fixture
def officer(world, sign_in):
    return sign_in(world.here.accounts[Role.OFFICER])


def test_a_queue_holds_the_territorys_records_most_urgent_first(client, session, officer, place):
    calm, urgent = place("submitted"), place("submitted")
    make_need(session, address=calm, status="submitted", urgency=1)
    make_need(session, address=urgent, status="submitted", urgency=4)
    make_place(session, commune="07282", lng=106.1, lat=21.4, status="submitted")
    place("draft"), place("verified")
    page = client.get("/manage/review?tab=submitted")
    assert picks(page) == [pick(urgent), pick(calm)]


def test_a_registrar_sees_what_was_given_back_and_nothing_else(
    client, sign_in, session, world, place
):
    registrar = sign_in(world.here.accounts[Role.REGISTRAR])
    mine = place("returned", status_reason="Thiếu số lượng")
    officer = world.here.accounts[Role.OFFICER]
    own = {"registered_by": officer.id, "organisation_id": officer.organisation_id}
    other = place("returned", **own)
    page = client.get("/manage/review")
    assert mine.title in page.text and "Thiếu số lượng" in page.text
    assert other.title not in page.text
    assert client.get("/manage/review?tab=submitted").status_code == 403
    assert registrar.role is Role.REGISTRAR


@pytest.mark.parametrize("gone", ["disabled", "moved", "nobody"])
def test_what_came_back_to_somebody_who_is_gone_waits_for_who_is_there(
    client, sign_in, session, world, place, gone
):
    before = make_account(
        session,
        role=Role.REGISTRAR,
        organisation=world.there.commune if gone == "moved" else world.here.commune,
        active=gone != "disabled",
    )
    left = place("returned", registered_by=None if gone == "nobody" else before.id)
    need = make_need(session, address=place("published"), status="returned", urgency=2)
    need.registered_by = before.id
    session.flush()
    sign_in(world.here.accounts[Role.REGISTRAR])
    page = client.get("/manage/review?tab=returned")
    assert left.title in page.text
    assert (need.public_code in page.text) == (gone in {"disabled", "moved"})


def test_what_falls_due_within_a_week_or_has_expired_waits(client, officer, place):
    now = datetime.now(UTC)
    soon = place("published", assured_until=now + timedelta(days=6))
    gone = place("expired", assured_until=now - timedelta(days=1))
    place("published", assured_until=now + timedelta(days=8))
    assert picks(client.get("/manage/review?tab=reassure")) == [pick(gone), pick(soon)]


def test_a_need_added_later_waits_by_itself(client, session, officer, place):
    public = place("published")
    need = make_need(session, address=public, status="submitted")
    make_need(session, address=place("submitted"), status="submitted")
    assert picks(client.get("/manage/review?tab=needs")) == [pick(need)]
    data = {"tab": "needs", "step": "verify-and-publish", "pick": pick(need)}
    assert client.post("/manage/review", data=data).status_code == 303
    session.refresh(need)
    assert need.status == "published"


def test_many_at_once_each_for_itself(client, session, officer, place):
    good, own, person = (
        place("submitted"),
        place("submitted", registered_by=officer.id),
        make_person(session, status="submitted", consent=False),
    )
    stale = place("submitted")
    chosen = [pick(good), pick(own), pick(person), f"{stale.public_code}:9", "ZZZZZZZZ:1"]
    reply = client.post(
        "/manage/review", data={"tab": "submitted", "step": "verify", "pick": chosen}
    )
    assert reply.status_code == 200
    assert "4 dòng chưa làm được, 1 dòng đã xong" in reply.text
    for words in ("cần người khác xác minh", "Cần sự đồng ý", "vừa thay đổi", "Không có hồ sơ này"):
        assert words in reply.text
    session.expire_all()
    assert [record.status for record in (good, own, person, stale)] == [
        "verified", "submitted", "submitted", "submitted",
    ]  # fmt: skip


def test_all_good_rows_come_back_with_a_word_and_can_be_taken_back(client, session, officer, place):
    rows = [place("submitted") for _ in range(3)]
    data = {"tab": "submitted", "step": "verify", "pick": [pick(row) for row in rows]}
    reply = client.post("/manage/review", data=data)
    assert (reply.status_code, reply.location) == (303, "/manage/review?tab=submitted")
    page = client.get(reply.location)
    assert "Đã xác minh: 3 hồ sơ." in page.text and "3 bước còn hoàn tác được" in page.text
    data = {"tab": "submitted", "step": "undo", "pick": picks(page)}
    assert client.post("/manage/review", data=data).status_code == 303
    session.expire_all()
    assert {row.status for row in rows} == {"submitted"}


@pytest.mark.parametrize(
    "data",
    [
        {"tab": "submitted", "step": "verify"},
        {"tab": "submitted", "step": "withdraw", "pick": "ZZZZZZZZ:1"},
        {"tab": "submitted", "step": "verify", "pick": "x"},
        {"tab": "submitted", "step": "verify", "pick": "ZZZZZZZZ:1", "status": "published"},
        {"step": "verify", "pick": "ZZZZZZZZ:1"},
    ],
)
def test_what_no_form_offers_is_refused(client, officer, data):
    assert client.post("/manage/review", data=data).status_code == 422


def test_pages_follow_each_other_without_losing_or_doubling_a_row(client, officer, place):
    rows = {pick(place("verified")) for _ in range(53)}
    first = picks(client.get("/manage/review?tab=verified"))
    second = picks(client.get("/manage/review?tab=verified&page=2"))
    assert (len(first), len(second)) == (50, 3)
    assert {*first, *second} == rows


def test_of_a_person_a_row_tells_group_and_commune(client, session, officer):
    person = make_person(session, status="submitted", person_kind="child", age_band="under_7")
    make_need(session, address=person, status="submitted", category="health")
    page = client.get("/manage/review?tab=submitted").text
    assert person.public_code in page and "Trẻ em" in page and "sức khỏe" not in page


def test_like_places_nearby_are_a_pair_until_somebody_says_otherwise(
    client, session, officer, place
):
    old = place("published", title="Trường Tiểu học An Lạc số 1")
    new = place("submitted", title="Trường TH An Lạc số 1")
    place("submitted", title="Trường TH An Lạc số 2")
    page = client.get("/manage/review/duplicates")
    assert page.text.count("Là một: gộp") == 1
    assert f"/manage/addresses/{new.public_code}/duplicate" in page.text
    data = {"one": old.public_code, "other": new.public_code}
    assert client.post("/manage/review/duplicates", data=data).status_code == 303
    assert "Là một: gộp" not in client.get("/manage/review/duplicates").text


def test_persons_with_one_phone_are_a_pair_of_their_territory_only(
    client, sign_in, session, office, world
):
    people = [make_person(session, status="submitted") for _ in range(2)]
    people.append(make_person(session, status="submitted", commune="07282"))
    for number, person in enumerate(people):
        disclosure.register_private(
            session, person, name=f"Người Thử {'ABC'[number]}", phone="0912345678"
        )
    mine = doubles.pairs(office, rights.actor(office, world.here.accounts[Role.OFFICER]))
    assert [{pair.kept.id, pair.double.id} for pair in mine] == [{p.id for p in people[:2]}]
    assert mine[0].why == "Cùng số điện thoại"
    told = text("SELECT detail->'ids' FROM core.audit_event WHERE action = 'search_pairs'")
    assert set(session.scalar(told)) == {str(p.id) for p in people[:2]}
    # The province states a reason before it looks at persons: here it is shown places.
    assert doubles.pairs(office, rights.actor(office, world.admin)) == []
    sign_in(world.admin)
    page = client.get("/manage/review/duplicates").text
    assert "Cấp tỉnh chỉ đối chiếu địa điểm" in page and "Không thấy hồ sơ nào" not in page
