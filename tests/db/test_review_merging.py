"""Merging and separating, and taking the own last step back: what is restored, and until when."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.consent import service as consent
from mapservice.consent.models import Purpose
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.review import merging, service, undo
from tests import office as offices
from tests.factories import make_need, make_person, make_place

PUBLIC_NEEDS = "SELECT place_id FROM pub.need WHERE id = :id"


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def officer(office, world):
    return rights.actor(office, world.here.accounts[Role.OFFICER])


@pytest.fixture
def do(session, office, officer):
    """`do(verb, record, …, by=)`: one verb as the office's role."""

    def do(verb, record, *more, by=None):
        session.flush()
        session.refresh(record)
        with office.begin_nested():
            done = verb(office, by or officer, record.public_code, record.version, *more)
        session.expire_all()
        return done

    return do


def merge(do, double, kept):
    return do(merging.mark_duplicate, double, kept.public_code)


def test_needs_move_and_come_back_and_the_map_follows(session, do):
    kept, double = make_place(session), make_place(session)
    need = make_need(session, address=double)
    merge(do, double, kept)
    assert (double.status, double.duplicate_of_id) == ("duplicate", kept.id)
    assert need.address_id == kept.id
    assert session.scalar(text(PUBLIC_NEEDS), {"id": need.id}) == kept.id
    codes = text("SELECT count(*) FROM pub.place WHERE id = :id")
    assert session.scalar(codes, {"id": double.id}) == 0
    do(merging.separate, double)
    assert (double.status, double.duplicate_of_id) == ("published", None)
    assert need.address_id == double.id
    assert session.scalar(text(PUBLIC_NEEDS), {"id": need.id}) == double.id
    assert session.scalar(codes, {"id": double.id}) == 1
    told = text("SELECT action FROM core.audit_event WHERE record_id = :id ORDER BY id")
    assert {"merge", "separate"} <= set(session.scalars(told, {"id": kept.id}))


def test_a_merge_is_undone_by_anybody_who_reviews_long_after(session, office, world, do):
    kept, double = make_place(session), make_place(session, status="submitted")
    merge(do, double, kept)
    session.execute(text("UPDATE core.last_step SET taken_at = now() - interval '300 days'"))
    do(merging.separate, double, by=rights.actor(office, world.admin))
    assert double.status == "submitted"


def test_a_need_that_went_on_stays_with_the_kept_record(session, office, officer, do):
    kept, double = make_place(session), make_place(session, status="draft")
    need = make_need(session, address=double, status="draft")
    merge(do, double, kept)
    session.execute(
        text("UPDATE core.need SET status = 'submitted' WHERE id = :id"), {"id": need.id}
    )
    session.expire_all()
    do(merging.separate, double)
    assert (double.status, need.address_id) == ("draft", kept.id)


def test_doubles_of_a_double_are_doubles_of_the_kept_one(session, do):
    first, second, third = (make_place(session) for _ in range(3))
    merge(do, first, second)
    merge(do, second, third)
    assert first.duplicate_of_id == third.id
    do(merging.separate, second)
    assert (first.duplicate_of_id, second.status) == (second.id, "published")
    do(merging.separate, first)
    assert first.status == "published"


@pytest.mark.parametrize(
    ("kept", "double"),
    [("draft", "published"), ("submitted", "verified"), ("withdrawn", "submitted")],
)
def test_what_has_come_further_is_kept(session, do, kept, double):
    with pytest.raises(Invalid) as refusal:
        merge(do, make_place(session, status=double), make_place(session, status=kept))
    assert set(refusal.value.fields) == {"kept"}


def test_what_cannot_be_one_is_not_merged(session, do, world):
    place = make_place(session)
    foreign = make_place(session, commune="07282", lng=106.1, lat=21.4)
    for kept in (place, make_person(session), foreign):
        with pytest.raises(Invalid):
            merge(do, place, kept)
    # Two places are one: neither may go on telling in clear what the other protects.
    for double, kept in ((True, False), (False, True)):
        with pytest.raises(Invalid, match="được bảo vệ"):
            merge(do, make_place(session, sensitive=double), make_place(session, sensitive=kept))
    with pytest.raises(NotFound):
        merge(do, foreign, place)


