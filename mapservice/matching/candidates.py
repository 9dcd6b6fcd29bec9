"""Which pairs the rules admit, asked of the database piece by piece."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.matching import candidate_queries as queries
from mapservice.matching.progress import Report, Step
from mapservice.matching.scope import Scope

NEAREST = 20  # teams with which each need of a large plan begins
AT_ONCE = 1000  # needs in one statement: after each it is known how far the work is


class Found(NamedTuple):
    """Pairs as columns: positions of need and team, metres of the straight line."""

    need: np.ndarray
    team: np.ndarray
    metres: np.ndarray


NONE = Found(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))


def joined(parts: Iterable[Found]) -> Found:
    """The pairs of all parts, one after the other."""
    return Found(*map(np.concatenate, zip(NONE, *parts, strict=True)))


@dataclass(frozen=True)
class Search:
    """Open needs with free parts (`cards`) and ready `teams`, rows of `queries`; teams without a
    free place count in no position."""

    session: Session
    scope: Scope
    cards: Sequence[RowMapping]
    teams: Sequence[RowMapping]

    def all(self, report: Report) -> Found:
        """Every admissible pair."""
        return self._pieces(range(len(self.cards)), report)

    def nearest(self, kept: Collection[tuple[str, str]], report: Report) -> Found:
        """Each need's nearest teams, all of one that wants several at once, and `kept` pairs."""
        together = [index for index, card in enumerate(self.cards) if card["together"]]
        others = [index for index, card in enumerate(self.cards) if not card["together"]]
        found = joined((self._pieces(others, report, limited=True), self._pieces(together, report)))
        needs, teams = self.positions(kept)
        new = ~self.among(needs, teams, found.need, found.team)
        return joined((found, self.named(needs[new], teams[new])))

    def positions(self, pairs: Collection[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
        """Those of these pairs of codes that are asked for here, in order, as positions."""
        there = [(n, t) for n, t in pairs if n in self._needs and t in self._teams]
        found = sorted((self._needs[need], self._teams[team]) for need, team in there)
        needs, teams = np.array(found, np.int32).reshape(-1, 2).T
        return needs, teams

    def among(
        self, needs: np.ndarray, teams: np.ndarray, others: np.ndarray, their_teams: np.ndarray
    ) -> np.ndarray:
        """Which of the pairs are among others; all as positions, needs and teams in parallel."""
        if not len(needs) or not len(others):
            return np.zeros(len(needs), bool)
        count = len(self._teams)
        own = needs.astype(np.int64) * count + teams
        return np.isin(own, others.astype(np.int64) * count + their_teams)

    def named(self, needs: Sequence[int], teams: Sequence[int]) -> Found:
        """Those of these pairs (positions in parallel) that the rules admit."""
        if not len(needs):
            return NONE
        ready = list(self._teams)
        codes = [self.cards[need]["code"] for need in needs]
        scope = replace(self.scope, codes=sorted(set(codes)))
        asked = {"need_codes": codes, "team_codes": [ready[team] for team in teams]}
        statement = queries.named_candidates(scope.names)
        return self._rows(statement, scope.values | asked)

    def _pieces(self, needs: Sequence[int], report: Report, *, limited: bool = False) -> Found:
        """Nothing is asked where either side is empty."""
        found: list[Found] = []
        if not self.teams:
            return NONE
        values = {"widest_metres": float(max(row["radius_km"] for row in self.teams) * 1000)}
        if limited:
            values["nearest"] = NEAREST
        for begin in range(0, len(needs), AT_ONCE):
            codes = [self.cards[index]["code"] for index in needs[begin : begin + AT_ONCE]]
            scope = replace(self.scope, codes=codes)
            statement = queries.candidates(scope.names, limited=limited)
            self._walk_the_index(limited)
            found.append(self._rows(statement, scope.values | values))
            self._walk_the_index(False)
            report(Step.CANDIDATES, min(begin + AT_ONCE, len(needs)), len(needs))
        return joined(found)

    def _walk_the_index(self, walk: bool) -> None:
        values = {"sort": "off" if walk else "on"}
        self.session.execute(text(queries.WALK_THE_INDEX), values)

    def _rows(self, statement: str, values: Mapping[str, object]) -> Found:
        """Between two statements others may have committed: what only one of them saw is out."""
        given = {**values, "full_teams": self.full_teams}
        needs, counts, teams, metres = [], [], [], []
        for code, others, distances in self.session.execute(text(statement), given):
            needs.append(self._needs[code])
            counts.append(len(others))
            teams += (self._teams.get(other, -1) for other in others)
            metres += distances
        need, team = np.repeat(np.array(needs, np.int32), counts), np.array(teams, np.int32)
        there = team >= 0
        return Found(need[there], team[there], np.array(metres, float)[there])

    @cached_property
    def full_teams(self) -> list[str]:
        """Ids of the ready teams without a free place."""
        return [str(row["id"]) for row in self.teams if row["places"] == 0]

    @cached_property
    def _needs(self) -> dict[str, int]:
        return {row["code"]: index for index, row in enumerate(self.cards)}

    @cached_property
    def _teams(self) -> dict[str, int]:
        ready = (row for row in self.teams if row["places"] > 0)
        return {row["code"]: index for index, row in enumerate(ready)}
