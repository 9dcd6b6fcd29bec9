"""What the frame and its office ask of the database."""

from datetime import date

from sqlalchemy import ColumnElement, Date, Select, case, cast, func, select, text
from sqlalchemy.orm import aliased

from mapservice.accounts.models import UserAccount
from mapservice.decision import VIETNAM
from mapservice.embed.models import ELSEWHERE, EmbedOrigin, EmbedView

ALLOWED, REMOVED = "allowed", "removed"
SITE, OTHER = "site", "other"
LATELY = 30  # days, today among them
ORIGINS = text("SELECT origin FROM pub.embed_origin ORDER BY origin")
LETTERS = select(func.coalesce(func.sum(func.length(EmbedOrigin.origin) + 1), 0)).where(
    EmbedOrigin.removed_at.is_(None)
)
COUNT = text("SELECT intake.count_embed_view(:site)")


def sites() -> Select:
    """Every site with who allowed and removed it, and its views: `today`, `lately`, `in_all`."""
    added, removed = aliased(UserAccount), aliased(UserAccount)
    status = case((EmbedOrigin.removed_at.is_(None), ALLOWED), else_=REMOVED)
    return (
        select(
            EmbedOrigin.id,
            EmbedOrigin.origin,
            EmbedOrigin.note,
            status.label("status"),
            _views(lately(EmbedView.day, 1)).label("today"),
            _views(lately(EmbedView.day, LATELY)).label("lately"),
            _views().label("in_all"),
            added.name.label("added_by"),
            EmbedOrigin.created_at,
            removed.name.label("removed_by"),
            EmbedOrigin.removed_at,
        )
        .outerjoin(added, added.id == EmbedOrigin.added_by)
        .outerjoin(removed, removed.id == EmbedOrigin.removed_by)
    )


def views_by_day() -> Select:
    """Views of each site on each day; `kind` says whose they are where `site` is null."""
    other = EmbedView.site == ELSEWHERE
    return select(
        EmbedView.day,
        func.nullif(EmbedView.site, ELSEWHERE).label("site"),
        case((other, OTHER), else_=SITE).label("kind"),
        EmbedView.views,
    )


def days_of(site: str) -> Select:
    """(day, views) of a site's last days, the newest first."""
    shown = (EmbedView.site == site, lately(EmbedView.day, LATELY))
    return select(EmbedView.day, EmbedView.views).where(*shown).order_by(EmbedView.day.desc())


def lately(day: ColumnElement[date], days: int) -> ColumnElement[bool]:
    """Whether a day is one of the last `days` in Vietnam, today among them."""
    today = cast(func.timezone(VIETNAM.utcoffset(None), func.now()), Date)
    return day > today - days


def _views(*which: ColumnElement[bool]) -> ColumnElement[int]:
    found = select(func.coalesce(func.sum(EmbedView.views), 0))
    return found.where(EmbedView.site == EmbedOrigin.origin, *which).scalar_subquery()
