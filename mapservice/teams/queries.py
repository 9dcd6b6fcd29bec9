"""Questions asked of teams: as programs read them, as forms keep them, what forms offer."""

from collections.abc import Collection, Mapping
from uuid import UUID

from geoalchemy2 import functions as spatial
from sqlalchemy import Select, case, collate, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from mapservice.accounts.models import Organisation, Role, UserAccount
from mapservice.accounts.queries import inside
from mapservice.teams.models import Skill, Team
from mapservice.territory.models import AdminUnit

TODAY, FORMER = aliased(AdminUnit), aliased(AdminUnit)
COLUMNS = (
    Team.public_code,
    Team.kind,
    Team.name,
    Team.people,
    Team.skills,
    Team.languages,
    Team.vehicles,
    Team.max_concurrent,
    Team.radius_km,
    Team.state,
    Team.verified,
    Team.version,
    Team.created_at,
)
VIETNAMESE = "vi-x-icu"  # the collation that sorts as people do

# Communes of both eras within a territory (null: everywhere), those of the former era by district.
COMMUNES = """
    SELECT core.unit_key(u.code, u.valid_from, u.valid_to) AS key, u.name,
           CASE WHEN u.valid_to IS NOT NULL THEN parent.name END AS district
    FROM core.admin_unit AS u LEFT JOIN core.admin_unit AS parent ON parent.id = u.parent_id
    WHERE u.level = 'commune'
      AND (u.valid_to IS NULL OR u.valid_from <= core.former_era_day()
           AND u.valid_to > core.former_era_day())
      AND (CAST(:territory AS int[]) IS NULL
           OR EXISTS (SELECT FROM core.unit_within AS w WHERE w.unit_id = u.id
                        AND w.container_id = ANY (CAST(:territory AS int[]))))
    ORDER BY u.valid_to NULLS LAST, parent.short_name COLLATE "vi-x-icu",
             u.short_name COLLATE "vi-x-icu", key"""

# Metres between two points on the spheroid.
APART = """SELECT ext.ST_Distance(
    ext.geography(ext.ST_SetSRID(ext.ST_MakePoint(:lng, :lat), 4326)),
    ext.geography(label_point)) FROM core.admin_unit WHERE id = :unit"""


# A set of day ranges, which the driver does not read, as the days from first to last.
PERIODS = literal_column(
    """(SELECT coalesce(jsonb_agg(jsonb_build_object('first', lower(days), 'last', upper(days) - 1)
                                  ORDER BY days), '[]')
        FROM unnest(core.team.available_during) AS days)""",
    JSONB,
)


def shown() -> Select:
    """Teams with their communes and organisation, in no order; the base where it is public."""
    point = {"lng": spatial.ST_X(Team.base), "lat": spatial.ST_Y(Team.base)}
    return (
        select(
            *COLUMNS,
            *(case((Team.base_public, at), else_=None).label(n) for n, at in point.items()),
            case((Team.available_during.is_not(None), PERIODS)).label("available_during"),
            TODAY.code.label("commune"),
            TODAY.name.label("commune_name"),
            func.core.unit_key(FORMER.code, FORMER.valid_from, FORMER.valid_to).label(
                "former_commune"
            ),
            Organisation.code.label("organisation"),
            Team.id,
            Team.unit_ids,
        )
        .join(TODAY, TODAY.id == Team.commune_id)
        .outerjoin(FORMER, FORMER.id == Team.former_commune_id)
        .join(Organisation, Organisation.id == Team.organisation_id)
    )


def listed_of_leader(leader: UUID) -> Select:
    """The teams an account leads, as `shown`."""
    return shown().where(Team.leader_id == leader)


def by_code(code: str) -> Select:
    """The team with this public code, as `shown`."""
    return shown().where(Team.public_code == code)


def listed(territory: Collection[int] | None, filters: Mapping[str, object]) -> Select:
    """The teams of a territory (None: everywhere), filtered.

    `filters`: `kind`, `state` (lists), `verified`, `skill` (a list: all of them), `unit` (id).
    """
    statement = shown().where(inside(Team.unit_ids, territory))
    for name in ("kind", "state"):
        if name in filters:
            statement = statement.where(getattr(Team, name).in_(filters[name]))
    if "verified" in filters:
        statement = statement.where(Team.verified == filters["verified"])
    if "skill" in filters:
        statement = statement.where(Team.skills.op("@>")(filters["skill"]))
    if "unit" in filters:
        statement = statement.where(inside(Team.unit_ids, [filters["unit"]]))
    return statement


def record(code: str) -> Select[tuple[Team]]:
    return select(Team).where(Team.public_code == code)


def locked(code: str) -> Select[tuple[Team]]:
    """The team as it is now, held until the transaction ends; new assignments wait."""
    found = record(code).with_for_update(key_share=True)
    return found.execution_options(populate_existing=True)


def of_leader(leader: UUID) -> Select[tuple[Team]]:
    """The teams an account leads, by name."""
    return (
        select(Team)
        .where(Team.leader_id == leader)
        .order_by(collate(Team.name, VIETNAMESE), Team.id)
    )


def skills() -> Select[tuple[str, str]]:
    """(code, name) of every skill, in their order."""
    return select(Skill.code, Skill.name).order_by(Skill.position, Skill.code)


def organisations(ids: Collection[UUID] | None) -> Select[tuple[Organisation]]:
    """Organisations (None: all), by name."""
    within = true() if ids is None else Organisation.id.in_(ids)
    found = select(Organisation).where(within)
    return found.order_by(collate(Organisation.name, VIETNAMESE), Organisation.id)


def leaders(organisations: Collection[UUID] | None) -> Select[tuple[UserAccount]]:
    """Accounts that can lead a team of these organisations (None: all), by name."""
    within = true() if organisations is None else UserAccount.organisation_id.in_(organisations)
    found = select(UserAccount).where(
        UserAccount.role == Role.TEAM_LEADER, UserAccount.active, within
    )
    return found.order_by(collate(UserAccount.name, VIETNAMESE), UserAccount.id)


def coordinates(team_id: UUID) -> Select[tuple[float, float]]:
    """(lng, lat) of a team's base in degrees."""
    return select(func.ext.ST_X(Team.base), func.ext.ST_Y(Team.base)).where(Team.id == team_id)


def unit_key(unit_id: int) -> Select[tuple[str]]:
    """How a unit is named in forms and addresses: CODE or CODE@era."""
    unit = select(func.core.unit_key(AdminUnit.code, AdminUnit.valid_from, AdminUnit.valid_to))
    return unit.where(AdminUnit.id == unit_id)
