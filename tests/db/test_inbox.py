"""What the public sends: once, sealed, moderated, forgotten in time, public nowhere."""

from uuid import uuid4

import pytest
from marshmallow import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.addresses.models import Address
from mapservice.disclosure.models import OfferContact
from mapservice.errors import Conflict, Forbidden, Invalid, NotFound
from mapservice.inbox import intake, service
from mapservice.inbox.models import Offer
from mapservice.inbox.schemas import OfferInput, SuggestionInput
from tests.factories import (
    AN_LAC,
    make_account,
    make_assignment,
    make_need,
    make_offer,
    make_person,
    make_place,
    make_suggestion,
    make_team,
    officer_of,
)

SON_DONG, YEN_THE = "220", "215"
SENDER = {"name": "Hoàng Thị Bưởi", "phone": "0912 345 678", "note": "Nhà gần chợ Chũ"}


@pytest.fixture
def officer(session, office):
    return rights.actor(office, officer_of(session, SON_DONG))


@pytest.fixture
def elsewhere(session, office):
    return rights.actor(office, officer_of(session, YEN_THE))


@pytest.fixture
def offered(session, office):
    """`offered(**values)`: an offer to a place of An Lạc that is on the map."""

    def offered(**values):
        if not {"address", "commune"} & set(values):
            values["address"] = make_place(session).public_code
        return seen_by(office, make_offer(session, **values))

    return offered


def seen_by(office, made):
    """What was sent, as the office's session has it."""
    return office.get_one(type(made), made.id)


def suggested(session, office, **values):
    return seen_by(office, make_suggestion(session, **values))


def typed(session, **more) -> dict:
    place = make_place(session)
    form = {"id": str(uuid4()), "address": place.public_code, "kind": "join", "consent": "1"}
    return form | SENDER | more


def trail(session) -> str:
    rows = session.execute(text("SELECT row_to_json(e)::text FROM core.audit_event AS e"))
    return "\n".join(rows.scalars())


# Sending


def test_the_same_form_sent_again_is_one_offer_with_one_receipt(session, office, anybody):
    form = typed(session)
    first = intake.submit_offer(anybody, OfferInput().load(form))
    again = intake.submit_offer(anybody, OfferInput().load(form))
    assert again.form == first.form and again.receipt == first.receipt
    assert (first.again, again.again) == (False, True)
    assert session.scalar(text("SELECT count(*) FROM core.offer")) == 1


@pytest.mark.parametrize("change", [{"kind": "team"}, {"phone": "0987654321"}, {"note": "khác"}])
def test_the_same_form_with_another_content_is_refused(session, office, anybody, change):
    form = typed(session)
    intake.submit_offer(anybody, OfferInput().load(form))
    with pytest.raises(Invalid) as refusal:
        intake.submit_offer(anybody, OfferInput().load(form | change))
    assert refusal.value.code == "tr_form_other"


def test_who_sent_it_is_sealed_and_nowhere_else(session, office, anybody, officer, capsys):
    form = typed(session)
    offer = office.get_one(Offer, intake.submit_offer(anybody, OfferInput().load(form)).form)
    service.reveal_sender(office, officer, Offer, offer.public_code, None)
    dumped = "\n".join(
        str(row)
        for table in ("core.offer", "private.offer_contact")
        for row in session.execute(text(f"SELECT row_to_json(t)::text FROM {table} AS t"))
    )
    told = dumped + trail(session) + "".join(capsys.readouterr())
    for secret in ("Bưởi", "345", "678", "chợ Chũ"):
        assert secret not in told.replace(str(offer.id), "").replace(" ", "") or secret.isdigit()
    assert "Bưởi" not in told and "912345678" not in told and "chợ Chũ" not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "converted"},
        {"handled_by": str(uuid4())},
        {"kind": "money"},
        {"pledged_quantity": "5"},
        {"commune": AN_LAC, "group": "child"},
        {"id": "1"},
        {"phone": None},
    ],
)
def test_a_form_that_says_more_or_less_is_refused(session, wrong):
    with pytest.raises(ValidationError):
        OfferInput().load(typed(session) | wrong)


