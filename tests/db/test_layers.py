"""The public layers over HTTP: what they hold, what they never hold, what they refuse."""

import json
import re

import brotli
import pytest
from sqlalchemy import text

from mapservice import qr
from mapservice.config import ROOT
from mapservice.layers import clusters as cells
from mapservice.layers import upkeep
from tests.factories import (
    make_campaign,
    make_need,
    make_person,
    make_place,
    make_team,
)

PROVINCE = "105.8,21.1,107.1,21.7"


def layer(client, name, **query):
    reply = client.get(f"/layers/{name}.geojson", query_string=query)
    assert reply.status_code == 200, reply.text
    assert reply.content_type == "application/geo+json; charset=utf-8"
    return json.loads(reply.text)


def codes(collection) -> set[str]:
    return {feature["properties"]["code"] for feature in collection["features"]}


def test_needs_of_a_viewport_equal_sql(client, session):
    inside = [make_need(session, title="Dạy học ở Đồng Bài").public_code for _ in range(3)]
    make_need(session, address=make_place(session, lng=106.2, lat=21.27, commune="07207"))
    found = layer(client, "needs", bbox="106.9,21.3,107.0,21.4")
    assert codes(found) == set(inside)
    assert found["numberMatched"] == found["numberReturned"] == 3 and not found["truncated"]
    assert found["features"][0]["properties"]["title"] == "Dạy học ở Đồng Bài"
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [106.9693, 21.3282]}
    assert found["features"][0]["properties"]["district"] == "Huyện Sơn Động"


@pytest.mark.parametrize(
    "status",
    ["draft", "submitted", "returned", "verified", "closed", "rejected", "expired", "withdrawn"],
)
def test_only_open_needs_are_public(client, session, status):
    make_need(session, status=status)
    assert layer(client, "needs")["features"] == []


@pytest.mark.parametrize("values", [{"status": "draft"}, {"status": "expired"}])
def test_needs_of_a_hidden_place_are_hidden(client, session, values):
    place = make_place(session, **values)
    make_need(session, address=place)
    assert layer(client, "needs")["features"] == []
    assert layer(client, "places")["features"] == []


def test_sensitive_places_are_hidden(client, session):
    make_need(session, address=make_place(session, sensitive=True))
    assert layer(client, "needs")["features"] == []
    assert layer(client, "places")["features"] == []


def test_people_are_on_no_layer_and_no_page(client, session):
    person = make_person(session)
    need = make_need(session, address=person)
    for name in ("needs", "places", "teams", "units"):
        body = client.get(f"/layers/{name}.geojson").text
        assert person.public_code not in body and need.public_code not in body
    assert client.get(f"/places/{person.public_code}").status_code == 404
    assert need.public_code not in client.get("/").text
    near = client.get("/layers/needs/near?lng=106.97&lat=21.33").text
    assert json.loads(near)["features"] == []


def test_met_needs_stay_thirty_days(client, session):
    need = make_need(session, status="met")
    assert codes(layer(client, "needs")) == {need.public_code}
    session.execute(
        text("UPDATE core.need SET status_at = now() - interval '31 days' WHERE id = :id"),
        {"id": need.id},
    )
    assert layer(client, "needs")["features"] == []


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ({"category": "health"}, "a"),
        ({"category": "health,housing"}, "ab"),
        ({"urgency": "4"}, "a"),
        ({"urgency": "1,4"}, "ab"),
        ({"kind": "school"}, "ab"),
        ({"kind": "locality"}, "c"),
        ({"skill": "medical"}, "a"),
        ({"q": "KHAM"}, "a"),
        ({"q": "khám"}, "a"),
        ({"q": "100%_"}, "b"),
        ({"unit": "220@2022"}, "ab"),
        ({"unit": "07654"}, "ab"),
        ({"unit": "213@2022"}, "c"),
        ({"unit": "24"}, "abc"),
        ({"campaign": "mua-he-xanh"}, "c"),
        ({"status": "published"}, "abc"),
        ({"status": "matched"}, ""),
    ],
)
def test_filters(client, session, query, kept):
    school = make_place(session)
    town = make_place(session, kind="locality", lng=106.2, lat=21.27, commune="07207")
    campaign = make_campaign(session, code="mua-he-xanh")
    needs = {
        "a": make_need(session, address=school, category="health", urgency=4, skills=["medical"],
                       title="Khám sàng lọc", helps_people=40),
        "b": make_need(session, address=school, category="housing", urgency=1,
                       title="Sửa 100%_ mái"),
        "c": make_need(session, address=town, campaign_id=campaign.id),
    }  # fmt: skip
    expected = {needs[letter].public_code for letter in kept}
    assert codes(layer(client, "needs", **query)) == expected


