"""Admissible pairs: one by one, as rules speak of them; all of them as columns of numbers. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mapservice.matching.travel import Travel, Ways, columns_of


class Pair(NamedTuple):
    """An admissible pair: positions in the problem's needs and teams.

    `metres` is the straight line, which the team's radius bounds; `travel` what a plan saves.
    `kept`: the pair was proposed before and may change.
    """

    need: int
    team: int
    metres: float
    travel: Travel
    kept: bool = False


@dataclass(frozen=True, eq=False)
class Pairs(Sequence[Pair]):
    """Pairs as columns, for there are millions; as a sequence one by one.

    Positions are of 32 bits, as solvers take them.
    """

    need: np.ndarray
    team: np.ndarray
    metres: np.ndarray
    ways: Ways
    kept: np.ndarray

    @classmethod
    def of(cls, pairs: Iterable[Pair]) -> "Pairs":
        """The same as columns."""
        if isinstance(pairs, Pairs):
            return pairs
        need, team, metres, ways, kept = columns_of(pairs, len(Pair._fields))
        return cls(
            np.array(need, np.int32),
            np.array(team, np.int32),
            np.array(metres, float),
            Ways.of(ways),
            np.array(kept, bool),
        )

    def __len__(self) -> int:
        return len(self.need)

    def __iter__(self) -> Iterator[Pair]:
        need, team, metres = self.need.tolist(), self.team.tolist(), self.metres.tolist()
        return map(Pair, need, team, metres, self.ways, self.kept.tolist())

    def __getitem__(self, index: int) -> Pair:
        [found] = self.take(np.array([index]))
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pairs) and list(self) == list(other)

    def take(self, which: np.ndarray | slice) -> "Pairs":
        """Those of these positions (or of a mask), in that order."""
        return Pairs(
            self.need[which],
            self.team[which],
            self.metres[which],
            self.ways.take(which),
            self.kept[which],
        )

    def __add__(self, other: "Pairs") -> "Pairs":
        return Pairs(
            np.concatenate((self.need, other.need)),
            np.concatenate((self.team, other.team)),
            np.concatenate((self.metres, other.metres)),
            self.ways + other.ways,
            np.concatenate((self.kept, other.kept)),
        )


@dataclass(frozen=True, eq=False)
class Lists(Sequence[list[Pair]]):
    """The pairs of each need. A list is made when it is asked for: all of them take long to make.

    `pairs` stand by need; those of need i begin at ends[i] and end before ends[i + 1].
    """

    pairs: Pairs
    ends: list[int]

    def __len__(self) -> int:
        return len(self.ends) - 1

    def __getitem__(self, need: int) -> list[Pair]:
        if not 0 <= need < len(self):
            raise IndexError(need)
        return list(self.pairs.take(slice(self.ends[need], self.ends[need + 1])))
