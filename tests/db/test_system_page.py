"""The page of the system: an admin sees what is wrong, in words, and lets it be done again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.mail.models import Mail
from mapservice.worker import pages
from mapservice.worker.jobs import JOBS, SEALER
from mapservice.worker.models import WorkerJob
from tests.factories import make_account, make_job, make_mail, make_person

WELL = "Mọi việc đang chạy tốt"


@pytest.fixture
def admin(session, sign_in):
    account = make_account(session, role=Role.ADMIN)
    sign_in(account)
    return account


@pytest.fixture
def running(session):
    """Every job was done a moment ago, every event is sealed."""
    for job in JOBS:
        make_job(
            session,
            name=job.name,
            done_at=datetime.now(UTC),
            failures=0,
            last_error=None,
            failed_at=None,
            set_aside_at=None,
        )
    session.execute(text("DELETE FROM core.audit_unsealed"))
    return {row.name: row for row in session.query(WorkerJob)}


def page(client) -> str:
    reply = client.get("/manage/system")
    assert reply.status_code == 200
    return reply.text


def test_all_is_well(client, admin, running):
    shown = page(client)
    assert WELL in shown and "Chạy lại" not in shown
    assert "Không có thư nào đang chờ gửi." in shown


def test_every_job_is_told_in_words(client, admin, running):
    assert set(pages.WORDS) == {job.name for job in JOBS}
    shown = page(client)
    assert all(words in shown for words in pages.WORDS.values())


def test_no_worker_at_all_is_said_first(client, admin, session):
    session.execute(text("DELETE FROM core.worker_job"))
    shown = page(client)
    assert WELL not in shown and "Tiến trình nền không chạy" in shown


def test_a_worker_that_died_is_noticed(client, admin, session, running):
    running[SEALER].done_at = datetime.now(UTC) - timedelta(minutes=10)
    session.flush()
    assert "Tiến trình nền không chạy" in page(client)


def test_a_job_set_aside_is_shown_and_done_again(client, admin, session, running):
    job = running["release"]
    job.failures, job.last_error, job.set_aside_at = 5, "57014", datetime.now(UTC)
    session.flush()
    shown = page(client)
    assert "1 việc tự động đã tạm dừng" in shown and "mã lỗi 57014" in shown
    assert "/manage/system/jobs/release/retry" in shown
    reply = client.post("/manage/system/jobs/release/retry", follow_redirects=True)
    assert "Việc này sẽ được chạy lại ngay." in reply.text
    session.refresh(job)
    assert (job.failures, job.set_aside_at) == (0, None)
    trail = "SELECT actor_id FROM core.audit_event WHERE action = 'retry_job'"
    assert session.scalars(text(trail)).all() == [admin.id]


def test_a_job_that_failed_lately_only_waits(client, admin, session, running):
    job = running["release"]
    job.failures, job.last_error = 2, "23505"
    job.try_after = datetime.now(UTC) + timedelta(seconds=50)
    session.flush()
    shown = page(client)
    assert "1 việc tự động vừa lỗi." in shown and "Chạy lại" not in shown


def test_a_mail_that_could_not_be_sent_is_sent_again_or_forgotten(client, admin, session, running):
    again, gone = make_mail(session), make_mail(session, last_error="535")
    shown = page(client)
    assert "2 thư không gửi được." in shown and "không có hộp thư này" in shown
    assert again.recipient in shown and again.body not in shown
    again_id, gone_id = again.id, gone.id
    client.post(f"/manage/system/mails/{again_id}/retry")
    client.post(f"/manage/system/mails/{gone_id}/forget")
    session.expunge_all()
    assert session.get(Mail, gone_id) is None
    assert session.get(Mail, again_id).set_aside_at is None
    assert "1 thư đang chờ nhưng chưa khai báo máy chủ thư." in page(client)


def test_a_link_that_ended_can_only_be_forgotten(client, admin, session, running):
    lapsed = make_mail(session, body=None)
    shown = page(client)
    assert "liên kết trong thư đã hết hạn" in shown and "Gửi lại" not in shown
    assert client.post(f"/manage/system/mails/{lapsed.id}/retry").status_code == 409


def test_mail_that_waits_long_says_why(app, client, admin, session, running):
    app.config["MAIL_URL"] = "smtp://a:b@h.vn?from=a@b.vn"
    waits = {"set_aside_at": None, "tries": 0}
    make_mail(session, last_error="535", queued_at=datetime.now(UTC), **waits)
    assert WELL in page(client)
    make_mail(session, last_error="535", queued_at=datetime.now(UTC) - timedelta(hours=1), **waits)
    assert "2 thư chờ gửi đã lâu: máy chủ thư không nhận tên" in page(client)


def test_events_that_nobody_seals_are_a_worry(client, admin, session, running):
    session.execute(
        text("""
        INSERT INTO core.audit_event (action, table_name, at)
          VALUES ('thử', 'thử', clock_timestamp() - interval '5 minutes');
        UPDATE core.audit_head SET caught_up_at = clock_timestamp() - interval '5 minutes'""")
    )
    assert "dòng nhật ký chưa được niêm phong quá 60 giây" in page(client)


def test_too_much_to_erase_at_once_waits_for_a_person(client, admin, session, running):
    person = make_person(session, status="draft", consent=False)
    session.execute(
        text("""
        UPDATE core.address SET status_at = now() - interval '10 years',
          updated_at = now() - interval '10 years' WHERE id = :id"""),
        {"id": person.id},
    )
    assert "1 hồ sơ đến hạn xóa cùng lúc" in page(client)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMIN}))
def test_nobody_else_sees_it(client, session, sign_in, role):
    sign_in(make_account(session, role=role))
    assert client.get("/manage/system").status_code == 403
    assert client.post("/manage/system/jobs/release/retry").status_code == 403


def test_what_was_not_set_aside_cannot_be_asked_for_again(client, admin, running):
    assert client.post("/manage/system/jobs/release/retry").status_code == 404
    assert client.post("/manage/system/jobs/khong-co/retry").status_code == 404


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("550", "không có hộp thư này"),
        ("SSLCertVerificationError", "không được mã hóa an toàn"),
        ("ConnectionRefusedError", "không nối được"),
        ("599", "mã 599"),
        (None, "không rõ lý do"),
    ],
)
def test_a_fault_of_mail_is_told_in_words(code, words):
    assert words in pages.mail_fault(code)
