"""Needs as the office's programs read them; needs and addresses whose word is no longer fresh."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import aliased

from mapservice.accounts.queries import inside
from mapservice.addresses.models import Address, AddressStatus
from mapservice.addresses.queries import protected, readable
from mapservice.campaigns.models import Campaign
from mapservice.needs.models import Need
from mapservice.territory.models import AdminUnit

CLEAR = (
    Need.public_code,
    Need.nature,
    Need.urgency,
    Need.parts,
    Need.status,
    Need.status_at,
    Need.version,
    Need.created_at,
)
# Not told of people, nor of places that are protected like people: it would tell too much.
TELLING = (
    Need.category,
    Need.title,
    Need.description,
    Need.quantity,
    Need.unit,
    Need.people_per_part,
    Need.together,
    Need.people_in_all,
    Need.skills,
    Need.helps_people,
    Need.concerns,
    Need.committed_quantity,
    Need.reached_quantity,
    Need.status_reason,
)


def shown(territory: Collection[int] | None, *, people: bool) -> Select:
    """Needs with the codes of their address and campaign, in no order.

    The need that one is a double of is told where its address is `readable`.
    """
    hidden, original, home = protected(), aliased(Need), aliased(Address)
    during = Need.wanted_during
    telling = {column.key: column for column in TELLING} | {
        "wanted_from": func.lower(during),
        "wanted_until": func.upper(during) - 1,
        "campaign": Campaign.code,
    }
    return (
        select(
            *CLEAR,
            *(case((hidden, None), else_=told).label(name) for name, told in telling.items()),
            Address.public_code.label("address"),
            case((home.id.is_not(None), original.public_code)).label("duplicate_of"),
            Need.id,
            Address.unit_ids,
            hidden.label("protected"),
        )
        .join(Address, Address.id == Need.address_id)
        .outerjoin(Campaign, Campaign.id == Need.campaign_id)
        .outerjoin(original, original.id == Need.duplicate_of_id)
        .outerjoin(
            home,
            and_(home.id == original.address_id, readable(home, territory, people=people)),
        )
    )


def by_code(code: str, territory: Collection[int] | None, *, people: bool) -> Select:
    """The need with this public code, wherever it lies, as `shown`."""
    return shown(territory, people=people).where(Need.public_code == code)


def listed(
    territory: Collection[int] | None, *, people: bool, filters: Mapping[str, object]
) -> Select:
    """The needs of a territory (None: everywhere), those of `people` or not; filtered.

    `filters`: `status`, `urgency`, `category` (lists; a protected category is found by nobody),
    `unit` (id), `address` (code).
    """
    statement = shown(territory, people=people)
    statement = statement.where(
        readable(Address, territory, people=people and "category" not in filters)
    )
    for name in ("status", "urgency", "category"):
        if name in filters:
            statement = statement.where(getattr(Need, name).in_(filters[name]))
    if "unit" in filters:
        statement = statement.where(inside(Address.unit_ids, [filters["unit"]]))
    if "address" in filters:
        statement = statement.where(Address.public_code == filters["address"])
    return statement


def due_soon(
    territory: Collection[int] | None, within: timedelta, *, people: bool, most: int
) -> Select:
    """Published addresses of the territory (None: all) to be checked within this time.

    Of protected ones (people, places marked so) the code, the group and the commune, if `people`.
    """
    statement = (
        select(
            Address.id,
            Address.public_code,
            Address.nature,
            case((protected(), None), else_=Address.kind).label("kind"),
            Address.person_kind,
            case((protected(), None), else_=Address.title).label("title"),
            protected().label("protected"),
            AdminUnit.name.label("commune"),
            Address.assured_until,
        )
        .join(AdminUnit, AdminUnit.id == Address.commune_id)
        .where(
            Address.status == AddressStatus.PUBLISHED,
            Address.assured_until < func.now() + within,
            inside(Address.unit_ids, territory),
        )
        .order_by(Address.assured_until, Address.id)
        .limit(most)
    )
    return statement if people else statement.where(~protected())


# Whoever is being edited at this moment (SKIP LOCKED) comes with the next run.
EXPIRE_NEEDS = """
WITH due AS (
  SELECT n.id FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
  WHERE n.status = 'published' AND a.assured_until < now()
  ORDER BY n.id LIMIT :most FOR UPDATE OF n SKIP LOCKED)
UPDATE core.need AS n SET status = 'expired', version = n.version + 1,
  status_reason = CASE n.nature WHEN 'person' THEN 'assurance_ended' ELSE :reason END
FROM due WHERE n.id = due.id RETURNING n.id"""

EXPIRE_ADDRESSES = """
WITH due AS (
  SELECT a.id FROM core.address AS a
  WHERE a.status = 'published' AND a.assured_until < now()
  ORDER BY a.id LIMIT :most FOR UPDATE SKIP LOCKED)
UPDATE core.address AS a SET status = 'expired',
  status_reason = CASE a.nature WHEN 'person' THEN 'assurance_ended' ELSE :reason END,
  version = a.version + 1, updated_at = now()
FROM due WHERE a.id = due.id RETURNING a.id"""

# Whom to tell of what is to be checked within :within days: who registered it, and the officers of
# the nearest organisation above it that has some (or admins). `news`: one of the :days before its
# end began since :since (null: all of them are).
TO_TELL = """
WITH RECURSIVE due AS (
  SELECT a.id, a.organisation_id, a.registered_by, a.assured_until,
    a.nature = 'person' OR a.sensitive AS protected, a.title, u.name AS commune,
    EXISTS (SELECT FROM unnest(CAST(:days AS int[])) AS day
      WHERE a.assured_until - make_interval(days => day) <= now()
        AND (CAST(:since AS timestamptz) IS NULL
          OR a.assured_until - make_interval(days => day) > CAST(:since AS timestamptz))) AS news
  FROM core.address AS a JOIN core.admin_unit AS u ON u.id = a.commune_id
  WHERE a.status = 'published' AND a.assured_until > now()
    AND a.assured_until < now() + make_interval(days => :within)),
above AS (
  SELECT DISTINCT organisation_id AS origin, organisation_id AS id, 0 AS steps FROM due
  UNION ALL
  SELECT above.origin, o.parent_id, above.steps + 1
  FROM above JOIN core.organisation AS o ON o.id = above.id WHERE o.parent_id IS NOT NULL),
officer AS (
  SELECT id, organisation_id FROM core.user_account
  WHERE active AND role IN ('officer', 'admin')),
nearest AS (
  SELECT DISTINCT ON (origin) origin, id FROM above
  WHERE EXISTS (SELECT FROM officer WHERE officer.organisation_id = above.id)
  ORDER BY origin, steps),
told AS (
  SELECT due.id, due.registered_by AS account_id FROM due
  UNION
  SELECT due.id, officer.id FROM due JOIN nearest ON nearest.origin = due.organisation_id
    JOIN officer ON officer.organisation_id = nearest.id)
SELECT t.login, t.name, due.protected, due.title, due.commune, due.news,
  due.assured_until AT TIME ZONE 'Asia/Ho_Chi_Minh' AS until
FROM told JOIN due ON due.id = told.id JOIN core.user_account AS t ON t.id = told.account_id
WHERE t.active AND t.role IN ('registrar', 'officer', 'admin')
ORDER BY t.login, due.assured_until, due.id"""
