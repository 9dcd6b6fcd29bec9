"""What photos ask of the database; where a report lies is said by its assignment's need."""

from uuid import UUID

from sqlalchemy import Integer, Select, Uuid, cast, false, func, select, text

from mapservice.addresses.models import Address
from mapservice.photos.models import Photo

# Reports, assignments and teams belong to a later feature: of them only this is asked here.
HOLDER = """
    SELECT a.unit_ids, a.nature, a.sensitive, t.leader_id
    FROM core.field_report AS r
      JOIN core.assignment AS s ON s.id = r.assignment_id
      JOIN core.need AS n ON n.id = s.need_id
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.team AS t ON t.id = s.team_id
    WHERE r.id = :report"""
LOCKED_HOLDER = f"{HOLDER} FOR NO KEY UPDATE OF r"
# Whether the leader's team was ever sent to a place, and did not say no.
SENT_THERE = """
    SELECT EXISTS (SELECT FROM core.assignment AS s
      JOIN core.need AS n ON n.id = s.need_id JOIN core.team AS t ON t.id = s.team_id
      WHERE n.address_id = :address AND t.leader_id = :leader AND core.holds_part(s.status))"""


def address(address_id: UUID, *, lock: bool = False) -> Select:
    """(unit_ids, nature, sensitive) of an address; `lock`: its photos are counted and added."""
    found = select(Address.unit_ids, Address.nature, Address.sensitive)
    found = found.where(Address.id == address_id)
    return found.with_for_update(key_share=True) if lock else found


def address_by_code(code: str) -> Select[tuple[Address]]:
    return select(Address).where(Address.public_code == code)


def of_owner(address_id: UUID | None, field_report_id: UUID | None) -> Select[tuple[Photo]]:
    """The photos that one place or one report has, in their order."""
    mine = (
        Photo.address_id == address_id if address_id else Photo.field_report_id == (field_report_id)
    )
    return select(Photo).where(mine, Photo.removed_at.is_(None)).order_by(Photo.position, Photo.id)


def of_place(address_id: UUID, *, shown: bool) -> Select[tuple[Photo]]:
    """The photos that a place has, in no order; none unless they may be `shown`."""
    kept = select(Photo).where(Photo.address_id == address_id, Photo.removed_at.is_(None))
    return kept if shown else kept.where(false())


def removed_of_address(address_id: UUID) -> Select[tuple[Photo]]:
    """Photos of a place that were taken away, the last first; purging ends them."""
    return (
        select(Photo)
        .where(Photo.address_id == address_id, Photo.removed_at.is_not(None))
        .order_by(Photo.removed_at.desc(), Photo.id)
    )


def of_reports(report_ids: list[UUID]) -> Select[tuple[Photo]]:
    """The photos of several reports, report by report."""
    return (
        select(Photo)
        .where(Photo.field_report_id.in_(report_ids), Photo.removed_at.is_(None))
        .order_by(Photo.field_report_id, Photo.position, Photo.id)
    )


def locked(photo_id: UUID) -> Select[tuple[Photo]]:
    return (
        select(Photo)
        .where(Photo.id == photo_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def removed_before(days: int) -> Select[tuple[Photo]]:
    """Photos taken away more than so many days ago."""
    limit = func.now() - func.make_interval(0, 0, 0, cast(days, Integer))
    return select(Photo).where(Photo.removed_at < limit).order_by(Photo.id)


def known(photo_ids: list[UUID]) -> Select[tuple[UUID]]:
    """Which of these ids have a row."""
    return select(Photo.id).where(Photo.id.in_(photo_ids)).order_by(Photo.id)


def holder(*, lock: bool = False):
    """(unit_ids, nature, sensitive, leader_id) of the report `:report`."""
    return text(LOCKED_HOLDER if lock else HOLDER).columns(leader_id=Uuid())


def sent_there():
    """Whether a team of `:leader` has, or had, an assignment at `:address`."""
    return text(SENT_THERE)
