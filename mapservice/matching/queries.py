"""Open needs and ready teams from PostGIS, and why a team may not go to a need.

Each function returns one SQL text built of the same named pieces; values are always parameters.
Distances are metres on the spheroid. A team's radius is a straight line from its base.
"""

from mapservice.matching.models import HOLDS_PART, HOLDS_TEAM
from mapservice.needs.models import OPEN

ASKED_A_DAY = 10  # proposals that a team's leader is sent at most since midnight
DECLINED_FOR_DAYS = 60  # a pair that a team declined or gave back is not proposed again before
OPEN_STATES = ", ".join(f"'{status}'" for status in OPEN)

# Persons, and sensitive places, which are treated as persons: what of them is shown to whom is
# said by `decision`, never here.
PROTECTED = "(a.nature = 'person' OR a.sensitive)"

# In which part of the province: needs in one unit, needs and teams of a territory, named needs;
# needs that protect nobody, those within the radius of one team.
NEED_SCOPE = {
    "units": "a.unit_ids && CAST(:units AS int[])",
    "territory": "a.unit_ids && CAST(:territory AS int[])",
    "codes": "n.public_code = ANY(CAST(:codes AS text[]))",
    "public": f"NOT {PROTECTED} AND CAST(:public AS boolean)",
    "near": """ext.ST_DWithin(ext.geography(a.point),
      (SELECT ext.geography(base) FROM core.team WHERE id = :team),
      (SELECT radius_km::float8 * 1000 FROM core.team WHERE id = :team))""",
}
TEAM_SCOPE = {"territory": "t.unit_ids && CAST(:territory AS int[])"}

# Position of a need: the place's point; where it is protected the label point of the commune, the
# former one where known.
SPOT = f"CASE WHEN {PROTECTED} THEN u.label_point ELSE a.point END"

# What the teams of need `n` that hold its parts still leave to others, where it wants several teams
# that bring skills and people between them; null where each team is to have all of it.
_BRINGING = f"""FROM core.assignment AS held JOIN core.team AS own ON own.id = held.team_id
      WHERE held.need_id = n.id AND held.{HOLDS_PART}"""
LACKING = f"""
    CASE WHEN n.people_in_all IS NOT NULL THEN ARRAY(SELECT unnest(n.skills)
      EXCEPT SELECT unnest(own.skills) {_BRINGING} ORDER BY 1) END AS lacking_skills,
    CASE WHEN n.people_in_all IS NOT NULL THEN greatest(n.people_in_all
      - (SELECT coalesce(sum(own.people), 0) {_BRINGING}), 0)::int END AS lacking_people"""

# What an open need asks of each team, and its free parts; `wanted` is cut off at today.
_NEED_COLUMNS = f"""
    n.id, n.public_code AS code, n.urgency, n.people_per_part AS people, s.free,
    CASE WHEN n.people_in_all IS NULL THEN n.skills ELSE '{{}}' END AS skills,
    s.holders, s.decliners, {SPOT} AS point, ext.geography({SPOT}) AS spot,
    coalesce(n.wanted_during, daterange(NULL, NULL))
      * daterange((now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, NULL) AS wanted"""
_NEED_FROM = f"""
    core.need AS n
    JOIN core.address AS a ON a.id = n.address_id
    JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
    CROSS JOIN LATERAL (
      SELECT ARRAY(SELECT part::int FROM generate_series(1, n.parts) AS part
                   WHERE part <> ALL (coalesce(h.parts, '{{}}')) ORDER BY part) AS free,
             coalesce(h.holders, '{{}}') AS holders, coalesce(h.decliners, '{{}}') AS decliners
      FROM (SELECT array_agg(part) FILTER (WHERE {HOLDS_PART}) AS parts,
                   array_agg(team_id) FILTER (WHERE {HOLDS_PART}) AS holders,
                   array_agg(team_id) FILTER (WHERE status IN ('declined', 'released') AND status_at
                     > now() - make_interval(days => {DECLINED_FOR_DAYS})) AS decliners
            FROM core.assignment AS x WHERE x.need_id = n.id) AS h) AS s"""

# The first rule that keeps team t from need n, or 'fits'. Lasting reasons come first.
_HELD = f"(SELECT count(*) FROM core.assignment AS x WHERE x.team_id = t.id AND {HOLDS_TEAM})"
_LEFT_TODAY = f"""({ASKED_A_DAY} - (SELECT count(*) FROM core.assignment AS x
      WHERE x.team_id = t.id AND x.origin <> 'claim' AND x.created_at
        >= date_trunc('day', now(), 'Asia/Ho_Chi_Minh')))"""
