"""The page of registering: what is shown again, kept while typing, compared, and for whom."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import text
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from mapservice.accounts.models import Role
from mapservice.registration.words import SEVERITIES
from tests import office as offices
from tests.factories import AN_LAC, SPOT, make_need, make_place

NEW = "/manage/addresses/new"
FORM = {
    "nature": "place",
    "kind": "school",
    "title": "Trường Tiểu học An Lạc",
    "commune": f"{AN_LAC}@2022",
    "lat": str(SPOT[1]),
    "lng": str(SPOT[0]),
    "severity": "2",
    "programme_year": "2026",
    "needs-0-category": "education",
    "needs-0-title": "Dạy tiếng Anh buổi tối",
    "needs-0-urgency": "2",
}
PERSON = {
    "nature": "person",
    "person_kind": "elderly",
    "commune": f"{AN_LAC}@2022",
    "severity": "3",
    "programme_year": "2026",
    "birth_year": "1950",
    "name": "Lương Thị Mẫu",
    "phone": "0912 345 678",
    "consent_register": "person",
    "channel": "spoken",
    "needs-0-category": "health",
    "needs-0-urgency": "3",
}
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def registrar(world, sign_in):
    return sign_in(world.here.accounts[Role.REGISTRAR])


def values_of(page) -> dict[str, str]:
    """What a page's form would send again: inputs, texts and chosen options."""
    found = {}
    shown = re.sub(r"<template.*?</template>", "", page.text, flags=re.S)
    for tag in re.findall(r"<input\b[^>]*>", shown):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        ticked = attributes.get("type") not in {"checkbox", "radio"} or " checked" in tag
        if ticked and "name" in attributes:
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
    for name, inner in re.findall(
        r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', shown, re.S
    ):
        found[name] = html.unescape(inner)
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', shown, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = chosen[1] if chosen else ""
    return {name: value for name, value in found.items() if name not in {"csrf_token", "photos"}}


def code_of(session, reply) -> str:
    assert reply.status_code == 303, reply.text
    return reply.location.rsplit("/", 1)[1]


def test_a_place_is_registered_and_shown(client, session, registrar):
    page = client.get(f"{NEW}?nature=place")
    assert page.status_code == 200 and "Trường học" in page.text
    code = code_of(session, client.post(f"{NEW}?nature=place", data=FORM))
    row = session.execute(
        text("SELECT title, status, version FROM core.address WHERE public_code = :c"), {"c": code}
    ).one()
    assert row == ("Trường Tiểu học An Lạc", "draft", 1)


@pytest.mark.parametrize(
    ("role", "chosen"), [(Role.REGISTRAR, f"{AN_LAC}@2022"), (Role.OFFICER, "")]
)
@pytest.mark.parametrize("nature", ["place", "person"])
def test_the_only_commune_is_chosen_beforehand(client, world, sign_in, role, chosen, nature):
    sign_in(world.here.accounts[role])
    page = client.get(f"{NEW}?nature={nature}")
    assert values_of(page)["commune"] == chosen


def test_a_hardship_that_nobody_chose_is_what_the_form_says(client, session, registrar):
    said = "Chưa rõ (ghi là “còn thiếu thốn”)"
    assert said in client.get(f"{NEW}?nature=place").text
    code = code_of(session, client.post(f"{NEW}?nature=place", data=FORM | {"severity": ""}))
    severity = session.scalar(
        text("SELECT severity FROM core.address WHERE public_code = :c"), {"c": code}
    )
    assert SEVERITIES[severity].lower() in said


def test_nothing_typed_is_lost_by_an_error(client, session, registrar):
    data = FORM | {"title": "", "summary": HOSTILE, "needs-0-urgency": "", "hamlet": "Bản Nà"}
    page = client.post(f"{NEW}?nature=place", data=data)
    assert page.status_code == 422
    again = values_of(page)
    assert (again["summary"], again["hamlet"]) == (HOSTILE, "Bản Nà")
    assert again["needs-0-title"] == FORM["needs-0-title"]
    assert "Cần ghi tên địa điểm." in page.text and "Chọn mức khẩn." in page.text
    assert HOSTILE not in page.text
    assert session.scalar(text("SELECT count(*) FROM core.address WHERE hamlet = 'Bản Nà'")) == 0


