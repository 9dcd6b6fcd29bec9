"""Speaks to the mail server: one connection, one mail."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from mapservice.mail.models import Mail
from mapservice.mail_url import MailServer

SECONDS = 15  # for each word of the server
NAME = "Bản đồ địa chỉ tình nguyện"


class Away(Exception):
    """The server cannot be spoken to: no fault of any mail. `code` says how, without addresses."""

    def __init__(self, error: Exception):
        super().__init__(type(error).__name__)
        self.code = code(error)


def send(server: MailServer, mail: Mail) -> None:
    """Give the mail to the server; returns once it has taken it.

    Raises Away before the server was asked to take it, any other error once it was.
    """
    with _connection(server) as connection:
        connection.send_message(message(server, mail), server.sender, [mail.recipient])


def message(server: MailServer, mail: Mail) -> EmailMessage:
    """Plain text. Sent again it has the same Message-ID, which tells a mailbox that it has it."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = formataddr((NAME, server.sender))
    letter["To"] = mail.recipient
    letter["Subject"] = mail.subject
    letter["Date"] = format_datetime(mail.queued_at)
    letter["Message-ID"] = f"<{mail.id}@{server.sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes back
    letter.set_content(mail.body or "", cte="base64")
    return letter


def code(error: Exception) -> str:
    """What may be kept of an error: the server's three digits, else the error's name."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "_".join(sorted({str(number) for number, _ in error.recipients.values()}))
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    return type(error).__name__


@contextmanager
def _connection(server: MailServer) -> Iterator[smtplib.SMTP]:
    try:
        connection = _greet(server)
    except (OSError, smtplib.SMTPException) as error:
        raise Away(error) from None
    with closing(connection):
        yield connection
        # A good-bye that fails must not look like a mail that was not taken.
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()


def _greet(server: MailServer) -> smtplib.SMTP:
    trust = ssl.create_default_context()
    if server.encrypted == "start":
        connection = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trust)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        if server.encrypted == "turn":
            connection.starttls(context=trust)  # raises where the server does not offer it
        connection.ehlo_or_helo_if_needed()
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection
