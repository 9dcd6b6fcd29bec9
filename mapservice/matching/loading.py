"""From the database to a problem: what is open, who is ready, which pairs the rules admit."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

import numpy as np
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.matching import candidates, queries
from mapservice.matching.candidates import Found, Search
from mapservice.matching.pairs import Pairs
from mapservice.matching.problem import Joint, OpenNeed, Problem, ReadyTeam
from mapservice.matching.progress import Report, Step, silent
from mapservice.matching.scope import Scope
from mapservice.matching.travel import StraightLine, TravelCost, TravelStatus, believed

ALL_PAIRS_UP_TO = 200_000  # needs x ready teams; above it each need begins with its nearest
# A plan of the whole province may take longer than a page's usual limit; a command has time.
PAGE_PATIENCE, COMMAND_PATIENCE = "30s", "30min"


@dataclass(frozen=True)
class Instance:
    """A problem with what screens show of its needs, and the database's ids by code."""

    scope: Scope
    problem: Problem
    cards: Mapping[str, RowMapping]  # need code -> row of queries.open_needs
    team_ids: Mapping[str, UUID]
    skill_names: Mapping[str, str]
    travel: TravelCost
    search: Search
    kept: frozenset[tuple[str, str]] = frozenset()

    @property
    def travel_cost(self) -> str:
        """Name and version of what ways were told by."""
        return f"{self.travel.name} {self.travel.version}"


def load(
    session: Session,
    scope: Scope,
    *,
    travel: TravelCost | None = None,
    all_pairs: bool = False,
    kept: Collection[tuple[str, str]] = (),
    report: Report = silent,
) -> Instance:
    """The scope's problem as the database has it now; `all_pairs`: however many teams.

    `kept`: pairs (need and team codes) that an earlier plan proposed.
    """
    open_needs = rows(session, queries.open_needs(scope.names, scope.grouping), scope.values)
    cards = [row for row in open_needs if row["free"]]
    ready_rows = rows(session, queries.ready_teams(scope.names), scope.values)
    ready = [row for row in ready_rows if row["places"] > 0]
    report(Step.LOADING, 1, 1)
    needs, teams = tuple(map(_need, cards)), tuple(map(_team, ready))
    limited = not all_pairs and len(needs) * len(teams) > ALL_PAIRS_UP_TO
    search = Search(session, scope, cards, ready_rows)
    pairs = search.nearest(kept, report) if limited else search.all(report)
    cost = travel or StraightLine()
    priced = _priced(cost, needs, teams, pairs, search, kept)
    cut = _cut(needs, pairs) if limited else {}
    return Instance(
        scope=scope,
        problem=Problem(needs, teams, priced, _held(open_needs), cut),
        cards={row["code"]: row for row in cards},
        team_ids={row["code"]: row["id"] for row in ready},
        skill_names=dict(session.execute(text(queries.SKILL_NAMES)).all()),
        travel=cost,
        search=search,
        kept=frozenset(kept),
    )


def _held(open_needs: Sequence[RowMapping]) -> dict[str, int]:
    """Parts that teams hold already, of groups that ask for more."""
    held = Counter()
    for row in open_needs:
        held[row["group_key"]] += row["all_parts"] - len(row["free"])
    return {group: held[group] for group in {row["group_key"] for row in open_needs if row["free"]}}


def _cut(needs: Sequence[OpenNeed], pairs: Found) -> dict[int, float]:
    """Needs whose list may have been cut off, and within what distance it holds everybody.

    The index orders by the sphere, by which distances differ from the spheroid's by half a percent.
    """
    metres = pairs.metres[np.lexsort((pairs.metres, pairs.need))]
    counts = np.bincount(pairs.need, minlength=len(needs))
    first = np.cumsum(counts) - counts
    return {
        index: 0.99 * float(metres[first[index] + candidates.NEAREST - 1])
        for index in np.flatnonzero(counts >= candidates.NEAREST).tolist()
        if not needs[index].together
    }


def widened(found: Instance, needs: Sequence[int], teams: Sequence[int]) -> Instance:
    """The same instance with those of these pairs (positions, in parallel) that rules admit too."""
    problem = found.problem
    pairs = found.search.named(needs, teams)
    added = _priced(found.travel, problem.needs, problem.teams, pairs, found.search, found.kept)
    return replace(found, problem=replace(problem, pairs=problem.pairs + added))


def _priced(
    travel: TravelCost,
    needs: Sequence[OpenNeed],
    teams: Sequence[ReadyTeam],
    found: Found,
    search: Search,
    kept: Collection[tuple[str, str]],
) -> Pairs:
    """The pairs found with their ways, without those that no way leads to."""
    need, team, metres = found
    told = travel.pairs(
        [team.base for team in teams],
        [need.spot for need in needs],
        np.column_stack((team, need)),
        metres,
    )
    ways = believed(told, metres)
    was = search.among(need, team, *search.positions(kept))
    priced = Pairs(need, team, metres, ways, was)
    return priced.take(ways.status != TravelStatus.UNREACHABLE)


def _need(row: RowMapping) -> OpenNeed:
    return OpenNeed(
        code=row["code"],
        urgency=row["urgency"],
        parts=len(row["free"]),
        group=row["group_key"],
        skills=tuple(row["skills"]),
        people=row["people"],
        wanted_from=row["wanted_from"],
        wanted_until=row["wanted_until"],
        spot=(row["lng"], row["lat"]),
        protected=row["protected"],
        together=row["together"],
        joint=joint(row),
    )


def _team(row: RowMapping) -> ReadyTeam:
    return ReadyTeam(
        code=row["code"],
        places=row["places"],
        name=row["name"],
        people=row["people"],
        base=(row["lng"], row["lat"]),
        skills=tuple(row["skills"]),
        radius_metres=float(row["radius_km"]) * 1000,
    )


def joint(row: Mapping) -> Joint | None:
    """What a row of `queries.LACKING` says; None where each team is to have all."""
    if row["lacking_people"] is None:
        return None
    return Joint(tuple(row["lacking_skills"]), row["lacking_people"])


def quantity_of_part(quantity: Decimal, parts: int, part: int) -> Decimal | None:
    """The share of one part, so that all parts together give the quantity exactly.

    One decimal; None where the share would round to nothing.
    """
    tenth = Decimal("0.1")
    share = (quantity * part / parts).quantize(tenth) - (quantity * (part - 1) / parts).quantize(
        tenth
    )
    return share or None


def rows(session: Session, statement: str, values: Mapping[str, object]) -> list[RowMapping]:
    return list(session.execute(text(statement), values).mappings())
