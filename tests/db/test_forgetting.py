"""What ended long ago is deleted by the worker; what still tells or opens something stays."""

from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import pytest
from sqlalchemy import func, select

from mapservice.accounts import forgetting
from mapservice.accounts.models import (
    ApiToken,
    Attempt,
    Invitation,
    PasswordReset,
    SessionKind,
    SignInSession,
)
from mapservice.mail.models import Mail
from mapservice.worker import jobs
from tests.factories import make_account, make_mail

NOW = datetime.now(UTC)
LONG_AGO = NOW - forgetting.KEPT - timedelta(hours=1)
LATELY = NOW - forgetting.KEPT + timedelta(hours=1)


def made(kind: type, account, when: datetime):
    """One of its kind that began or ended then."""
    own = {"account_id": account.id, "token_hash": token_bytes(32)}
    begun = {"created_at": when - timedelta(minutes=5), "expires_at": when}
    if kind is SignInSession:
        return kind(**own, kind=SessionKind.OFFICE, user_agent="Firefox", created_at=when)
    if kind is Invitation:
        return kind(
            token_hash=own["token_hash"],
            login="moi@example.vn",
            role=account.role,
            organisation_id=account.organisation_id,
            **begun,
        )
    if kind is ApiToken:
        return kind(**own, name="báo cáo", scopes=["read"], **begun)
    return kind(**own, **begun)


@pytest.mark.parametrize("kind", [SignInSession, Invitation, PasswordReset, ApiToken])
def test_what_ended_long_ago_goes_and_no_more(session, office, kind):
    account = make_account(session)
    session.add_all([made(kind, account, LONG_AGO), made(kind, account, LATELY)])
    session.flush()
    assert forgetting.forget_old(office) == 1
    kept = office.scalars(select(kind)).one()
    assert kept.created_at > LONG_AGO


def test_a_token_that_was_revoked_long_ago_goes_before_its_end(session, office):
    token = made(ApiToken, make_account(session), NOW + timedelta(days=30))
    token.revoked_at = LONG_AGO
    session.add(token)
    session.flush()
    assert forgetting.forget_old(office) == 1


def test_the_job_forgets_of_every_kind(session, office):
    session.add(made(PasswordReset, make_account(session), LONG_AGO))
    session.add(Attempt(kind="thử", key_hash=token_bytes(32), began_at=LONG_AGO, hits=1))
    make_mail(session, body=None, set_aside_at=None, sent_at=LONG_AGO)
    aside = make_mail(session, queued_at=LONG_AGO)
    session.flush()
    job = next(item for item in jobs.JOBS if item.name == "forget-old")
    assert job.work(office, {}) == 3
    assert office.scalars(select(Mail.id)).all() == [aside.id]
    assert office.scalar(select(func.count()).select_from(Attempt)) == 0
