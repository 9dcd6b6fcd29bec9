"""What an admin sees of the work that nobody asks for: in words of the office, worries first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.audit import service as audit
from mapservice.consent import retention
from mapservice.mail import service as mail
from mapservice.mail.models import Mail
from mapservice.worker import queries, service
from mapservice.worker.jobs import JOBS, SEALER, Config, Job

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
# A job that is this late has no worker: twice its time, and what a slow run or a try may take.
GRACE = timedelta(minutes=5)
MAIL_LATE_SECONDS = 600

WORDS = {
    "send-mail": "Gửi thư điện tử",
    "expire-proposals": "Thu hồi đề nghị mà đội không trả lời",
    "make-plans": "Tính các phương án ghép lớn",
    "send-plans": "Gửi đề nghị của các phương án lớn",
    "import-lists": "Kiểm tra và ghi các danh sách Excel dài",
    "expire-unassured": "Đưa khỏi bản đồ địa chỉ quá hạn kiểm tra",
    "suspend-without-consent": "Dừng hồ sơ đã hết hạn đồng ý",
    "fold-clusters": "Cập nhật số nhu cầu gộp trên bản đồ",
    "learn-words": "Học từ mới trong tên địa chỉ để tìm kiếm",
    "forget-words": "Bỏ từ không còn trong tên địa chỉ nào",
    "fold-versions": "Gộp số phiên bản của bản đồ",
    "release": "Công bố số hộ cần giúp theo khu vực",
    "audit-months": "Chuẩn bị nhật ký cho các tháng tới",
    "warn-of-expiry": "Nhắc địa chỉ sắp hết hạn kiểm tra",
    "age-bands": "Cập nhật nhóm tuổi đầu năm",
    "erase-due": "Xóa hồ sơ đã hết thời gian lưu",
    "forget-old": "Dọn dữ liệu tạm đã cũ",
    "forget-offers": "Xóa đăng ký giúp và đề xuất đã xong từ lâu",
    "purge-photos": "Xóa hẳn ảnh đã gỡ",
    "seal-audit": "Niêm phong nhật ký",
}
STATES = {
    "good": "Đang chạy tốt",
    "new": "Chưa chạy lần nào",
    "retrying": "Lỗi, sẽ tự thử lại",
    "late": "Chậm",
    "aside": "Đã tạm dừng",
}
TROUBLES = {"retrying", "late", "aside"}  # shown first
MAIL_FAULTS = (
    (("535", "534", "530"), "máy chủ thư không nhận tên hoặc mật khẩu của hệ thống"),
    (("550", "551", "553"), "không có hộp thư này, hoặc hộp thư không nhận"),
    (("552", "452"), "hộp thư đã đầy"),
    (("421", "450", "451"), "máy chủ thư đang bận"),
    (("SSL", "SMTPNotSupported"), "đường truyền tới máy chủ thư không được mã hóa an toàn"),
    (
        ("ConnectionRefused", "TimeoutError", "gaierror", "OSError", "SMTPServerDisconnected"),
        "không nối được máy chủ thư",
    ),
)


@dataclass(frozen=True)
class Worry:
    """Something an admin should know; `bad` when it does not end by itself."""

    words: str
    advice: str
    bad: bool = True


@dataclass(frozen=True)
class JobLine:
    """One job: `state` is a key of STATES; times are of Việt Nam."""

    name: str
    words: str
    state: str
    done_at: datetime | None
    next_at: datetime | None
    failures: int
    fault: str

    @property
    def state_words(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True)
class MailLine:
    """A mail that could not be sent; without its text it can only be forgotten."""

    id: str
    recipient: str
    subject: str
    set_aside_at: datetime
    fault: str
    may_go: bool


@dataclass(frozen=True)
class SystemPage:
    worries: Sequence[Worry]
    jobs: Sequence[JobLine]
    mails: Sequence[MailLine]
    mails_waiting: int
    mail_configured: bool
    seals_waiting: int


def system_page(session: Session, config: Config) -> SystemPage:
    """How everything stands at this moment."""
    now = session.scalar(text(queries.NOW))
    standing = {str(row["name"]): row for row in service.standing(session)}
    jobs = [_job_line(job, standing.get(job.name), now) for job in JOBS]
    waiting, seals = mail.waiting(session), audit.waiting(session)
    aside = mail.set_aside(session)
    worries = [
        *_of_jobs(jobs),
        *_of_mail(waiting, len(aside), mail.configured(config)),
        *_of_seals(seals),
        *_of_erasing(session),
    ]
    return SystemPage(
        worries=worries,
        jobs=sorted(jobs, key=lambda job: job.state not in TROUBLES),
        mails=[_mail_line(item) for item in aside],
        mails_waiting=waiting["mails"],
        mail_configured=mail.configured(config),
        seals_waiting=seals["events"],
    )


def _job_line(job: Job, row: Mapping[str, object] | None, now: datetime) -> JobLine:
    row = row or {}
    done_at, failures = row.get("done_at"), int(row.get("failures") or 0)
    every = timedelta(seconds=job.every)
    next_at = max(filter(None, (done_at and done_at + every, row.get("try_after"))), default=None)
    if row.get("set_aside_at"):
        state, next_at = "aside", None
    elif failures:
        state = "retrying"
    elif done_at is None:
        state = "new"
    else:
        state = "late" if now - done_at > 2 * every + GRACE else "good"
    return JobLine(
        name=job.name,
        words=WORDS[job.name],
        state=state,
        done_at=_local(done_at),
        next_at=_local(next_at),
        failures=failures,
        fault=str(row.get("last_error") or ""),
    )


def _mail_line(item: Mail) -> MailLine:
    return MailLine(
        id=str(item.id),
        recipient=item.recipient,
        subject=item.subject,
        set_aside_at=_local(item.set_aside_at),
        fault=mail_fault(item.last_error) if item.body else "liên kết trong thư đã hết hạn",
        may_go=item.body is not None,
    )


def mail_fault(code: str | None) -> str:
    """Why a mail was not sent, in words; a code nobody knows is told as it is."""
    for beginnings, words in MAIL_FAULTS:
        if code and code.startswith(beginnings):
            return words
    return f"máy chủ thư trả lời mã {code}" if code else "không rõ lý do"


def _of_jobs(jobs: Sequence[JobLine]) -> list[Worry]:
    aside = sum(job.state == "aside" for job in jobs)
    retrying = sum(job.state == "retrying" for job in jobs)
    sealer = next(job for job in jobs if job.name == SEALER)
    found = []
    if sealer.state in {"late", "new"}:
        found.append(
            Worry(
                "Tiến trình nền không chạy: không việc tự động nào được làm.",
                "Nhờ người vận hành khởi động lại dịch vụ (lệnh mapservice worker).",
            )
        )
    if aside:
        found.append(
            Worry(
                f"{aside} việc tự động đã tạm dừng sau {service.MOST_TRIES} lần lỗi liên tiếp.",
                "Bấm “Chạy lại” ở việc đó. Nếu vẫn lỗi, gửi mã lỗi cho người vận hành.",
            )
        )
    if retrying:
        found.append(
            Worry(f"{retrying} việc tự động vừa lỗi.", "Hệ thống sẽ tự thử lại.", bad=False)
        )
    return found


def _of_mail(waiting: Mapping[str, object], aside: int, configured: bool) -> list[Worry]:
    found = []
    if aside:
        found.append(
            Worry(
                f"{aside} thư không gửi được.",
                "Xem lý do ở mục Thư. Sai địa chỉ: sửa tài khoản, bỏ thư, tạo liên kết mới."
                " Hộp thư đã nhận được: gửi lại.",
            )
        )
    if waiting["mails"] and not configured:
        found.append(
            Worry(
                f"{waiting['mails']} thư đang chờ nhưng chưa khai báo máy chủ thư.",
                "Nhờ người vận hành đặt MAIL_URL.",
            )
        )
    elif waiting["mails"] and waiting["seconds"] > MAIL_LATE_SECONDS:
        why = f": {mail_fault(waiting['last_error'])}" if waiting["last_error"] else ""
        found.append(
            Worry(
                f"{waiting['mails']} thư chờ gửi đã lâu{why}.",
                "Hệ thống vẫn tự thử lại, không thư nào mất. Nếu kéo dài, báo người vận hành.",
            )
        )
    return found


def _of_seals(seals: Mapping[str, int]) -> list[Worry]:
    if not seals["late"]:
        return []
    return [
        Worry(
            f"{seals['late']} dòng nhật ký chưa được niêm phong quá {audit.LATE_SECONDS} giây.",
            "Nhờ người vận hành xem tiến trình nền và chạy lệnh mapservice audit verify.",
        )
    ]


def _of_erasing(session: Session) -> list[Worry]:
    due = retention.due(session)
    if not due.above_limit:
        return []
    return [
        Worry(
            f"{due.count} hồ sơ đến hạn xóa cùng lúc, nhiều hơn {retention.LIMIT_PERCENT} % số hồ"
            " sơ: hệ thống chờ người quyết định, chưa xóa gì.",
            "Nhờ người vận hành xem lệnh mapservice privacy due.",
        )
    ]


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(VIETNAM) if moment else None