def test_doubles_of_a_person_are_erased_together(session, do, officer):
    kept, double = make_person(session), make_person(session)
    merge(do, double, kept)
    consent.withdraw(session, kept.id, Purpose.REGISTER, officer.id)
    assert kept.erased_at is not None and double.erased_at is not None
    with pytest.raises(NotFound):
        do(merging.separate, double)


UNDONE = {
    ("submit", "draft"): (),
    ("verify", "submitted"): (),
    ("return_", "submitted"): ("Thiếu số lượng",),
    ("reject", "submitted"): ("Ngoài phạm vi",),
    ("reject", "verified"): ("Ngoài phạm vi",),
}


@pytest.mark.parametrize(("verb", "status"), UNDONE)
def test_the_own_last_step_is_taken_back_with_its_needs(session, do, world, verb, status):
    by = world.admin.id if status == "verified" else None
    place = make_place(session, status=status, verified_by=by)
    need = make_need(session, address=place, status=status, verified_by=by)
    other = make_need(session, address=place, status="withdrawn")
    do(getattr(service, verb), place, *UNDONE[verb, status])
    assert place.status != status and need.status == place.status
    do(undo.undo, place)
    assert (place.status, need.status, other.status) == (status, status, "withdrawn")
    if status == "submitted":
        assert (place.verified_by, need.verified_by) == (None, None)
    told = text("SELECT count(*) FROM core.audit_event WHERE record_id = :id AND action = 'undo'")
    assert session.scalar(told, {"id": place.id}) == 1
    with pytest.raises(Conflict):
        do(undo.undo, place)


def test_a_record_that_is_not_sent_again_after_all_still_says_why_it_came_back(session, do, world):
    registrar = rights.actor(session, world.here.accounts[Role.REGISTRAR])
    place = make_place(session, status="submitted")
    need = make_need(session, address=place, status="submitted")
    do(service.return_, place, "Thiếu số người")
    do(service.submit, place, by=registrar)
    assert (place.status_reason, need.status_reason) == (None, None)
    do(undo.undo, place, by=registrar)
    assert (place.status, place.status_reason) == ("draft", "Thiếu số người")
    assert (need.status, need.status_reason) == ("draft", "Thiếu số người")


def test_a_merge_just_made_is_taken_back_like_any_step(session, do):
    kept, double = make_place(session), make_place(session)
    merge(do, double, kept)
    do(undo.undo, double)
    assert double.status == "published"


def test_it_is_too_late_after_ten_minutes(session, office, officer, do):
    place = make_place(session, status="submitted")
    do(service.verify, place)
    session.execute(text("UPDATE core.last_step SET taken_at = now() - interval '10 minutes'"))
    assert undo.offered(office, officer, place) is None
    with pytest.raises(Conflict):
        do(undo.undo, place)


def test_nobody_takes_anothers_step_back(session, office, world, do):
    place = make_place(session, status="submitted")
    do(service.verify, place)
    with pytest.raises(Conflict):
        do(undo.undo, place, by=rights.actor(office, world.admin))


def test_what_left_the_house_is_not_taken_back(session, do):
    place = make_place(session, status="submitted")
    do(service.verify_and_publish, place)
    with pytest.raises(Conflict):
        do(undo.undo, place)
    do(service.withdraw, place, "Không còn cần")
    with pytest.raises(Conflict):
        do(undo.undo, place)


@pytest.mark.parametrize("who", ["nobody", "another"])
def test_raw_sql_takes_nothing_back_for_others_or_late(session, office, world, officer, do, who):
    place = make_place(session, status="submitted")
    do(service.verify, place)
    actor = "" if who == "nobody" else str(world.admin.id)
    office.execute(text("SELECT set_config('mapservice.actor', :actor, true)"), {"actor": actor})
    back = text("UPDATE core.address SET status = 'submitted' WHERE id = :id")
    with pytest.raises(IntegrityError) as refusal, office.begin_nested():
        office.execute(back, {"id": place.id})
    assert refusal.value.orig.diag.constraint_name == "tr_address_undo"
    # The same actor in time may, and only to where the record came from.
    mine = {"actor": str(officer.id)}
    office.execute(text("SELECT set_config('mapservice.actor', :actor, true)"), mine)
    office.execute(back, {"id": place.id})
