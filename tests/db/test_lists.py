"""The lists of the office: whose rows, which filters, and what the files hold."""

import re
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.addresses.models import AddressStatus
from mapservice.audit.models import AuditEvent
from mapservice.office import lists, pages, queries
from mapservice.review import queue_queries
from tests import office as world
from tests.factories import make_assignment, make_need, make_place, make_team

LISTS = ["addresses", "needs", "teams", "assignments", "inbox"]
OF_PLACES = [listing for listing in lists.ALL if listing.name in LISTS]  # rows have `unit_ids`
GROUP = "Hộ gia đình"  # what is told of the person
HEADINGS = 4  # row of a file, counted from 0


@pytest.fixture
def sides(session):
    return world.build(session)


@pytest.fixture
def officer(sides, sign_in):
    return sign_in(sides.here.accounts[Role.OFFICER])


def codes_of(side) -> dict[str, str]:
    records = side.records
    return {
        "addresses": records["place"].public_code,
        "needs": records["need"].public_code,
        "teams": records["team"].public_code,
        "assignments": str(records["assignment"].id),
        "inbox": records["offer"].public_code,
    }


def download(client, url: str):
    """The answer, read and closed; whoever takes persons says why."""
    return client.get(f"{url}&reason=report", buffered=True)


def rows_of(reply) -> list[dict[str, object]]:
    """The rows of a file by their headings."""
    assert reply.status_code == 200, reply.text
    sheet = CalamineWorkbook.from_filelike(BytesIO(reply.data)).get_sheet_by_index(0)
    found = sheet.to_python(skip_empty_area=False)
    return [dict(zip(found[HEADINGS], row, strict=True)) for row in found[HEADINGS + 1 :]]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_the_own_territory_and_nothing_else(client, sides, officer, name):
    page = client.get(f"/manage/{name}")
    assert page.status_code == 200
    assert codes_of(sides.here)[name] in page.text
    assert codes_of(sides.there)[name] not in page.text


@pytest.mark.parametrize("name", LISTS)
def test_no_filter_reaches_beyond_the_territory(client, sides, officer, name):
    elsewhere = codes_of(sides.there)[name]
    asked = [
        "unit=215@2022",
        f"organisation={sides.there.commune.code}",
        f"q={elsewhere}",
        "sort=commune_name&page=9999",
        "open=1&verified=1&year=2025&status=published",
    ]
    for query in asked:
        if "status" in query and name in {"teams", "assignments", "inbox"}:
            continue
        page = client.get(f"/manage/{name}?{query}")
        assert page.status_code == 200, query
        links = re.findall(r'href="/manage/[a-z/]+/([^"?/]+)"', page.text)
        assert elsewhere not in links, query
        rows = rows_of(download(client, f"/manage/{name}?{query}&format=xlsx"))
        assert all(elsewhere not in map(str, row.values()) for row in rows), query


words = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), min_size=1, max_size=9)
FILTERS = {
    "unit": st.sampled_from(["220@2022", "215@2022", "07645@2022", "07282@2022"]),
    "organisation": words,
    "q": words | st.sampled_from(["truong", "%", "_", "\\\\", "Đội"]),
    "category": st.sampled_from(["education", "health", "housing"]),
    "year": st.integers(2000, 2100),
    "due": st.integers(1, 90),
    "urgency": st.integers(1, 4),
    "verified": st.booleans(),
    "open": st.just(True),
    "unsure": st.just(True),
    "mine": st.just(True),
    "kind": st.sampled_from(["offer", "suggestion", "join", "place", "school", "volunteer"]),
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(OF_PLACES), st.sampled_from([Role.OFFICER, Role.VIEWER]), st.data())
def test_whatever_is_asked_no_row_is_of_elsewhere(sides, office, listing, role, data):
    known = listing.query().fields
    asked = data.draw(st.fixed_dictionaries({}, optional=FILTERS))
    filters = {name: value for name, value in asked.items() if name in known}
    actor = rights.actor(office, sides.here.accounts[role])
    statement = listing.select(office, actor, filters)
    rows = office.execute(queries.in_order(statement, (listing.order, listing.unique))).mappings()
    found = rows.all()
    assert len(found) == office.scalar(queries.count(statement))
    for row in found:
        assert actor.covers(row["unit_ids"])
        assert role is not Role.VIEWER or not row.get("protected")


