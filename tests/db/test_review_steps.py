"""Steps of a review: who, from which state to which, and what the database itself refuses."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.accounts.rights import ALLOWED, Action
from mapservice.errors import Conflict, Forbidden, Invalid, NotFound
from mapservice.needs import freshness
from mapservice.review import need_steps, service
from tests import office as offices
from tests.factories import (
    make_assignment,
    make_need,
    make_person,
    make_place,
)

STATES = (
    "draft", "submitted", "returned", "verified", "published", "expired", "rejected", "withdrawn",
)  # fmt: skip
# Said once more, apart from the code: verb, what it may begin from, what it comes to.
LEADS = {
    "submit": ({"draft", "returned"}, "submitted"),
    "reopen": ({"returned"}, "draft"),
    "return_": ({"submitted"}, "returned"),
    "verify": ({"submitted"}, "verified"),
    "publish": ({"verified"}, "published"),
    "verify_and_publish": ({"submitted"}, "published"),
    "reassure": ({"published", "expired"}, "published"),
    "reject": ({"submitted", "verified"}, "rejected"),
    "withdraw": (set(STATES) - {"rejected", "withdrawn"}, "withdrawn"),
}
REGISTRARS = {"submit", "reopen"}
REASONED = {"return_", "reject", "withdraw"}
NEEDS = "SELECT id FROM pub.need WHERE place_id = :id"


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def act(session, office):
    """`act(account, verb, record, …)`: one verb by an account, as the office's role."""

    def act(account, verb, record, *more, verbs=service):
        session.flush()
        session.refresh(record)
        actor = rights.actor(office, account)
        with office.begin_nested():
            done = getattr(verbs, verb)(office, actor, record.public_code, record.version, *more)
        session.expire_all()
        return done

    return act


def place_of(world, session, status="draft", **values):
    registrar = world.here.accounts[Role.REGISTRAR]
    owned = {"organisation_id": world.here.commune.id, "registered_by": registrar.id}
    return make_place(session, status=status, **owned | values)


def reason(verb):
    return ("Thiếu thông tin",) if verb in REASONED else ()


@pytest.mark.parametrize(("verb", "status"), list(itertools.product(LEADS, STATES)))
def test_every_step_from_every_state_by_every_role(session, office, world, act, verb, status):
    begins, comes_to = LEADS[verb]
    action = Action.REGISTER if verb in REGISTRARS else Action.REVIEW
    for role in Role:
        place = place_of(world, session, status)
        account = world.account(role)
        if role not in ALLOWED[action]:
            with pytest.raises(Forbidden):
                act(account, verb, place, *reason(verb))
        elif status in begins:
            act(account, verb, place, *reason(verb))
            assert place.status == comes_to
        else:
            with pytest.raises(Conflict):
                act(account, verb, place, *reason(verb))
            assert place.status == status


@pytest.mark.parametrize("verb", LEADS)
def test_a_record_of_elsewhere_is_an_unknown_one(session, office, world, act, verb):
    place = place_of(world, session, next(iter(LEADS[verb][0])))
    stranger = world.there.accounts[Role.OFFICER]
    with pytest.raises(NotFound) as elsewhere:
        act(stranger, verb, place, *reason(verb))
    place.public_code = "ZZZZZZZZ"
    actor = rights.actor(office, stranger)
    with pytest.raises(NotFound) as unknown:
        getattr(service, verb)(office, actor, "YYYYYYYY", 1, *reason(verb))
    assert elsewhere.value.detail == unknown.value.detail


def test_another_version_is_told_what_happened_meanwhile(session, world, act, office):
    place = place_of(world, session, "submitted")
    officer, admin = world.here.accounts[Role.OFFICER], world.admin
    seen = place.version
    act(officer, "verify", place)
    with pytest.raises(Conflict) as refusal:
        service.publish(office, rights.actor(office, admin), place.public_code, seen)
    assert officer.name in refusal.value.detail and "Đã xác minh" in refusal.value.detail


def test_needs_move_with_their_address_and_later_ones_alone(session, world, act):
    registrar, officer = (world.here.accounts[r] for r in (Role.REGISTRAR, Role.OFFICER))
    place = place_of(world, session)
    first = make_need(session, address=place, status="draft")
    for account, verb, state in (
        (registrar, "submit", "submitted"),
        (officer, "verify", "verified"),
        (officer, "publish", "published"),
    ):
        act(account, verb, place)
        assert (place.status, first.status) == (state, state)
    assert first.verified_by == officer.id
    late = make_need(session, address=place, status="draft", registered_by=registrar.id)
    act(registrar, "submit", late, verbs=need_steps)
    assert (place.status, late.status) == ("published", "submitted")
    act(officer, "verify", late, verbs=need_steps)
    act(officer, "publish", late, verbs=need_steps)
    assert late.status == "published" and late.verified_by == officer.id
    codes = session.scalars(
        text("SELECT code FROM pub.need WHERE place_id = :id"), {"id": place.id}
    )
    assert set(codes) == {first.public_code, late.public_code}