def test_repeated_parameters_are_a_list(client, session):
    first, second = (make_need(session, category=name) for name in ("education", "legal_aid"))
    make_need(session, category="housing")
    reply = client.get("/layers/needs.geojson?category=education&category=legal_aid")
    assert codes(reply.get_json(force=True)) == {first.public_code, second.public_code}


def test_many_needs_become_clusters_and_single_ones_stay(client, session):
    place = make_place(session)
    for number in range(cells.ABOVE + 5):
        make_need(session, address=place, urgency=number % 4 + 1)
    lone = make_need(session, address=make_place(session, lng=106.2, lat=21.27, commune="07207"))
    assert upkeep.fold(session)
    found = layer(client, "needs", bbox=PROVINCE, zoom=9)
    clusters = [f["properties"] for f in found["features"] if f["properties"].get("cluster")]
    singles = [f["properties"] for f in found["features"] if not f["properties"].get("cluster")]
    assert [s["code"] for s in singles] == [lone.public_code]
    assert [c["count"] for c in clusters] == [cells.ABOVE + 5]
    assert clusters[0]["max_urgency"] == 4
    assert clusters[0]["by_category"] == {"education": cells.ABOVE + 5}
    west, south, east, north = clusters[0]["bounds"]
    assert west <= 106.9693 <= east and south <= 21.3282 <= north
    assert found["numberMatched"] == cells.ABOVE + 6
    assert len(layer(client, "needs", bbox=PROVINCE, zoom=15)["features"]) == found["numberMatched"]
    assert len(layer(client, "needs", bbox=PROVINCE, zoom=9, cluster=0)["features"]) > 100


def test_the_cap_keeps_the_most_urgent_and_says_so(client, session):
    place = make_place(session)
    urgent = make_need(session, address=place, urgency=4)
    for _ in range(4):
        make_need(session, address=place, urgency=1)
    found = layer(client, "needs", limit=1)
    assert codes(found) == {urgent.public_code}
    assert found["truncated"] and (found["numberMatched"], found["numberReturned"]) == (5, 1)


def test_nearest_needs_come_first_with_their_metres(client, session):
    far = make_need(session, address=make_place(session, lng=106.2, lat=21.27, commune="07207"))
    close = make_need(session)
    found = json.loads(client.get("/layers/needs/near?lng=106.97&lat=21.33&limit=2").text)
    listed = [(f["id"], f["properties"]["metres"]) for f in found["features"]]
    assert [code for code, _ in listed] == [close.public_code, far.public_code]
    exact = session.scalar(
        text(
            "SELECT round(ext.ST_Distance(ext.geography(ext.ST_MakePoint(106.97, 21.33)),"
            " ext.geography(ext.ST_MakePoint(106.9693, 21.3282))))"
        )
    )
    assert listed[0][1] == exact