def test_no_offer_goes_to_a_person_or_to_what_is_not_on_the_map(session, office, anybody, offered):
    hidden = (
        make_person(session),
        make_place(session, sensitive=True),
        make_place(session, status="draft"),
    )
    for place in hidden:
        with pytest.raises(Invalid, match="Không có địa chỉ này trên bản đồ"):
            form = typed(session) | {"address": place.public_code}
            intake.submit_offer(anybody, OfferInput().load(form))
    offer = offered(commune=f"{AN_LAC}@2022", group="elderly")
    assert offer.address_id is None and offer.unit_ids


def test_a_suggestion_about_people_says_only_commune_and_group(session):
    form = {"id": str(uuid4()), "name": "Người Mẫu", "phone": "0912345678", "commune": AN_LAC}
    form["consent"] = "1"
    SuggestionInput().load(form | {"group": "child"})
    for words in ({"words": "Em Lan ở thôn Vàng"}, {"note": "Em Lan"}, {"title": "Nhà em Lan"}):
        with pytest.raises(ValidationError):
            SuggestionInput().load(form | {"group": "child"} | words)


def test_the_database_keeps_people_bare(session, office):
    suggestion = suggested(session, office, group="child")
    with pytest.raises(IntegrityError, match="ck_suggestion_person_bare"):
        session.execute(
            text("UPDATE core.suggestion SET title = 'Nhà em Lan' WHERE id = :id"),
            {"id": suggestion.id},
        )


def test_nothing_of_it_is_public_before_or_after_review(session, office, officer, offered, public):
    offer, suggestion = offered(), suggested(session, office, title="Điểm trường Tai Nghe")
    relations = public.scalars(
        text(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'pub'::regnamespace"
            " AND relkind IN ('r', 'v', 'm') AND has_table_privilege(oid, 'SELECT')"
        )
    ).all()
    shown = "".join(str(public.execute(text(f"SELECT * FROM {name}")).all()) for name in relations)
    assert relations and "Tai Nghe" not in shown and offer.public_code not in shown
    _, made = service.accept(office, officer, suggestion.public_code, suggestion.version)
    assert made.status == "draft"
    assert not public.scalars(text("SELECT 1 FROM pub.place WHERE title LIKE '%Tai Nghe%'")).all()


# The sender


def test_a_receipt_finds_and_takes_back(session, office, anybody):
    taken = intake.submit_offer(anybody, OfferInput().load(typed(session)))
    with pytest.raises(NotFound):
        intake.withdraw_by_receipt(anybody, "AAAAAAAAAAAAAAAA")
    spoken = f" {taken.receipt[:8].lower()} {taken.receipt[8:]} "
    intake.withdraw_by_receipt(anybody, spoken)
    offer = office.get_one(Offer, taken.form)
    assert offer.status == "withdrawn" and offer.content_hash is None
    assert office.get(OfferContact, taken.form) is None
    intake.withdraw_by_receipt(anybody, taken.receipt)


def test_what_was_answered_is_not_taken_back(session, office, anybody, officer):
    taken = intake.submit_offer(anybody, OfferInput().load(typed(session)))
    code = office.get_one(Offer, taken.form).public_code
    service.convert(office, officer, code, 1, "direct")
    with pytest.raises(Conflict):
        intake.withdraw_by_receipt(anybody, taken.receipt)


# The moderators


def test_from_new_to_contacted_to_a_team_and_back(session, office, officer, offered):
    offer, team = offered(), make_team(session)
    service.contacted(office, officer, offer.public_code, 1)
    with pytest.raises(Invalid):
        service.convert(office, officer, offer.public_code, 2, "team", "ZZZZZZZZ")
    office.refresh(offer)
    service.convert(office, officer, offer.public_code, 2, "team", team.public_code)
    assert (offer.status, offer.team_id, offer.closed_at is None) == ("converted", team.id, False)
    service.undo(office, officer, Offer, offer.public_code, 3)
    assert (offer.status, offer.team_id, offer.closed_at) == ("contacted", None, None)
    with pytest.raises(Conflict):
        service.undo(office, officer, Offer, offer.public_code, 4)


