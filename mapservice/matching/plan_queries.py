"""Stored plans: their pairs as screens show them, what a change by hand costs, what to keep."""

from sqlalchemy import Select, select

from mapservice.accounts.rights import Actor
from mapservice.matching.models import HOLDS_PART, StoredPlan
from mapservice.matching.queries import LACKING, OPEN_STATES, PROTECTED, SPOT, needs

KEPT_DAYS = 90  # a plan's figures are of no use after that


def reachable(actor: Actor) -> Select:
    """The plans of the actor's organisation and those below it; of the whole province only for
    who acts everywhere."""
    statement = select(StoredPlan)
    if actor.organisations is None:
        return statement
    own = StoredPlan.organisation_id.in_(actor.organisations)
    return statement.where(own, ~StoredPlan.province)


# The pairs of a plan in some states; of a protected need group and commune alone. `open`: it may
# still be sent; `free`: parts of the need that no team holds; `assignment`: what it became when it
# was sent, `answer` that one's status. What its teams lack is not shown of protected ones.
PAIRS = f"""
    SELECT p.need_id, p.team_id, p.origin, p.state, p.refusal, p.metres, p.explanation,
           n.public_code AS need, n.urgency, n.together, n.parts, {LACKING},
           t.skills AS team_skills, t.people AS team_people,
           CASE WHEN NOT {PROTECTED} THEN n.people_in_all END AS people_in_all,
           n.parts - (SELECT count(*) FROM core.assignment AS x
                      WHERE x.need_id = n.id AND x.{HOLDS_PART}) AS free,
           t.public_code AS team, t.name AS team_name,
           {PROTECTED} AS protected, a.person_kind, u.name AS commune,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place,
           CASE WHEN NOT {PROTECTED} THEN a.public_code END AS address,
           p.group_key, asked.id AS assignment, asked.status AS answer, asked.seen_at,
           n.status IN ({OPEN_STATES}) AND a.status = 'published' AS open,
           ext.ST_X({SPOT}) AS lng, ext.ST_Y({SPOT}) AS lat,
           ext.ST_X(t.base) AS base_lng, ext.ST_Y(t.base) AS base_lat
    FROM core.plan_pair AS p
      JOIN core.need AS n ON n.id = p.need_id
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
      JOIN core.team AS t ON t.id = p.team_id
      LEFT JOIN core.assignment AS asked ON asked.id = p.assignment_id AND p.state = 'sent'
    WHERE p.plan_id = :plan AND p.state = ANY (CAST(:states AS text[]))
    ORDER BY n.urgency DESC, n.public_code, t.public_code LIMIT :most"""

# Pairs that were never sent and cannot be any more: `gone` is 'need' or 'team', deleted since.
GONE = f"""
    SELECT p.need_code AS need, p.team_code AS team, p.team_name, p.origin, p.state,
           CASE WHEN p.need_id IS NULL THEN 'need' ELSE 'team' END AS gone, n.urgency,
           {PROTECTED} AS protected, a.person_kind, u.name AS commune,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place
    FROM core.plan_pair AS p
      LEFT JOIN core.need AS n ON n.id = p.need_id
      LEFT JOIN core.address AS a ON a.id = n.address_id
      LEFT JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
    WHERE p.plan_id = :plan AND (p.need_id IS NULL OR p.team_id IS NULL)
      AND p.state IN ('proposed', 'sending', 'refused')
    ORDER BY n.urgency DESC NULLS LAST, p.need_code, p.team_code"""

# States of its pairs; one that is gone waits for nothing unless it is being sent.
STATES = """SELECT DISTINCT state FROM core.plan_pair WHERE plan_id = :plan
    AND (state IN ('sending', 'sent') OR need_id IS NOT NULL AND team_id IS NOT NULL)"""

# What came of pairs: :needs, :teams (codes), :states and :refusals in parallel. Of a need a team
# holds one part at most: the one that was just sent.
MARK = f"""
    UPDATE core.plan_pair AS p SET state = told.state, refusal = told.refusal,
      assignment_id = (SELECT x.id FROM core.assignment AS x
        WHERE told.state = 'sent' AND x.need_id = p.need_id AND x.team_id = p.team_id
          AND x.{HOLDS_PART})
    FROM unnest(CAST(:needs AS text[]), CAST(:teams AS text[]), CAST(:states AS text[]),
                CAST(:refusals AS text[])) AS told(need, team, state, refusal)
    WHERE p.plan_id = :plan AND p.need_code = told.need AND p.team_code = told.team"""

