"""OGC API – Features: documents, pages of items, filters, what is refused, the table."""

import csv
import html
import io
import json
import re

import pytest
from sqlalchemy import event, text

from mapservice.ogc import queries, schemas
from mapservice.ogc.collections import COLLECTIONS
from tests.bench.cases import AREAS
from tests.factories import make_need, make_place, make_team

ITEMS = "/ogc/collections/{}/items"
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def items(client, name, **query):
    reply = client.get(ITEMS.format(name), query_string=query)
    assert reply.status_code == 200, reply.text
    assert reply.mimetype == "application/geo+json"
    return json.loads(reply.text)


def link(document, rel):
    return next((found["href"] for found in document["links"] if found["rel"] == rel), None)


def local(client, address):
    return client.get(address.removeprefix("http://127.0.0.1:8000"))


def test_every_link_leads_somewhere_of_its_type(client, session):
    make_need(session)
    seen, waiting = set(), ["/ogc/"]
    while waiting:
        address = waiting.pop().removeprefix("http://127.0.0.1:8000")
        if address in seen:
            continue
        seen.add(address)
        reply = client.get(address)
        assert reply.status_code == 200, address
        if not reply.is_json and reply.mimetype != "application/geo+json":
            continue
        document = json.loads(reply.text)
        links = document.get("links", [])
        for part in document.get("collections", []):
            links = links + part["links"]
        for found in links:
            assert found["rel"] and found["title"], found
            kind = client.get(found["href"].removeprefix("http://127.0.0.1:8000")).mimetype
            assert kind == found["type"].partition(";")[0], found
            waiting.append(found["href"])
    assert len(seen) > 40


def test_a_collection_is_described_alike_alone_and_in_the_list(client):
    listed = client.get("/ogc/collections?f=json").json["collections"]
    assert [found["id"] for found in listed] == list(COLLECTIONS)
    for found in listed:
        assert client.get(f"/ogc/collections/{found['id']}?f=json").json == found


def test_pages_hold_each_item_once(client, session):
    place = make_place(session)
    needs = {make_need(session, address=place).public_code for _ in range(7)}
    page, found = items(client, "needs", limit=3), []
    while True:
        assert page["numberMatched"] == 7 and page["timeStamp"].endswith("Z")
        assert page["numberReturned"] == len(page["features"]) <= 3
        found += [feature["id"] for feature in page["features"]]
        if not link(page, "next"):
            break
        page = json.loads(local(client, link(page, "next")).text)
    assert len(found) == 7 and set(found) == needs
    one = json.loads(local(client, f"{ITEMS.format('needs')}/{found[0]}").text)
    assert one["type"] == "Feature" and one["id"] == found[0] and link(one, "collection")


@pytest.mark.parametrize("name", COLLECTIONS)
def test_a_whole_collection_is_counted_right(client, session, name):
    make_need(session)
    make_team(session)
    session.execute(text(AREAS))
    day = {"datetime": "2022-12-31"} if COLLECTIONS[name].level else {}
    found = items(client, name, limit=1000, **day)
    assert found["numberMatched"] == found["numberReturned"] == len(found["features"]) > 0


def test_pages_are_in_the_order_of_codes_and_counted_once(client, session, connection):
    """The most urgent come not before the others; a cursor that nobody gave goes on from there."""
    place = make_place(session)
    for urgency in (1, 4, 2, 3, 4, 1):
        make_need(session, address=place, urgency=urgency, helps_people=40)
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    first = items(client, "needs", limit=4)
    second = json.loads(local(client, link(first, "next")).text)
    event.remove(connection, "before_cursor_execute", note)
    codes = [feature["id"] for feature in first["features"] + second["features"]]
    assert codes == sorted(codes) and len(codes) == 6
    assert len([s for s in asked if "pub.feature_count" in s]) == 1
    assert first["numberMatched"] == second["numberMatched"] == 6
    make_need(session, address=place)
    assert items(client, "needs", limit=4)["numberMatched"] == 7
    beyond = items(client, "needs", after="ZZZZZZZZ")
    assert beyond["features"] == [] and link(beyond, "next") is None


def test_what_is_too_much_to_count_is_not_counted(client, session, monkeypatch):
    place = make_place(session)
    for _ in range(4):
        make_need(session, address=place)
    monkeypatch.setattr(queries, "MOST_MATCHED", 3)
    assert items(client, "needs", limit=2)["numberMatched"] == 4  # sums of them are kept
    asked = {"limit": 2, "bbox": "106,21,107,22"}
    found = items(client, "needs", **asked)
    assert "numberMatched" not in found and found["numberReturned"] == 2 and link(found, "next")
    page = client.get(ITEMS.format("needs"), query_string=asked | {"f": "html"})
    assert page.status_code == 200 and "trang này có 2" in page.text


