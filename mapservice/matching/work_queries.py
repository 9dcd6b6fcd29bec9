"""Assignments as those who work with them see them: leaders, officers; and what frees them."""

from mapservice.matching.models import HOLDS_PART, HOLDS_TEAM
from mapservice.matching.queries import DISTANCE, PROTECTED, WHY_BY_ITSELF, needs

# How many parts of need `n` teams hold, those that were only asked too.
HELD_PARTS = f"""(SELECT count(*) FROM core.assignment AS h
             WHERE h.need_id = n.id AND h.{HOLDS_PART})"""
# What a team could take by itself, nearest first: needs of places within its radius that it fits.
# Not those whose teams an officer puts together, so that they have all skills between them.
# `why` is 'fits', or what of the team stands in the way for now.
CLAIMABLE = f"""
    WITH {needs(("public", "near"))}
    SELECT n.code, n.urgency, n.people, n.skills, cardinality(n.free) AS free, d.metres, own.parts,
           own.together, own.title, own.description, own.quantity, own.unit, a.title AS place,
           a.public_code AS address, a.hamlet, u.name AS commune, c.name AS category, c.icon,
           CASE WHEN lower_inf(own.wanted_during) THEN NULL ELSE lower(own.wanted_during) END
             AS wanted_from, upper(own.wanted_during) - 1 AS wanted_until, {WHY_BY_ITSELF} AS why
    FROM need AS n
      JOIN core.need AS own ON own.id = n.id
      JOIN core.need_category AS c ON c.code = own.category
      JOIN core.address AS a ON a.id = own.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
      JOIN core.team AS t ON t.id = :team
      {DISTANCE}
    WHERE cardinality(n.free) > 0 AND own.people_in_all IS NULL
      AND {WHY_BY_ITSELF} IN ('fits', 'full', 'busy', 'resting', 'suspended', 'unverified')
    ORDER BY d.metres, n.code LIMIT :most"""

# What waits for an officer; of a protected need group and commune alone.
TO_CONFIRM = f"""
    SELECT x.id, x.hours, x.volunteers, x.status_at, t.name AS team, n.urgency,
           {PROTECTED} AS protected, a.person_kind, u.name AS commune,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place,
           (SELECT count(*) FROM core.field_report AS f WHERE f.assignment_id = x.id) AS reports
    FROM core.assignment AS x
      JOIN core.team AS t ON t.id = x.team_id
      JOIN core.need AS n ON n.id = x.need_id
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
    WHERE x.status = 'done' AND (CAST(:territory AS int[]) IS NULL
      OR a.unit_ids && CAST(:territory AS int[]))
    ORDER BY x.status_at, x.id"""

# One assignment for the officer of its territory; of a protected need no word of the person.
ASSIGNMENT = f"""
    SELECT x.id, x.status, x.status_reason, x.status_at, x.lease_until, x.seen_at, x.origin, x.part,
           x.version, x.created_at, x.hours, x.volunteers, x.results, x.explanation, x.reporter_id,
           n.parts, n.together, n.people_in_all, {HELD_PARTS} AS held_parts, n.urgency,
           n.people_per_part AS people, n.status AS need_status,
           t.name AS team, t.public_code AS team_code,
           reporter.name AS reporter, confirmer.name AS confirmer, {PROTECTED} AS protected,
           a.person_kind, u.name AS commune, today.name AS commune_today,
           CASE WHEN NOT {PROTECTED} THEN x.quantity END AS quantity,
           CASE WHEN NOT {PROTECTED} THEN n.unit END AS unit,
           CASE WHEN NOT {PROTECTED} THEN a.public_code END AS address,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place
    FROM core.assignment AS x
      JOIN core.team AS t ON t.id = x.team_id
      JOIN core.need AS n ON n.id = x.need_id
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
      JOIN core.admin_unit AS today ON today.id = a.commune_id
      LEFT JOIN core.user_account AS reporter ON reporter.id = x.reporter_id
      LEFT JOIN core.user_account AS confirmer ON confirmer.id = x.confirmer_id
    WHERE x.id = :assignment"""

