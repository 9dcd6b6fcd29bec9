"""The rule by which people are published: one fixed tree, cut top-down so that no cell is small.

Pure: no database. A cell is a node of the tree; its figure is a band of households. What the
rule promises, and how, is in docs/privacy.md; tests/unit/test_partition.py holds it to that.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

K = 10  # households in the smallest cell that may ever be published
K_GUARDED = 20  # the same where children or a health need are in it
MARGIN = 2  # a split opens only with this many households above k in every child
GROUPS = ("child", "elderly", "youth", "household", "other")  # of several, a household's first
BAND_FLOORS = (10, 20, 50, 100)


class Band(NamedTuple):
    """`low` to `high` households; no `high`: `low` or more."""

    low: int
    high: int | None


class Tally(NamedTuple):
    """Distinct households; `guarded` when children or a health need are among them."""

    households: int = 0
    guarded: bool = False

    def __add__(self, other: "Tally") -> "Tally":  # of disjoint parts
        return Tally(self.households + other.households, self.guarded or other.guarded)


class Cell(NamedTuple):
    """A node of the tree, or (with `group`) one need group of a commune."""

    node: str
    group: str | None
    tally: Tally

    @property
    def band(self) -> Band:
        return band(self.tally.households)


@dataclass(frozen=True)
class Partition:
    """The cells of one release, in the tree's order, and the nodes that are split in it."""

    cells: list[Cell] = field(default_factory=list)
    splits: set[str] = field(default_factory=set)


class Tree:
    """Nodes by code with their parents (None: a root). Communes are the nodes without children."""

    def __init__(self, parents: Mapping[str, str | None]):
        self.children: dict[str, list[str]] = defaultdict(list)
        self.roots: list[str] = []
        for code, parent in sorted(parents.items()):
            (self.roots if parent is None else self.children[parent]).append(code)

    def communes(self, node: str) -> Iterator[str]:
        """The communes of a node, itself when it is one."""
        below = self.children.get(node)
        if not below:
            yield node
        for child in below or ():
            yield from self.communes(child)


def band(households: int) -> Band:
    """The band that holds a number of at least 10."""
    low = max(floor for floor in BAND_FLOORS if floor <= households)
    higher = [floor for floor in BAND_FLOORS if floor > low]
    return Band(low, higher[0] - 1 if higher else None)


def k_of(tally: Tally, least: int = K) -> int:
    """Households that a cell like this must hold; `least` can only raise it."""
    return max(least, K_GUARDED if tally.guarded else K)


def cut(
    tree: Tree,
    counts: Mapping[tuple[str, str], Tally],
    *,
    split_before: Iterable[str] = (),
    least: int = K,
    may_open: bool = True,
) -> Partition:
    """The cells to publish for `counts` (commune, group) of households.

    A node is split only if every child that holds anybody has k households: k + MARGIN unless
    it is split already (`split_before`), so that one household more or less does not make cells
    flicker. A root below k is left out. With `may_open` false no node is split anew; closing is
    never put off.
    """
    cutter = _Cutter(tree, counts, frozenset(split_before), least, may_open)
    for root in tree.roots:
        tally = cutter.tally(root)
        if tally.households >= k_of(tally, least):
            cutter.publish(root)
    return cutter.made


class _Cutter:
    def __init__(
        self,
        tree: Tree,
        counts: Mapping[tuple[str, str], Tally],
        split_before: frozenset[str],
        least: int,
        may_open: bool,
    ):
        self._tree, self._split_before = tree, split_before
        self._least, self._may_open = least, may_open
        self._groups: dict[str, dict[str, Tally]] = defaultdict(dict)
        for (commune, group), tally in counts.items():
            if tally.households:
                self._groups[commune][group] = tally
        self.made = Partition()

    def tally(self, node: str) -> Tally:
        parts = (
            tally
            for commune in self._tree.communes(node)
            for tally in self._groups.get(commune, {}).values()
        )
        return sum(parts, Tally())

    def publish(self, node: str) -> None:
        """This node, or what it is split into."""
        children = self._tree.children.get(node)
        if children:
            held = {child: self.tally(child) for child in children}
            held = {child: tally for child, tally in held.items() if tally.households}
        else:
            own = self._groups[node]
            held = {group: own[group] for group in GROUPS if group in own}
        if not self._splits(node, held.values()):
            self.made.cells.append(Cell(node, None, self.tally(node)))
            return
        self.made.splits.add(node)
        for child, tally in held.items():
            if children:
                self.publish(child)
            else:
                self.made.cells.append(Cell(node, child, tally))

    def _splits(self, node: str, held: Iterable[Tally]) -> bool:
        already = node in self._split_before
        if not already and not self._may_open:
            return False
        margin = 0 if already else MARGIN
        return all(tally.households >= k_of(tally, self._least) + margin for tally in held)