def test_shapes_are_as_they_are_stored(client, session):
    for feature in items(client, "communes", limit=5)["features"]:
        stored = "SELECT ext.ST_AsGeoJSON(geom, 6) FROM pub.unit WHERE key = :key"
        shape = session.scalar(text(stored), {"key": feature["id"]})
        assert feature["geometry"] == json.loads(shape)


def test_a_box_may_cross_the_antimeridian(client, session):
    make_need(session)
    assert items(client, "needs", bbox="170,-90,-170,90")["numberMatched"] == 0
    assert items(client, "needs", bbox="100,-90,-170,90")["numberMatched"] == 1
    assert items(client, "needs", bbox="106,21,0,107,22,9")["numberMatched"] == 1


def test_units_are_those_of_the_day(client):
    assert items(client, "districts")["numberMatched"] == 0
    assert items(client, "districts", datetime="2024-01-01")["numberMatched"] == 10
    # Four more began on 01/01/2025.
    assert items(client, "districts", datetime="2024-01-01T00:00:00Z/..")["numberMatched"] == 14
    assert items(client, "districts", datetime="2025-01-15")["numberMatched"] < 14
    old = items(client, "communes", datetime="2022-12-31", limit=1)["features"][0]["properties"]
    assert old["level"] == "commune" and old["valid_to"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("2024-01-01T00:00:00Z", "2024-01-01"),
        ("2023-12-31t20:00:00.123456789z", "2024-01-01"),  # in Vietnam
        ("2024-01-01/9999-12-31T23:59:59Z", "2024-01-01/.."),
        ("0001-01-01T00:00:00+07:00/2024-01-01", "/2024-01-01"),
        ("../2024-01-01", "/2024-01-01"),
        ("2024-01-01/", "2024-01-01/.."),
    ],
)
def test_moments_and_the_ends_of_time_are_days(client, asked, meant):
    found, same = (items(client, "districts", datetime=when) for when in (asked, meant))
    assert found["features"] == same["features"] != []


def test_filters(client, session):
    make_need(session, urgency=4, category="health", helps_people=40)
    make_need(session, urgency=1, address=make_place(session, commune="07207", lng=106.2))
    make_team(session)
    assert items(client, "needs", urgency="4")["numberMatched"] == 1
    assert items(client, "needs", category="health,housing")["numberMatched"] == 1
    assert items(client, "needs", within="213@2022")["numberMatched"] == 1
    assert items(client, "teams", state="ready")["numberMatched"] == 1
    assert items(client, "teams", state="resting")["numberMatched"] == 0
    assert items(client, "needs", limit="1000000")["numberReturned"] == 2


def test_a_limit_above_the_largest_is_the_largest(client, session, monkeypatch):
    monkeypatch.setattr(schemas, "MOST", 1)
    place = make_place(session)
    for _ in range(2):
        make_need(session, address=place)
    found = items(client, "needs", limit="1000000")
    assert found["numberReturned"] == 1 and link(found, "next")


REFUSED = """x=1 limit=0 limit=ten limit=1e309 bbox=1,2,3 bbox=0,5,1,4 bbox=a,b,c,d datetime=soon
datetime=2025-02-01/2025-01-01 datetime=../.. after=%00 after=a%20b after=%27%20OR%201=1 after=
datetime=2025-W01-1 datetime=20250701 datetime=2025-07-01T10:00 datetime=.. datetime=2025-02-30
datetime=2025-07-01T10:00:00 f=xml urgency=9 within=nowhere limit=1&limit=2"""


@pytest.mark.parametrize("query", REFUSED.split())
def test_what_is_unknown_or_broken_is_refused(client, query):
    reply = client.get(f"{ITEMS.format('needs')}?{query}")
    assert reply.status_code == 400 and reply.mimetype == "application/problem+json"


DOCUMENTS = ("/", "/conformance", "/api", "/collections", "/collections/needs",
             "/collections/needs/queryables")  # fmt: skip


def test_a_document_is_the_same_for_the_query_that_gdal_asks_everything_by(client):
    for path in DOCUMENTS:
        plain = client.get(f"/ogc{path}")
        asked = client.get(f"/ogc{path}?datetime=2024-01-01/..&within=213@2022,220@2022")
        assert (asked.status_code, asked.data) == (200, plain.data), path
        for broken in ("datetime=soon", "within=@@", "bbox=1,2,3,4", "x=1"):
            assert client.get(f"/ogc{path}?{broken}").status_code == 400, (path, broken)
    known = {"f", "lang", "datetime", "within"}
    told = client.get("/ogc/api").json["paths"]
    for path in DOCUMENTS:
        assert {parameter["name"] for parameter in told[path]["get"]["parameters"]} == known, path