# Proposals that wait for an answer where an officer sends them, those unseen first.
WAITING = f"""
    SELECT x.id, x.seen_at, x.lease_until, x.created_at, t.name AS team, t.public_code AS team_code,
           n.urgency, {PROTECTED} AS protected, a.person_kind, u.name AS commune,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place
    FROM core.assignment AS x
      JOIN core.team AS t ON t.id = x.team_id
      JOIN core.need AS n ON n.id = x.need_id
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
    WHERE x.status = 'proposed' AND (x.lease_until IS NULL OR x.lease_until > now())
      AND (CAST(:territory AS int[]) IS NULL OR a.unit_ids && CAST(:territory AS int[]))
    ORDER BY x.seen_at IS NOT NULL, n.urgency DESC, x.lease_until, x.id LIMIT :most"""

SEE_ONE = """UPDATE core.assignment SET seen_at = now()
    WHERE id = :assignment AND seen_at IS NULL"""
SEE_ALL = """UPDATE core.assignment AS x SET seen_at = now() FROM core.team AS t
    WHERE t.id = x.team_id AND t.leader_id = :leader AND x.status = 'proposed'
      AND x.seen_at IS NULL"""

NEEDS_HELD = f"""SELECT n.public_code FROM core.assignment AS x
      JOIN core.need AS n ON n.id = x.need_id
    WHERE x.team_id = :team AND x.{HOLDS_TEAM} ORDER BY n.id"""
CANCEL_HELD = f"""UPDATE core.assignment SET status = 'cancelled', status_reason = 'plan_changed',
      version = version + 1
    WHERE team_id = :team AND {HOLDS_TEAM}"""

# A leader's assignments, with what `decision` asks of them; `pages` takes out what it withholds.
LEADERS_ASSIGNMENTS = f"""
    SELECT x.id, x.status, x.status_reason, x.status_at, x.lease_until, x.explanation, x.hours,
           x.volunteers, x.results, x.origin, coalesce(x.lease_until < now(), false) AS overdue,
           x.lease_until AT TIME ZONE 'Asia/Ho_Chi_Minh' AS answer_by,
           (x.status_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS moved_on,
           t.name AS team, n.public_code AS need,
           n.urgency, n.people_per_part AS people, n.skills, n.together, n.parts, n.people_in_all,
           {HELD_PARTS} AS held_parts,
           x.quantity, n.unit,
           c.name AS category, c.icon, {PROTECTED} AS protected, a.person_kind,
           upper(n.wanted_during) AS wanted_before,
           t.verified AND t.state <> 'suspended'
             AND a.status IN ('submitted', 'verified', 'published', 'expired') AS live,
           a.nature = 'place' OR core.may_share(a.id, a.age_band, now()) AS shared,
           CASE WHEN NOT {PROTECTED} THEN a.public_code END AS address,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN n.description END AS description,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place,
           CASE WHEN NOT {PROTECTED} THEN a.hamlet END AS hamlet,
           u.name AS commune, today.name AS commune_today,
           CASE WHEN lower_inf(n.wanted_during) THEN NULL ELSE lower(n.wanted_during) END
             AS wanted_from, upper(n.wanted_during) - 1 AS wanted_until
    FROM core.assignment AS x
      JOIN core.team AS t ON t.id = x.team_id
      JOIN core.need AS n ON n.id = x.need_id
      JOIN core.need_category AS c ON c.code = n.category
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
      JOIN core.admin_unit AS today ON today.id = a.commune_id
    WHERE t.leader_id = :leader
      AND (x.status IN ('proposed', 'accepted', 'underway')
           OR x.status_at > now() - interval '30 days')
    ORDER BY x.status_at DESC, x.id"""

LEADERS_TEAMS = """SELECT t.public_code AS code, t.name, t.state, t.verified
    FROM core.team AS t
    WHERE t.leader_id = :leader ORDER BY t.name, t.id"""

OVERDUE = """SELECT x.id, n.public_code AS need, t.public_code AS team FROM core.assignment AS x
      JOIN core.need AS n ON n.id = x.need_id
      JOIN core.team AS t ON t.id = x.team_id
    WHERE x.status = 'proposed' AND x.lease_until < now() ORDER BY x.id"""
EXPIRE = """UPDATE core.assignment SET status = 'expired', version = version + 1
    WHERE id = ANY (CAST(:ids AS uuid[])) AND status = 'proposed' AND lease_until < now()
    RETURNING id"""