@pytest.mark.parametrize("verb", ["return_", "reject", "withdraw"])
def test_a_need_is_given_back_alone(session, world, act, verb):
    officer = world.here.accounts[Role.OFFICER]
    place = place_of(world, session, "submitted")
    one, other = (make_need(session, address=place, status="submitted") for _ in range(2))
    act(officer, verb, one, "Chưa rõ số lượng", verbs=need_steps)
    assert one.status == LEADS[verb][1] and one.status_reason == "Chưa rõ số lượng"
    assert (place.status, other.status) == ("submitted", "submitted")


def test_a_need_does_not_overtake_its_address(session, world, act):
    officer = world.here.accounts[Role.OFFICER]
    place = place_of(world, session, "submitted")
    need = make_need(session, address=place, status="submitted")
    with pytest.raises(Conflict):
        act(officer, "verify", need, verbs=need_steps)
    act(officer, "verify", place)
    with pytest.raises(Conflict):
        act(officer, "publish", need, verbs=need_steps)


def test_a_met_need_is_closed(session, world, act):
    place = place_of(world, session, "published")
    need = make_need(session, address=place, status="met")
    act(world.here.accounts[Role.OFFICER], "close", need, verbs=need_steps)
    assert need.status == "closed"


def test_a_published_place_is_public_at_once_and_a_withdrawn_one_gone(session, world, act):
    officer = world.here.accounts[Role.OFFICER]
    place = place_of(world, session, "submitted")
    need = make_need(session, address=place, status="submitted")
    act(officer, "verify_and_publish", place)
    assert session.scalar(text("SELECT code FROM pub.place WHERE id = :id"), {"id": place.id})
    assert session.scalars(text(NEEDS), {"id": place.id}).all() == [need.id]
    visit = make_assignment(session, need=need, status="accepted")
    act(officer, "withdraw", place, "Đã đủ người giúp")
    session.refresh(visit)
    assert (need.status, visit.status) == ("withdrawn", "cancelled")
    gone = text("SELECT count(*) FROM pub.place WHERE id = :id")
    assert session.scalar(gone, {"id": place.id}) == 0
    assert session.scalars(text(NEEDS), {"id": place.id}).all() == []


def test_a_person_is_never_public(session, world, act):
    registrar, officer = (world.here.accounts[r] for r in (Role.REGISTRAR, Role.OFFICER))
    person = make_person(session, status="draft", registered_by=registrar.id)
    make_need(session, address=person, status="draft")
    for account, verb in ((registrar, "submit"), (officer, "verify"), (officer, "publish")):
        act(account, verb, person)
    assert person.status == "published"
    assert session.scalars(text(NEEDS), {"id": person.id}).all() == []
    found = text("SELECT count(*) FROM pub.place WHERE id = :id OR code = :code")
    assert session.scalar(found, {"id": person.id, "code": person.public_code}) == 0


@pytest.mark.parametrize("verb", ["submit", "verify", "publish", "reassure"])
def test_a_person_without_consent_goes_no_further(session, world, act, verb):
    status = next(iter(LEADS[verb][0] - {"returned", "published"}))
    person = make_person(session, status=status, consent=False)
    with pytest.raises(Invalid) as refusal:
        act(world.here.accounts[Role.OFFICER], verb, person)
    assert set(refusal.value.fields) == {"consent"}


@pytest.mark.parametrize(("verb", "status"), [("return_", "submitted"), ("withdraw", "published")])
@pytest.mark.parametrize("kind", ["person", "sensitive"])
def test_of_a_person_or_a_protected_place_the_reason_is_a_code(
    session, world, act, verb, status, kind
):
    officer = world.here.accounts[Role.OFFICER]
    if kind == "person":
        record = make_person(session, status=status)
    else:
        record = place_of(world, session, status, sensitive=True)
    for words in ("Cụ Mận đã chuyển đi", "", "consent_withdrawn"):
        with pytest.raises(Invalid) as refusal:
            act(officer, verb, record, words)
        assert set(refusal.value.fields) == {"reason"}
    act(officer, verb, record, "other")
    assert record.status_reason == "other"


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN])
@pytest.mark.parametrize("allowed", [False, True])
def test_an_own_place_is_verified_only_where_the_organisation_allows_it(
    session, world, act, role, allowed
):
    account = world.account(role)
    world.here.commune.self_verification = allowed
    place = place_of(world, session, "submitted", registered_by=account.id)
    if not allowed:
        with pytest.raises(Conflict, match="người khác"):
            act(account, "verify", place)
        return
    act(account, "verify", place)
    assert place.verified_by == place.registered_by == account.id
    told = text("SELECT actor_id FROM core.audit_event WHERE record_id = :id AND action = :act")
    assert session.scalar(told, {"id": place.id, "act": "self_verify"}) == account.id


