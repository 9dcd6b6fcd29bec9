"""The outbox: sent once in the ordinary case, never lost, nothing secret kept or told."""

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.mail import service
from mapservice.mail.models import Mail
from mapservice.worker import jobs
from tests.smtp_peer import Peer, running

SECRET = "https://ban-do.example/reset/mot-bi-mat"
TO = "can.bo@example.vn"


@pytest.fixture
def peer():
    with running(Peer()) as peer:
        yield peer


@pytest.fixture
def config(peer):
    return {"MAIL_URL": peer.url}


def queue(office, **values) -> Mail:
    defaults = {"to": TO, "subject": "Đặt lại mật khẩu", "text": f"Chào bạn,\n\n{SECRET}\n"}
    return office.get_one(Mail, service.queue(office, **defaults | values))


def due_now(office, *mails):
    for mail in mails:
        mail.send_after = datetime.now(UTC) - timedelta(seconds=1)
    office.flush()


def test_a_mail_is_sent_once_as_it_was_written_and_its_text_is_gone(office, peer, config):
    mail = queue(office)
    assert [service.send_next(office, config) for _ in range(3)] == [1, 0, 0]
    (letter,) = peer.taken
    assert letter["To"] == TO
    assert letter["Subject"] == "Đặt lại mật khẩu"
    assert letter["Message-ID"] == f"<{mail.id}@example.vn>"
    assert letter.get_content_type() == "text/plain"
    assert letter.get_content().replace("\r\n", "\n") == f"Chào bạn,\n\n{SECRET}\n"
    office.refresh(mail)
    assert mail.body is None and mail.sent_at


def test_a_mail_stands_or_falls_with_what_it_tells_of(office, peer, config):
    before = office.begin_nested()
    queue(office)
    before.rollback()
    assert service.send_next(office, config) == 0
    assert peer.taken == []


def test_without_a_server_mail_waits(office):
    mail = queue(office)
    assert not service.configured({"MAIL_URL": None})
    assert service.send_next(office, {"MAIL_URL": None}) == 0
    assert service.waiting(office)["mails"] == 1
    assert mail.body


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_what_the_server_refuses_is_tried_again_slower_and_set_aside(office, peer, config, verb):
    mail = queue(office)
    peer.answers[verb] = [f"550 no such <{TO}>"] * 9
    waits = []
    for _ in range(service.MOST_TRIES):
        due_now(office, mail)
        assert service.send_next(office, config) == 1
        waits.append(mail.send_after - datetime.now(UTC))
    assert mail.set_aside_at and mail.body
    assert (mail.tries, mail.last_error) == (service.MOST_TRIES, "550")
    assert waits[:4] == sorted(waits[:4]) and waits[0] > timedelta(seconds=50)
    assert service.set_aside(office) == [mail]
    due_now(office, mail)
    assert service.send_next(office, config) == 0
    assert peer.taken == []


def test_a_mail_that_is_refused_holds_up_no_other(office, peer, config):
    refused, other = queue(office), queue(office)
    due_now(office, refused)
    peer.answers["RCPT"] = ["550 no"]
    assert [service.send_next(office, config) for _ in range(3)] == [1, 1, 0]
    assert (refused.sent_at, len(peer.taken)) == (None, 1)
    assert other.sent_at


def test_a_mail_that_may_have_been_taken_is_sent_again_and_recognisable(office, peer, config):
    mail = queue(office)
    peer.answers["DATA"] = ["take, hang up"]
    service.send_next(office, config)
    assert (mail.sent_at, mail.tries, mail.last_error) == (None, 1, "SMTPServerDisconnected")
    due_now(office, mail)
    service.send_next(office, config)
    assert mail.sent_at
    first, second = peer.taken
    assert first["Message-ID"] == second["Message-ID"]


def test_a_good_bye_that_fails_sends_nothing_twice(office, peer, config):
    mail = queue(office)
    peer.answers["QUIT"] = ["hang up"]
    service.send_next(office, config)
    assert mail.sent_at and len(peer.taken) == 1


@pytest.mark.parametrize("said", ["421 too busy", "hang up"])
def test_a_server_that_is_away_counts_against_no_mail(office, peer, config, said):
    mails = [queue(office), queue(office)]
    peer.answers = {"EHLO": [said] * 12, "HELO": [said] * 12}
    for _ in range(service.MOST_TRIES + 1):
        due_now(office, *mails)
        assert service.send_next(office, config) == 0
    assert service.send_next(office, config) == 0  # all of them wait
    for mail in mails:
        office.refresh(mail)
        assert (mail.tries, mail.set_aside_at) == (0, None)
        assert mail.last_error
    peer.answers = {}
    due_now(office, *mails)
    assert [service.send_next(office, config) for _ in range(3)] == [1, 1, 0]


def test_no_address_and_no_secret_reaches_a_log_or_what_is_kept(office, peer, config):
    mail = queue(office)
    peer.answers["RCPT"] = [f"550 <{TO}>: {SECRET}"]
    with capture_logs() as lines:
        service.send_next(office, config)
        peer.server_close()
        due_now(office, mail)
        peer.answers["EHLO"] = peer.answers["HELO"] = [f"550 {TO} {SECRET}"]
        service.send_next(office, config)
    assert len(lines) >= 1
    assert TO not in str(lines) and "bi-mat" not in str(lines)
    assert mail.last_error.isalnum()