def test_teams_stand_at_their_commune_unless_they_publish_their_base(client, session):
    hidden = make_team(session, lng=106.95, lat=21.31)
    shown = make_team(session, lng=106.95, lat=21.31, base_public=True)
    make_team(session, verified=False)
    make_team(session, state="suspended")
    points = {f["id"]: f["geometry"]["coordinates"] for f in layer(client, "teams")["features"]}
    assert set(points) == {hidden.public_code, shown.public_code}
    assert points[shown.public_code] == [106.95, 21.31]
    assert points[hidden.public_code] != [106.95, 21.31]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"level": "district", "date": "2022-12-31"}, 10),
        ({"level": "commune", "date": "2022-12-31"}, 209),
        ({"level": "commune", "date": "2025-03-01"}, 192),
        ({"level": "commune", "date": "2025-07-01"}, 99),
        ({"level": "district", "date": "2025-07-01"}, 0),
    ],
)
def test_units_of_every_era(client, query, count):
    found = layer(client, "units", **query)
    assert found["numberMatched"] == count
    assert all(f["geometry"]["type"] in {"Polygon", "MultiPolygon"} for f in found["features"])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/layers/needs.geojson?bbox=107,21,105,22", "bbox"),
        ("/layers/needs.geojson?bbox=NaN,21,107,22", "bbox"),
        ("/layers/needs.geojson?bbox=105,21,107", "bbox"),
        ("/layers/needs.geojson?bbox=200,21,210,22", "bbox"),
        (f"/layers/needs.geojson?bbox={'9' * 200},21,107,22", "bbox"),
        ("/layers/needs.geojson?bbox=105.8,21.1,105.8,21.1", "bbox"),
        ("/layers/needs.geojson?bbox=105,21,107,22&bbox=105,21,107,22", "bbox"),
        ("/layers/needs.geojson?zoom=99", "zoom"),
        ("/layers/needs.geojson?zoom=-1", "zoom"),
        ("/layers/needs.geojson?zoom=1e309", "zoom"),
        ("/layers/needs.geojson?limit=1000000", "limit"),
        ("/layers/needs.geojson?cache_buster=1", "cache_buster"),
        ("/layers/needs.geojson?urgency=5", "urgency"),
        ("/layers/needs.geojson?urgency=2.5", "urgency"),
        ("/layers/needs.geojson?category='; DROP TABLE core.need;--", "category"),
        ("/layers/needs.geojson?status=draft", "status"),
        ("/layers/needs.geojson?unit=99999", "unit"),
        ("/layers/needs.geojson?unit=24@9999", "unit"),
        ("/layers/needs.geojson?unit=24@2022-13-45", "unit"),
        ("/layers/needs.geojson?q=%FF%FE", "q"),
        ("/layers/needs.geojson?q=%00", "q"),
        ("/layers/needs.geojson?q=%20%20", "q"),
        ("/layers/places.geojson?q=%E2%80%8B%20%EF%BB%BF%C2%AD", "q"),
        ("/layers/needs.geojson?%FF=1", "%FF"),
        ("/layers/needs.geojson?q=" + "a" * 5000, "q"),
        ("/layers/needs.geojson?category=" + ",".join(["x"] * 500), "category"),
        ("/layers/units.geojson?date=2022-99-99", "date"),
        ("/layers/teams.geojson?category=health", "category"),
        ("/layers/needs/near?lng=106", "lat"),
        ("/layers/needs/near?lng=206&lat=21", "lng"),
        ("/layers/needs/near?lng=nan&lat=21", "lng"),
        ("/layers/needs/near?lng=106&lat=21&limit=0", "limit"),
    ],
)
def test_bad_parameters_are_named_and_refused_at_once(client, path, name):
    reply = client.get(path)
    assert reply.status_code == 400, reply.text
    assert reply.content_type.startswith("application/problem+json")
    problem = json.loads(reply.text)
    assert any(name in field for field in problem["errors"]), problem
    assert problem["request_id"] == reply.headers["X-Request-ID"]


# With how many parameters they miss besides.
OPEN = {"/layers/needs.geojson": 0, "/layers/units.geojson": 0, "/layers/needs/near": 2,
        "/layers/withdrawn.json": 0, "/search.json": 1, "/stats.json": 0, "/tiles/needs.json": 0,
        "/tiles/needs/9/0/0.mvt": 0, "/ogc/": 0, "/ogc/collections/needs/items": 0,
        "/ogc/collections/needs/items/ABCD2345": 0}  # fmt: skip


@pytest.mark.parametrize(("path", "missing"), OPEN.items())
def test_ten_thousand_parameters_are_refused_in_few_words(client, path, missing):
    query = "&".join(f"parameter{number:05}=1" for number in range(10_000))
    reply = client.get(f"{path}?{query}")
    assert reply.status_code == 400 and reply.headers["Access-Control-Allow-Origin"] == "*"
    problem = json.loads(reply.text)
    assert len(problem["errors"]) == 20 and len(reply.data) < 4000
    assert "parameter00010" in problem["errors"] and "parameter00010" in problem["detail"]
    assert f"và {9_980 + missing} nữa" in problem["detail"]