def test_what_is_said_names_its_field(client, registrar):
    long = {"title": "Trường " * 40, "needs-0-title": "Dạy " * 60}
    page = client.post(f"{NEW}?nature=place", data=FORM | long).text
    assert '<a href="#title">Tên: Cần từ 1 đến 200 ký tự.</a>' in page
    assert '<a href="#needs-0-title">Nhu cầu 1: Tên: Cần từ 1 đến 200 ký tự.</a>' in page


@pytest.mark.parametrize("field", ["status", "organisation_id", "verified_by", "needs-0-status"])
def test_what_no_form_offers_is_refused(client, registrar, field):
    page = client.post(f"{NEW}?nature=place", data=FORM | {field: "published"})
    assert page.status_code == 422


def test_a_further_need_is_offered_without_script(client, registrar):
    page = client.post(f"{NEW}?nature=place", data=FORM | {"act": "add_need"})
    again = values_of(page)
    assert again["needs-1-title"] == "" and again["needs-0-title"] == FORM["needs-0-title"]


@pytest.mark.parametrize(
    ("pasted", "status"),
    [("21.3282, 106.9693", 303), ("106.9693 21.3282", 303), ("https://maps.app.goo.gl/x", 422)],
)
def test_a_pasted_position_is_taken(client, session, registrar, pasted, status):
    data = {k: v for k, v in FORM.items() if k not in {"lat", "lng"}} | {"pasted": pasted}
    page = client.post(f"{NEW}?nature=place", data=data)
    assert page.status_code == status
    if status == 422:
        assert "Liên kết rút gọn" in page.text and values_of(page)["pasted"] == pasted


def test_a_point_elsewhere_is_asked_about_and_then_saved(client, session, registrar):
    data = FORM | {"lat": "21,28", "lng": "106,2"}
    page = client.post(f"{NEW}?nature=place", data=data)
    assert page.status_code == 422 and 'name="confirm_outside"' in page.text
    assert (
        client.post(f"{NEW}?nature=place", data=data | {"confirm_outside": "1"}).status_code == 303
    )


def test_a_likely_double_is_shown_and_confirmed(client, session, world, registrar):
    make_place(session, title="Trường TH An Lạc", organisation_id=world.here.commune.id)
    page = client.post(f"{NEW}?nature=place", data=FORM)
    assert page.status_code == 422 and "Trường TH An Lạc" in page.text
    again = client.post(f"{NEW}?nature=place", data=FORM | {"confirm_duplicate": "1"})
    assert again.status_code == 303


def test_doubles_of_another_territory_are_as_if_they_were_not(client, session, world, sign_in):
    make_place(session, title="Trường TH An Lạc")
    sign_in(world.there.accounts[Role.OFFICER])
    asked = {"title": "Trường TH An Lạc", "lng": SPOT[0], "lat": SPOT[1]}
    theirs = client.get("/manage/similar-places.json", query_string=asked)
    none = client.get("/manage/similar-places.json", query_string=asked | {"title": "Không có gì"})
    assert theirs.json == none.json == {"doubles": []}
    sign_in(world.here.accounts[Role.OFFICER])
    assert len(client.get("/manage/similar-places.json", query_string=asked).json["doubles"]) == 1


def test_a_person_is_registered_with_consent(client, session, registrar):
    page = client.get(f"{NEW}?nature=person")
    wording = session.scalar(
        text("SELECT text FROM core.consent_wording WHERE purpose = 'register' AND giver = 'child'")
    )
    assert html.escape(wording) in page.text.replace("&#39;", "'") and " checked" not in page.text
    code = code_of(session, client.post(f"{NEW}?nature=person", data=PERSON))
    edit = client.get(f"/manage/addresses/{code}/edit")
    assert edit.status_code == 200
    assert "Lương" not in edit.text and "0912" not in edit.text
    opened = client.post(f"/manage/addresses/{code}/edit", data=values_of(edit) | {"act": "open"})
    assert values_of(opened)["name"] == "Lương Thị Mẫu"
    seen = session.scalar(text("SELECT count(*) FROM core.audit_event WHERE action = 'reveal'"))
    assert seen == 1


