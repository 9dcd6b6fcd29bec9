"""The drafts of a list are submitted together, each for itself, and go with an undo of the list."""

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.addresses.models import Address
from mapservice.consent import service as consent
from mapservice.consent.models import Channel, Giver, Purpose
from mapservice.errors import Conflict, NotFound
from mapservice.imports import documents, queries, submitting, undoing, work
from mapservice.imports.fields import Kind
from mapservice.imports.models import BatchStatus, ImportBatch
from mapservice.registration import service as registration
from mapservice.review import service as review
from tests import office as offices
from tests.db.test_imports import PERSONS, PLACES, checksums, committed
from tests.db.test_registration import place_values

TWO_PERSONS = PERSONS.replace(";;;\n", ";có;giấy;phiếu 2\n")
STATES = text("""
    SELECT a.status || coalesce(' ' || n.status, '') FROM core.import_row AS r
      JOIN core.address AS a ON a.id = r.address_id LEFT JOIN core.need AS n ON n.address_id = a.id
    WHERE r.batch_id = :batch ORDER BY r.number""")


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def registrar(world, office):
    return rights.actor(office, world.here.accounts[Role.REGISTRAR])


@pytest.fixture
def officer(world, office):
    return rights.actor(office, world.here.accounts[Role.OFFICER])


def sent(office, actor, content: str = PLACES, kind: Kind = Kind.PLACES) -> ImportBatch:
    batch = committed(office, actor, content, kind)
    return submitting.begin(office, actor, batch.id, batch.version)


def states(session, batch) -> list[str]:
    return session.scalars(STATES, {"batch": batch.id}).all()


def first_code(office, batch) -> str:
    records = [row.address_id for row in office.scalars(queries.rows(batch.id)) if row.made]
    return office.scalars(queries.stored(Address, records[:1])).one().public_code


def test_places_go_with_their_needs_and_the_import_can_be_undone(session, office, registrar):
    before = checksums(session)
    batch = sent(office, registrar)
    assert states(session, batch) == ["submitted submitted", "submitted"]
    assert batch.submitting_by is None and batch.status is BatchStatus.COMMITTED
    with pytest.raises(Conflict) as nothing:
        submitting.begin(office, registrar, batch.id, batch.version)
    assert nothing.value.code == "no-drafts"
    undoing.undo(office, registrar, batch.id, batch.version)
    after = checksums(session)
    assert {name for name in after if after[name] != before[name]} <= {"pub.change_step"}


def test_what_cannot_be_sent_says_why_at_its_row_and_is_sent_later(session, office, registrar):
    batch = committed(office, registrar, TWO_PERSONS, Kind.PERSONS)
    first = office.scalars(queries.rows(batch.id)).first().address_id
    taken_back = text("UPDATE core.consent SET withdrawn_at = now() WHERE address_id = :address")
    session.execute(taken_back, {"address": first})
    batch = submitting.begin(office, registrar, batch.id, batch.version)
    assert states(session, batch) == ["draft", "submitted"]
    (problem,) = documents.record(office, registrar, batch)["problems"]
    assert problem["number"] == 2 and problem["faults"] == [
        {"field": "", "reason": review.NO_BASIS}
    ]
    agreed = {"channel": Channel.PAPER, "by": registrar.id}
    consent.give(office, first, Purpose.REGISTER, {Giver.PERSON}, **agreed)
    batch = submitting.begin(office, registrar, batch.id, batch.version)
    told = documents.record(office, registrar, batch)
    assert told["problems"] == [] and told["records"] == {"submitted": 2}


def test_a_record_that_somebody_decided_on_stands_in_the_way(session, office, registrar, officer):
    batch = sent(office, registrar)
    code = first_code(office, batch)
    review.return_(office, officer, code, 2, "Cần ghi rõ thôn")
    with pytest.raises(Conflict) as refused:
        undoing.undo(office, registrar, batch.id, batch.version)
    assert refused.value.code == "built-on" and code in refused.value.detail


def test_what_was_changed_before_it_was_sent_stands_in_the_way(session, office, registrar):
    batch = committed(office, registrar, PLACES)
    code = first_code(office, batch)
    values = place_values(title="Điểm trường Nà Mẫu", households=14, confirm_duplicate=True)
    registration.change_place(office, registrar, code, 1, values, [])
    batch = submitting.begin(office, registrar, batch.id, batch.version)
    assert states(session, batch) == ["submitted submitted", "submitted"]
    with pytest.raises(Conflict) as refused:
        undoing.undo(office, registrar, batch.id, batch.version)
    assert refused.value.code == "built-on" and code in refused.value.detail


def test_many_are_sent_by_the_worker_for_who_asked(session, office, registrar, monkeypatch):
    monkeypatch.setattr(submitting, "AT_ONCE", 1)
    batch = sent(office, registrar)
    assert batch.submitting_by == registrar.id and states(session, batch)[0] == "draft draft"
    for step in (submitting.begin, undoing.undo):
        with pytest.raises(Conflict) as busy:
            step(office, registrar, batch.id, batch.version)
        assert busy.value.code == "import-submitting"
    assert work.next_step(office) == 1
    assert "draft" in " ".join(states(session, batch))
    while work.next_step(office):
        pass
    office.refresh(batch)
    assert batch.submitting_by is None
    assert states(session, batch) == ["submitted submitted", "submitted"]


def test_who_stops_it_leaves_the_rest_as_drafts(session, office, registrar, monkeypatch):
    monkeypatch.setattr(submitting, "AT_ONCE", 1)
    batch = sent(office, registrar)
    seen = batch.version
    assert work.next_step(office) == 1
    submitting.stop(office, registrar, batch.id, seen)  # as it was seen before that piece
    assert office.scalar(text("SHOW statement_timeout")) == "30s"  # a piece may hold the list
    assert work.next_step(office) == 0
    assert sorted(state.split()[0] for state in states(session, batch)) == ["draft", "submitted"]
    with pytest.raises(Conflict) as over:
        submitting.stop(office, registrar, batch.id, batch.version)
    assert over.value.code == "not-submitting"
    submitting.begin(office, registrar, batch.id, batch.version)
    while work.next_step(office):
        pass
    assert states(session, batch) == ["submitted submitted", "submitted"]


def test_who_may_no_longer_import_sends_nothing_more(
    world, session, office, registrar, monkeypatch
):
    monkeypatch.setattr(submitting, "AT_ONCE", 1)
    batch = sent(office, registrar)
    session.execute(text("UPDATE core.user_account SET role = 'viewer' WHERE id = :id"),
                    {"id": registrar.id})  # fmt: skip
    office.expire_all()
    assert work.next_step(office) == 1 and work.next_step(office) == 0
    office.refresh(batch)
    assert batch.submitting_by is None and batch.progress["fault"]
    assert states(session, batch) == ["draft draft", "draft"]


def test_only_the_office_that_made_them_sends_them(world, office, registrar, officer):
    batch = committed(office, registrar, PLACES)
    with pytest.raises(Conflict):
        submitting.begin(office, officer, batch.id, batch.version)
    elsewhere = rights.actor(office, world.there.accounts[Role.OFFICER])
    with pytest.raises(NotFound):
        submitting.begin(office, elsewhere, batch.id, batch.version)
