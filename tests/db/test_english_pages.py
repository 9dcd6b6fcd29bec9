"""Every public page in English: nothing Vietnamese but what somebody wrote, and that is marked."""

import re
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from mapservice.language import VIETNAMESE_ONLY, gettext
from mapservice.ogc.collections import COLLECTIONS
from mapservice.problems import MACHINE_PATHS, PLAIN_PATHS
from mapservice.release import service as release
from tests.factories import (
    make_campaign,
    make_need,
    make_organisation,
    make_person,
    make_place,
    make_team,
    unit_id,
)
from tests.reading import vietnamese_in_english

COMMUNE = "07210"
TODAY = "2025-07-01"
FOR_PROGRAMS = (*MACHINE_PATHS, *PLAIN_PATHS, "/static/", "/photos/", *VIETNAMESE_ONLY)
FOR_BROWSERS = (".json", ".geojson", ".jpg", ".webmanifest", ".js", "/narration")
OGC = "/ogc/collections/<collection_id>"


@pytest.fixture
def place(session):
    """A place that says all that one can say, in a commune with households in hardship."""
    campaign = make_campaign(session)
    place = make_place(session, summary="Thiếu sách.", children=30, households=120, demo=True)
    whole = {
        "address": place,
        "description": "Ba buổi tối.",
        "quantity": 12,
        "skills": ["teaching", "lang_tay"],
        "wanted_during": Range(date(2026, 12, 1), date(2027, 1, 1)),
        "campaign_id": campaign.id,
        "people_per_part": 5,
        "helps_people": 40,
    }
    make_need(session, category="emergency", urgency=4, **whole)
    make_need(session, status="met", **whole)
    make_team(session, skills=["teaching"])
    organisation = make_organisation(session)
    commune = unit_id(session, COMMUNE, TODAY)
    for _ in range(22):
        make_person(
            session,
            person_kind="elderly",
            age_band="16_up",
            former_commune_id=None,
            commune_id=commune,
            organisation_id=organisation.id,
        )
    release.run(session, least=10)
    return place


def addresses(client, place) -> dict[str, list[str]]:
    """For each public page's rule, addresses that show it in its different states."""
    of_each = {name: [f"/ogc/collections/{name}{{}}?f=html"] for name in COLLECTIONS}
    return {
        "/": ["/", "/?q=xyzzy", "/?urgency=4&unit=220@2022", f"/?unit={COMMUNE}"],
        "/places/<code>": [f"/places/{place.public_code}", "/places/NONE1"],
        "/units/<name>": [f"/units/{COMMUNE}", "/units/220@2022", "/units/07627@2022", "/units/x"],
        "/help/<code>": [f"/help/{place.public_code}", "/help/NONE1"],
        "/help/unit/<name>": [f"/help/unit/{COMMUNE}", "/help/unit/220@2022", "/help/unit/x"],
        "/suggest": ["/suggest", "/suggest?about=people"],
        "/receipt": ["/receipt", "/receipt?code=x"],
        "/receipt/<code>": [receipt_of_an_offer(client, place), "/receipt/x"],
        "/offline": ["/offline"],
        "/embed": ["/embed", "/embed?list=0"],
        "/embed/builder": ["/embed/builder", "/embed/builder?unit=220@2022&urgency=4"],
        "/embed/check": ["/embed/check", "/embed/check?site=la.example", "/embed/check?site=http:"],
        "/about/privacy": ["/about/privacy"],
        "/search": ["/search", "/search?q=truong", "/search?q=an+lac", "/search?q=xyzzyxyzzy"],
        "/stats": ["/stats", "/stats?unit=220@2022", f"/stats?unit={COMMUNE}"],
        "/ogc/": ["/ogc/?f=html"],
        "/ogc/api": ["/ogc/api?f=html"],
        "/ogc/collections": ["/ogc/collections?f=html"],
        "/ogc/conformance": ["/ogc/conformance?f=html"],
        OGC: [url.format("") for urls in of_each.values() for url in urls],
        f"{OGC}/queryables": [url.format("/queryables") for u in of_each.values() for url in u],
        f"{OGC}/items": [
            *(url.format("/items") for urls in of_each.values() for url in urls),
            "/ogc/collections/needs/items?f=html&bbox=0,0,1,1",
        ],
        f"{OGC}/items/<path:feature_id>": [
            f"/ogc/collections/{name}/items/{first(client, name)}?f=html" for name in COLLECTIONS
        ],
    }


def receipt_of_an_offer(client, place) -> str:
    sender = {"name": "Hoàng Mẫu", "phone": "0912345678", "consent": "1"}
    form = sender | {"id": str(uuid4()), "kind": "join"}
    return client.post(f"/help/{place.public_code}", data=form).location


def first(client, collection: str) -> str:
    day = "&datetime=2022-12-31" if collection == "districts" else ""
    found = client.get(f"/ogc/collections/{collection}/items?limit=1{day}").json["features"]
    assert found, collection
    return found[0]["id"]


def pages(app) -> set[str]:
    """The rules of the public pages, those for programs and the office's doors left out."""
    return {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in rule.methods
        and getattr(app.view_functions[rule.endpoint], "allow_anonymous", False)
        and (rule.rule.startswith("/ogc/") or not rule.rule.startswith(FOR_PROGRAMS))
        and not rule.rule.endswith(FOR_BROWSERS)
    }


