"""Drafts of forms: forgotten in time, gone with an erased record, no more than somebody writes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice.addresses.models import Nature
from mapservice.disclosure import drafts
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.sealing import KeyRing
from tests.factories import make_account, make_draft, make_person
from tests.races import at_once

COUNT = text("SELECT count(*) FROM private.form_draft")


@pytest.fixture
def account(session):
    return make_account(session)


def age(session, draft, column, by: timedelta):
    session.execute(
        text(f"UPDATE private.form_draft SET {column} = now() - :by WHERE id = :id"),
        {"by": by, "id": draft.id},
    )


def test_the_old_and_the_discarded_are_forgotten(session, office, account):
    old, left, gone, kept = (make_draft(session, by=account) for _ in range(4))
    age(session, old, "updated_at", drafts.KEPT + timedelta(minutes=1))
    age(session, left, "updated_at", drafts.KEPT - timedelta(hours=1))
    age(session, gone, "discarded_at", drafts.TAKEN_BACK + timedelta(minutes=1))
    age(session, kept, "discarded_at", timedelta(minutes=1))
    assert drafts.forget_old(office) == 2
    assert [d.id for d in drafts.mine(office, account.id)] == [left.id]
    drafts.take_back(office, account.id, kept.id)
    with pytest.raises(NotFound):
        drafts.take_back(office, account.id, gone.id)


def test_what_is_erased_lives_on_in_no_draft(session, office, account):
    person = make_person(session)
    make_draft(session, by=account, nature=Nature.PERSON, address_id=person.id)
    other = make_draft(session, by=account)
    office.execute(
        text("SELECT core.erase_persons(ARRAY[:id]::uuid[], 'consent_withdrawn')"),
        {"id": person.id},
    )
    assert office.scalars(text("SELECT id FROM private.form_draft")).all() == [other.id]


def test_nobody_keeps_drafts_without_end(session, office, account, monkeypatch):
    monkeypatch.setattr(drafts, "MOST", 2)
    for _ in range(2):
        make_draft(session, by=account)
    with pytest.raises(Conflict):
        make_draft(session, by=account)


def test_a_draft_is_not_longer_than_the_database_takes(session, office, account):
    longest = [("story", "ắ" * ((drafts.LONGEST - 300) // 3))]
    common = {"nature": Nature.PERSON, "version": 0, "writer": "w"}
    drafts.keep(office, account.id, uuid4(), longest, **common)
    with pytest.raises(Invalid):
        drafts.keep(office, account.id, uuid4(), [("story", "a" * drafts.LONGEST)], **common)


def test_the_database_takes_no_clear_text(session, account):
    draft = make_draft(session, by=account)
    with pytest.raises(IntegrityError, match="content_sealed"), session.begin_nested():
        session.execute(
            text("UPDATE private.form_draft SET content = 'Lương Thị Mẫu' WHERE id = :id"),
            {"id": draft.id},
        )


def test_a_disabled_accounts_drafts_go_with_it(session, account):
    make_draft(session, by=account)
    session.execute(text("DELETE FROM core.user_account WHERE id = :id"), {"id": account.id})
    assert session.scalar(COUNT) == 0


def test_nothing_of_a_draft_is_in_its_repr(session, account):
    assert "Bản viết dở" not in repr(make_draft(session, by=account))


TWINS = 6


@pytest.fixture
def committed(engine):
    """An account that other connections see; it goes again with its drafts."""
    with Session(engine, expire_on_commit=False) as session:
        account = make_account(session)
        session.commit()
        yield account
        session.rollback()
        values = {"account": account.id, "home": account.organisation_id}
        for statement in (
            "DELETE FROM private.form_draft WHERE account_id = :account",
            "DELETE FROM core.user_account WHERE id = :account",
            "DELETE FROM core.organisation WHERE id = :home",
        ):
            session.execute(text(statement), values)
        session.commit()


def test_a_first_save_that_is_sent_again_while_it_is_written_is_one_draft(
    engine, settings, committed
):
    """The answer was too slow for the page, which asks again: its own words are no conflict."""
    draft, ring = uuid4(), KeyRing.parse(settings["DATA_KEY"])

    def save(session):
        session.info["keys"] = ring
        told = {"nature": Nature.PLACE, "version": 0, "writer": "w"}
        return drafts.keep(session, committed.id, draft, [("title", "Trường")], **told).version

    assert sorted(at_once(engine, [save] * TWINS)) == list(range(1, TWINS + 1))
