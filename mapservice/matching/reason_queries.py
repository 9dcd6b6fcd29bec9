"""Why teams did not get a need, asked of the database: those that rules keep away."""

from mapservice.matching.candidate_queries import ADMISSIBLE
from mapservice.matching.queries import DISTANCE, TEAM_SCOPE, WHY, also, needs


def passed_over(scope: tuple[str, ...]) -> str:
    """(need, team, name, metres, why): teams nearer than :reach that a rule keeps away.

    :codes and :reach (metres) run in parallel. At most :most a need: those with the skills
    first, then nearest. `:full_teams` as in `candidates`; they make it cheap to tell who may come,
    so that the rule is looked for of the others only.
    """
    return f"""
    WITH {needs((*scope, "codes"))}
    SELECT n.code AS need, miss.code AS team, miss.name, miss.metres, miss.why
    FROM unnest(CAST(:codes AS text[]), CAST(:reach AS float8[])) AS chosen(code, metres)
      JOIN need AS n USING (code)
      CROSS JOIN LATERAL (
        SELECT code, name, metres, why FROM (
          SELECT t.public_code AS code, t.name, d.metres, {WHY} AS why,
                 n.skills <@ t.skills AS skilled
          FROM core.team AS t {DISTANCE}
          WHERE ext.ST_DWithin(ext.geography(t.base), n.spot, chosen.metres)
            AND d.metres < chosen.metres AND t.verified AND t.state <> 'suspended'
            AND NOT ({ADMISSIBLE} AND d.metres <= t.radius_km * 1000){also(TEAM_SCOPE, scope)}
          OFFSET 0) AS barred
        WHERE why <> 'fits' ORDER BY skilled DESC, metres, code LIMIT :most) AS miss
    ORDER BY n.code, miss.metres, miss.code"""


def hindrances(scope: tuple[str, ...]) -> str:
    """(need, why, teams, most_people, team, metres, radius_km) for each of the :codes.

    How many of the scope's teams each rule keeps away, the people of the largest of them, and the
    nearest of them by name.
    """
    return f"""
    WITH {needs((*scope, "codes"))}
    SELECT n.code AS need, found.why, count(*) AS teams, max(found.people) AS most_people,
           (array_agg(found.name ORDER BY found.metres, found.code))[1] AS team,
           min(found.metres) AS metres,
           (array_agg(found.radius_km ORDER BY found.metres, found.code))[1] AS radius_km
    FROM need AS n CROSS JOIN LATERAL (
      SELECT t.public_code AS code, t.name, t.people, t.radius_km, d.metres, {WHY} AS why
      FROM core.team AS t {DISTANCE}
      WHERE t.verified AND t.state <> 'suspended'
        AND n.skills <@ t.skills{also(TEAM_SCOPE, scope)}) AS found
    GROUP BY n.code, found.why
    ORDER BY n.code, found.why"""
