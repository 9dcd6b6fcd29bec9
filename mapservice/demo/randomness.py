"""Chance that can be repeated: everything random in the demo is drawn from a Stream."""

import hashlib
from collections.abc import Mapping, Sequence
from random import Random
from uuid import UUID

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # as core.new_public_code()
CODE_LETTERS = 8
BAG_SIZE = 100


class Stream(Random):
    """Random numbers of one purpose: (seed, purpose) gives the same ones on every machine.

    Purposes do not disturb each other: one team more changes no place.
    """

    def __new__(cls, *_purpose: object):
        return super().__new__(cls)

    def __init__(self, *purpose: object):
        digest = hashlib.sha256("/".join(map(str, purpose)).encode()).digest()
        super().__init__(int.from_bytes(digest))

    def uuid(self) -> UUID:
        """A version-4 UUID."""
        return UUID(int=self.getrandbits(128), version=4)

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def within(self, bounds: Sequence[float]) -> int | float:
        """A number from bounds [low, high] or [low, high, step], both ends included."""
        low, high, *step = bounds
        width = step[0] if step else 1
        value = low + width * self.randint(0, round((high - low) / width))
        return round(value, 1) if isinstance(value, float) else value

    def weighted(self, weights: Mapping[str, float]) -> str:
        return self.choices(list(weights), list(weights.values()))[0]


class Bag:
    """Draws in the given shares exactly: of every hundred draws, as many of each as promised.

    So a rare state is present in a small demo too, which independent draws do not promise.
    """

    def __init__(self, stream: Stream, hundred: Mapping[str, int]):
        if sum(hundred.values()) != BAG_SIZE:
            raise ValueError(f"shares must add up to {BAG_SIZE}: {hundred}")
        self._stream = stream
        self._full = [name for name, share in hundred.items() for _ in range(share)]
        self._left: list[str] = []

    def draw(self) -> str:
        if not self._left:
            self._left = list(self._full)
            self._stream.shuffle(self._left)
        return self._left.pop()


class PublicCodes:
    """Public codes that are distinct within the run, like those of core.new_public_code()."""

    def __init__(self, stream: Stream):
        self._stream = stream
        self._taken: set[int] = set()

    def draw(self) -> str:
        while (number := self._stream.getrandbits(5 * CODE_LETTERS)) in self._taken:
            pass
        self._taken.add(number)
        return "".join(CROCKFORD[number >> shift & 31] for shift in range(0, 40, 5))