_PLACES = f"least(t.max_concurrent - {_HELD}, {_LEFT_TODAY})"
_WHY = f"""
    CASE WHEN isempty(n.wanted) THEN 'past'
         WHEN NOT n.skills <@ t.skills THEN 'skill'
         WHEN d.metres > t.radius_km * 1000 THEN 'radius'
         WHEN t.people < n.people THEN 'people'
         WHEN NOT coalesce(t.available_during && n.wanted, true) THEN 'unavailable'
         WHEN t.state <> 'ready' THEN t.state
         WHEN NOT t.verified THEN 'unverified'
         WHEN t.id = ANY (n.holders) THEN 'holds'
         WHEN t.id = ANY (n.decliners) THEN 'declined'
         WHEN t.max_concurrent <= {_HELD} THEN 'full'
         {{asked}}
         ELSE 'fits' END"""
WHY = _WHY.format(asked=f"WHEN {_LEFT_TODAY} <= 0 THEN 'asked'")
WHY_BY_ITSELF = _WHY.format(asked="")  # of a team that takes a need without being asked
# OFFSET 0 keeps the planner from computing the distance once for each time it is named.
DISTANCE = """
    CROSS JOIN LATERAL (SELECT ext.ST_Distance(ext.geography(t.base), n.spot) AS metres
                        OFFSET 0) AS d"""


# Districts of the former era, and today's communes whose predecessors all lay in one of them.
_DISTRICTS = """district AS (SELECT id, core.unit_key(code, valid_from, valid_to) AS key, name
      FROM core.admin_unit WHERE level = 'district' AND valid_from <= core.former_era_day()
        AND coalesce(valid_to, 'infinity') > core.former_era_day()),
    heir AS (SELECT after.container_id AS commune_id, min(before.container_id) AS district_id
      FROM core.unit_within AS after
        JOIN core.admin_unit AS old ON old.id = after.unit_id AND old.level = 'commune'
          AND old.valid_from <= core.former_era_day()
          AND coalesce(old.valid_to, 'infinity') > core.former_era_day()
        JOIN core.unit_within AS before ON before.unit_id = old.id
        JOIN district ON district.id = before.container_id
      GROUP BY after.container_id HAVING count(DISTINCT before.container_id) = 1)"""


def also(clauses: dict[str, str], names: tuple[str, ...]) -> str:
    """These of the clauses, each after an AND."""
    return "".join(f" AND {clauses[name]}" for name in names if name in clauses)


def needs(scope: tuple[str, ...]) -> str:
    """The open needs of a scope as the WITH query `need`."""
    return f"""need AS MATERIALIZED (SELECT {_NEED_COLUMNS} FROM {_NEED_FROM}
      WHERE n.status IN ({OPEN_STATES}) AND a.status = 'published'{also(NEED_SCOPE, scope)})"""


# Whose share of help a need counts in, as (key, name).
GROUPS = {
    "district": (
        """coalesce(own.key, shared.key, core.unit_key(today.code, today.valid_from,
             today.valid_to))""",
        "coalesce(own.name, shared.name, today.name)",
    ),
    "organisation": ("union_of.code", "union_of.name"),
}
# The union of the lowest level above the communes' whose territory holds the address; else the one
# that registered it.
_UNION = """
      CROSS JOIN LATERAL (SELECT o.code, o.name FROM core.organisation AS o
        WHERE o.id = a.organisation_id OR o.level = 'district' AND EXISTS (
          SELECT FROM core.organisation_unit AS ou
          WHERE ou.organisation_id = o.id AND ou.unit_id = ANY (a.unit_ids))
        ORDER BY o.level = 'district' DESC, o.code LIMIT 1) AS union_of"""


def open_needs(scope: tuple[str, ...], grouping: str = "district") -> str:
    """Open needs, with what a screen shows of them; by code.

    `free` are the numbers of the free parts. `group_key` by district is the district of the former
    era; where an address is known by today's commune only, the district that all its predecessors
    share, and today's commune where they share none.
    """
    key, name = GROUPS[grouping]
    return f"""
    WITH {needs(scope)},
    {_DISTRICTS}
    SELECT need.id, need.code, need.urgency, need.skills, need.people, need.free,
           CASE WHEN lower_inf(n.wanted_during) THEN NULL ELSE lower(n.wanted_during) END
             AS wanted_from, upper(n.wanted_during) - 1 AS wanted_until,
           ext.ST_X(need.point) AS lng, ext.ST_Y(need.point) AS lat, n.parts AS all_parts,
           n.quantity, {PROTECTED} AS protected, a.person_kind,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place, u.name AS commune,
           CASE WHEN NOT {PROTECTED} THEN a.public_code END AS address,
           n.together, n.people_in_all, {LACKING},
           {key} AS group_key, {name} AS group_name
    FROM need
      JOIN core.need AS n ON n.id = need.id
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
      JOIN core.admin_unit AS today ON today.id = a.commune_id
      LEFT JOIN district AS own ON own.id = ANY (a.unit_ids)
      LEFT JOIN heir ON heir.commune_id = a.commune_id
      LEFT JOIN district AS shared ON shared.id = heir.district_id
      {_UNION if grouping == "organisation" else ""}
    ORDER BY need.code"""