def in_english(address: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}lang=en"


def test_every_public_page_speaks_english(app, client, place):
    known = addresses(client, place)
    assert pages(app) == set(known), "a new page is read in English, too"
    unmarked = {}
    for address in (address for each in known.values() for address in each):
        reply = client.get(in_english(address), headers={"Accept": "text/html"})
        assert reply.status_code in {200, 404}, address
        assert '<html lang="en"' in reply.text, address
        assert "Set-Cookie" not in reply.headers, address
        unmarked |= dict.fromkeys(vietnamese_in_english(reply.text), address)
    assert unmarked == {}


def test_a_refused_form_says_so_in_english(client, place):
    reply = client.post(f"/help/{place.public_code}?lang=en", data={"phone": "12", "people": "x"})
    assert reply.status_code == 422 and "This phone number is not right." in reply.text
    assert vietnamese_in_english(reply.text) == []
    assert f'action="/help/{place.public_code}?lang=en"' in reply.text


def test_a_receipt_tells_its_day_as_english_does(client, place):
    page = client.get(in_english(receipt_of_an_offer(client, place))).text
    assert re.search(r"<dd>\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d</dd>", page)
    assert "<dt>Commune or ward</dt>" in page


def test_a_commune_made_of_many_folds_them_away(client):
    page = client.get(in_english(f"/units/{COMMUNE}")).text
    assert re.search(r"<summary>Made of the former areas of \d+ units</summary>", page)


def test_a_picture_that_is_gone_says_so_in_english(client):
    for address in (f"/photos/{uuid4()}", "/places/NONE1/preview.jpg", "/places/NONE1/narration"):
        reply = client.get(in_english(address), headers={"Accept": "text/html"})
        assert reply.status_code == 404 and vietnamese_in_english(reply.text) == [], address


def test_an_unmarked_word_is_noticed():
    page = '<html lang="en"><p lang="vi">Xã</p><p title="Thôn">Xã <br>a</p><i lang="vi"></i>Bản'
    assert vietnamese_in_english(page) == ["Thôn", "Xã", "Bản"]


def test_links_of_an_english_page_lead_to_english_pages(client, place):
    page = client.get(f"/places/{place.public_code}?lang=en").text
    assert 'href="/?lang=en"' in page and 'href="/about/privacy?lang=en"' in page
    assert (
        f'rel="canonical" href="http://127.0.0.1:8000/places/{place.public_code}?lang=en"' in page
    )
    assert f'hreflang="vi" href="http://127.0.0.1:8000/places/{place.public_code}"' in page
    assert "lang=vi" not in page
    vietnamese = client.get(f"/places/{place.public_code}").text
    assert vietnamese.count("lang=en") == 2  # the alternate and the switch
    assert "data-messages" not in vietnamese and 'lang="vi">' in vietnamese


def test_open_data_answers_in_the_language_that_is_asked_for(client, place):
    first = client.get("/ogc/collections/needs/items")
    second = client.get("/ogc/collections/needs/items?lang=en")
    assert first.headers["ETag"] != second.headers["ETag"]
    assert first.json["links"][0]["title"] == "Trang này"
    assert second.json["links"][0]["title"] == "This page"
    assert second.json["links"][0]["href"].endswith("/items?lang=en")
    assert client.get("/ogc/collections/needs?lang=en").json["title"] == "Needs"
    sheet = "/ogc/collections/needs/items?f=csv"
    assert client.get(in_english(sheet)).text.startswith("\ufeffCode,Needs,")
    assert client.get(sheet).text.startswith("\ufeffMã,Nhu cầu,")
    assert client.get("/ogc/?lang=fr").status_code == 400


def test_the_layers_know_no_language(client):
    assert client.get("/layers/needs.geojson?lang=en").status_code == 400


def test_every_name_of_a_lookup_is_translated(client, session):
    names = session.scalars(
        text(
            "SELECT name FROM core.need_category UNION SELECT name FROM core.place_kind"
            " UNION SELECT name FROM core.skill UNION SELECT unit FROM core.need_category"
        )
    ).all()
    with client.application.test_request_context("/?lang=en"):
        assert [name for name in names if gettext(name) == name] == []


BAD = ("", " ", "x", "-1", "0", "9" * 40, "31/31/2026", "2024-01-01", "x\n", "x" * 5000)
BAD += ("https://goo.gl/x", "21°70' 106°30'", "21.3, 10.6", "0912345678")


@pytest.mark.parametrize(
    "form", ["/help/{place}", "/help/unit/07210", "/suggest", "/suggest?about=people"]
)
def test_whatever_a_form_refuses_it_says_in_english(client, place, form):
    url = in_english(form.format(place=place.public_code))
    shown = client.get(url, headers={"Accept": "text/html"}).text
    names = set(re.findall(r'name="(\w+)"', shown)) | {"unknown"}
    assert {"name", "phone", "consent"} <= names
    said = set()
    for value in BAD:
        given = dict.fromkeys(names, value)
        reply = client.post(url, data=given, headers={"Accept": "text/html"})
        assert reply.status_code == 422, value
        said |= set(vietnamese_in_english(reply.text))
    assert said == set()