def test_the_world_at_the_deepest_zoom_is_answered_within_bounds(client, session):
    make_need(session)
    for name in ("needs", "places", "teams", "people", "units"):
        found = layer(client, name, bbox="-180,-90,180,90", zoom=18)
        assert len(found["features"]) <= 1000
    for path, status in (
        ("/layers/needs.geojson?zoom=-1", 400),
        ("/layers/needs.geojson?zoom=99", 400),
        ("/tiles/needs/2/9/9.mvt", 404),
    ):
        refused = client.get(path)
        assert refused.status_code == status
        assert refused.headers["Access-Control-Allow-Origin"] == "*"


def test_errors_of_a_lists_members_are_plain_sentences(client):
    reply = client.get("/layers/needs.geojson?urgency=3,9")
    assert json.loads(reply.text)["errors"] == {"urgency": ["must be a number from 1 to 4"]}


def test_a_search_ignores_characters_that_nobody_sees(client, session):
    make_need(session, title="Đường vào\u00ad b\u200bản")
    for words in ("vào bản", "v\u200bào\ufeff b\u2060ản", "va\u200d\u0300o ban"):
        features = layer(client, "needs", q=words)["features"]
        assert [f["properties"]["title"] for f in features] == ["Đường vào\u00ad b\u200bản"], words


@pytest.mark.parametrize(
    "path", ["/places/%00", "/places/a%00b", "/units/%00", "/layers/%00.geojson", "/%FF", "/x%00"]
)
def test_broken_paths_are_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("name", ["nothing", "people'", "core.address", "needs%00"])
def test_unknown_layers_are_not_found(client, name):
    reply = client.get(f"/layers/{name}.geojson")
    assert reply.status_code == 404
    assert reply.content_type.startswith("application/problem+json")


def test_a_world_wide_box_is_clamped(client, session):
    need = make_need(session)
    assert codes(layer(client, "needs", bbox="-999,-999,999,999")) == {need.public_code}


def test_anonymous_answers_set_no_cookie_and_carry_the_policy(client):
    for path in ("/layers/needs.geojson", "/", "/about/privacy", "/healthz"):
        reply = client.get(path)
        assert reply.status_code == 200
        assert "Set-Cookie" not in reply.headers
        assert "Cookie" not in reply.headers.get("Vary", "")
        assert reply.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_pages_of_place_and_unit(client, session):
    need = make_need(session, title="Sửa mái phòng học")
    place = layer(client, "needs")["features"][0]["properties"]["place"]
    page = client.get(f"/places/{place.lower()}")
    assert page.status_code == 200 and "Sửa mái phòng học" in page.text
    for name in ("220@2022", "07645@2022", "07654", "24", "24@2022"):
        page = client.get(f"/units/{name}")
        assert page.status_code == 200 and "Sửa mái phòng học" in page.text, name
    assert need.public_code


def test_a_place_in_the_middle_of_its_commune_says_so_in_both_languages(client, session):
    known, guessed = make_place(session), make_place(session, point_estimated=True)
    for asked, said in (("", "Vị trí ước lượng"), ("lang=en", "Estimated position")):
        for place, told in ((known, False), (guessed, True)):
            page = client.get(f"/places/{place.public_code}", query_string=asked).text
            assert (f"<span>{said}" in page) == told


def test_an_estimated_point_is_told_in_layers_and_lists_until_it_is_known(client, session):
    known, guessed = make_place(session), make_place(session, point_estimated=True)
    for place in (known, guessed):
        make_need(session, address=place)

    def told(name: str) -> set[str]:
        found = [feature["properties"] for feature in layer(client, name)["features"]]
        kept = [p for p in found if p.get("point_estimated")]
        return {p.get("place", p["code"]) for p in kept}

    assert told("needs") == told("places") == {guessed.public_code}
    for asked, said in (("", "vị trí ước lượng"), ("lang=en", "estimated position")):
        assert client.get("/", query_string=asked).text.count(f"<span>{said}</span>") == 1
    session.execute(text("UPDATE core.address SET point_estimated = false"))
    assert told("needs") == told("places") == set()


