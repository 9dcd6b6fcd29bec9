"""From the database to a problem: what is open, who is ready, which pairs the rules admit."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.matching import queries
from mapservice.matching.problem import OpenNeed, Pair, Problem, ReadyTeam
from mapservice.matching.progress import Report, Step, silent
from mapservice.matching.travel import StraightLine, TravelCost, TravelStatus, believed

ALL_IN_RADIUS_UP_TO = 500  # ready teams; above it each need begins with its NEAREST
NEAREST = 20
AT_ONCE = 1000  # needs in one statement: after each it is known how far the work is
# A plan of the whole province may take longer than a page's usual limit; a command has time.
PAGE_PATIENCE, COMMAND_PATIENCE = "30s", "30min"


class Grouping(StrEnum):
    """Between what the share of help is to be even: districts of 2022, or unions' territories."""

    DISTRICT, ORGANISATION = "district", "organisation"

    @classmethod
    def of(cls, config: Mapping[str, object]) -> "Grouping":
        """What the settings say."""
        return cls(str(config.get("FAIRNESS_GROUP", cls.DISTRICT)))


@dataclass(frozen=True)
class Scope:
    """Which part of the province: needs in one of the `units`; needs and teams in `territory`.

    None means no limit; an empty territory holds nothing. `codes` names single needs. `grouping`
    is no limit: it says whose shares are to be even.
    """

    units: Collection[int] | None = None
    territory: Collection[int] | None = None
    codes: Sequence[str] | None = None
    grouping: Grouping = Grouping.DISTRICT

    @property
    def names(self) -> tuple[str, ...]:
        """The clauses of `queries` that this scope asks for."""
        return tuple(self.values)

    @property
    def values(self) -> dict[str, object]:
        """Their parameters."""
        limits = {name: value for name, value in vars(self).items() if name != "grouping"}
        found = {name: value for name, value in limits.items() if value is not None}
        return found | {n: sorted(found[n]) for n in ("territory", "units") if n in found}


@dataclass(frozen=True)
class Instance:
    """A problem with what screens show of its needs, and the database's ids by code."""

    scope: Scope
    problem: Problem
    cards: Mapping[str, RowMapping]  # need code -> row of queries.open_needs
    team_ids: Mapping[str, UUID]
    skill_names: Mapping[str, str]
    travel: TravelCost
    kept: frozenset[tuple[str, str]] = frozenset()


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
    held = Counter({row["group_key"]: 0 for row in cards})
    for row in open_needs:
        held[row["group_key"]] += row["all_parts"] - len(row["free"])
    ready_rows = rows(session, queries.ready_teams(scope.names), scope.values)
    ready = [row for row in ready_rows if row["places"] > 0]
    limited = not all_pairs and len(ready) > ALL_IN_RADIUS_UP_TO
    report(Step.LOADING, 1, 1)
    needs, teams = tuple(map(_need, cards)), tuple(map(_team, ready))
    cost = travel or StraightLine()
    found = _candidates(session, scope, cards, ready_rows, limited=limited, report=report)
    return Instance(
        scope=scope,
        problem=Problem(
            needs,
            teams,
            _priced(cost, needs, teams, found, kept),
            {group: held[group] for group in {need.group for need in needs}},
        ),
        cards={row["code"]: row for row in cards},
        team_ids={row["code"]: row["id"] for row in ready},
        skill_names=dict(session.execute(text(queries.SKILL_NAMES)).all()),
        travel=cost,
        kept=frozenset(kept),
    )


def widen(session: Session, found: Instance, codes: set[str]) -> Instance:
    """The same instance with all candidates of these needs."""
    wider = replace(found.scope, codes=sorted(codes))
    more = load(session, wider, travel=found.travel, all_pairs=True, kept=found.kept).problem
    position = {need.code: index for index, need in enumerate(found.problem.needs)}
    team = {team.code: index for index, team in enumerate(found.problem.teams)}
    kept = [p for p in found.problem.pairs if found.problem.needs[p.need].code not in codes]
    added = [
        pair._replace(
            need=position[more.needs[pair.need].code], team=team[more.teams[pair.team].code]
        )
        for pair in more.pairs
    ]
    return replace(found, problem=replace(found.problem, pairs=(*kept, *added)))


def _candidates(
    session: Session,
    scope: Scope,
    cards: Sequence[RowMapping],
    teams: Sequence[RowMapping],
    *,
    limited: bool,
    report: Report,
) -> list[tuple[int, int, float]]:
    """(need, team, metres) by position; nothing is asked when either side is empty."""
    if not cards or not teams:
        return []
    need = {row["code"]: index for index, row in enumerate(cards)}
    ready = (row for row in teams if row["places"] > 0)
    team = {row["code"]: index for index, row in enumerate(ready)}
    fixed = {
        "full_teams": [str(row["id"]) for row in teams if row["places"] == 0],
        "widest_metres": float(max(row["radius_km"] for row in teams) * 1000),
    }
    if limited:
        fixed["nearest"] = NEAREST
    pairs: list[tuple[int, int, float]] = []
    for begin in range(0, len(cards), AT_ONCE):
        part = replace(scope, codes=[row["code"] for row in cards[begin : begin + AT_ONCE]])
        statement = text(queries.candidates(part.names, limited=limited))
        # Between two statements others may have committed: what only one of them saw is out.
        pairs += (
            (need[code], team[other], distance)
            for code, others, distances in session.execute(statement, part.values | fixed)
            for other, distance in zip(others, distances, strict=True)
            if other in team
        )
        report(Step.CANDIDATES, min(begin + AT_ONCE, len(cards)), len(cards))
    return pairs


def _priced(
    travel: TravelCost,
    needs: Sequence[OpenNeed],
    teams: Sequence[ReadyTeam],
    found: Sequence[tuple[int, int, float]],
    kept: Collection[tuple[str, str]],
) -> tuple[Pair, ...]:
    metres = [metres for *_, metres in found]
    told = travel.pairs(
        [team.base for team in teams],
        [need.spot for need in needs],
        [(team, need) for need, team, _ in found],
        metres,
    )
    costs = believed(told, metres)
    return tuple(
        Pair(need, team, metres, cost, (needs[need].code, teams[team].code) in kept)
        for (need, team, metres), cost in zip(found, costs, strict=True)
        if cost.status is not TravelStatus.UNREACHABLE
    )


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
    )


def _team(row: RowMapping) -> ReadyTeam:
    return ReadyTeam(
        code=row["code"],
        places=row["places"],
        name=row["name"],
        people=row["people"],
        base=(row["lng"], row["lat"]),
    )


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
