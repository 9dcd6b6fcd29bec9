"""Needs that want several teams at once: who gets them beside all others, and at most how many.

Pure. Two kinds: needs whose free parts get any team each (`together`), and those whose teams are to
bring skills and people between them (`joint`).

What a set of teams is worth to the others is exactly what the maximum flow of them loses by it;
only sets worth nothing are taken. (Then no class loses a part either: what more places taken cost
the parts of one class is never more than what they cost all parts.)
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from mapservice.matching import covers, flow
from mapservice.matching.columns import Columns, columns
from mapservice.matching.pairs import Pair
from mapservice.matching.prices import FAR, prices
from mapservice.matching.problem import Joint, Problem, ReadyTeam


@dataclass(frozen=True)
class Wanting:
    """`needs` is a mask; `joint` by position, what their teams bring between them. Needs and
    `teams` stand in the order of their codes, as columns do."""

    needs: np.ndarray
    joint: Mapping[int, Joint]
    teams: list[ReadyTeam]


def wanting(problem: Problem) -> Wanting:
    """Which of a problem's needs want several teams at once."""
    needs = sorted(problem.needs, key=lambda need: need.code)
    return Wanting(
        np.array([need.together for need in needs], bool),
        {index: need.joint for index, need in enumerate(needs) if need.together and need.joint},
        sorted(problem.teams, key=lambda team: team.code),
    )


@dataclass(frozen=True)
class Completion:
    """`served`: a mask of needs whose teams the flow is still to choose, before all others.
    `pinned`: a mask of the pairs that are chosen. `asking`: what is left to the flow, in whose
    shares the pinned parts are held."""

    served: np.ndarray
    pinned: np.ndarray
    asking: Columns


def complete(found: Columns, wanted: Wanting, kept: np.ndarray) -> Completion:
    """Serve needs that want several teams where that costs no single part anything.

    The most urgent chooses first, then who needs the fewest teams. Of joint needs the teams are
    chosen here: those that an earlier plan proposed to it (`kept`, a mask of pairs), then the
    cheapest, with the prices of their places in the best plan of all single needs. What is chosen
    later cannot undo it, so that more might be possible (`most_complete`).
    """
    single = ~wanted.needs
    served, pinned = np.zeros(len(single), bool), np.zeros(len(found.need), bool)
    asking = np.flatnonzero(wanted.needs & (found.parts > 0))
    if len(asking):
        room = _Room.of(found, single)
        order = _order(found, wanted, single, kept)
        for index in asking[np.lexsort((asking, found.parts[asking], -found.urgency[asking]))]:
            if index in wanted.joint:
                room = _take_cover(room, wanted, int(index), order, pinned)
            elif after := room.beside(int(index)):
                room, served[index] = after, True
    gone = np.bincount(found.team[pinned], minlength=len(found.places))
    given = np.bincount(found.group[found.need[pinned]], minlength=len(found.held))
    left = replace(found, places=found.places - gone, held=found.held + given)
    return Completion(served, pinned, left.only(single | served))


@dataclass(frozen=True)
class _Room:
    """What is left beside the needs `asking` (a mask), each of which gets all that it can."""

    columns: Columns
    asking: np.ndarray
    reach: flow.Reach

    @classmethod
    def of(cls, found: Columns, asking: np.ndarray) -> "_Room":
        return cls(found, asking, flow.reach(found.only(asking)))

    def beside(self, index: int) -> "_Room | None":
        """The room when one need gets all its teams too; None when it can't.

        Where teams enough have places to spare, or too few could have, no flow has to be found.
        """
        size, teams = int(self.columns.parts[index]), self.columns.team[self.columns.need == index]
        if self.reach.able[teams].sum() < size:
            return None
        asking = self.asking | (np.arange(len(self.asking)) == index)
        ready = teams[self.reach.spare[teams] > 0]
        if len(ready) < size:
            after = _Room.of(self.columns, asking)
            return after if after.reach.most == self.reach.most + size else None
        spare = self.reach.spare.copy()  # who is able now was so before: `able` may stay too large
        spare[ready[:size]] -= 1
        reach = replace(self.reach, most=self.reach.most + size, spare=spare)
        return replace(self, asking=asking, reach=reach)

    def without(self, team: int) -> "_Room | None":
        """The room when one place of a team goes elsewhere; None when somebody needs it."""
        places = self.columns.places.copy()
        places[team] -= 1
        left = replace(self.columns, places=places)
        if self.reach.spare[team] > 0:
            spare = self.reach.spare.copy()
            spare[team] -= 1
            return replace(self, columns=left, reach=replace(self.reach, spare=spare))
        if not self.reach.able[team]:
            return None
        after = _Room.of(left, self.asking)
        return after if after.reach.most == self.reach.most else None