def test_a_person_without_consent_is_not_kept(client, session, registrar):
    data = {k: v for k, v in PERSON.items() if k not in {"consent_register", "channel"}}
    page = client.post(f"{NEW}?nature=person", data=data)
    assert page.status_code == 422 and "Cần chính người được đăng ký đồng ý" in page.text
    assert values_of(page)["name"] == "Lương Thị Mẫu"
    assert session.scalar(text("SELECT count(*) FROM private.person_private")) == 0


def test_a_known_person_elsewhere_answers_like_nobody(client, session, world, sign_in):
    sign_in(world.there.accounts[Role.OFFICER])
    there = PERSON | {"commune": "07282@2022"}
    assert client.post(f"{NEW}?nature=person", data=there).status_code == 303
    sign_in(world.here.accounts[Role.OFFICER])
    asked = {"name": PERSON["name"], "phone": PERSON["phone"], "birth_year": "1950"}
    known = client.post("/manage/similar-persons", data=asked | {"commune": "07282@2022"})
    nobody = client.post(
        "/manage/similar-persons", data=asked | {"phone": "0987 000 111", "name": "Ai Khác"}
    )
    assert known.data == nobody.data and known.json == {"doubles": []}
    searches = session.scalar(
        text("SELECT count(*) FROM core.audit_event WHERE action = 'search_same'")
    )
    assert searches >= 2


# -- drafts ---------------------------------------------------------------------------------------


def keep(client, draft, data, version=0, writer="w1"):
    frame = {"draft": str(draft), "draft_version": str(version), "writer": writer}
    return client.post("/manage/drafts", data=data | frame, headers={"Accept": "application/json"})


def test_what_is_typed_is_sealed_and_opens_for_its_account_only(client, session, world, sign_in):
    sign_in(world.here.accounts[Role.REGISTRAR])
    draft = uuid4()
    reply = keep(client, draft, PERSON | {"story": "Chuyện riêng của bà"})
    assert reply.status_code == 200 and reply.json["version"] == 1
    assert re.fullmatch(r"\d\d:\d\d", reply.json["saved_at"])
    stored = str(session.execute(text("SELECT to_jsonb(d) FROM private.form_draft d")).all())
    stored += str(session.execute(text("SELECT to_jsonb(e) FROM core.audit_event e")).all())
    assert "riêng" not in stored and "Lương" not in stored
    page = client.get(f"{NEW}?draft={draft}")
    assert values_of(page)["story"] == "Chuyện riêng của bà"
    assert f"draft={draft}" in client.get(NEW).text
    sign_in(world.here.accounts[Role.OFFICER])
    theirs, unknown = client.get(f"{NEW}?draft={draft}"), client.get(f"{NEW}?draft={uuid4()}")
    assert theirs.status_code == unknown.status_code == 404
    assert f"draft={draft}" not in client.get(NEW).text
    assert keep(client, draft, FORM).status_code == 404
    assert client.post(f"/manage/drafts/{draft}/discard").status_code == 404


def test_a_draft_given_to_another_account_in_the_database_does_not_open(
    client, session, world, sign_in
):
    sign_in(world.here.accounts[Role.REGISTRAR])
    draft = uuid4()
    keep(client, draft, PERSON)
    thief = sign_in(world.here.accounts[Role.OFFICER])
    session.execute(text("UPDATE private.form_draft SET account_id = :id"), {"id": thief.id})
    assert client.get(f"{NEW}?draft={draft}").status_code == 404


def test_a_draft_of_a_commune_served_no_more_does_not_open(client, session, world, sign_in):
    account = sign_in(world.here.accounts[Role.REGISTRAR])
    draft = uuid4()
    keep(client, draft, PERSON)
    assert client.get(f"{NEW}?draft={draft}").status_code == 200
    account.organisation_id = world.there.accounts[Role.REGISTRAR].organisation_id
    session.flush()
    sign_in(account)  # the move ended the session
    assert client.get(f"{NEW}?draft={draft}").status_code == 404


