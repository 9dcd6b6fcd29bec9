"""The forms that anybody sends: received once, kept to what they ask, refused kindly."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mapservice import create_app
from mapservice.accounts import rights
from mapservice.inbox import service
from mapservice.public_forms import service as public_forms
from mapservice.territory.eras import today
from tests.factories import AN_LAC, SPOT, make_need, make_person, make_place, officer_of

SENDER = {"name": "Hoàng Thị Bưởi", "phone": "0912 345 678", "consent": "1"}
COMMUNE = f"{AN_LAC}@2022"
JSON = {"Accept": "application/json"}


@pytest.fixture
def place(session):
    return make_place(session, title="Điểm trường Khe Vàng")


def offer(**more) -> dict:
    return SENDER | {"id": str(uuid4()), "kind": "join", "people": "3"} | more


def proposal(**more) -> dict:
    where = {"commune": COMMUNE, "lng": str(SPOT[0]), "lat": str(SPOT[1])}
    return (
        SENDER | {"id": str(uuid4()), "title": "Điểm trường Mới", "kind": "school"} | where | more
    )


def sent(session, table="offer") -> int:
    return session.scalar(text(f"SELECT count(*) FROM core.{table}"))


def receipt_of(reply) -> str:
    assert reply.status_code == 303, reply.text
    return re.fullmatch(r"/receipt/([A-Z2-7]{16})", reply.location)[1]


# What is sent


def test_help_for_a_place_is_received_and_answered_with_a_receipt(client, session, place):
    need = make_need(session, address=place, title="Dạy vẽ")
    page = client.get(f"/help/{place.public_code}?need={need.public_code}").text
    assert "Khe Vàng" in page and re.search(rf'value="{need.public_code}" checked', page)
    form = offer(need=need.public_code, note="Gọi sau 18 giờ", available_from=str(today()))
    receipt = receipt_of(client.post(f"/help/{place.public_code}", data=form))
    kept = session.execute(text("SELECT * FROM core.offer")).mappings().one()
    assert (kept["address_id"], kept["need_id"], kept["people"]) == (place.id, need.id, 3)
    assert (kept["consent_version"], kept["unit_ids"]) == (1, place.unit_ids)
    shown = client.get(f"/receipt/{receipt}").text
    assert "cảm ơn bạn" in shown and "Khe Vàng" in shown and "Bưởi" not in shown


def test_help_for_the_people_of_a_commune_names_nobody(client, session):
    page = client.get(f"/help/unit/{COMMUNE}?group=elderly").text
    assert re.search(r'value="elderly" checked', page) and "tel:111" in page
    receipt_of(client.post(f"/help/unit/{COMMUNE}", data=offer(group="elderly")))
    kept = session.execute(text("SELECT * FROM core.offer")).mappings().one()
    assert kept["person_kind"] == "elderly" and kept["address_id"] is None and kept["unit_ids"]


def test_a_larger_unit_leads_to_its_communes(client, session):
    page = client.get("/help/unit/220@2022?group=child").text
    assert f'href="/help/unit/{COMMUNE}?group=child"' in page
    assert client.post("/help/unit/220@2022", data=offer(group="child")).status_code == 404
    assert sent(session) == 0


def test_a_place_is_proposed_where_the_cross_is_or_by_a_pasted_link(client, session):
    receipt_of(client.post("/suggest", data=proposal(words="Mái dột")))
    pasted = f"https://www.google.com/maps/@{SPOT[1]},{SPOT[0]},15z"
    receipt_of(client.post("/suggest", data=proposal(lng="", lat="", pasted=pasted)))
    spots = session.execute(
        text("SELECT ext.ST_X(point), ext.ST_Y(point) FROM core.suggestion")
    ).all()
    assert [(round(x, 4), round(y, 4)) for x, y in spots] == [
        (round(SPOT[0], 4), round(SPOT[1], 4))
    ] * 2


def test_of_people_only_commune_and_group_are_taken(client, session):
    form = SENDER | {"id": str(uuid4()), "commune": COMMUNE, "group": "child"}
    for words in ({"words": "Em Lan ở thôn Vàng"}, {"note": "Em Lan"}, {"title": "Nhà em Lan"}):
        reply = client.post("/suggest?about=people", data=form | words)
        assert reply.status_code == 422, words
    del form["group"]
    assert "Chọn nhóm người" in client.post("/suggest?about=people", data=form).text
    assert sent(session, "suggestion") == 0
    receipt_of(client.post("/suggest?about=people", data=form | {"group": "child"}))
    kept = session.execute(text("SELECT * FROM core.suggestion")).mappings().one()
    assert kept["nature"] == "person" and kept["title"] is None and kept["point"] is None


def test_nobody_helps_what_is_not_on_the_map(client, session):
    hidden = [make_person(session), make_place(session, sensitive=True)]
    hidden.append(make_place(session, status="draft"))
    bodies = set()
    for code in (*(record.public_code for record in hidden), "ZZZZZZZZ"):
        for reply in (client.get(f"/help/{code}"), client.post(f"/help/{code}", data=offer())):
            assert reply.status_code == 404
            bodies.add(reply.text.replace(code, ""))
    assert len(bodies) == 1 and sent(session) == 0


# Once


def test_a_double_tap_is_one_offer_with_one_receipt(client, session, place):
    form = offer()
    path = f"/help/{place.public_code}"
    assert receipt_of(client.post(path, data=form)) == receipt_of(client.post(path, data=form))
    assert sent(session) == 1


def test_a_program_sends_the_same_and_gets_json(client, session, place):
    form = offer()
    path = f"/help/{place.public_code}"
    first, again = (client.post(path, data=form, headers=JSON) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["receipt"] == again.json["receipt"] and again.json["again"]
    assert client.get(first.json["url"]).status_code == 200
    bad = client.post(path, data=form | {"id": str(uuid4()), "phone": "12"}, headers=JSON)
    assert bad.status_code == 422 and bad.mimetype == "application/problem+json"
    assert json.loads(bad.text)["errors"]["phone"] == ["Số điện thoại không đúng."]
    other = client.post(path, data=form | {"people": "9"}, headers=JSON)
    assert other.status_code == 422 and "id" in json.loads(other.text)["errors"]


def test_the_same_form_with_another_content_goes_as_a_new_one_at_the_next_press(
    client, session, place
):
    form, path = offer(), f"/help/{place.public_code}"
    receipt_of(client.post(path, data=form))
    refused = client.post(path, data=form | {"people": "9"})
    assert refused.status_code == 422 and 'value="9"' in refused.text
    fresh = re.search(r'name="id" value="([^"]+)"', refused.text)[1]
    assert fresh != form["id"]
    receipt_of(client.post(path, data=form | {"people": "9", "id": fresh}))
    assert sent(session) == 2


def test_the_same_form_sent_by_five_connections_at_once_is_one(settings, committed):
    code = make_place(committed).public_code
    committed.commit()
    app = create_app(settings | {"WTF_CSRF_ENABLED": False})
    form = offer(phone="0987000111")

    def send(_number: int) -> str:
        return app.test_client().post(f"/help/{code}", data=form).location

    with ThreadPoolExecutor(5) as five:
        receipts = set(five.map(send, range(5)))
    for kind in ("office", "public", "intake"):
        app.extensions[f"{kind}_sessions"].kw["bind"].dispose()
    assert len(receipts) == 1 and receipts != {None}
    assert sent(committed) == 1
    committed.execute(text("DELETE FROM core.attempt"))
    committed.commit()


# Taking back


def test_a_receipt_takes_it_back_and_who_sent_it_is_forgotten(client, session, place):
    receipt = receipt_of(client.post(f"/help/{place.public_code}", data=offer()))
    spoken = f"{receipt[:4].lower()} {receipt[4:8]} {receipt[8:]}"
    assert "Rút lại" in client.get("/receipt", query_string={"code": spoken}).text
    assert client.post(f"/receipt/{receipt}").location == f"/receipt/{receipt}"
    assert "đã bị xoá" in client.get(f"/receipt/{receipt}").text
    assert sent(session) == 1
    assert session.scalar(text("SELECT count(*) FROM private.offer_contact")) == 0
    assert session.scalar(text("SELECT content_hash FROM core.offer")) is None


def test_what_was_answered_is_not_taken_back_and_says_so(client, session, office, place):
    receipt = receipt_of(client.post(f"/help/{place.public_code}", data=offer()))
    officer = rights.actor(office, officer_of(session, "220"))
    code = session.scalar(text("SELECT public_code FROM core.offer"))
    service.convert(office, officer, code, 1, "direct")
    refused = client.post(f"/receipt/{receipt}")
    assert refused.status_code == 409 and "không rút lại được nữa" in refused.text
    assert "Đã thành việc giúp" in refused.text


@pytest.mark.parametrize("code", ["AAAAAAAAAAAAAAAA", "x", "' OR 1=1 --", "<script>", "ế"])
def test_an_unknown_receipt_tells_nothing_and_keeps_what_was_typed(client, code):
    assert client.get(f"/receipt/{code}").status_code == 404
    reply = client.get("/receipt", query_string={"code": code})
    assert reply.status_code == 404 and "Không có mã biên nhận này" in reply.text
    assert "<script>" not in reply.text.replace("</script><script", "")


# What is refused, with everything typed


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"name": ""}, "name"),
        ({"consent": ""}, "consent"),
        ({"consent": "7"}, "consent"),
        ({"kind": "money"}, "kind"),
        ({"people": "1000000"}, "people"),
        ({"need": "ZZZZZZZZ"}, "need"),
        ({"available_from": "2019-01-01"}, "available_from"),
        ({"website": "https://spam.example"}, "website"),
        ({"status": "converted"}, "status"),
        ({"id": "1"}, "id"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_refused_form_says_where_and_keeps_the_rest(client, session, place, wrong, field):
    reply = client.post(f"/help/{place.public_code}", data=offer(note="Tôi có xe tải") | wrong)
    assert reply.status_code == 422 and f'href="#{field}"' in reply.text
    assert "Tôi có xe tải" in reply.text
    assert wrong.get("name") == "" or "Hoàng Thị Bưởi" in reply.text
    assert sent(session) == 0


@pytest.mark.parametrize("years", [-1, 1])
def test_a_clock_that_is_wrong_by_a_year_is_told_today(client, place, years):
    day = today() + timedelta(days=years * 370)
    reply = client.post(f"/help/{place.public_code}", data=offer(available_until=str(day)))
    assert reply.status_code == 422 and f"hôm nay là {today():%d/%m/%Y}" in reply.text


def test_the_number_of_the_other_way_is_left_out(client, session, place):
    form = offer(kind="join", people="3", pledged_quantity="40")
    receipt_of(client.post(f"/help/{place.public_code}", data=form))
    assert session.scalar(text("SELECT pledged_quantity FROM core.offer")) is None


@pytest.mark.parametrize(
    "where",
    [
        {"lng": "", "lat": ""},
        {"lng": "2.35", "lat": "48.85"},
        {"lng": "NaN", "lat": "1e309"},
        {"lng": "", "lat": "", "pasted": "ở gần chợ"},
    ],
)
def test_a_place_without_a_position_in_the_province_is_refused_at_the_map(client, session, where):
    reply = client.post("/suggest", data=proposal(**where))
    assert reply.status_code == 422 and 'href="#pasted"' in reply.text
    assert "Điểm trường Mới" in reply.text and sent(session, "suggestion") == 0


def test_odd_letters_are_made_plain_and_scripts_stay_text(client, session, place):
    odd = "  Bưởi\u202e\u200b <script>alert(1)</script>  "
    refused = client.post(f"/help/{place.public_code}", data=offer(name=odd, phone="x"))
    assert "<script>alert" not in refused.text and "&lt;script&gt;alert" in refused.text
    receipt_of(client.post(f"/help/{place.public_code}", data=offer(name=odd)))
    assert client.post(f"/help/{place.public_code}", data=offer(name="a\x00b")).status_code == 400


def test_too_large_a_body_is_refused_before_it_is_read(client, session, place):
    path = f"/help/{place.public_code}"
    assert client.post(path, data=offer(note="x" * 1_100_000)).status_code == 413
    photo = {"data": bytes(20 * 1024 * 1024), "content_type": "multipart/form-data; boundary=b"}
    reply = client.post(path, **photo, headers=JSON)
    assert reply.status_code == 413 and reply.mimetype == "application/problem+json"
    assert sent(session) == 0


def test_a_form_of_another_site_is_refused(app, client, session, place):
    app.config["WTF_CSRF_ENABLED"] = True
    path = f"/help/{place.public_code}"
    for told in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert client.post(path, data=offer(), headers=told).status_code == 403, told
    assert sent(session) == 0
    receipt_of(client.post(path, data=offer(), headers={"Sec-Fetch-Site": "same-origin"}))


# How often


def test_a_number_is_written_down_ten_times_an_hour(client, session, place):
    path = f"/help/{place.public_code}"
    for number in range(public_forms.BY_PHONE):
        reply = client.post(path, data=offer(), environ_base={"REMOTE_ADDR": f"10.0.0.{number}"})
        receipt_of(reply)
    refused = client.post(path, data=offer(phone="+84912345678", note="Tôi có xe tải"))
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 3000
    assert "Hãy đợi 60 phút" in refused.text and "Tôi có xe tải" in refused.text
    told = client.post(path, data=offer(), headers=JSON)
    assert told.status_code == 429 and told.headers["Retry-After"]
    receipt_of(client.post(path, data=offer(phone="0987654321")))
    assert "912345678" not in str(session.execute(text("SELECT * FROM core.attempt")).all())


@pytest.mark.parametrize(
    ("networks", "other"),
    [(["10.1.1.1"], "10.1.1.2"), (["2001:db8:1:2::a", "2001:db8:1:2:ffff::b"], "2001:db8:1:3::a")],
    ids=["address", "of a /64"],
)
def test_a_network_sends_sixty_forms_an_hour(client, session, anybody, place, networks, other):
    path = f"/help/{place.public_code}"

    def send(address: str, number: int):
        phone = f"09{number:08d}"
        return client.post(
            path, data=offer(phone=phone), environ_base={"REMOTE_ADDR": address}
        ).status_code

    statuses = [
        send(networks[number % len(networks)], number)
        for number in range(public_forms.BY_NETWORK + 1)
    ]
    assert statuses == [303] * public_forms.BY_NETWORK + [429]
    assert send(other, 99) == 303


# The pages


@pytest.mark.parametrize("path", ["/suggest", "/suggest?about=people", "/receipt"])
def test_pages_are_kept_by_nobody_and_set_no_cookie(client, path):
    reply = client.get(path)
    assert reply.status_code == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["X-Robots-Tag"] == "noindex"
    assert reply.headers["Referrer-Policy"] == "same-origin"
    assert "Set-Cookie" not in reply.headers


def test_sending_sets_no_cookie_and_signs_nobody_in(client, session, place, sign_in):
    reply = client.post(f"/help/{place.public_code}", data=offer())
    assert "Set-Cookie" not in reply.headers
    sign_in(officer_of(session, "220"))
    receipt_of(client.post(f"/help/{place.public_code}", data=offer()))
    actors = session.scalars(
        text("""SELECT e.actor_id FROM core.audit_event AS e JOIN core.offer AS o
            ON o.id = e.record_id WHERE e.action = 'received'""")
    ).all()
    assert actors == [None, None]


# The database


def test_the_role_of_the_forms_reads_nothing(session, anybody, client, place):
    receipt_of(client.post(f"/help/{place.public_code}", data=offer()))
    for statement in (
        "SELECT count(*) FROM core.offer",
        "SELECT count(*) FROM private.offer_contact",
        "SELECT count(*) FROM pub.place",
        "INSERT INTO core.offer (id) VALUES (gen_random_uuid())",
        "SELECT core.form_before('offer', gen_random_uuid(), '{}')",
    ):
        with pytest.raises(DBAPIError) as refusal, anybody.begin_nested():
            anybody.execute(text(statement))
        assert refusal.value.orig.pgcode == "42501", statement


def test_the_role_of_the_forms_counts_forms_only(anybody):
    counted = "SELECT * FROM intake.count_form(:kind, sha256('x'), now(), interval '1 hour')"
    assert anybody.execute(text(counted), {"kind": "form-network"}).one().hits == 1
    with pytest.raises(DBAPIError), anybody.begin_nested():
        anybody.execute(text(counted), {"kind": "password-account"})


def test_a_confirmed_pledge_shows_on_the_place(client, session, office, place):
    need = make_need(session, address=place, title="Sách giáo khoa", quantity=40, unit="bộ")
    form = offer(need=need.public_code, kind="items", pledged_quantity="15")
    receipt_of(client.post(f"/help/{place.public_code}", data=form))
    shown = f"/places/{place.public_code}"
    assert "15 bộ" not in client.get(shown).text
    officer = rights.actor(office, officer_of(session, "220"))
    code = session.scalar(text("SELECT public_code FROM core.offer"))
    service.convert(office, officer, code, 1, "pledge")
    assert "15 bộ" in client.get(shown).text
