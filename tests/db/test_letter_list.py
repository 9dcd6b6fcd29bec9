"""The list of what the public sent: page by page, filtered, on paper, as a file; never by whom."""

import re

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.inbox import service
from mapservice.office import lists, queries
from tests import office as world
from tests.db.test_lists import download, plan_of, rows_of
from tests.factories import make_need, make_offer, make_place, make_suggestion

SENDER = {"name": "Hoàng Thị Bưởi", "phone": "0912345678", "note": "Gọi sau giờ tan ca"}


@pytest.fixture
def place(session, sides):
    """Another place of the officer's commune, of an earlier year of the programme."""
    here = {"commune": world.COMMUNE[world.HERE], "organisation_id": sides.here.commune.id}
    return make_place(session, title="Điểm trường Nà Hin", programme_year=2023, **here)


def codes(client, query: str) -> list[str]:
    """The codes of a filtered list, in its order, as its page and its file agree on them."""
    page = client.get(f"/manage/inbox?{query}").text
    shown = list(dict.fromkeys(re.findall(r'href="/manage/inbox/\w+s/(\w+)"', page)))
    filed = [row["Mã"] for row in rows_of(download(client, f"/manage/inbox?{query}&format=xlsx"))]
    assert shown == filed, query
    return shown


def test_beyond_a_hundred_there_are_further_pages(client, sides, officer, session):
    wanted = {sides.here.records[kind].public_code for kind in ("offer", "suggestion")}
    address = sides.here.records["place"].public_code
    wanted |= {make_offer(session, address=address).public_code for _ in range(120)}
    seen = []
    for page in (1, 2, 3):
        found = client.get(f"/manage/inbox?page={page}").text
        seen.append(set(re.findall(r'href="/manage/inbox/\w+s/(\w+)"', found)))
        assert "122</strong> kết quả" in found
    assert [len(codes) for codes in seen] == [50, 50, 22]
    assert set.union(*seen) == wanted
    assert len(rows_of(download(client, "/manage/inbox?format=xlsx"))) == 122


def test_what_waits_comes_first_and_the_newest_of_it(client, sides, officer, session, office):
    older, actor = sides.here.records["offer"], rights.actor(office, officer)
    service.contacted(office, actor, older.public_code, 1)
    session.execute(text("UPDATE core.suggestion SET created_at = now() - interval '1 hour'"))
    newest = make_offer(session, address=sides.here.records["place"].public_code)
    suggested = sides.here.records["suggestion"].public_code
    assert codes(client, "") == [newest.public_code, suggested, older.public_code]
    service.decline(office, actor, type(older), older.public_code, 2, "other")
    assert codes(client, "open=1") == [newest.public_code, suggested]
    assert codes(client, "status=declined") == [older.public_code]


def test_filters_choose(client, sides, officer, session, place):
    mine, suggested = (sides.here.records[kind].public_code for kind in ("offer", "suggestion"))
    need = make_need(session, address=place, category="health", title="Khám bệnh", helps_people=40)
    joins = {"address": place.public_code, "need": need.public_code}
    items = make_offer(session, kind="items", pledged_quantity="2", **joins).public_code
    commune = f"{world.COMMUNE[world.HERE]}@2022"
    to_people = make_offer(session, commune=commune, group="elderly").public_code
    person = make_suggestion(session, commune=commune, group="child").public_code
    assert set(codes(client, "kind=offer")) == {mine, items, to_people}
    assert set(codes(client, "kind=suggestion")) == {suggested, person}
    assert codes(client, "kind=items") == [items] and codes(client, "kind=person") == [person]
    assert codes(client, "category=health") == [items] and codes(client, "year=2023") == [items]
    assert codes(client, "q=na hin") == [items] and codes(client, f"q={mine.lower()}") == [mine]
    assert set(codes(client, f"unit={commune}")) == set(codes(client, ""))
    assert codes(client, "unit=07282@2022") == []
    rows = {row["Mã"]: row for row in rows_of(download(client, "/manage/inbox?format=xlsx"))}
    assert (rows[items]["Nhu cầu"], rows[items]["Số lượng"]) == ("Khám bệnh", 2)
    assert rows[to_people]["Nơi"] == "Người cao tuổi" and rows[person]["Nơi"] == "Trẻ em"
    assert client.get("/manage/inbox?status=none").status_code in {400, 422}
    assert client.get("/manage/inbox?kind=letter").status_code in {400, 422}


@pytest.mark.parametrize("shape", ["", "&format=print", "&format=xlsx"])
def test_nothing_tells_who_sent_it(client, sides, officer, session, shape):
    address = sides.here.records["place"].public_code
    make_offer(session, address=address, **SENDER)
    told = {"words": "Hỏi nhà chị Bưởi, số 0912345678.", "commune": "07645@2022"}
    make_suggestion(session, **SENDER, **told)
    reply = download(client, f"/manage/inbox?open=1{shape}")
    said = str(rows_of(reply)) if "xlsx" in shape else reply.text
    assert address in said or sides.here.records["place"].title in said
    for secret in ("Bưởi", "912345678", "912 345 678", "tan ca"):
        assert secret not in said


def test_a_place_that_is_protected_by_now_has_no_name(client, sides, officer, session, place):
    need = make_need(session, address=place, category="health", title="Khám bệnh", helps_people=40)
    offer = make_offer(session, address=place.public_code, need=need.public_code)
    session.execute(
        text("UPDATE core.address SET sensitive = true WHERE id = :id"), {"id": place.id}
    )
    (row,) = rows_of(download(client, f"/manage/inbox?q={offer.public_code}&format=xlsx"))
    assert row["Nơi"] == "Nơi được bảo vệ" and not row["Nhu cầu"] and not row["Lĩnh vực"]
    assert "Nà Hin" not in client.get("/manage/inbox").text
    assert codes(client, "q=Nà Hin") == [] and codes(client, "category=health") == []


COPY = text("""
    INSERT INTO core.offer (id, receipt_hash, address_id, kind, people, status, closed_at)
    SELECT n.id, sha256(n.id::text::bytea), o.address_id, o.kind, o.people, :status,
      CASE WHEN :status = 'spam' THEN now() END
    FROM core.offer AS o,
      LATERAL (SELECT gen_random_uuid() AS id FROM generate_series(1, :rows)) AS n
    WHERE o.id = :id""")


def plan_with(session, office, account, offer, status: str, **asked: bool) -> str:
    """How what `account` asks of the list is counted among thousands of copies of an offer."""
    session.execute(COPY, {"id": offer.id, "rows": 3000, "status": status})
    session.execute(text("ANALYZE core.offer"))
    statement = lists.INBOX.select(office, rights.actor(office, account), asked)
    return plan_of(office, queries.count(statement))


def test_the_territory_is_found_by_its_index(sides, session, office):
    asking, offer = sides.here.accounts[Role.OFFICER], sides.there.records["offer"]
    assert "ix_offer_unit_ids" in plan_with(session, office, asking, offer, "new")


def test_what_waits_in_the_whole_province_is_found_by_its_state(sides, session, office):
    offer = sides.here.records["offer"]
    plan = plan_with(session, office, sides.admin, offer, "spam", open=True)
    assert "ix_offer_status_created_at" in plan, plan