def test_a_draft_of_changes_opens_only_with_its_record(client, place, registrar):
    draft = uuid4()
    frame = {"address": place, "nature": "place"}
    assert keep(client, draft, FORM | frame).status_code == 200
    assert client.get(f"{edit_path(place)}?draft={draft}").status_code == 200
    assert client.get(f"{NEW}?draft={draft}").status_code == 404


def test_a_draft_that_was_saved_does_not_come_back(client, registrar):
    draft = uuid4()
    assert keep(client, draft, FORM).json["version"] == 1
    assert client.post(f"/manage/drafts/{draft}/discard").status_code in {200, 303}
    assert client.post(f"{NEW}?nature=place", data=FORM | {"draft": str(draft)}).status_code == 303
    assert keep(client, draft, FORM, 1).status_code == 409


def test_a_file_that_is_no_picture_loses_nothing_typed(client, session, registrar):
    data = FORM | {"photos": (BytesIO(b"%PDF-1.7 no picture"), "anh.pdf")}
    before = session.scalar(text("SELECT count(*) FROM core.address"))
    page = client.post(f"{NEW}?nature=place", data=data)
    assert page.status_code == 415 and values_of(page)["title"] == FORM["title"]
    assert session.scalar(text("SELECT count(*) FROM core.address")) == before


@pytest.mark.parametrize(("megabytes", "status"), [(12, 415), (13, 413)])
def test_photos_as_large_as_promised_lose_nothing_typed(client, registrar, megabytes, status):
    """Eight of them fit into a request, so that a refused one is said on the form itself."""
    sizes = [megabytes, *[12] * 7]
    pictures = [FileStorage(BytesIO(bytes(mb * 1024 * 1024)), "a.jpg") for mb in sizes]
    boundary, body = encode_multipart(FORM | {"photos": pictures})
    kind = f"multipart/form-data; boundary={boundary}"
    page = client.post(f"{NEW}?nature=place", data=body, content_type=kind)
    assert page.status_code == status and values_of(page)["title"] == FORM["title"]


def test_a_second_window_does_not_overwrite_the_first(client, registrar):
    draft = uuid4()
    assert keep(client, draft, FORM).json["version"] == 1
    assert keep(client, draft, FORM, 1).json["version"] == 2
    assert keep(client, draft, FORM, 1).json["version"] == 3  # its answer was lost on the way
    assert keep(client, draft, FORM, 1, writer="w2").status_code == 409


def test_a_refused_form_goes_on_writing_its_draft_though_an_answer_was_lost(client, registrar):
    draft, writer = uuid4(), "mot-trang"
    assert keep(client, draft, FORM, writer=writer).json["version"] == 1  # the page heard nothing
    sent = FORM | {"title": "", "draft": str(draft), "writer": writer}
    again = values_of(client.post(f"{NEW}?nature=place", data=sent))
    assert again["writer"] == writer
    assert keep(client, draft, FORM, writer=again["writer"]).json["version"] == 2
    assert values_of(client.get(f"{NEW}?draft={draft}"))["writer"] == ""


def test_a_saved_form_leaves_no_draft(client, session, registrar):
    draft = uuid4()
    keep(client, draft, FORM)
    assert client.post(f"{NEW}?nature=place", data=FORM | {"draft": str(draft)}).status_code == 303
    kept = text("SELECT count(*) FROM private.form_draft WHERE id = :id")
    assert session.scalar(kept, {"id": draft}) == 0


def test_a_discarded_draft_can_be_taken_back(client, session, registrar):
    draft = uuid4()
    keep(client, draft, FORM)
    page = client.post(f"/manage/drafts/{draft}/discard", follow_redirects=True)
    assert "Hoàn tác" in page.text and f"draft={draft}" not in page.text
    page = client.post(f"/manage/drafts/{draft}/restore", follow_redirects=True)
    assert f"draft={draft}" in page.text


# -- two people at once ---------------------------------------------------------------------------


@pytest.fixture
def place(client, session, registrar):
    return code_of(session, client.post(f"{NEW}?nature=place", data=FORM))


def edit_path(code):
    return f"/manage/addresses/{code}/edit"


