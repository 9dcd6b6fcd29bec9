"""Mail is queued in the transaction that it tells about, and sent at least once afterwards."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import text as sql
from sqlalchemy.orm import Session

from mapservice import mail_url
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.mail import queries, smtp
from mapservice.mail.models import Mail

MOST_TRIES = 5
# After the first, second … failure of one mail.
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60))
AWAY_SECONDS = 60  # between tries while the server cannot be reached
KEPT_DAYS = 30  # of what was sent: to whom, what about, when; its text is gone at once
SHOWN = 100

log = structlog.get_logger(__name__)


def configured(config: Mapping[str, object]) -> bool:
    """Whether there is a mail server; without one callers show what they would have sent."""
    return bool(config.get("MAIL_URL"))


def is_address(text: str) -> bool:
    """Whether mail can be addressed so; the login of an account may be a phone number."""
    return mail_url.is_address(text)


def queue(
    session: Session,
    *,
    to: str,
    subject: str,
    text: str,
    secret_until: datetime | None = None,
) -> UUID:
    """Put one mail into the outbox; it stands or falls with the caller's transaction. Its id.

    `text` is plain. With a link that opens something, say until when it works: after
    `secret_until` the mail is not sent and its text is gone. The subject stays for a month and
    holds no secret. Raises Invalid for what is no mail address.
    """
    if not is_address(to):
        said = "Địa chỉ thư điện tử này không gửi được."
        raise Invalid(said, code="mail-address", fields={"to": [said]})
    mail = Mail(recipient=to, subject=subject, body=text, secret_until=secret_until)
    session.add(mail)
    session.flush()
    return mail.id


def send_next(session: Session, config: Mapping[str, object]) -> int:
    """Send the one mail whose turn it is, if any, within the caller's transaction; 1 or 0.

    What the server refuses is tried again later and set aside after MOST_TRIES, and never keeps
    others waiting. While the server is away nothing is counted: the rest waits a minute.
    """
    session.execute(sql(queries.LAPSE))
    if not configured(config):
        return 0
    mail = session.scalar(queries.next_due())
    if mail is None:
        return 0
    try:
        smtp.send(mail_url.parse(str(config["MAIL_URL"])), mail)
    except smtp.Away as away:
        log.warning("the mail server is away", error=away.code)
        session.execute(sql(queries.HOLD), {"seconds": AWAY_SECONDS, "code": away.code})
        return 0
    except Exception as error:  # whatever is wrong with this one, the next must have its turn
        _refused(mail, smtp.code(error))
    else:
        mail.sent_at, mail.body, mail.last_error = datetime.now(UTC), None, None
    session.flush()
    return 1


def forget_sent(session: Session) -> int:
    """Delete what was sent over KEPT_DAYS ago; how many."""
    return session.execute(sql(queries.FORGET_SENT), {"days": KEPT_DAYS}).rowcount


def waiting(session: Session) -> Mapping[str, object]:
    """`mails` that wait, `seconds` the oldest has waited, `last_error` the server's last code."""
    return session.execute(sql(queries.WAITING)).mappings().one()


def set_aside(session: Session) -> Sequence[Mail]:
    """What could not be sent, the latest first, SHOWN at most."""
    return session.scalars(queries.all_set_aside(SHOWN)).all()


def try_again(session: Session, mail_id: UUID) -> None:
    """Send once more what was set aside (NotFound when it was not); Conflict: its text is gone."""
    mail = _set_aside(session, mail_id)
    if mail.body is None:
        raise Conflict("Liên kết trong thư đã hết hạn: hãy tạo liên kết mới.")
    mail.tries, mail.set_aside_at, mail.send_after = 0, None, datetime.now(UTC)
    audit.record(session, "retry_mail", table_name="mail", record_id=mail.id)


def forget(session: Session, mail_id: UUID) -> None:
    """Delete what was set aside. NotFound when it was not."""
    mail = _set_aside(session, mail_id)
    audit.record(session, "forget_mail", table_name="mail", record_id=mail.id)
    session.delete(mail)
    session.flush()


def _set_aside(session: Session, mail_id: UUID) -> Mail:
    mail = session.scalar(queries.set_aside(mail_id))
    if mail is None:
        raise NotFound("Không có thư này trong số thư chưa gửi được.")
    return mail


def _refused(mail: Mail, code: str) -> None:
    mail.tries, mail.last_error = mail.tries + 1, code
    now = datetime.now(UTC)
    if mail.tries >= MOST_TRIES:
        mail.set_aside_at = now
    else:
        mail.send_after = now + DELAYS[mail.tries - 1]
    log.warning("mail not taken", mail=str(mail.id), error=code, tries=mail.tries)