@pytest.mark.parametrize("role", [Role.OFFICER, Role.ADMIN])
def test_an_own_person_is_never_verified(session, world, act, role):
    account = world.account(role)
    person = make_person(
        session, status="submitted", registered_by=account.id, organisation_id=world.here.commune.id
    )
    world.here.commune.self_verification = True
    with pytest.raises(Conflict):
        act(account, "verify", person)


def test_an_own_need_keeps_its_address_waiting_for_another(session, world, act):
    officer = world.here.accounts[Role.OFFICER]
    place = place_of(world, session, "submitted")
    make_need(session, address=place, status="submitted", registered_by=officer.id)
    with pytest.raises(Conflict):
        act(officer, "verify", place)
    act(world.admin, "verify", place)


RAW = {
    "tr_address_verifier": "status = 'verified'",
    "tr_address_self_verification": "status = 'verified', verified_by = registered_by",
    "tr_address_registrar": "registered_by = verified_by",
    "tr_address_status": "status = 'published'",
    "tr_address_undo": "status = 'draft'",
}


@pytest.mark.parametrize("constraint", RAW)
def test_raw_sql_meets_the_same_rules(session, office, world, constraint):
    place = place_of(world, session, "submitted")
    with pytest.raises(IntegrityError) as refusal, office.begin_nested():
        office.execute(
            text(f"UPDATE core.address SET {RAW[constraint]} WHERE id = :id"), {"id": place.id}
        )
    assert refusal.value.orig.diag.constraint_name == constraint


def test_raw_sql_lets_nobody_verify_an_own_need(session, office, world):
    officer = world.here.accounts[Role.OFFICER]
    place = place_of(world, session, "verified")
    need = make_need(session, address=place, status="submitted", registered_by=officer.id)
    with pytest.raises(IntegrityError) as refusal, office.begin_nested():
        office.execute(
            text("UPDATE core.need SET status = 'verified', verified_by = :by WHERE id = :id"),
            {"id": need.id, "by": officer.id},
        )
    assert refusal.value.orig.diag.constraint_name == "tr_need_self_verification"


def test_the_memory_of_steps_is_the_databases_own(office):
    with pytest.raises(ProgrammingError, match="permission denied"):
        office.execute(
            text(
                "INSERT INTO core.last_step (table_name, record_id, from_status, to_status)"
                " VALUES ('address', gen_random_uuid(), 'draft', 'submitted')"
            )
        )


@pytest.mark.parametrize(("urgency", "days"), [(3, 90), (4, 14)])
def test_publishing_and_reassuring_hold_for_their_days(session, world, act, urgency, days):
    officer = world.here.accounts[Role.OFFICER]
    place = place_of(world, session, "verified")
    make_need(session, address=place, status="verified", urgency=urgency)
    act(officer, "publish", place)
    assert place.assured_until - place.assured_at == timedelta(days=days)
    assert place.assured_by == officer.id


def test_an_urgent_need_added_later_makes_the_check_fall_due_earlier(session, world, act):
    officer = world.here.accounts[Role.OFFICER]
    place = place_of(world, session, "verified")
    act(officer, "publish", place)
    need = make_need(session, address=place, status="submitted", urgency=4)
    act(officer, "verify_and_publish", need, verbs=need_steps)
    assert place.assured_until - place.assured_at == timedelta(days=14)


def test_what_expired_is_public_again_when_reassured(session, world, act):
    place = place_of(world, session, "published")
    need = make_need(session, address=place)
    session.execute(text("UPDATE core.address SET assured_until = now() - interval '1 day'"))
    assert freshness.expire_unassured(session) >= 2
    session.expire_all()
    assert (place.status, need.status) == ("expired", "expired")
    assert session.scalars(text(NEEDS), {"id": place.id}).all() == []
    act(world.here.accounts[Role.OFFICER], "reassure", place)
    assert (place.status, need.status) == ("published", "published")
    assert session.scalars(text(NEEDS), {"id": place.id}).all() == [need.id]