NEEDS = f"""
    SELECT n.public_code AS need, n.urgency, n.together, n.parts AS teams,
           CASE WHEN NOT {PROTECTED} THEN n.people_in_all END AS people_in_all,
           {PROTECTED} AS protected, a.person_kind,
           u.name AS commune, ext.ST_X({SPOT}) AS lng, ext.ST_Y({SPOT}) AS lat,
           CASE WHEN NOT {PROTECTED} THEN n.title END AS title,
           CASE WHEN NOT {PROTECTED} THEN a.title END AS place,
           CASE WHEN NOT {PROTECTED} THEN a.public_code END AS address
    FROM core.need AS n
      JOIN core.address AS a ON a.id = n.address_id
      JOIN core.admin_unit AS u ON u.id = coalesce(a.former_commune_id, a.commune_id)
    WHERE n.public_code = ANY (CAST(:codes AS text[]))
    ORDER BY n.public_code"""

# What an earlier draft of the same kind proposed.
KEPT = """
    SELECT n.public_code, t.public_code FROM core.plan_pair AS p
      JOIN core.need AS n ON n.id = p.need_id
      JOIN core.team AS t ON t.id = p.team_id
    WHERE p.state = 'proposed' AND p.plan_id = (
      SELECT earlier.id FROM core.plan AS own
        JOIN core.plan AS earlier ON earlier.organisation_id = own.organisation_id
          AND earlier.province = own.province AND earlier.units IS NOT DISTINCT FROM own.units
          AND earlier.id <> own.id
      WHERE own.id = :plan AND earlier.status = 'draft'
      ORDER BY earlier.created_at DESC, earlier.id LIMIT 1)
    ORDER BY n.public_code, t.public_code"""

# A plan's pairs as they were made, :pairs as JSON.
STORE = """
    INSERT INTO core.plan_pair (plan_id, need_code, team_code, need_id, team_id, team_name,
      group_key, origin, metres, explanation)
    SELECT CAST(:plan AS uuid), p.* FROM jsonb_to_recordset(CAST(:pairs AS jsonb)) AS p (
      need_code text, team_code text, need_id uuid, team_id uuid, team_name text, group_key text,
      origin text, metres integer, explanation jsonb)"""

# Needs by id, then teams by id, as all writers lock them.
STILL_THERE = """SELECT id FROM core.{table} WHERE id = ANY (CAST(:ids AS uuid[]))
    ORDER BY id FOR KEY SHARE"""

# One that broke waits behind the others.
NEXT = """SELECT id, status, tries FROM core.plan WHERE status IN ('queued', 'running')
    ORDER BY tries, created_at, id LIMIT 1"""
TO_SEND = "SELECT id FROM core.plan WHERE status = 'sending' ORDER BY tries, created_at, id LIMIT 1"
TRY = "UPDATE core.plan SET tries = tries + 1 WHERE id = :plan RETURNING tries"
RUN = "UPDATE core.plan SET status = 'running' WHERE id = :plan AND status = 'queued'"
# Until a plan is made its facts are how far it is.
TELL = """UPDATE core.plan SET facts = jsonb_build_object('step', CAST(:step AS text),
    'done', CAST(:done AS int), 'total', CAST(:total AS int))
    WHERE id = :plan AND status = 'running'"""
FAIL = """UPDATE core.plan SET status = 'failed', finished_at = now(), version = version + 1,
      facts = jsonb_build_object('failure', CAST(:failure AS text))
    WHERE id = :plan AND status = 'running'"""
FORGET = f"""DELETE FROM core.plan WHERE created_at < now() - interval '{KEPT_DAYS} days'
    AND status NOT IN ('queued', 'running', 'sending') RETURNING id"""


def open_count(scope: tuple[str, ...]) -> str:
    """How many open needs with free parts a scope holds."""
    return f"""WITH {needs(scope)}
    SELECT count(*) FROM need WHERE cardinality(need.free) > 0"""


UNITS = """SELECT id, core.unit_key(code, valid_from, valid_to) AS key, name FROM core.admin_unit
    WHERE id = ANY (CAST(:units AS int[])) ORDER BY name COLLATE "vi-x-icu", id"""