@pytest.mark.parametrize("name", LISTS)
def test_an_admin_sees_all_and_a_leader_nothing(client, sides, sign_in, name):
    sign_in(sides.admin)
    page = client.get(f"/manage/{name}")
    assert codes_of(sides.here)[name] in page.text and codes_of(sides.there)[name] in page.text
    sign_in(sides.here.accounts[Role.TEAM_LEADER])
    assert client.get(f"/manage/{name}").status_code == 403


def test_a_person_is_a_group_and_a_commune(client, sides, officer, session):
    person = sides.here.records["person"]
    need = make_need(session, address=person)
    make_assignment(session, need=need, team=sides.here.records["team"])
    (row,) = rows_of(download(client, f"/manage/addresses?q={person.public_code}&format=xlsx"))
    told = {heading for heading, value in row.items() if value not in ("", None)}
    assert told == {
        "Mã", "Tên", "Tính chất", "Xã, phường", "Xã trước 1/7/2025", "Năm", "Trạng thái",
        "Đơn vị đăng ký", "Ngày đăng ký", "Cập nhật",     }  # fmt: skip
    assert row["Tên"] == GROUP
    (row,) = rows_of(download(client, f"/manage/needs?q={need.public_code}&format=xlsx"))
    assert (row["Nhu cầu"], row["Lĩnh vực"], row["Số lượng"]) == (GROUP, "", "")
    rows = rows_of(download(client, f"/manage/assignments?q={need.public_code}&format=xlsx"))
    assert [row["Nhu cầu"] for row in rows] == [GROUP]


def test_a_viewer_learns_of_no_person(client, sides, sign_in, session):
    person = sides.here.records["person"]
    need = make_need(session, address=person)
    make_assignment(session, need=need, team=sides.here.records["team"])
    sign_in(sides.here.accounts[Role.VIEWER])
    for name in ("addresses", "needs", "assignments"):
        rows = rows_of(download(client, f"/manage/{name}?format=xlsx"))
        said = [str(value) for row in rows for value in row.values()]
        assert rows and person.public_code not in said and need.public_code not in said


def test_filters_choose(client, sides, officer, session):
    here = {"commune": world.COMMUNE[world.HERE], "organisation_id": sides.here.commune.id}
    make_place(session, title="Điểm trường Nà Hin", kind="school", programme_year=2023, **here)
    soon = datetime.now(UTC) + timedelta(days=3)
    late = make_place(session, title="Trạm y tế xã", assured_until=soon, **here)
    make_need(session, address=late, category="health", title="Khám bệnh", urgency=4)

    def titles(query):
        return {
            row["Tên"]
            for row in rows_of(download(client, f"/manage/addresses?{query}&format=xlsx"))
        }

    assert titles("q=na hin") == {"Điểm trường Nà Hin"}
    assert titles("year=2023") == {"Điểm trường Nà Hin"}
    assert titles("category=health") == {"Trạm y tế xã"}
    assert titles("due=7") == {"Trạm y tế xã"}
    assert titles("nature=person") == {GROUP}
    assert titles("status=draft") == set()
    assert "Điểm trường Nà Hin" in titles("unit=220@2022&kind=school&mine=")
    assert titles("mine=1") == set()
    urgent = rows_of(download(client, "/manage/needs?urgency=4&open=1&format=xlsx"))
    assert [row["Nhu cầu"] for row in urgent] == ["Khám bệnh"]
    assert rows_of(download(client, "/manage/teams?verified=0&format=xlsx")) == []
    assert rows_of(download(client, "/manage/assignments?status=confirmed&format=xlsx")) == []


def test_a_filter_that_no_list_knows_is_left_out_and_a_wrong_value_is_refused(client, officer):
    assert client.get("/manage/addresses?utm_source=zalo&fbclid=1").status_code == 200
    assert client.get("/manage/addresses?status=everything").status_code in {400, 422}
    assert client.get("/manage/addresses?page=1000000000").status_code in {400, 422}
    assert client.get("/manage/addresses?q=%00").status_code == 400


def test_rows_are_typed_and_texts_stay_texts(client, sides, officer, session):
    evil = [
        "=1+1",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        '=HYPERLINK("//x","y")',
        "<script>alert(1)</script>",
    ]
    for title in evil:
        make_place(
            session,
            title=title,
            commune=world.COMMUNE[world.HERE],
            organisation_id=sides.here.commune.id,
            children=3,
        )
    reply = download(client, "/manage/addresses?format=xlsx")
    assert b"<f>" not in unpacked(reply.data)
    by_title = {row["Tên"]: row for row in rows_of(reply)}
    assert set(evil) <= set(by_title)
    row = by_title["=1+1"]
    assert (row["Trẻ em"], row["Năm"]) == (3, 2025)
    assert isinstance(row["Ngày đăng ký"], date)
    page = client.get("/manage/addresses")
    assert "<script>alert" not in page.text and "&lt;script&gt;alert" in page.text


