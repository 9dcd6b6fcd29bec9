"""Names typed into what is public already: refused by page and API until somebody ticked them."""

import re

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from tests import office as offices
from tests.factories import make_need, make_person, make_place
from tests.programs import program

NAMED = "Em Nguyễn Văn An, 0912 345 678"
NAME, PHONE = "Nguyễn Văn An", "0912 345 678"
OTHER = "Cô Trần Thị Mận dạy ở đây."
TICKED = "SELECT table_name, field FROM core.text_check ORDER BY 1, 2, found"


@pytest.fixture
def union(session):
    return offices.build(session)


@pytest.fixture
def officer(union, sign_in):
    return sign_in(union.here.accounts[Role.OFFICER])


@pytest.fixture
def api(app, session, union):
    return program(app, session, union.here.accounts[Role.OFFICER])


@pytest.fixture
def place(session, union):
    return make_place(session, summary="Cần người dạy tin học.", severity=2)


def path(place):
    return f"/manage/addresses/{place.public_code}/edit"


def form(client, place, **more):
    """What the page of a place would send, with some fields typed over."""
    page = client.get(path(place)).text
    shown = re.sub(r"<template.*?</template>", "", page, flags=re.S)
    given = {
        found[1]: found[2]
        for found in re.finditer(r'<input[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"', shown)
        if not re.search(r'type="(?:checkbox|radio|file)"', found[0])
    }
    given |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', shown, re.S))
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', shown, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        given[name] = chosen[1] if chosen else ""
    given.pop("csrf_token", None)
    return given | more


def marks(page, checked=False):
    """The boxes of finds that are (not) ticked on a page."""
    boxes = re.findall(r'name="harmless"\s+value="([0-9a-f]{64})"( checked)?', page.text)
    return [mark for mark, said in boxes if bool(said) is checked]


def public(client, place):
    return client.get(f"/places/{place.public_code}").text


def test_a_name_typed_into_a_public_place_is_not_public(client, session, officer, place):
    reply = client.post(path(place), data=form(client, place, summary=NAMED))
    assert reply.status_code == 422
    assert f"“{NAME}” giống tên người" in reply.text and 'href="#summary"' in reply.text
    assert f"<mark>{PHONE}</mark>" in reply.text and len(marks(reply)) == 2
    assert f">{NAMED}</textarea>" in reply.text  # nothing typed is lost
    assert NAME not in public(client, place) and PHONE not in public(client, place)
    session.refresh(place)
    assert place.version == 1 and place.summary == "Cần người dạy tin học."
    assert session.execute(text(TICKED)).all() == []


def test_it_is_saved_once_every_find_is_ticked(client, session, officer, place):
    sent = form(client, place, summary=NAMED)
    first, second = marks(client.post(path(place), data=sent))
    half = client.post(path(place), data=sent | {"harmless": [first]})
    assert half.status_code == 422
    assert marks(half, checked=True) == [first] and marks(half) == [second]  # the tick stays
    assert session.execute(text(TICKED)).all() == []
    assert client.post(path(place), data=sent | {"harmless": [first, second]}).status_code == 303
    assert NAME in public(client, place)
    assert session.execute(text(TICKED)).all() == [("address", "summary")] * 2
    row = session.execute(
        text("""SELECT actor_id, detail FROM core.audit_event
                WHERE action = 'text_checked' AND record_id = :id"""),
        {"id": place.id},
    ).one()
    assert row == (officer.id, {"finds": 2})


def test_what_was_ticked_is_not_asked_about_again(client, session, officer, place):
    sent = form(client, place, summary=NAMED)
    ticked = marks(client.post(path(place), data=sent))
    client.post(path(place), data=sent | {"harmless": ticked})
    longer = form(client, place, summary=f"{NAMED}. Đường vào đã sửa.")
    assert marks(client.get(path(place))) == []
    assert client.post(path(place), data=longer).status_code == 303
    session.refresh(place)
    another = form(client, place, summary=OTHER)
    assert client.post(path(place), data=another).status_code == 422


def test_a_tick_counts_for_its_text_and_record_alone(client, session, officer, place):
    other = make_place(session, summary="Cần sách.", severity=2)
    ticked = marks(client.post(path(other), data=form(client, other, summary=NAMED)))
    sent = form(client, place, summary=NAMED, harmless=ticked)
    assert client.post(path(place), data=sent).status_code == 422
    mended = form(client, other, summary="Cần sách mới.", harmless=ticked)
    assert client.post(path(other), data=mended).status_code == 303  # the name is gone: no matter
    assert session.execute(text(TICKED)).all() == []