def test_every_need_of_an_address_stands_on_its_page(client, session, world, sign_in):
    sign_in(world.here.accounts[Role.OFFICER])
    made = make_place(session)
    own = {str(make_need(session, address=made).id) for _ in range(3)}
    shown = values_of(client.get(edit_path(made.public_code)))
    assert {shown[f"needs-{number}-id"] for number in range(3)} == own


def test_needs_that_are_done_stand_there_to_be_read_and_stay(client, session, world, sign_in):
    sign_in(world.here.accounts[Role.OFFICER])
    made = make_place(session)
    open_need = make_need(session, address=made)
    done = make_need(session, address=made, status="closed", title="Sơn lại mái trường")
    page = client.get(edit_path(made.public_code))
    given = values_of(page)
    assert str(done.id) not in given.values() and given["needs-0-id"] == str(open_need.id)
    shown = re.search(r'<div class="settled-needs">.*?</div>', page.text, re.S)[0]
    assert "Sơn lại mái trường" in shown and "Đã đóng" in shown
    refused = client.post(edit_path(made.public_code), data=given | {"title": ""})
    assert refused.status_code == 422 and "Sơn lại mái trường" in refused.text
    changed = given | {"needs-0-title": "Việc khác"}
    assert client.post(edit_path(made.public_code), data=changed).status_code == 303
    session.expire_all()
    assert (open_need.title, done.title) == ("Việc khác", "Sơn lại mái trường")
    assert done.status == "closed"


def test_a_need_that_becomes_urgent_lets_its_address_fall_due_sooner(
    client, session, world, sign_in
):
    sign_in(world.here.accounts[Role.OFFICER])
    made = make_place(session, status="published", severity=2)
    made.assured_until = datetime.now(UTC) + timedelta(days=60)
    make_need(session, address=made, status="published", urgency=3)
    left = text("SELECT assured_until - now() FROM core.address WHERE id = :id")
    session.flush()
    assert session.scalar(left, {"id": made.id}) > timedelta(days=14)
    given = values_of(client.get(edit_path(made.public_code))) | {"needs-0-urgency": "4"}
    assert client.post(edit_path(made.public_code), data=given).status_code == 303
    assert session.scalar(left, {"id": made.id}) <= timedelta(days=14)


def test_the_second_saver_sees_both_versions_and_loses_nothing(
    client, session, world, sign_in, place
):
    mine = values_of(client.get(edit_path(place)))
    assert mine["title"] == FORM["title"] and mine["version"] == "1"
    officer = sign_in(world.here.accounts[Role.OFFICER])
    theirs = mine | {"hamlet": "Bản của họ", "title": "Trường của họ", "needs-0-parts": "4"}
    assert client.post(edit_path(place), data=theirs).status_code == 303
    sign_in(world.here.accounts[Role.REGISTRAR])
    mine |= {"title": "Trường của tôi", "summary": "Lời của tôi"}
    page = client.post(edit_path(place), data=mine)
    assert page.status_code == 409
    assert "Trường của họ" in page.text and "Trường của tôi" in page.text
    assert html.escape(officer.name) in page.text
    again = values_of(page)
    assert again["version"] == "2" and again["summary"] == "Lời của tôi"
    # What only they changed is proposed as theirs, what only I changed as mine; both: open.
    assert again["take-hamlet"] == again["take-needs-0-parts"] == "theirs"
    assert again["take-summary"] == "mine" and "take-title" not in again
    assert client.post(edit_path(place), data=again).status_code == 409
    reply = client.post(edit_path(place), data=again | {"take-title": "mine"})
    assert reply.status_code == 303
    row = session.execute(
        text("SELECT title, summary, hamlet FROM core.address WHERE public_code = :c"), {"c": place}
    ).one()
    assert row == ("Trường của tôi", "Lời của tôi", "Bản của họ")
    assert session.scalar(text("SELECT max(parts) FROM core.need WHERE title LIKE 'Dạy%'")) == 4