def unpacked(data: bytes) -> bytes:
    from zipfile import ZipFile

    with ZipFile(BytesIO(data)) as file:
        return b"".join(file.read(n) for n in file.namelist() if "worksheets" in n)


def test_a_file_says_what_it_is_and_that_it_was_taken_is_recorded(client, sides, officer, office):
    reply = download(client, "/manage/addresses?q=trường&nature=place&format=xlsx")
    sheet = CalamineWorkbook.from_filelike(BytesIO(reply.data)).get_sheet_by_index(0)
    head = [row[0] for row in sheet.to_python(skip_empty_area=False)[:3]]
    assert head[0] == "Địa chỉ tình nguyện" == sheet.name
    assert head[1] == "Tính chất: Địa điểm, đơn vị; Có chữ: “trường”"
    assert officer.name in head[2]
    assert re.search(
        r"dia-chi-tinh-nguyen-\d\d-\d\d-\d{4}\.xlsx", reply.headers["Content-Disposition"]
    )
    (event,) = office.scalars(select(AuditEvent).where(AuditEvent.action == "export"))
    assert (event.actor_id, event.table_name) == (officer.id, "addresses")
    assert event.detail["filters"] == {"nature": "place"}


def test_a_file_that_would_be_too_long_is_refused_with_a_sentence(
    client, officer, office, monkeypatch
):
    monkeypatch.setattr(pages, "MOST_IN_FILE", 1)
    reply = download(client, "/manage/addresses?format=xlsx")
    assert reply.status_code == 422 and "tối đa 1 dòng" in reply.text
    assert not office.scalars(select(AuditEvent).where(AuditEvent.action == "export")).all()


def test_pages_follow_one_another_and_end(client, sides, officer, session, monkeypatch):
    for number in range(60):
        make_place(
            session,
            title=f"Thôn {number:02}",
            commune=world.COMMUNE[world.HERE],
            organisation_id=sides.here.commune.id,
        )
    seen = []
    for page in (1, 2, 3):
        found = client.get(f"/manage/addresses?sort=title&page={page}").text
        seen.append(re.findall(r"Thôn \d\d", found))
        assert "62</strong> kết quả" in found
    assert len(seen[0]) == 50 and len(seen[1]) == 10 and seen[2] == seen[1]
    assert seen[0] + seen[1] == sorted(seen[0] + seen[1])
    paper = download(client, "/manage/addresses?sort=title&format=print").text
    assert len(re.findall(r"Thôn \d\d", paper)) == 60 and "Phần " not in paper
    monkeypatch.setattr(pages, "PRINTED", 25)
    printed = []
    for part in (1, 2, 3):
        paper = download(client, f"/manage/addresses?sort=title&format=print&page={part}").text
        printed += re.findall(r"Thôn \d\d", paper)
        assert f"Phần {part}/3: từ dòng {25 * part - 24} đến" in paper
        assert ('rel="next"' in paper) is (part < 3) and 'name="unit"' in paper
    assert printed == seen[0] + seen[1]


def test_every_order_is_total_and_every_column_exists(sides, office):
    actor = rights.actor(office, sides.here.accounts[Role.OFFICER])
    for listing in lists.ALL:
        statement = listing.select(office, actor, {})
        assert {c.key for c in listing.columns} <= set(statement.selected_columns.keys())
        for column in listing.columns:
            for sign in ("", "-") if column.sorts else ():
                keys = (f"{sign}{column.key}", listing.unique)
                assert office.execute(queries.in_order(statement, keys)).all()


def many(session, side, table: str, rows: int) -> None:
    """So many copies of a side's place or team; a need at each such place."""
    record = side.records[table.replace("address", "place")]
    values = {"id": record.id, "rows": rows}
    session.execute(text(COPY[table]), values)
    session.execute(text(f"ANALYZE core.{table}"))


