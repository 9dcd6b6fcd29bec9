"""The latest of what happened to a record, as sentences."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.audit.models import AuditEvent
from mapservice.decision import VIETNAM
from mapservice.review import queries, states

RECORDS = {"address": "Hồ sơ", "need": "Nhu cầu"}
ACTIONS = {
    "register": "được đăng ký",
    "change": "được sửa",
    "assure": "được kiểm tra lại",
    "self_verify": "được chính người đăng ký xác minh (tổ chức cho phép)",
    "undo": "được hoàn tác bước vừa rồi",
    "merge": "được gộp với hồ sơ trùng",
    "separate": "được tách khỏi hồ sơ trùng",
    "text_checked": "có lời đã được xác nhận là không nêu tên ai",
    "consent.give": "có thêm sự đồng ý",
    "consent.withdraw": "có sự đồng ý được rút lại",
    "emergency.state": "được đăng ký vì lý do khẩn cấp",
}


@dataclass(frozen=True)
class Event:
    """`at` in Vietnam's time; `who` of the system is none."""

    at: datetime
    who: str | None
    what: str
    reason: str | None


def told(
    session: Session, record_ids: Collection[UUID], reasons: Mapping[str, str], most: int
) -> list[Event]:
    """The last events of these records, the newest first."""
    rows = session.execute(queries.history(record_ids, most))
    return [
        Event(
            at=event.at.astimezone(VIETNAM),
            who=name,
            what=f"{RECORDS[event.table_name]} {_what(event)}",
            reason=reasons.get(event.reason or "", event.reason),
        )
        for event, name in rows
    ]


def _what(event: AuditEvent) -> str:
    if event.action == "status" and event.detail:
        return f"chuyển sang “{states.named(event.table_name, event.detail['to'])}”"
    return ACTIONS.get(event.action, "được cập nhật")
