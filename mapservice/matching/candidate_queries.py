"""Admissible pairs from PostGIS: all, each need's nearest, or those that are named."""

from mapservice.matching.queries import DISTANCE, TEAM_SCOPE, also, needs

# What makes a team in reach admissible, beside its own radius.
ADMISSIBLE = """t.verified AND t.state = 'ready' AND n.skills <@ t.skills AND t.people >= n.people
        AND coalesce(t.available_during && n.wanted, true)
        AND t.id <> ALL (n.holders) AND t.id <> ALL (n.decliners)
        AND t.id <> ALL (CAST(:full_teams AS uuid[]))"""
_ASKING = "cardinality(n.free) > 0 AND NOT isempty(n.wanted)"


def candidates(scope: tuple[str, ...], *, limited: bool) -> str:
    """(need, teams, metres): of each need the codes of its admissible teams, with distances.

    `limited`: only the :nearest of each need, for a planner told to `WALK_THE_INDEX`.
    :widest_metres, the largest radius of this run, is a constant of the statement: bounded by the
    team's own radius (a column of the inner side) the index on geography(base) could not be used.
    The box of that radius is asked of the index alone: distances are the dear part, each once.
    `:full_teams` are ready but have no free place.
    One row a need, not one a pair: half the time of a large plan would go into fetching them.
    """
    nearest = "ORDER BY ext.geography(t.base) OPERATOR(ext.<->) n.spot LIMIT :nearest"
    return f"""
    WITH {needs(scope)}
    SELECT n.code AS need, array_agg(near.code) AS teams, array_agg(near.metres) AS metres
    FROM need AS n CROSS JOIN LATERAL (
      SELECT t.public_code AS code, d.metres FROM core.team AS t {DISTANCE}
      WHERE ext.geography(t.base) OPERATOR(ext.&&) ext._ST_Expand(n.spot, :widest_metres)
        AND {ADMISSIBLE} AND d.metres <= t.radius_km * 1000{also(TEAM_SCOPE, scope)}
      {nearest if limited else ""}) AS near
    WHERE {_ASKING}
    GROUP BY n.code ORDER BY n.code"""


# The planner takes few teams to be admissible, would look at all in reach and sort them; from the
# index they come nearest first, and the search ends with the last that is wanted: a tenth of it.
# Told not to sort it thinks the rest so dear that it would compile the statement first.
WALK_THE_INDEX = """SELECT set_config('enable_sort', :sort, true),
    set_config('jit', :sort, true)"""


def named_candidates(scope: tuple[str, ...]) -> str:
    """As `candidates`, of the pairs :need_codes and :team_codes name in parallel."""
    return f"""
    WITH {needs((*scope, "codes"))}
    SELECT n.code AS need, array_agg(t.public_code) AS teams, array_agg(d.metres) AS metres
    FROM unnest(CAST(:need_codes AS text[]), CAST(:team_codes AS text[])) AS asked(need, team)
      JOIN need AS n ON n.code = asked.need
      JOIN core.team AS t ON t.public_code = asked.team{also(TEAM_SCOPE, scope)}
      {DISTANCE}
    WHERE {_ASKING} AND {ADMISSIBLE} AND d.metres <= t.radius_km * 1000
    GROUP BY n.code ORDER BY n.code"""
