"""How many parts any plan at all could serve: an exact maximum by augmenting paths. Pure.

Serving the urgent first costs nothing in coverage, so the maximum over the parts at urgency u and
above is found by going on from the maximum above it. Paths are sought backwards from teams with
free places: where few places are left the search is short, however many needs wait.
"""

from collections import deque

from mapservice.matching.problem import URGENCIES, Problem


def most_served(problem: Problem) -> dict[int, int]:
    """For each urgency the largest number of parts at it or above that can be served together."""
    flow = _Flow(problem)
    found = {}
    for urgency in URGENCIES:
        flow.admit([i for i, need in enumerate(problem.needs) if need.urgency == urgency])
        while flow.augment():
            pass
        found[urgency] = flow.served
    return found


class _Flow:
    """A many-to-many matching that grows: needs take teams, at most `parts` and `places`."""

    def __init__(self, problem: Problem):
        self.problem = problem
        self.room = [team.places for team in problem.teams]
        self.wanted = [0] * len(problem.needs)
        self.takes: list[set[int]] = [set() for _ in problem.needs]
        self.askers: list[list[int]] = [[] for _ in problem.teams]
        self.served = 0

    def admit(self, needs: list[int]) -> None:
        """Let these needs ask too, taking what is free at once."""
        for index in needs:
            self.wanted[index] = self.problem.needs[index].parts
            for pair in self.problem.candidates[index]:
                self.askers[pair.team].append(index)
                if self.wanted[index] and self.room[pair.team]:
                    self._take(index, pair.team)

    def augment(self) -> bool:
        """One search; every path found that shares nothing with another is used."""
        # moves[need] = the team it would take; frees[team] = the need that would leave it.
        moves: dict[int, int] = {}
        frees: dict[int, int | None] = {t: None for t, room in enumerate(self.room) if room}
        used: set[int] = set()
        queue = deque(frees)
        while queue:
            team = queue.popleft()
            for need in self.askers[team]:
                if need in moves or team in self.takes[need]:
                    continue
                moves[need] = team
                if self.wanted[need]:
                    self._use_path(need, moves, frees, used)
                    continue
                for other in self.takes[need]:
                    if other not in frees:
                        frees[other] = need
                        queue.append(other)
        return bool(used)

    def _use_path(
        self, need: int, moves: dict[int, int], frees: dict[int, int | None], used: set[int]
    ) -> None:
        teams, needs = [moves[need]], [need]
        while (leaver := frees[teams[-1]]) is not None:
            needs.append(leaver)
            teams.append(moves[leaver])
        if not used.isdisjoint(teams):
            return  # another path of this search came by; the next search sees what is left
        used.update(teams)
        for taken, left in zip(reversed(teams), reversed([*needs[1:], None]), strict=True):
            if left is not None:
                self._leave(left, taken)
        for taker, taken in zip(reversed(needs), reversed(teams), strict=True):
            self._take(taker, taken)

    def _take(self, need: int, team: int) -> None:
        self.takes[need].add(team)
        self.wanted[need] -= 1
        self.room[team] -= 1
        self.served += 1

    def _leave(self, need: int, team: int) -> None:
        self.takes[need].remove(team)
        self.wanted[need] += 1
        self.room[team] += 1
        self.served -= 1
