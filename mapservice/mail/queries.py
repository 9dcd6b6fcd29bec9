"""The outbox, as SQL. Nothing runs here."""

from uuid import UUID

from sqlalchemy import Select, func, select

from mapservice.mail.models import Mail

_WAITS = (Mail.sent_at.is_(None), Mail.set_aside_at.is_(None))


def next_due() -> Select[tuple[Mail]]:
    """The mail whose turn it is, locked; whoever else sends passes it over."""
    return (
        select(Mail)
        .where(*_WAITS, Mail.send_after <= func.clock_timestamp())
        .order_by(Mail.send_after, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def set_aside(mail_id: UUID) -> Select[tuple[Mail]]:
    """The mail with this id if it was set aside, locked."""
    return select(Mail).where(Mail.id == mail_id, Mail.set_aside_at.is_not(None)).with_for_update()


def all_set_aside(most: int) -> Select[tuple[Mail]]:
    """What could not be sent, the latest first."""
    found = select(Mail).where(Mail.set_aside_at.is_not(None))
    return found.order_by(Mail.set_aside_at.desc(), Mail.id).limit(most)


# Waiting mail, how long the oldest of it has been due (seconds), and what the server last said.
WAITING = """
SELECT count(*) AS mails,
       coalesce(extract(epoch FROM clock_timestamp() - min(queued_at)), 0) AS seconds,
       (array_agg(last_error ORDER BY queued_at) FILTER (WHERE last_error IS NOT NULL))[1]
         AS last_error
FROM core.mail WHERE sent_at IS NULL AND set_aside_at IS NULL"""

# A link that ended is not sent any more, and not kept either.
LAPSE = """
UPDATE core.mail SET body = NULL, set_aside_at = coalesce(set_aside_at, now())
WHERE sent_at IS NULL AND body IS NOT NULL AND secret_until <= now()"""

# While the server is away nothing is counted against a mail; all that is due waits.
HOLD = """
UPDATE core.mail SET send_after = now() + make_interval(secs => :seconds), last_error = :code
WHERE sent_at IS NULL AND set_aside_at IS NULL AND send_after <= clock_timestamp()"""

FORGET_SENT = "DELETE FROM core.mail WHERE sent_at < now() - make_interval(days => :days)"
