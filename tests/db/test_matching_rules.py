"""What PostGIS finds admissible against the rules of docs/matching.md in plain Python."""

import math
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from mapservice.matching import candidates, loading
from mapservice.matching.scope import Scope
from tests.factories import (
    SPOT,
    make_assignment,
    make_need,
    make_organisation,
    make_person,
    make_place,
    make_team,
)
from tests.matching_world import days, today

LABEL = text("""SELECT ext.ST_X(u.label_point), ext.ST_Y(u.label_point)
    FROM core.address AS a JOIN core.admin_unit AS u ON u.id = a.former_commune_id
    WHERE a.id = :address""")
AGED = text("UPDATE core.assignment SET status_at = now() - make_interval(days => :age)"
            " WHERE id = :id")  # fmt: skip
SIDE = 8  # needs beside as many teams: 64 pairs of 16 rows
TOO_CLOSE = 0.01  # to its radius: a sphere is no spheroid

often = st.sampled_from
skills = st.lists(st.sampled_from(("legal", "medical")), unique=True)
SHOWN = ("published",) * 5 + ("verified",)
# Where places lie, east and north in degrees; None stands for a person.
PLACES = ((0, 0), (0.04, 0.11), (-0.12, 0.02), (0.1, -0.09), (-0.07, -0.12))
degrees = st.integers(-12, 12).map(lambda hundredths: hundredths / 100)
# The first day from today on, and how many; without end.
window = st.none() | st.tuples(st.integers(-9, 9), st.none() | st.integers(1, 9))


@dataclass(frozen=True)
class Need:
    skills: list[str]
    people: int
    in_all: int | None
    parts: int
    wanted: tuple | None
    at: tuple | None
    status: str
    shown: str


@dataclass(frozen=True)
class Team:
    skills: list[str]
    people: int
    radius: int
    free: tuple | None
    east: float
    north: float
    places: int
    state: str
    verified: bool


@dataclass(frozen=True)
class Answer:
    """What became of an earlier proposal, so many days ago."""

    need: int
    team: int
    status: str
    age: int


needs = st.builds(
    Need, skills=skills, people=st.integers(5, 7), in_all=st.none() | st.integers(4, 30),
    parts=often((1, 2, 3, 3)), wanted=window, at=often(PLACES + (None,) * len(PLACES)),
    status=often(("published",) * 5 + ("draft", "expired")), shown=often(SHOWN),
)  # fmt: skip
teams = st.builds(
    Team, skills=skills, people=st.integers(5, 7), radius=often((10, 15, 40)), free=window,
    east=degrees, north=degrees, places=often((0, 1, 3, 3)),
    state=often(("ready",) * 4 + ("busy", "resting")), verified=often((True, True, False)),
)  # fmt: skip
answers = st.builds(
    Answer, need=st.integers(0, SIDE - 1), team=st.integers(0, SIDE - 1),
    status=often(("declined", "declined", "accepted", "accepted", "released", "expired")),
    age=often((0, 1, 59, 61, 90)),
)  # fmt: skip


def metres(a, b) -> float:
    (east, north), (west, south) = (map(math.radians, spot) for spot in (a, b))
    half = math.sin((north - south) / 2) ** 2
    half += math.cos(north) * math.cos(south) * math.sin((east - west) / 2) ** 2
    return 2 * 6_371_000 * math.asin(math.sqrt(half))


def includes(window: tuple | None, day: int) -> bool:
    return window is None or (
        window[0] <= day and (window[1] is None or day < window[0] + window[1])
    )