def test_a_tick_ends_with_its_text_and_with_its_record(client, session, officer, place):
    sent = form(client, place, summary=NAMED)
    ticked = marks(client.post(path(place), data=sent))
    assert client.post(path(place), data=sent | {"harmless": ticked}).status_code == 303
    mended = form(client, place, summary=f"Em {NAME} học giỏi.")
    assert client.post(path(place), data=mended).status_code == 303
    assert session.execute(text(TICKED)).all() == [("address", "summary")]  # the number is gone
    assert client.post(path(place), data=form(client, place, summary=NAMED)).status_code == 422
    end = "UPDATE core.address SET status = 'withdrawn', status_reason = 'x' WHERE id = :id"
    session.execute(text(end), {"id": place.id})
    assert session.execute(text(TICKED)).all() == []


def test_a_name_in_a_unit_can_be_ticked(client, session, officer, place):
    need = make_need(session, address=place)
    sent = form(client, place, **{"needs-0-unit": f"bạn {NAME}"})
    assert sent["needs-0-id"] == str(need.id)
    ticked = marks(client.post(path(place), data=sent))
    assert client.post(path(place), data=sent | {"harmless": ticked}).status_code == 303
    assert session.execute(text(TICKED)).all() == [("need", "unit")]


def test_an_old_text_does_not_hold_back_what_else_is_changed(client, session, officer):
    place = make_place(session, summary=NAMED, severity=2)
    assert len(marks(client.get(path(place)))) == 2  # shown, so that somebody may look
    assert client.post(path(place), data=form(client, place, children="90")).status_code == 303
    session.refresh(place)
    assert place.children == 90


def test_texts_are_judged_as_they_are_stored(client, session, officer, place):
    decomposed = "Em  Nguye\u0302\u0303n Va\u0306n An"
    reply = client.post(path(place), data=form(client, place, summary=decomposed))
    sent = form(client, place, summary=decomposed, harmless=marks(reply))
    assert reply.status_code == 422 and client.post(path(place), data=sent).status_code == 303


@pytest.mark.parametrize("status", ["published", "matched", "in_progress", "partly_met"])
def test_a_public_need_is_looked_at_too(client, session, officer, place, status):
    make_need(session, address=place, title="Dạy toán")
    need = make_need(session, address=place, status=status)
    sent = form(client, place)
    number = next(n for n in (0, 1) if sent[f"needs-{n}-id"] == str(need.id))
    sent[f"needs-{number}-description"] = NAMED
    reply = client.post(path(place), data=sent)
    assert reply.status_code == 422 and f'href="#needs-{number}-description"' in reply.text
    sent["harmless"] = marks(reply)
    assert client.post(path(place), data=sent).status_code == 303
    assert session.execute(text(TICKED)).all() == [("need", "description")] * 2


@pytest.mark.parametrize("status", ["draft", "submitted", "verified", "expired"])
def test_what_is_not_public_yet_is_told_but_saved(client, session, officer, status):
    place = make_place(session, status=status, summary="Cần sách.", severity=2)
    assert client.post(path(place), data=form(client, place, summary=NAMED)).status_code == 303
    page = client.get(path(place))
    assert f"<mark>{NAME}</mark>" in page.text and marks(page) == []


def test_a_registrar_ticks_nothing(client, sign_in, session, union):
    sign_in(union.here.accounts[Role.REGISTRAR])
    place = make_place(session, status="draft", summary="Cần sách.", severity=2)
    sent = form(client, place, summary=NAMED, harmless=["0" * 64])
    assert client.post(path(place), data=sent).status_code == 403
    session.refresh(place)
    assert place.version == 1


def test_a_program_is_told_what_was_found_and_where_to_tick_it(client, session, api, place):
    at = f"/addresses/places/{place.public_code}"
    reply = api.change(at, 1, {"summary": NAMED, "hamlet": "Thôn Đồng Mương"})
    assert reply.status_code == 422 and reply.json["type"] == "/problems/names-found"
    assert list(reply.json["errors"]) == ["summary"]
    assert NAME in reply.json["errors"]["summary"][0]
    assert "trên trang quản lý" in reply.json["errors"]["summary"][0]
    assert NAME not in public(client, place)
    assert api.change(at, 1, {"harmless": ["0" * 64]}).status_code == 422
    assert api.change(at, 1, {"children": 90}).json["children"] == 90


def test_a_programs_need_is_looked_at_by_its_field(session, api, place):
    need = make_need(session, address=place)
    reply = api.change(f"/needs/{need.public_code}", 1, {"description": NAMED})
    assert reply.status_code == 422 and reply.json["type"] == "/problems/names-found"
    assert list(reply.json["errors"]) == ["description"]
    assert api.change(f"/needs/{need.public_code}", 1, {"urgency": 4}).status_code == 200


def test_a_person_has_no_text_to_look_at(client, session, officer):
    person = make_person(session)
    page = client.get(path(person))
    assert page.status_code == 200 and 'id="told"' not in page.text