COPY = {
    "address": """
        INSERT INTO core.address (nature, kind, title, point, commune_id, former_commune_id,
          programme_year, organisation_id)
        SELECT nature, kind, title || ' ' || n, point, commune_id, former_commune_id,
          programme_year, organisation_id
        FROM core.address, generate_series(1, :rows) AS n WHERE id = :id""",
    "need": """
        INSERT INTO core.need (address_id, nature, category, title, unit, urgency)
        SELECT a.id, n.nature, n.category, n.title, n.unit, n.urgency
        FROM core.need AS n, core.address AS a
        WHERE n.id = :id AND a.status = 'draft' AND a.nature = 'place'""",
    "team": """
        INSERT INTO core.team (organisation_id, kind, name, people, base, commune_id,
          former_commune_id, radius_km)
        SELECT organisation_id, kind, name || ' ' || n, people, base, commune_id,
          former_commune_id, radius_km
        FROM core.team, generate_series(1, :rows) AS n WHERE id = :id""",
}


@pytest.mark.parametrize("name", ["addresses", "needs", "teams"])
def test_the_territory_is_found_by_its_index(name, sides, session, office):
    for table in ("address", "need", "team"):
        many(session, sides.there, table, 3000)
    actor = rights.actor(office, sides.here.accounts[Role.OFFICER])
    listing = next(listing for listing in lists.ALL if listing.name == name)
    statement = queries.count(listing.select(office, actor, {}))
    plan = plan_of(office, statement)
    table = "team" if name == "teams" else "address"
    assert f"ix_{table}_unit_ids" in plan, plan


def plan_of(session, statement) -> str:
    """How the database would answer it."""
    compiled = statement.compile(session.connection(), compile_kwargs={"literal_binds": True})
    return "\n".join(session.scalars(text(f"EXPLAIN {compiled}")))


def test_what_waits_in_the_whole_province_is_counted_by_its_state(sides, office, session):
    many(session, sides.here, "address", 3000)  # drafts, which wait for nobody
    waiting = queue_queries.count(queue_queries.in_state(None, AddressStatus.SUBMITTED))
    plan = plan_of(office, waiting)
    assert "ix_address_status_assured_until" in plan, plan


def peak_of_file(client) -> tuple[int, list[dict]]:
    """(most memory in use while the file was made, its rows)."""
    tracemalloc.start()
    reply = client.get("/manage/addresses?format=xlsx&reason=report")  # its body is read below
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    rows = rows_of(reply)
    reply.close()
    return peak, rows


def test_four_times_the_rows_take_no_more_memory(client, sides, officer, session):
    many(session, sides.here, "address", 1500)
    peak_of_file(client)  # what is kept from the first time on is no row
    few, rows = peak_of_file(client)
    assert len(rows) == 1502
    many(session, sides.here, "address", 4500)
    more, rows = peak_of_file(client)
    assert len({row["Mã"] for row in rows}) == len(rows) == 6002
    assert more < few * 1.5  # rows kept would be 4 times as much


def test_an_empty_list_says_what_to_do(client, sides, sign_in, session):
    session.execute(text("DELETE FROM core.field_report"))
    session.execute(text("DELETE FROM core.assignment"))
    sign_in(sides.here.accounts[Role.OFFICER])
    assert "Ghép đội" in client.get("/manage/assignments").text
    assert "Không có dòng nào hợp" in client.get("/manage/teams?q=khong-co-doi-nay").text


def test_a_team_is_told_without_who_leads_it(client, sides, officer, session):
    make_team(session, name="Đội mới", verified=False, commune=world.COMMUNE[world.HERE])
    rows = rows_of(download(client, "/manage/teams?verified=0&format=xlsx"))
    assert [row["Tên đội"] for row in rows] == ["Đội mới"]
    assert rows[0]["Xác minh"] == "Chưa"


def test_a_published_place_has_a_qr_code_and_nothing_protected_has(client, sides, officer, session):
    place = sides.here.records["place"]
    reply = client.get(f"/manage/addresses/{place.public_code}/qr.svg")
    assert reply.mimetype == "image/svg+xml" and b"<path" in reply.data
    page = client.get(f"/manage/addresses/{place.public_code}").text
    assert f"/manage/addresses/{place.public_code}/qr.svg" in page
    person = sides.here.records["person"].public_code
    assert client.get(f"/manage/addresses/{person}/qr.svg").status_code == 404
    assert "qr.svg" not in client.get(f"/manage/addresses/{person}").text
    draft = make_place(session, status="draft", organisation_id=sides.here.commune.id)
    assert client.get(f"/manage/addresses/{draft.public_code}/qr.svg").status_code == 404
