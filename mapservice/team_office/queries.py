"""A team's assignments as the office sees them; where one of them leads."""

from uuid import UUID

from sqlalchemy import Select, select

from mapservice.addresses.models import Address
from mapservice.matching.models import Assignment
from mapservice.matching.queries import PROTECTED
from mapservice.needs.models import Need

# Of a need of somebody, or in another territory, no more than that it is one; `covered` says
# whether its page opens. Open ones first, then the latest.
TEAMS_ASSIGNMENTS = f"""
    SELECT x.id, x.status, x.status_at, x.seen_at, x.hours, x.volunteers, x.lease_until,
           n.urgency, {PROTECTED} AS protected, a.person_kind, f.covered,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN f.covered OR NOT {PROTECTED} THEN u.name END AS commune
    FROM core.assignment AS x
      JOIN core.need AS n ON n.id = x.need_id
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
      CROSS JOIN LATERAL (SELECT CAST(:territory AS int[]) IS NULL
        OR a.unit_ids && CAST(:territory AS int[]) AS covered) AS f
    WHERE x.team_id = :team
    ORDER BY x.status IN ('proposed', 'accepted', 'underway', 'done', 'disputed') DESC,
             x.status_at DESC, x.id
    LIMIT :most"""


def address_of(assignment: UUID) -> Select[tuple[Address]]:
    """Where an assignment's need is."""
    found = select(Address).join(Need, Need.address_id == Address.id)
    return found.join(Assignment, Assignment.need_id == Need.id).where(Assignment.id == assignment)
