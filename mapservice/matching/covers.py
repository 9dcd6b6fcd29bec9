"""Teams that bring between them what a need wants, those of the least cost first. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import numpy as np

from mapservice.matching.problem import Joint


class Brings(Protocol):
    """A team, for what it brings."""

    @property
    def skills(self) -> Sequence[str]: ...

    @property
    def people(self) -> int: ...


def _always(_: int) -> bool:
    return True


def cover(
    joint: Joint, parts: int, teams: Sequence[Brings], takes: Callable[[int], bool] = _always
) -> list[int] | None:
    """Positions of exactly so many teams that bring all of it, or None.

    Whoever stands earlier is preferred: one after the other the first team is taken beside which
    the rest can still be found among the others. So a cover is found wherever there is one, of all
    the teams that can be had: `takes` says of each that is chosen whether it can, and takes it.
    """
    left, chosen = dict(enumerate(teams)), []
    while len(chosen) < parts:
        found = _next(joint, parts - len(chosen), left)
        if found is None:
            return None
        team = left.pop(found)
        if takes(found):
            chosen.append(found)
            joint = joint.after(team.skills, team.people)
    return chosen if joint.met else None


def _next(joint: Joint, parts: int, teams: dict[int, Brings]) -> int | None:
    if not can_cover(joint, parts, teams.values()):
        return None
    useless: list[Joint] = []  # what would be lacking yet: a team that brings less is none either
    for index, team in teams.items():
        lacking = joint.after(team.skills, team.people)
        if any(_as_much(lacking, other) for other in useless):
            continue
        others = (other for number, other in teams.items() if number != index)
        if can_cover(lacking, parts - 1, others):
            return index
        useless.append(lacking)
    return None


def _as_much(lacking: Joint, other: Joint) -> bool:
    return lacking.people >= other.people and set(lacking.skills) >= set(other.skills)


def can_cover(joint: Joint, parts: int, teams: Iterable[Brings]) -> bool:
    """Whether exactly so many of these teams bring it between them."""
    most = most_people(joint.skills, parts, teams)
    return most is not None and most >= joint.people


def most_people(skills: Sequence[str], parts: int, teams: Iterable[Brings]) -> int | None:
    """The most people that exactly so many of these teams have, who have all the skills between
    them; None where no such teams are.

    By the number of teams and the set of skills (a bit each) the most people; team after team.
    """
    bit = {skill: 1 << place for place, skill in enumerate(skills)}
    sets = np.arange(1 << len(skills))
    most = np.full((parts + 1, len(sets)), -1)
    most[0, 0] = 0
    for has, people in _strongest(bit, parts, teams):
        gained = np.where(most[:-1] >= 0, most[:-1] + people, -1)
        np.maximum.at(most[1:], (slice(None), sets | has), gained)
    return int(most[-1, -1]) if most[-1, -1] >= 0 else None


def _strongest(
    bit: dict[str, int], parts: int, teams: Iterable[Brings]
) -> Iterable[tuple[int, int]]:
    """Of the teams with the same of these skills those with most people: more are never sent."""
    alike: dict[int, list[int]] = defaultdict(list)
    for team in teams:
        alike[sum(bit[skill] for skill in set(team.skills) & bit.keys())].append(team.people)
    for has, people in alike.items():
        for each in sorted(people, reverse=True)[:parts]:
            yield has, each