def test_teams_that_must_come_at_once_are_told_in_both_languages(client, session):
    place = make_place(session)
    make_need(session, address=place, parts=3, together=True, people_in_all=40, title="Dựng trường")
    make_need(session, address=place, parts=3, title="Dạy hè")
    path = f"/places/{place.public_code}"
    vietnamese, english = (client.get(path, query_string=asked).text for asked in ("", "lang=en"))
    assert vietnamese.count("3 đội cùng đến một lúc, góp lại từ 40 người") == 1
    assert english.count("3 teams at once, 40 people or more between them") == 1
    told = {
        need["title"]: (need["together"], need["people_in_all"])
        for need in (found["properties"] for found in layer(client, "needs")["features"])
    }
    assert told == {"Dựng trường": (True, 40), "Dạy hè": (False, None)}


def test_a_place_page_on_paper_has_the_code_of_its_own_address(app, client, session):
    one, other = make_place(session), make_place(session)
    base = str(app.config["BASE_URL"])
    page = client.get(f"/places/{one.public_code.lower()}").text
    assert str(qr.inline(f"{base}/places/{one.public_code}", "qr-code")) in page
    assert str(qr.inline(f"{base}/places/{other.public_code}", "qr-code")) not in page


@pytest.mark.parametrize("name", ["99999", "213", "x" * 200, "24@1066-10-14"])
def test_unknown_units_and_places_are_a_page(client, name):
    for kind in ("units", "places"):
        reply = client.get(f"/{kind}/{name}")
        assert reply.status_code == 404 and reply.mimetype == "text/html"


def test_hostile_text_is_inert_in_pages(client, session):
    payload = "<img src=x onerror=alert(1)>"
    place = make_place(session, title=payload, summary=payload)
    make_need(session, address=place, title=payload, description=payload)
    for path in ("/", f"/places/{place.public_code}", "/units/220@2022", f"/?q={payload}"):
        assert "<img src=x" not in client.get(path).text


def test_the_map_page_forgives_what_it_does_not_know(client, session):
    make_need(session, title="Đường vào bản")
    for query in ("utm_source=zalo", "fbclid=1", "urgency=9", "unit=nowhere", "offset=-5",
                  "q=%FF", "q=%20%E2%80%8B", "category=x'y"):  # fmt: skip
        reply = client.get(f"/?{query}")
        assert reply.status_code == 200 and "Đường vào bản" in reply.text, query


def test_a_commune_chosen_by_address_is_named_on_the_map_page(client):
    page = client.get("/?unit=07645@2022").text
    assert "Xã An Lạc" in page and "Khu vực đã chọn</option>" not in page


@pytest.mark.parametrize("path", ["/layers/units.geojson?level=commune", "/", "/about/privacy"])
@pytest.mark.parametrize("accepted", ["br", "gzip"])
def test_public_answers_travel_compressed(client, path, accepted):
    plain = client.get(path)
    small = client.get(path, headers={"Accept-Encoding": accepted})
    assert small.headers["Content-Encoding"] == accepted
    assert "Accept-Encoding" in small.headers["Vary"]
    assert len(small.data) < len(plain.data) / 2


def test_own_files_travel_compressed_and_are_kept(client):
    path = re.search(r'href="([^"]+/css/base\.css)"', client.get("/").text)[1]
    with client.get(path, headers={"Accept-Encoding": "gzip"}) as reply:
        assert reply.headers["Content-Encoding"] == "gzip"
        assert "immutable" in reply.headers["Cache-Control"]


def test_the_map_library_is_as_small_as_brotli_makes_it(client):
    path = re.search(r'src="([^"]+/leaflet\.js)"', client.get("/").text)[1]
    for _turn in range(2):
        with client.get(path, headers={"Accept-Encoding": "gzip, br"}) as reply:
            assert (reply.status_code, reply.headers["Content-Encoding"]) == (200, "br")
            assert "Accept-Encoding" in reply.headers["Vary"] and len(reply.data) < 37_500
            assert brotli.decompress(reply.data) == (ROOT / path.lstrip("/")).read_bytes()


def test_a_page_with_a_token_is_not_compressed(app):
    app.config["WTF_CSRF_ENABLED"] = True
    reply = app.test_client().get("/sign-in", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in reply.headers


def test_the_privacy_page_speaks_both_languages(client):
    assert "Không người khó khăn nào hiện riêng lẻ" in client.get("/about/privacy").text
    english = client.get("/about/privacy?lang=en").text
    assert "No person in hardship is shown individually" in english and 'lang="en"' in english
    assert "Không người khó khăn" in client.get("/about/privacy?lang=xx").text