def test_a_pledge_counts_only_once_it_is_confirmed(session, office, officer, offered):
    need = make_need(session, quantity=10)
    code = session.get_one(Address, need.address_id).public_code
    offer = offered(address=code, need=need.public_code, kind="items", pledged_quantity="4")
    asked = service.queries.pledged(need.id)
    assert office.execute(asked).one() == (0, 4)
    service.convert(office, officer, offer.public_code, 1, "pledge")
    assert office.execute(asked).one() == (4, 0)
    counted = text("SELECT committed_quantity FROM pub.need WHERE id = :id")
    assert session.scalar(counted, {"id": need.id}) == 4
    session.execute(text("DELETE FROM core.offer WHERE id = :id"), {"id": offer.id})
    make_assignment(session, need=need, status="accepted", quantity=3)
    assert session.scalar(counted, {"id": need.id}) == 7  # what was promised outlives its letter
    plain = offered()
    with pytest.raises(Invalid):
        service.convert(office, officer, plain.public_code, 1, "pledge")


def test_a_pledge_that_is_taken_back_counts_no_more(session, office, officer, offered):
    need = make_need(session, quantity=10)
    place = session.get_one(Address, need.address_id).public_code
    offer = offered(address=place, need=need.public_code, kind="items", pledged_quantity="4")
    service.convert(office, officer, offer.public_code, 1, "pledge")
    service.undo(office, officer, Offer, offer.public_code, 2)
    shown = text("SELECT committed_quantity FROM pub.need WHERE id = :id")
    assert session.scalar(shown, {"id": need.id}) == 0


def test_declining_takes_a_reason_that_is_a_code(session, office, officer, offered):
    offer = offered()
    service.decline(office, officer, Offer, offer.public_code, 1, "no_answer")
    assert (offer.status, offer.status_reason) == ("declined", "no_answer")
    with pytest.raises(IntegrityError, match="ck_offer_status_reason"):
        session.execute(
            text("UPDATE core.offer SET status_reason = 'chị Lan bận' WHERE id = :id"),
            {"id": offer.id},
        )


def test_the_second_to_answer_is_told(office, officer, offered):
    offer = offered()
    service.contacted(office, officer, offer.public_code, 1)
    with pytest.raises(Conflict) as refusal:
        service.decline(office, officer, Offer, offer.public_code, 1, "other")
    assert refusal.value.code == "stale"


def test_raw_sql_takes_no_illegal_step(session, office, offered):
    offer = offered()
    session.execute(
        text(
            "UPDATE core.offer SET status = 'declined', status_reason = 'other',"
            " closed_at = now() WHERE id = :id"
        ),
        {"id": offer.id},
    )
    with pytest.raises(IntegrityError, match="may not go from declined to converted"):
        session.execute(
            text("UPDATE core.offer SET status = 'converted', outcome = 'direct' WHERE id = :id"),
            {"id": offer.id},
        )


def test_an_accepted_place_becomes_a_draft_of_the_register(session, office, officer):
    suggestion = suggested(session, office, title="Điểm trường Khe Mới")
    taken, made = service.accept(office, officer, suggestion.public_code, 1)
    assert (made.title, made.status, made.organisation_id) == (
        "Điểm trường Khe Mới",
        "draft",
        officer.organisation.id,
    )
    assert taken.converted_to == made.id and not service.may_undo(office, officer, taken)


def test_the_programme_year_is_that_of_vietnam_where_it_was_suggested(session, office, officer):
    suggestion = suggested(session, office, title="Điểm trường Khe Mới")
    session.execute(
        text("UPDATE core.suggestion SET created_at = '2025-12-31 18:00+00' WHERE id = :id"),
        {"id": suggestion.id},  # one o'clock on New Year's night
    )
    _, made = service.accept(office, officer, suggestion.public_code, 1)
    assert made.programme_year == 2026


def test_a_suggestion_very_like_a_known_place_waits_for_a_word(session, office, officer):
    place = make_place(session, title="Trường Tiểu học Khe Mới")
    suggestion = suggested(session, office, title=place.title)
    with pytest.raises(Invalid) as refusal:
        service.accept(office, officer, suggestion.public_code, 1)
    assert "confirm_duplicate" in refusal.value.fields
    office.refresh(suggestion)
    _, made = service.accept(office, officer, suggestion.public_code, 1, confirm_duplicate=True)
    assert made is not None


