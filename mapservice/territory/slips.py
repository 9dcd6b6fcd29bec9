"""Names as hands misspell them: their words compared, and an index that finds like ones. Pure.

A slip gives a word that nobody else bears; two words that others bear too are two names. So what
is compared is compared among all it stands with (`Seen`).
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import OSA

from mapservice.territory.names import composed, fold, word_tone

LONG = 6  # letters of a word that may have two slips
HOPELESS = 3
KNOWN = 2  # how many bear a word that is a name by itself


class Word(NamedTuple):
    """`tone` is empty in a text without any diacritic, which says nothing of them."""

    folded: str
    tone: str


class Comparison(NamedTuple):
    """How two names differ: words a slip apart, words a slip apart that are both names, words
    shortened to a letter, and the words that are only in one."""

    slips: int = 0
    others: int = 0
    short: int = 0
    left: tuple[Word, ...] = ()
    right: tuple[Word, ...] = ()


def words(text: str) -> list[Word]:
    """The words of a name."""
    plain = composed(text)
    accented = fold(plain) != plain.lower()
    parts = "".join(c if c.isalnum() else " " for c in plain).split()
    return [_word(part, accented) for part in parts]


@lru_cache(maxsize=20_000)
def _word(part: str, accented: bool) -> Word:
    """One word once, however many names hold it."""
    return Word(fold(part), word_tone(part) if accented else "")


class Seen:
    """How many names hold each word."""

    def __init__(self) -> None:
        self._folded: Counter[str] = Counter()
        self._tones: Counter[str] = Counter()
        self._near: dict[tuple[str, str], bool] = {}

    def add(self, name: Iterable[Word]) -> None:
        for word in set(name):
            self._folded[word.folded] += 1
            self._tones[word.tone] += bool(word.tone)

    def near(self, one: Word, other: Word) -> bool:
        """Whether two words are a slip apart; what was found once is remembered here, for no
        longer than the names are compared."""
        pair = one.folded, other.folded
        if (known := self._near.get(pair)) is None:
            known = self._near[pair] = _near(*pair)
        return known

    def both(self, one: Word, other: Word) -> bool:
        """Whether two words that differ are each a name of its own."""
        if one.folded == other.folded:
            return min(self._tones[one.tone], self._tones[other.tone]) >= KNOWN
        return min(self._folded[one.folded], self._folded[other.folded]) >= KNOWN


def compare(one: Sequence[Word], other: Sequence[Word], seen: Seen) -> Comparison:
    """Pair the words of two names, in whatever order they stand.

    Names that have more than `HOPELESS` words of their own each are not looked at further.
    """
    left, right = [], list(other)
    for word in one:
        for place, candidate in enumerate(right):
            if candidate.folded == word.folded and _tones_agree(candidate, word):
                del right[place]
                break
        else:
            left.append(word)
    if not left or not right or min(len(left), len(right)) > HOPELESS:
        return Comparison(left=tuple(left), right=tuple(right))
    return _pair(left, right, seen)


def _tones_agree(one: Word, other: Word) -> bool:
    return one.tone == other.tone or not one.tone or not other.tone


def _pair(left: list[Word], right: list[Word], seen: Seen) -> Comparison:
    slips = others = short = 0
    for word in tuple(left):
        near = next((w for w in right if seen.near(word, w)), None)
        if near is None:
            continue
        left.remove(word)
        right.remove(near)
        if _shortened(word.folded, near.folded):
            short += 1
        elif seen.both(word, near):
            others += 1
        else:
            slips += 1
    return Comparison(slips, others, short, tuple(left), tuple(right))


def _near(one: str, other: str) -> bool:
    if one == other or _shortened(one, other):
        return True
    least = min(len(one), len(other))
    if not (one + other).isalpha():
        return False
    if least < 2:  # "n" of "an"
        return len(one + other) == 3 and one[-1] == other[-1]
    most = 2 if least >= LONG else 1
    return OSA.distance(one, other, score_cutoff=most) <= most


def _shortened(one: str, other: str) -> bool:
    """Whether one is the first letter of the other."""
    least, most = sorted((one, other), key=len)
    return len(least) == 1 < len(most) and most.startswith(least) and not least.isdigit()


class Index:
    """Finds names that share words, or nearly, without comparing each with each."""

    def __init__(self) -> None:
        self._keys: dict[str, list[Hashable]] = {}
        self._marks: dict[str, tuple[str, ...]] = {}

    def add(self, key: Hashable, name: Iterable[Word]) -> None:
        """Keep a name under a key."""
        for mark in {m for word in name for m in (*self._of(word), _end(word.folded))}:
            self._keys.setdefault(mark, []).append(key)

    def find(self, name: Sequence[Word], least: int) -> list[Hashable]:
        """The keys with at least `least` of these words, spelt nearly so."""
        found: Counter[Hashable] = Counter()
        for word in name:
            marks = (*self._of(word), _beginning(word.folded))
            found.update({key for mark in marks for key in self._keys.get(mark, ())})
        return [key for key, count in found.items() if count >= least]

    def _of(self, word: Word) -> tuple[str, ...]:
        if (marks := self._marks.get(word.folded)) is None:
            marks = self._marks[word.folded] = tuple(dict.fromkeys(_marks(word.folded)))
        return marks


def _marks(word: str) -> Iterator[str]:
    """Two words one slip apart share a mark: the word, or it without one of its letters. A long
    one is marked by its halves too: two slips may leave one of them alone. Numbers have none."""
    yield word
    if not word.isalpha():
        return
    if len(word) > 1:
        yield from {word[:i] + word[i + 1 :] for i in range(len(word))}
    if len(word) >= LONG:
        yield f"<{word[: len(word) // 2]}"
        yield f">{word[-(len(word) // 2) :]}"


def _end(word: str) -> str:
    """What a kept word is marked by for the letter it may be shortened to, or is."""
    return f"^{word}" if len(word) == 1 else f"~{word[:1]}"


def _beginning(word: str) -> str:
    """What an asked word is looked for by: kept letters for a word, kept words for a letter."""
    return f"~{word}" if len(word) == 1 else f"^{word[:1]}"
