"""A random but reproducible corner of the province, and the rules of matching said once more.

The SQL here shares nothing with `mapservice.matching.queries`: it is the second opinion.
"""

import random
from datetime import date, datetime, timedelta, timezone

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from tests.factories import (
    make_assignment,
    make_need,
    make_organisation,
    make_person,
    make_place,
    make_team,
)

VIETNAM = timezone(timedelta(hours=7))
SKILLS = ("teaching", "medical", "construction", "lang_tay")
# Communes of Sơn Động in 2022, some 30 km across, with their label points.
COMMUNES = text("""SELECT code, ext.ST_X(label_point) AS lng, ext.ST_Y(label_point) AS lat
    FROM core.admin_unit WHERE level = 'commune' AND valid_from <= '2022-12-31'
      AND valid_to > '2022-12-31'
      AND parent_id IN (SELECT id FROM core.admin_unit WHERE code = '220')
    ORDER BY code""")

# Every pair of an open need and a team, with each rule by itself.
RULES = """
    WITH spot AS (
      SELECT a.id, CASE a.nature WHEN 'place' THEN a.point ELSE
               (SELECT label_point FROM core.admin_unit WHERE id =
                 CASE WHEN a.former_commune_id IS NULL THEN a.commune_id
                      ELSE a.former_commune_id END) END AS geom
      FROM core.address AS a WHERE a.status = 'published'),
    rule AS (
      SELECT n.public_code AS need, t.public_code AS team, n.urgency, n.parts, t.max_concurrent,
             n.people_in_all IS NOT NULL
               OR NOT EXISTS (SELECT unnest(n.skills) EXCEPT SELECT unnest(t.skills)) AS skilled,
             ext.ST_Distance(spot.geom::ext.geography, t.base::ext.geography) / 1000
               <= t.radius_km AS near,
             t.people >= n.people_per_part AS many,
             t.state = 'ready' AND t.verified AS ready,
             EXISTS (SELECT FROM generate_series(0, 400) AS later,
                       CAST(now() AT TIME ZONE 'Asia/Ho_Chi_Minh' AS date) AS today
                     WHERE (n.wanted_during IS NULL OR n.wanted_during @> (today + later))
                       AND (t.available_during IS NULL
                            OR t.available_during @> (today + later))) AS free_together,
             n.status IN ('published', 'matched', 'in_progress', 'partly_met') AS open,
             NOT EXISTS (SELECT FROM core.assignment AS x
                         WHERE x.need_id = n.id AND x.team_id = t.id
                           AND x.status NOT IN ('declined', 'expired', 'released', 'cancelled'))
               AS new,
             NOT EXISTS (SELECT FROM core.assignment AS x
                         WHERE x.need_id = n.id AND x.team_id = t.id
                           AND x.status IN ('declined', 'released')
                           AND x.status_at > now() - interval '60 days') AS willing
      FROM core.need AS n JOIN spot ON spot.id = n.address_id, core.team AS t),
    load AS (
      SELECT t.public_code AS team, t.max_concurrent - count(x.id) AS places
      FROM core.team AS t LEFT JOIN core.assignment AS x ON x.team_id = t.id
        AND x.status IN ('proposed', 'accepted', 'underway') GROUP BY t.id),
    gap AS (
      SELECT n.public_code AS need, n.parts - count(x.id) AS parts
      FROM core.need AS n LEFT JOIN core.assignment AS x ON x.need_id = n.id
        AND x.status NOT IN ('declined', 'expired', 'released', 'cancelled') GROUP BY n.id),
    admissible AS (
      SELECT need, team FROM rule JOIN load USING (team) JOIN gap USING (need)
      WHERE skilled AND near AND many AND ready AND free_together AND open AND new AND willing
        AND load.places > 0 AND gap.parts > 0)"""


def admissible(session: Session) -> set[tuple[str, str]]:
    """All admissible (need, team) codes."""
    found = session.execute(text(f"{RULES} SELECT need, team FROM admissible"))
    return {tuple(row) for row in found}


def capacities(session: Session) -> tuple[dict[str, int], dict[str, int]]:
    """Free parts by need, free places by team."""
    needs = session.execute(text(f"{RULES} SELECT need, parts FROM gap"))
    teams = session.execute(text(f"{RULES} SELECT team, places FROM load"))
    return dict(needs.all()), dict(teams.all())


def fill(session: Session, seed: int, *, needs: int = 40, teams: int = 14) -> None:
    """Needs of places and persons, teams in every state, some assignments in every state."""
    chance = random.Random(seed)
    communes = session.execute(COMMUNES).all()
    owner = make_organisation(session)
    made_needs = [_need(session, chance, communes, owner) for _ in range(needs)]
    made_teams = [_team(session, chance, communes, owner) for _ in range(teams)]
    able = [team for team in made_teams if team.verified and team.state == "ready"]
    wanted = [need for need in made_needs if need.status == "published"]
    for need, status in zip(wanted, ("proposed", "accepted", "declined", "declined"), strict=False):
        team = chance.choice([team for team in able if team.max_concurrent > 1] or able)
        if team.max_concurrent:
            make_assignment(session, need=need, team=team, status=status, part=1)


def _somewhere(chance: random.Random, communes) -> dict:
    commune = chance.choice(communes)
    return {
        "commune": commune.code,
        "lng": commune.lng + chance.uniform(-0.02, 0.02),
        "lat": commune.lat + chance.uniform(-0.02, 0.02),
    }


def today() -> date:
    """The day in Vietnam."""
    return datetime.now(VIETNAM).date()


def days(*ranges: tuple[date, date | None]) -> str:
    """A set of day ranges as PostgreSQL reads it; the driver knows no multirange."""
    return "{" + ",".join(f"[{start},{end or ''})" for start, end in ranges) + "}"


def _days(chance: random.Random) -> Range | None:
    start = today() + timedelta(days=chance.randint(-40, 40))
    return chance.choice((None, Range(start, start + timedelta(days=chance.randint(1, 40)))))


def _need(session: Session, chance: random.Random, communes, owner):
    spot = _somewhere(chance, communes)
    if chance.random() < 0.25:
        address = make_person(session, commune=spot["commune"], organisation_id=owner.id)
    else:
        address = make_place(session, **spot, organisation_id=owner.id)
    return make_need(
        session,
        address=address,
        urgency=chance.randint(1, 4),
        parts=chance.choice((1, 1, 2, 3)),
        people_per_part=chance.randint(1, 12),
        skills=chance.sample(SKILLS, chance.choice((0, 1, 1, 2))),
        wanted_during=_days(chance),
        status=chance.choice(("published",) * 6 + ("draft", "expired")),
    )


def _team(session: Session, chance: random.Random, communes, owner):
    free = _days(chance)
    return make_team(
        session,
        **_somewhere(chance, communes),
        organisation_id=owner.id,
        people=chance.randint(4, 15),
        skills=chance.sample(SKILLS, chance.choice((1, 2, 3))),
        radius_km=chance.choice((3, 8, 15, 30)),
        max_concurrent=chance.choice((0, 1, 1, 2, 3)),
        available_during=days((free.lower, free.upper)) if free else None,
        state=chance.choice(("ready",) * 5 + ("busy", "resting")),
        verified=chance.random() < 0.9,
    )