def ready_teams(scope: tuple[str, ...]) -> str:
    """Verified, ready teams of a scope with their free places (which may be none); by code."""
    return f"""
    SELECT t.id, t.public_code AS code, t.name, t.people, t.skills, t.radius_km,
           greatest({_PLACES}, 0)::int AS places,
           ext.ST_X(t.base) AS lng, ext.ST_Y(t.base) AS lat
    FROM core.team AS t
    WHERE t.verified AND t.state = 'ready'{also(TEAM_SCOPE, scope)}
    ORDER BY t.public_code"""


def pairs_checked(scope: tuple[str, ...]) -> str:
    """What a commit or a claim checks of pairs named by :need_codes and :team_codes in parallel.

    `why` is 'fits' or the first rule against the pair; `free` its need's free parts, `places` those
    of its team; `metres` between them, the need's own `quantity` and `parts`, and what the teams
    that it wants at once are still to bring, with the `skills` and `people` of this one.

    A pair whose need or team is unknown or out of scope has no row.
    """
    return f"""
    WITH need AS MATERIALIZED (SELECT {_NEED_COLUMNS}, n.quantity, n.parts, n.together, {LACKING},
        {PROTECTED} AS protected,
        n.status IN ({OPEN_STATES}) AND a.status = 'published' AS open FROM {_NEED_FROM}
      WHERE n.public_code = ANY (CAST(:need_codes AS text[])){also(NEED_SCOPE, scope)})
    SELECT n.code AS need, t.public_code AS team, n.urgency, n.free, n.quantity, n.parts,
           n.together, n.protected, n.lacking_skills, n.lacking_people, t.skills, t.people,
           d.metres, {_PLACES} AS places, n.id AS need_id, t.id AS team_id,
           CASE WHEN NOT n.open THEN 'closed' ELSE {WHY} END AS why
    FROM unnest(CAST(:need_codes AS text[]), CAST(:team_codes AS text[])) AS wanted(need, team)
      JOIN need AS n ON n.code = wanted.need
      JOIN core.team AS t ON t.public_code = wanted.team{also(TEAM_SCOPE, scope)}
      {DISTANCE}
    ORDER BY n.urgency DESC, n.code, t.public_code"""


LOCK_NEEDS = """SELECT id FROM core.need WHERE public_code = ANY (CAST(:codes AS text[]))
    ORDER BY id FOR NO KEY UPDATE"""
LOCK_TEAMS = """SELECT id FROM core.team WHERE public_code = ANY (CAST(:codes AS text[]))
    ORDER BY id FOR NO KEY UPDATE"""
SKILL_NAMES = "SELECT code, name FROM core.skill ORDER BY position, code"


def units_with_needs(scope: tuple[str, ...]) -> str:
    """(key, name, district, level, current, needs): units that hold open needs of a scope.

    Districts and communes of the former era, communes of today.
    """
    return f"""
    SELECT core.unit_key(u.code, u.valid_from, u.valid_to) AS key, u.name, u.level,
           parent.name AS district, u.valid_to IS NULL AS current, count(*) AS needs
    FROM core.need AS n
      JOIN core.address AS a ON a.id = n.address_id
      CROSS JOIN LATERAL unnest(a.unit_ids) AS inside(unit_id)
      JOIN core.admin_unit AS u ON u.id = inside.unit_id
      LEFT JOIN core.admin_unit AS parent ON parent.id = u.parent_id
        AND parent.level = 'district'
    WHERE n.status IN ({OPEN_STATES}) AND a.status = 'published' AND u.level <> 'province'
      AND (u.valid_to IS NULL OR u.valid_from <= core.former_era_day()
           AND u.valid_to > core.former_era_day()){also(NEED_SCOPE, scope)}
    GROUP BY u.id, parent.name
    ORDER BY u.level DESC, u.valid_to IS NOT NULL, u.short_name COLLATE "vi-x-icu", key"""