@pytest.mark.parametrize(("act", "title"), [("mine", "Của tôi đó"), ("theirs", "Của họ đó")])
def test_all_of_one_version_can_be_taken(client, session, world, sign_in, place, act, title):
    mine = values_of(client.get(edit_path(place)))
    sign_in(world.here.accounts[Role.OFFICER])
    client.post(edit_path(place), data=mine | {"title": "Của họ đó"})
    sign_in(world.here.accounts[Role.REGISTRAR])
    page = client.post(edit_path(place), data=mine | {"title": "Của tôi đó"})
    assert page.status_code == 409
    reply = client.post(edit_path(place), data=values_of(page) | {"act": act})
    assert reply.status_code == 303
    stored = session.scalar(
        text("SELECT title FROM core.address WHERE public_code = :c"), {"c": place}
    )
    assert stored == title


@pytest.fixture
def two_contacts(client, world, sign_in, place):
    """The page of the second saver of a contact, whom the first one's already stands before."""
    mine = values_of(client.get(edit_path(place)))
    sign_in(world.here.accounts[Role.OFFICER])
    theirs = mine | {"contact_name": "Cô Của Họ", "contact_phone": "0912 345 678"}
    assert client.post(edit_path(place), data=theirs).status_code == 303
    sign_in(world.here.accounts[Role.REGISTRAR])
    return client.post(edit_path(place), data=mine | {"contact_name": "Thầy Của Tôi"})


def contact_of(client, place) -> str:
    shown = client.post(f"/manage/addresses/{place}/reveal", data={}).text
    return "mine" if "Thầy Của Tôi" in shown else "theirs" if "Cô Của Họ" in shown else "none"


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_two_contacts_stand_side_by_side(client, place, two_contacts, choice):
    assert two_contacts.status_code == 409
    assert "Cô Của Họ · +84912345678" in two_contacts.text and "Thầy Của Tôi" in two_contacts.text
    again = values_of(two_contacts)
    assert client.post(edit_path(place), data=again).status_code == 409  # still to be chosen
    data = again | {"take-contact_name": choice}
    assert client.post(edit_path(place), data=data).status_code == 303
    assert contact_of(client, place) == choice


def test_a_contact_is_replaced_unasked_when_it_is_the_one_that_was_there(client, place):
    for name in ("Cô Của Họ", "Thầy Của Tôi"):
        page = values_of(client.get(edit_path(place)))
        reply = client.post(edit_path(place), data=page | {"contact_name": name})
        assert reply.status_code == 303
    assert contact_of(client, place) == "mine"


def test_a_contact_can_be_removed(client, place):
    page = client.get(edit_path(place))
    assert "contact_remove" not in page.text
    assert (
        client.post(
            edit_path(place), data=values_of(page) | {"contact_name": "Thầy Của Tôi"}
        ).status_code
        == 303
    )
    page = client.get(edit_path(place))
    assert "contact_remove" in page.text
    both = values_of(page) | {"contact_remove": "1", "contact_name": "Cô Của Họ"}
    refused = client.post(edit_path(place), data=both)
    assert refused.status_code == 422 and "chọn một" in refused.text
    data = values_of(page) | {"contact_remove": "1"}
    assert client.post(edit_path(place), data=data).status_code == 303
    assert contact_of(client, place) == "none"


def test_a_need_somebody_removed_comes_back_with_mine(client, session, world, sign_in, place):
    mine = values_of(client.get(edit_path(place)))
    sign_in(world.here.accounts[Role.OFFICER])
    client.post(edit_path(place), data=mine | {"needs-0-remove": "1"})
    sign_in(world.here.accounts[Role.REGISTRAR])
    page = client.post(edit_path(place), data=mine | {"needs-0-parts": "7"})
    assert page.status_code == 409
    assert client.post(edit_path(place), data=values_of(page) | {"act": "mine"}).status_code == 303
    assert session.scalar(text("SELECT max(parts) FROM core.need WHERE title LIKE 'Dạy%'")) == 7