class World:
    """What was drawn as rows, and the same said again for the rules."""

    def __init__(self, session, addresses, needs, teams, answers) -> None:
        self.needs, self.teams, self.answers = needs, teams, []
        homes = [addresses[need.at, need.shown] for need in needs]
        self.spots = [spot for _, spot in homes]
        self.need_rows = [
            self._need(session, need, home) for need, (home, _) in zip(needs, homes, strict=True)
        ]
        owner = homes[0][0].organisation_id
        self.team_rows = [self._team(session, team, owner) for team in teams]
        for answer in answers:
            if answer.need < len(needs) and answer.team < len(teams) and self._may(answer):
                self.answers.append(answer)
        parts = {}
        for answer in self.answers:
            part = parts[answer.need] = parts.get(answer.need, 0) + self._holds(answer)
            row = make_assignment(
                session, need=self.need_rows[answer.need], team=self.team_rows[answer.team],
                status=answer.status, part=max(part, 1),
            )  # fmt: skip
            session.execute(AGED, {"age": answer.age, "id": row.id})

    def _may(self, new: Answer) -> bool:
        """Whether there can be such a row beside those before."""
        need = self.needs[new.need]
        mine = [a for a in self.answers if (a.need, a.team) == (new.need, new.team)]
        if mine:
            return False
        if new.status != "accepted":
            return True
        return need.status == "published" and self._room(new.team) > 0 and self._free(new.need) > 0

    def _need(self, session, need: Need, address):
        joint = need.in_all if need.parts > 1 else None
        return make_need(
            session, address=address, skills=need.skills, people_per_part=need.people,
            parts=need.parts, people_in_all=joint, together=joint is not None,
            wanted_during=need.wanted and Range(*self._days(need.wanted)), status=need.status,
        )  # fmt: skip

    def _team(self, session, team: Team, owner):
        return make_team(
            session, lng=SPOT[0] + team.east, lat=SPOT[1] + team.north, organisation_id=owner,
            skills=team.skills, people=team.people, radius_km=team.radius,
            available_during=team.free and days(self._days(team.free)),
            max_concurrent=team.places, state=team.state, verified=team.verified,
        )  # fmt: skip

    def _days(self, window):
        first = today() + timedelta(days=window[0])
        return first, window[1] and first + timedelta(days=window[1])

    @staticmethod
    def _holds(answer: Answer) -> bool:
        return answer.status == "accepted"

    def _free(self, need: int) -> int:
        return self.needs[need].parts - sum(a.need == need and self._holds(a) for a in self.answers)

    def _room(self, team: int) -> int:
        taken = sum(a.team == team and a.status == "accepted" for a in self.answers)
        return self.teams[team].places - taken

    def unsure(self, i: int, j: int) -> bool:
        radius = self.teams[j].radius * 1000
        return abs(self._metres(i, j) - radius) < TOO_CLOSE * radius

    def _metres(self, i: int, j: int) -> float:
        team = self.teams[j]
        return metres(self.spots[i], (SPOT[0] + team.east, SPOT[1] + team.north))

    def admits(self, i: int, j: int) -> bool:
        """The rules, one a line."""
        need, team = self.needs[i], self.teams[j]
        own = [a for a in self.answers if (a.need, a.team) == (i, j)]
        between_them = need.in_all is not None and need.parts > 1
        return (
            need.status == "published"
            and need.shown == "published"
            and self._free(i) > 0
            and team.verified
            and team.state == "ready"
            and self._room(j) > 0
            and (between_them or set(need.skills) <= set(team.skills))
            and team.people >= need.people
            and self._metres(i, j) <= team.radius * 1000
            and any(includes(need.wanted, d) and includes(team.free, d) for d in range(100))
            and not any(self._holds(a) for a in own)
            and not any(a.status in ("declined", "released") and a.age < 60 for a in own)
        )


@pytest.fixture
def addresses(session):
    """(where, how far its record is) -> an address, and where its needs lie: for all examples, as
    making them takes longest."""
    owner, found = make_organisation(session).id, {}
    for shown in set(SHOWN):
        for at in PLACES:
            spot = SPOT[0] + at[0], SPOT[1] + at[1]
            place = make_place(session, lng=spot[0], lat=spot[1], organisation_id=owner,
                               status=shown)  # fmt: skip
            found[at, shown] = place, spot
        person = make_person(session, organisation_id=owner, status=shown)
        found[None, shown] = person, session.execute(LABEL, {"address": person.id}).one()
    return found


FITTING = (
    Need([], 5, None, 3, None, (0, 0), "published", "published"),
    Team(["legal"], 7, 15, None, 0, 0.05, 3, "ready", True),
)


@example(
    [FITTING[0]] * 3,
    [FITTING[1]] * 4,
    [Answer(0, 0, "accepted", 1), Answer(1, 1, "declined", 59), Answer(2, 2, "declined", 61)],
)
@given(
    st.lists(needs, min_size=SIDE, max_size=SIDE),
    st.lists(teams, min_size=SIDE, max_size=SIDE),
    st.lists(answers, min_size=SIDE, max_size=2 * SIDE),
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_database_admits_what_the_rules_admit(session, addresses, needs, teams, answers):
    """All pairs; those named one by one; and each need's nearest, as many as there are."""
    with session.begin_nested() as attempt:
        world = World(session, addresses, needs, teams, answers)
        found = loading.load(session, Scope())
        codes = {row.public_code: i for i, row in enumerate(world.need_rows)}
        others = {row.public_code: j for j, row in enumerate(world.team_rows)}
        problem = found.problem
        pairs = {
            (codes[problem.needs[p.need].code], others[problem.teams[p.team].code])
            for p in problem.pairs
        }
        everything = [(i, j) for i in range(len(problem.needs)) for j in range(len(problem.teams))]
        search: candidates.Search = found.search
        told = {(p.need, p.team) for p in problem.pairs}
        named = search.named([i for i, _ in everything], [j for _, j in everything])
        nearest = search.nearest((), lambda *_: None)
        for found in (named, nearest):
            assert set(zip(found.need, found.team, strict=True)) == told
        for i in range(len(needs)):
            for j in range(len(teams)):
                if not world.unsure(i, j):
                    assert ((i, j) in pairs) == world.admits(i, j), (needs[i], teams[j])
        attempt.rollback()
    session.expire_all()