def test_another_district_knows_of_none(office, elsewhere, session, offered):
    offer = offered()
    for step in (
        lambda code: service.contacted(office, elsewhere, code, 1),
        lambda code: service.reveal_sender(office, elsewhere, Offer, code, None),
        lambda code: service.decline(office, elsewhere, Offer, code, 1, "other"),
    ):
        told = []
        for code in (offer.public_code, "ZZZZZZZZ"):
            with pytest.raises(NotFound) as refusal:
                step(code)
            told.append(refusal.value.detail)
        assert told[0] == told[1]
    assert "refused_elsewhere" in trail(session)


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.VIEWER, Role.TEAM_LEADER])
def test_only_officers_moderate(session, office, role, offered):
    offer = offered()
    with pytest.raises(Forbidden):
        actor = rights.actor(office, officer_of(session, SON_DONG, role))
        service.reveal_sender(office, actor, Offer, offer.public_code, None)


def test_each_look_at_a_sender_is_in_the_trail(session, office, officer, offered):
    offer = offered(**SENDER)
    shown = service.reveal_sender(office, officer, Offer, offer.public_code, None)
    assert shown["name"] == SENDER["name"] and shown["phone"] == "+84912345678"
    assert '"action":"reveal"' in trail(session).replace(" ", "")
    used = session.scalar(text("SELECT count(*) FROM private.disclosure_use"))
    assert used == 1


# Forgetting


def test_what_is_due_is_forgotten(session, office, offered):
    fresh, old = offered(), offered()
    proposed, recent = suggested(session, office), suggested(session, office)
    session.execute(text("UPDATE core.offer SET status = 'spam', closed_at = now()"))
    session.execute(
        text("UPDATE core.offer SET closed_at = now() - interval '7 months' WHERE id = :id"),
        {"id": old.id},
    )
    session.execute(
        text("UPDATE core.suggestion SET created_at = now() - interval '31 days' WHERE id = :id"),
        {"id": proposed.id},
    )
    assert service.forget_due(office) == 2
    office.expire_all()
    ids = [offer.id for offer in (fresh, old)]
    left = session.scalars(text("SELECT id FROM core.offer")).all()
    contacts = session.scalars(text("SELECT offer_id FROM private.offer_contact")).all()
    assert left == contacts == ids[:1]
    senders = session.scalars(text("SELECT suggestion_id FROM private.suggestion_contact")).all()
    assert senders == [recent.id]


# The pages


def test_a_sheet_in_the_office(client, sign_in, session, office, offered):
    account = sign_in(officer_of(session, SON_DONG))
    offer = offered(**SENDER)
    path = f"/manage/inbox/offers/{offer.public_code}"
    sheet = client.get(path)
    assert "Bưởi" not in sheet.text and "0912" not in sheet.text
    shown = client.post(f"{path}/sender")
    assert "Hoàng Thị Bưởi" in shown.text and "0912 345 678" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Bưởi" not in client.get(path).text
    assert client.post(f"{path}/contacted", data={"version": 1}).status_code == 303
    assert "Hoàn tác bước vừa rồi" in client.get(path).text
    assert client.post(f"{path}/undo", data={"version": 2}).status_code == 303
    assert client.post(f"{path}/decline", data={"version": 3}).status_code == 422
    assert client.post(f"{path}/contacted", data={"version": 1}).status_code == 409
    assert (
        client.post(f"{path}/contacted", data={"version": 3, "status": "spam"}).status_code == 422
    )
    assert account.role is Role.OFFICER


def test_words_about_people_are_pointed_out_on_the_sheet(client, sign_in, session, office):
    sign_in(officer_of(session, SON_DONG))
    suggestion = suggested(session, office, words="Hỏi anh Tuấn, số 0912345678.")
    page = client.get(f"/manage/inbox/suggestions/{suggestion.public_code}")
    assert "Tuấn (tên người)" in page.text and "0912345678 (số điện thoại)" in page.text
    path = f"/manage/inbox/suggestions/{suggestion.public_code}/accept"
    assert client.post(path, data={"version": 1}).status_code == 303
    assert "Bản nháp" in client.get(path.removesuffix("/accept")).text


def test_the_province_says_why_it_looks(client, sign_in, session, office, offered):
    sign_in(make_account(session, role=Role.ADMIN))
    offer = offered()
    path = f"/manage/inbox/offers/{offer.public_code}/sender"
    assert client.post(path).status_code == 422
    assert "Người Gửi Mẫu" in client.post(path, data={"why": "call"}).text