def test_the_next_page_repeats_the_question_as_it_was_written(client, session):
    for _ in range(2):
        make_need(session)
    query = "datetime=2024-01-01T00:00:00Z/..&limit=1&within=220@2022"
    page = json.loads(client.get(f"{ITEMS.format('needs')}?{query}").text)
    assert query in link(page, "next")


def test_unknown_collections_and_items_are_missing(client):
    for path in ("persons", "persons/items", "needs/items/ABCD2345", "communes/items/220@2022"):
        assert client.get(f"/ogc/collections/{path}").status_code == 404, path


def test_a_browser_reads_pages_and_a_program_reads_json(client, session):
    need = make_need(session, title="Dạy <b>học</b>")
    page = client.get(ITEMS.format("needs"), headers=HTML)
    assert page.mimetype == "text/html" and "Dạy &lt;b&gt;học" in page.text
    one = client.get(f"{ITEMS.format('needs')}/{need.public_code}?f=html")
    assert "Cần sớm" in one.text
    for name in COLLECTIONS:
        assert client.get(f"/ogc/collections/{name}?f=html").status_code == 200
    empty = client.get(f"{ITEMS.format('teams')}?f=html").text
    assert "Không có mục nào" in empty
    tag = client.get(ITEMS.format("needs")).headers["ETag"]
    again = client.get(ITEMS.format("needs"), headers={"If-None-Match": tag})
    assert again.status_code == 304 and "Accept" in again.headers["Vary"]


def test_codes_and_numbers_are_said_as_people_say_them(client, session):
    need = make_need(session, quantity=2.5)
    make_team(session)
    one = f"{ITEMS.format('needs')}/{need.public_code}?f=html"
    assert ">2,5<" in client.get(one).text and ">2.5<" in client.get(f"{one}&lang=en").text
    for lang, words in (("vi", ("Đội thanh niên tình nguyện", "Sẵn sàng")), ("en", ("Ready",))):
        sheet = client.get(f"{ITEMS.format('teams')}?f=csv&lang={lang}").text
        assert all(word in sheet for word in words), sheet


def test_pages_lead_to_districts_that_there_were(client):
    for page in ("/ogc/", "/ogc/collections/districts", "/ogc/collections/districts/items"):
        told = html.unescape(client.get(page, headers=HTML).text)
        led = set(re.findall(r"(/ogc/collections/districts/items[?]f=[^\"']+)", told))
        assert len(led) >= 1, page
        for address in led:
            assert "Sơn Động" in client.get(address).text, (page, address)
    assert "Các bộ dữ liệu" in client.get("/ogc/api?f=html").text  # what each address is


def test_who_reads_pages_reads_of_an_error_in_one(client):
    for path in ("/ogc/collections/needs/items/ABCD2345", "/ogc/collections/needs/items?limit=0"):
        for told, query in ((HTML, ""), ({}, "f=html")):
            page = client.get(f"{path}{'&' if '?' in path else '?'}{query}", headers=told)
            assert page.status_code in {400, 404} and page.mimetype == "text/html", path
            assert page.text.count("<h1") == 1 and '"errors"' not in page.text
        for told, query in (({}, ""), ({"Accept": "*/*"}, ""), (HTML, "f=json")):
            machine = client.get(f"{path}{'&' if '?' in path else '?'}{query}", headers=told)
            assert machine.mimetype == "application/problem+json", (path, told, query)


def test_the_table_is_text_in_utf8_and_runs_nothing(client, session):
    make_need(session, title="=HYPERLINK(1)")
    make_need(session, title="Dạy học ở Đồng Bài")
    reply = client.get(f"{ITEMS.format('needs')}?f=csv&limit=1")
    assert reply.data.startswith(b"\xef\xbb\xbf") and reply.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig"))))
    assert {row["Nhu cầu"] for row in rows} == {"'=HYPERLINK(1)", "Dạy học ở Đồng Bài"}
    # In the words of the pages, but for what is sorted by.
    said = ("Lĩnh vực", "Trạng thái", "Mức khẩn cấp (1–4)", "Số lượng")
    assert [rows[0][name] for name in said] == ["Dạy học, ôn tập", "Đang cần", "2", "1"]
    assert float(rows[0]["Kinh độ"]) == pytest.approx(106.9693)