def test_a_link_that_ended_is_not_sent_and_not_kept(office, peer, config):
    mail = queue(office, secret_until=datetime.now(UTC) - timedelta(seconds=1))
    good = queue(office, secret_until=datetime.now(UTC) + timedelta(minutes=15))
    assert [service.send_next(office, config) for _ in range(2)] == [1, 0]
    office.refresh(mail)
    assert mail.body is None and mail.set_aside_at and good.sent_at
    with pytest.raises(Conflict):
        service.try_again(office, mail.id)


def test_a_link_ends_without_a_server_too(office):
    mail = queue(office, secret_until=datetime.now(UTC) - timedelta(seconds=1))
    service.send_next(office, {})
    office.refresh(mail)
    assert mail.body is None


@pytest.mark.parametrize(
    "to", ["", "0912345678", "a@b", "a@b.vn\nBcc: c@d.vn", "a@b.vn, c@d.vn", "ơ@b.vn", "a" * 255]
)
def test_what_is_no_address_is_refused_at_its_field(office, to):
    with pytest.raises(Invalid) as caught:
        queue(office, to=to)
    assert list(caught.value.fields) == ["to"]


def test_a_subject_cannot_add_a_header(office):
    with pytest.raises(IntegrityError):
        queue(office, subject="Chào\r\nBcc: c@d.vn")


def test_what_was_set_aside_is_sent_again_or_forgotten_and_audited(office, peer, config):
    again, gone, waits = (queue(office) for _ in range(3))
    for mail in (again, gone):
        mail.set_aside_at, mail.tries = datetime.now(UTC), 5
    service.try_again(office, again.id)
    service.forget(office, gone.id)
    for nothing in (service.try_again, service.forget):
        with pytest.raises(NotFound):
            nothing(office, waits.id)
    assert [service.send_next(office, config) for _ in range(3)] == [1, 1, 0]
    left = office.scalars(select(Mail.id).where(Mail.sent_at.is_not(None)))
    assert set(left) == {again.id, waits.id}
    trail = office.execute(
        text("SELECT action, record_id FROM core.audit_event WHERE table_name = 'mail' ORDER BY id")
    )
    assert trail.all() == [("retry_mail", again.id), ("forget_mail", gone.id)]


def test_what_was_sent_is_forgotten_after_a_month(office, peer, config):
    old, new = queue(office), queue(office)
    service.send_next(office, config), service.send_next(office, config)
    old.sent_at -= timedelta(days=service.KEPT_DAYS + 1)
    office.flush()
    assert service.forget_sent(office) == 1
    assert office.scalar(select(func.count()).where(Mail.id == new.id)) == 1


def test_two_senders_never_take_the_same_mail(settings, peer):
    """Each sees only what the other does not hold; what one rolls back the other may take."""
    engine = create_engine(settings["DATABASE_URL"])
    with Session(engine) as setup, setup.begin():
        service.queue(setup, to=TO, subject="Thử", text="Thử")
    try:
        config = {"MAIL_URL": peer.url}
        with Session(engine) as one, Session(engine) as two:
            assert service.send_next(one, config) == 1
            assert service.send_next(two, config) == 0
            one.commit()
            two.rollback()
            assert service.send_next(two, config) == 0
        assert len(peer.taken) == 1
    finally:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM core.mail"))
        engine.dispose()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """File of a key and a certificate for localhost that vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize(("scheme", "at_once"), [("smtp", False), ("smtps", True)])
def test_mail_and_password_travel_encrypted(office, tls, certificate, monkeypatch, scheme, at_once):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(Peer(tls, at_once=at_once)) as peer:
        port = peer.server_address[1]
        config = {"MAIL_URL": f"{scheme}://nguoi%2Bgui:a%40b@localhost:{port}?from=a@example.vn"}
        queue(office)
        service.send_next(office, config)
    assert len(peer.taken) == 1
    verbs = [line.split(" ")[0].upper() for line in peer.heard]
    assert verbs.index("AUTH") > (verbs.index("STARTTLS") if scheme == "smtp" else -1)


@pytest.mark.parametrize("trusted", [True, False])
def test_nothing_is_told_to_a_server_without_tls_or_that_nobody_vouches_for(
    office, peer, tls, trusted
):
    with running(Peer(tls)) as stranger:
        who = peer if trusted else stranger
        port = who.server_address[1]
        config = {"MAIL_URL": f"smtp://a:b@localhost:{port}?from=a@example.vn"}
        mail = queue(office)
        assert service.send_next(office, config) == 0
    assert not mail.sent_at and mail.tries == 0
    assert not {line.split(" ")[0].upper() for line in who.heard} & {"AUTH", "MAIL", "RCPT"}


def test_the_worker_sends_what_waits(office, peer, config):
    queue(office)
    send = next(job for job in jobs.JOBS if job.name == "send-mail")
    assert send.has_more(send.work(office, config))
    assert not send.has_more(send.work(office, config))
    assert len(peer.taken) == 1
