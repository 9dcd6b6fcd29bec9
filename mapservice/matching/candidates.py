"""Which pairs the rules admit, asked of the database piece by piece."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

from mapservice.matching import candidate_queries as queries
from mapservice.matching.progress import Report, Step
from mapservice.matching.scope import Scope

NEAREST = 20  # teams with which each need of a large plan begins
AT_ONCE = 1000  # needs in one statement: after each it is known how far the work is

Found = tuple[int, int, float]  # positions of need and team, metres of the straight line


@dataclass(frozen=True)
class Search:
    """Open needs with free parts (`cards`) and ready `teams`, rows of `queries`; teams without a
    free place count in no position."""

    session: Session
    scope: Scope
    cards: Sequence[RowMapping]
    teams: Sequence[RowMapping]

    def all(self, report: Report) -> list[Found]:
        """Every admissible pair."""
        return self._pieces(range(len(self.cards)), report)

    def nearest(self, kept: Collection[tuple[str, str]], report: Report) -> list[Found]:
        """Each need's nearest teams, all of one that wants several at once, and `kept` pairs."""
        together = [index for index, card in enumerate(self.cards) if card["together"]]
        others = [index for index, card in enumerate(self.cards) if not card["together"]]
        found = self._pieces(others, report, limited=True) + self._pieces(together, report)
        known = {(need, team) for need, team, _ in found}
        asked = sorted(
            (self._needs[need], self._teams[team])
            for need, team in kept
            if need in self._needs and team in self._teams
        )
        new = [pair for pair in asked if pair not in known]
        return found + self.named([need for need, _ in new], [team for _, team in new])

    def named(self, needs: Sequence[int], teams: Sequence[int]) -> list[Found]:
        """Those of these pairs (positions in parallel) that the rules admit."""
        if not len(needs):
            return []
        ready = list(self._teams)
        codes = [self.cards[need]["code"] for need in needs]
        scope = replace(self.scope, codes=sorted(set(codes)))
        asked = {"need_codes": codes, "team_codes": [ready[team] for team in teams]}
        statement = queries.named_candidates(scope.names)
        return list(self._rows(statement, scope.values | asked))

    def _pieces(
        self, needs: Sequence[int], report: Report, *, limited: bool = False
    ) -> list[Found]:
        """Nothing is asked where either side is empty."""
        found: list[Found] = []
        if not self.teams:
            return found
        values = {"widest_metres": float(max(row["radius_km"] for row in self.teams) * 1000)}
        if limited:
            values["nearest"] = NEAREST
        for begin in range(0, len(needs), AT_ONCE):
            codes = [self.cards[index]["code"] for index in needs[begin : begin + AT_ONCE]]
            scope = replace(self.scope, codes=codes)
            statement = queries.candidates(scope.names, limited=limited)
            self._walk_the_index(limited)
            found += self._rows(statement, scope.values | values)
            self._walk_the_index(False)
            report(Step.CANDIDATES, min(begin + AT_ONCE, len(needs)), len(needs))
        return found

    def _walk_the_index(self, walk: bool) -> None:
        values = {"sort": "off" if walk else "on"}
        self.session.execute(text(queries.WALK_THE_INDEX), values)

    def _rows(self, statement: str, values: Mapping[str, object]) -> Iterator[Found]:
        """Between two statements others may have committed: what only one of them saw is out."""
        given = {**values, "full_teams": self.full_teams}
        for code, others, distances in self.session.execute(text(statement), given):
            for other, metres in zip(others, distances, strict=True):
                if other in self._teams:
                    yield self._needs[code], self._teams[other], metres

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