def test_a_removed_need_stays_in_the_history_and_comes_back(client, session, place):
    page = values_of(client.get(edit_path(place)))
    reply = client.post(edit_path(place), data=page | {"needs-0-remove": "1"})
    shown = client.get(reply.location).text
    assert "Đã bỏ 1 nhu cầu." in shown and "Bỏ khi sửa hồ sơ" in shown
    assert "needs-0-id" not in values_of(client.get(edit_path(place)))
    undo = re.search(
        r'action="(/manage/needs/\w+/undo)".*?name="version" value="(\d+)"', shown, re.S
    )
    assert client.post(undo[1], data={"version": undo[2]}).status_code == 303
    again = values_of(client.get(edit_path(place)))
    assert again["needs-0-id"] == page["needs-0-id"]
    history = client.get(f"/manage/addresses/{place}/history").text
    assert "Bỏ khi sửa hồ sơ" in history


def test_a_need_that_left_with_its_address_does_not_come_back(client, session, place):
    page = values_of(client.get(edit_path(place)))
    client.post(edit_path(place), data=page | {"needs-0-remove": "1"})
    code, version = session.execute(
        text("SELECT public_code, version FROM core.need WHERE title LIKE 'Dạy%'")
    ).one()
    undo, record = f"/manage/needs/{code}/undo", f"/manage/addresses/{place}"
    assert undo in client.get(record).text
    session.execute(
        text(
            "UPDATE core.address SET status = 'withdrawn', status_reason = 'vì thử'"
            " WHERE public_code = :c"
        ),
        {"c": place},
    )
    assert undo not in client.get(record).text
    assert client.post(undo, data={"version": version}).status_code == 409


def test_saved_and_sent_in_one_press(client, session, registrar):
    page = client.get(f"{NEW}?nature=place")
    assert 'name="act" value="submit"' in page.text
    refused = client.post(f"{NEW}?nature=place", data=FORM | {"act": "submit", "title": ""})
    assert refused.status_code == 422
    reply = client.post(f"{NEW}?nature=place", data=FORM | {"act": "submit"})
    code = code_of(session, reply)
    assert "Đã lưu và gửi duyệt" in client.get(reply.location).text
    states = session.execute(
        text(
            "SELECT a.status, n.status FROM core.address AS a JOIN core.need AS n"
            " ON n.address_id = a.id WHERE a.public_code = :c"
        ),
        {"c": code},
    )
    assert states.all() == [("submitted", "submitted")]


def test_what_cannot_be_sent_is_not_saved_either(client, session, registrar):
    count = text("SELECT count(*) FROM core.address WHERE nature = 'person'")
    before = session.scalar(count)
    data = {name: value for name, value in PERSON.items() if name != "consent_register"}
    reply = client.post(f"{NEW}?nature=person", data=data | {"act": "submit"})
    assert reply.status_code in {409, 422}
    assert values_of(reply)["name"] == PERSON["name"]
    assert session.scalar(count) == before


def test_private_fields_are_compared_for_those_who_may_see_them(client, session, world, sign_in):
    sign_in(world.here.accounts[Role.REGISTRAR])
    code = code_of(session, client.post(f"{NEW}?nature=person", data=PERSON))
    mine = values_of(client.get(edit_path(code)))
    sign_in(world.here.accounts[Role.OFFICER])
    client.post(edit_path(code), data=mine | {"door": "Nhà của họ"})
    sign_in(world.admin)
    admins = mine | {"door": "Nhà của tỉnh"}
    page = client.post(edit_path(code), data=admins)
    assert page.status_code == 409 and "Nhà của họ" not in page.text
    sign_in(world.here.accounts[Role.REGISTRAR])
    page = client.post(edit_path(code), data=mine | {"door": "Nhà của tôi"})
    assert page.status_code == 409 and "Nhà của họ" in page.text


SPOTS = {"lat": str(SPOT[1]), "lng": str(SPOT[0])}