def _take_cover(
    room: _Room, wanted: Wanting, index: int, order: np.ndarray, pinned: np.ndarray
) -> _Room:
    """The room beside a joint need, whose pairs are `pinned`; as it was where none will do."""
    found, after = room.columns, room
    pairs = np.flatnonzero(found.need == index)
    pairs = pairs[room.reach.able[found.team[pairs]]]
    pairs = pairs[np.argsort(order[pairs], kind="stable")]
    teams = [wanted.teams[team] for team in found.team[pairs]]

    def takes(place: int) -> bool:
        nonlocal after
        left = after.without(int(found.team[pairs[place]]))
        after = left or after
        return left is not None

    chosen = covers.cover(wanted.joint[index], int(found.parts[index]), teams, takes)
    if chosen is None:
        return room
    pinned[pairs[chosen]] = True
    return after


def _order(found: Columns, wanted: Wanting, single: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Of each pair how early its joint need takes it: kept ones, then by cost with its place's.

    A place costs what the best plan of the single needs would lose by it, in all three levels.
    """
    order = np.zeros(len(found.need), np.int64)
    if not wanted.joint:
        return order
    others = found.only(single)
    solved = flow.best(others)
    cost = found.cost // solved.weights.unit
    if solved.proven:
        place = prices(others, others.urgency, solved.chosen, solved.weights).place[found.team]
        cost = np.where(place < FAR, cost + place, FAR)
    order[np.lexsort((cost, ~kept))] = np.arange(len(order))
    return order


@dataclass(frozen=True)
class Combined:
    """Needs that want several teams at once: all, those served, and the most that could be."""

    needs: int
    served: int
    bound: int

    @property
    def gap(self) -> int:
        return self.bound - self.served


def combined(problem: Problem, chosen: Iterable[Pair]) -> Combined:
    """What a plan makes of them, beside the most that any could."""
    got = Counter(pair.need for pair in chosen)
    wanted = [i for i, need in enumerate(problem.needs) if need.together]
    served = sum(1 for i in wanted if got[i] == problem.needs[i].parts)
    if not wanted:
        return Combined(0, 0, 0)
    most = most_in_places if problem.cut else most_complete
    bound = most(columns(problem, priced=False)[0], wanting(problem))
    return Combined(len(wanted), served, max(bound, served))


def most_in_places(found: Columns, wanted: Wanting) -> int:
    """As `most_complete`, wider: true also where lists of single needs were cut off, so that no
    flow of them need be the largest. As many of the smallest needs as fit into the places left."""
    single = ~wanted.needs
    asking = np.flatnonzero(wanted.needs & (found.parts > 0))
    room = _Room.of(found, single)
    ready = replace(room, reach=replace(room.reach, able=found.places > 0, spare=found.places))
    sizes = [int(found.parts[i]) for i in asking if _is_possible(ready, wanted, int(i))]
    spare = int(found.places.sum()) - room.reach.most
    return int((np.cumsum(sorted(sizes)) <= spare).sum())


def most_complete(found: Columns, wanted: Wanting) -> int:
    """A number of needs that no plan passes without taking a part from a single one.

    As many of the smallest needs as fit into all the parts that are possible; and for each skill
    that joint needs lack those that do not, with as many as can have one team that has it.
    """
    single = ~wanted.needs
    alone = _Room.of(found, single)
    asking = np.flatnonzero(wanted.needs & (found.parts > 0))
    possible = np.zeros(len(single), bool)
    possible[[index for index in asking if _is_possible(alone, wanted, int(index))]] = True
    if not possible.any():
        return 0
    spare = flow.most(found.only(single | possible)) - alone.reach.most
    bound = int((np.cumsum(np.sort(found.parts[possible])) <= spare).sum())
    for skill in sorted({skill for joint in wanted.joint.values() for skill in joint.skills}):
        lacking = np.zeros(len(single), bool)
        lacking[[i for i, joint in wanted.joint.items() if skill in joint.skills]] = True
        lacking &= possible
        able = np.array([skill in team.skills for team in wanted.teams], bool)
        most = flow.most(_one_each(found, single, lacking, able)) - alone.reach.most
        bound = min(bound, int((possible & ~lacking).sum()) + most)
    return bound


def _is_possible(alone: _Room, wanted: Wanting, index: int) -> bool:
    """Whether a need could get its teams if it were the only one; of a joint need at most true."""
    if index not in wanted.joint:
        return alone.beside(index) is not None
    teams = alone.columns.team[alone.columns.need == index]
    able = (wanted.teams[team] for team in teams[alone.reach.able[teams]])
    return covers.can_cover(wanted.joint[index], int(alone.columns.parts[index]), able)


def _one_each(found: Columns, single: np.ndarray, lacking: np.ndarray, able: np.ndarray) -> Columns:
    """The single needs, and one part of each that lacks what only these teams have."""
    pairs = single[found.need] | (lacking[found.need] & able[found.team])
    return replace(
        found,
        parts=np.where(single, found.parts, lacking),
        need=found.need[pairs],
        team=found.team[pairs],
        cost=found.cost[pairs],
    )
