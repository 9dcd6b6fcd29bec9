"""Tells by mail what has to be checked again soon: one letter a person, nothing of a person in it.

A letter leaves the house, so protected addresses (people, places marked so) are only counted.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from mapservice.mail import service as mail
from mapservice.needs import queries
from mapservice.needs.freshness import WARNED_DAYS

LAST_CALL = 1  # day before the end
LISTED = 20  # addresses in one letter


def warn(session: Session, base_url: str, since: datetime | None) -> int:
    """Queue a letter to everybody who has news: an address that came within a week or a day of
    its end after `since` (the last time; None: never). How many letters.

    Nobody gets two: whoever calls does so once a day. Accounts without mail are passed over.
    """
    values = {"days": [WARNED_DAYS, LAST_CALL], "within": WARNED_DAYS, "since": since}
    rows = session.execute(text(queries.TO_TELL), values)
    letters = 0
    for login, group in groupby(rows, attrgetter("login")):
        due = list(group)
        if mail.is_address(login) and any(row.news for row in due):
            subject = f"{len(due)} địa chỉ cần kiểm tra lại trong {WARNED_DAYS} ngày tới"
            mail.queue(session, to=login, subject=subject, text=_letter(due, base_url))
            letters += 1
    return letters


def _letter(due: Sequence[Row], base_url: str) -> str:
    return "\n".join(
        (
            f"Chào {due[0].name},",
            "",
            f"{len(due)} địa chỉ anh/chị phụ trách sẽ hết hạn kiểm tra trong {WARNED_DAYS} ngày"
            " tới. Địa chỉ hết hạn sẽ rời khỏi bản đồ cho đến khi có người kiểm tra lại.",
            "",
            *_lines(due),
            "",
            f"Mời anh/chị đăng nhập để kiểm tra lại: {base_url}/manage/",
            "",
            "Thư này do hệ thống tự gửi, mỗi ngày nhiều nhất một lần.",
            "",
        )
    )


def _lines(due: Iterable[Row]) -> list[str]:
    """One line a place; the protected ones are told by their number."""
    places = [row for row in due if not row.protected]
    lines = [f"- {row.until:%d/%m/%Y}: {row.title} ({row.commune})" for row in places[:LISTED]]
    if len(places) > LISTED:
        lines.append(f"- và {len(places) - LISTED} địa điểm khác")
    protected = sum(row.protected for row in due)
    if protected:
        lines.append(f"- {protected} hồ sơ được bảo vệ (chỉ xem được sau khi đăng nhập)")
    return lines