@pytest.mark.parametrize("choice", ["theirs", "mine"])
def test_what_is_sealed_is_chosen_like_the_rest_and_never_lost(
    client, session, world, sign_in, choice
):
    sign_in(world.here.accounts[Role.REGISTRAR])
    given = PERSON | SPOTS | {"story": "Chuyện cũ"}
    code = code_of(session, client.post(f"{NEW}?nature=person", data=given))
    shown = values_of(client.get(edit_path(code)))
    mine = values_of(client.post(edit_path(code), data=shown | {"act": "open"}))
    assert (mine["story"], mine["opened"]) == ("Chuyện cũ", "1")
    sign_in(world.here.accounts[Role.OFFICER])
    moved = shown | {"lat": "21.33", "lng": "106.97", "story": "Chuyện của họ"}
    assert client.post(edit_path(code), data=moved).status_code == 303
    sign_in(world.here.accounts[Role.REGISTRAR])
    page = client.post(edit_path(code), data=mine | {"story": "Chuyện của tôi"})
    assert page.status_code == 409 and "21.330000, 106.970000" in page.text
    takes = {"take-story": choice, "take-point": choice}
    assert client.post(edit_path(code), data=values_of(page) | takes).status_code == 303
    again = client.post(
        edit_path(code), data=values_of(client.get(edit_path(code))) | {"act": "open"}
    )
    kept = values_of(again)
    theirs = choice == "theirs"
    assert kept["story"] == ("Chuyện của họ" if theirs else "Chuyện của tôi")
    assert float(kept["lat"]) == pytest.approx(21.33 if theirs else SPOT[1])
    assert kept["name"] == PERSON["name"]


def test_a_reason_that_is_missing_for_their_version_loses_nothing(client, session, world, sign_in):
    sign_in(world.admin)
    why = {"reason": "doubles"}
    code = code_of(session, client.post(f"{NEW}?nature=person", data=PERSON | why))
    shown = values_of(client.get(edit_path(code)))
    mine = values_of(client.post(edit_path(code), data=shown | why | {"act": "open"}))
    assert client.post(edit_path(code), data=shown | {"door": "Nhà của họ"}).status_code == 303
    page = client.post(edit_path(code), data=mine | {"door": "Nhà của tôi"})
    assert page.status_code == 409 and "Nhà của họ" in page.text
    answer = values_of(page) | {"take-door": "theirs", "reason": ""}
    refused = client.post(edit_path(code), data=answer)
    assert refused.status_code == 422 and values_of(refused)["door"] == "Nhà của tôi"


# -- rights ---------------------------------------------------------------------------------------


def test_another_territorys_record_is_the_same_404(client, world, registrar):
    theirs = client.get(edit_path(world.there.records["place"].public_code))
    unknown = client.get(edit_path("ZZZZZZZZ"))
    assert theirs.status_code == unknown.status_code == 404


def test_a_registrar_does_not_change_what_is_published(client, world, registrar, sign_in):
    code = world.here.records["place"].public_code
    assert client.get(edit_path(code)).status_code == 409
    sign_in(world.here.accounts[Role.OFFICER])
    assert client.get(edit_path(code)).status_code == 200


# -- where ----------------------------------------------------------------------------------------


def test_where_a_point_lies(client, registrar):
    reply = client.get(f"/manage/where.json?lng={SPOT[0]}&lat={SPOT[1]}").json
    assert f"{AN_LAC}@2022" in {found["key"] for found in reply["communes"]} and reply["inside"]
    assert client.post("/manage/where.json", data={"text": "21.3282, 106.9693"}).json["inside"]
    far = client.post("/manage/where.json", data={"text": "10.5, 106.7"}).json
    assert not far["inside"] and "ngoài tỉnh" in far["problem"]
    bad = client.post(
        "/manage/where.json", data={"text": "ở nhà"}, headers={"Accept": "application/json"}
    )
    assert bad.status_code == 422 and "pasted" in bad.json["errors"]


def test_a_commune_is_found_by_an_older_address(client, world, sign_in):
    sign_in(world.here.accounts[Role.OFFICER])
    found = client.get("/manage/communes.json?q=xa an lac, son dong").json["communes"]
    assert f"{AN_LAC}@2022" in {each["key"] for each in found}
    assert client.get("/manage/communes.json?q=xa dong hung, luc nam").json == {"communes": []}


def test_settings_of_the_page_are_json(client, registrar):
    page = client.get(f"{NEW}?nature=place")
    settings = html.unescape(re.search(r'data-settings="([^"]*)"', page.text)[1])
    assert json.loads(settings)["nature"] == "place"
