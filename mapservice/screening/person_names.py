"""Names of people in running Vietnamese: a surname or a form of address, then capitals.

Places, schools and streets are named after people too: what stands behind "xã", "đường",
"Trường THPT" is passed over, and so is what the caller knows.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache

from mapservice.screening import person_words as words_of
from mapservice.screening.person_words import Token, Words, surnames
from mapservice.territory.names import UNSEEN, composed, word_key, word_tone

MOST = 5  # syllables of a name
_WORD = re.compile(rf"(?:[^\W\d_][\u0300-\u036f{UNSEEN}]*)+")
_GAP = re.compile(rf"[ \t\u00a0\u202f{UNSEEN}]{{1,4}}|[-‐.·_]")
_SYLLABLE = re.compile(r"[bcdghklmnpqrstvx]{0,3}[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?")
_ENDS = re.compile(r"[.!?:;\n\r(\"“”*•–-]\s*$")


def find(text: str, exempt: Collection[str]) -> Iterator[tuple[int, int]]:
    """(start, end) of each name, in order."""
    tokens = list(_tokens(text))
    search = _Search(tokens, _covered(tokens, _phrases(frozenset(exempt))))
    at = 0
    while at < len(tokens):
        found = search.name_at(at)
        if found is None:
            at += 1
            continue
        first, last = found
        yield tokens[first].start, tokens[last].end
        at = last + 1


class _Search:
    """One text. Places are positions among its tokens."""

    def __init__(self, tokens: Sequence[Token], covered: Sequence[bool]):
        self._tokens, self._covered = tokens, covered
        self._ends = self._run_ends()
        self._bare = all(token.plain for token in tokens)
        shouted = sum(token.shouted for token in tokens)
        self._shouting = len(tokens) > 6 and shouted > len(tokens) * 0.6

    def name_at(self, at: int) -> tuple[int, int] | None:
        """(first, last) token of the name that begins here, if one does."""
        token = self._tokens[at]
        if not token.capital and not self._shouting:
            return self._lower_case(at)
        if self._shouting and token.shouted:
            return self._shouted(at)
        if at and token.joined and self._is_part_of_run(at - 1):
            return None  # was looked at with the capital before it
        return self._in_run(at, self._run(at))

    def _is_part_of_run(self, at: int) -> bool:
        """Whether the capital before belongs to the same run, and is no form of address in it."""
        token = self._tokens[at]
        alike = token.shouted == self._tokens[at + 1].shouted
        return token.capital and alike and not (self._addresses(at) or self._is_acronym(at))

    def _run(self, at: int) -> int:
        """The last token of the capitals that follow each other from here."""
        return self._ends[at]

    def _run_ends(self) -> list[int]:
        """For each token the last one of its run, itself when the next is of another kind."""
        ends = list(range(len(self._tokens)))
        for at in range(len(ends) - 2, -1, -1):
            here, there = self._tokens[at], self._tokens[at + 1]
            if there.joined and there.capital and here.shouted == there.shouted:
                ends[at] = ends[at + 1]
        return ends

    def _in_run(self, first: int, last: int) -> tuple[int, int] | None:
        if self._is_addressed(first):
            return self._addressed_name(first, last)
        if self._is_acronym(first) or self._is_body(first):
            return None
        if self._behind(first, words_of.NAMED_AFTER):
            return None
        for begin in range(first, min(last, first + 2 * MOST)):
            if begin > first and words_of.NAMED_AFTER.has(self._tokens[begin - 1], self._bare):
                return None
            end = min(last, begin + MOST - 1)
            before = self._tokens[begin - 1]
            alone = begin == first or (
                begin == first + 1 and words_of.LEADS.has(before, self._bare)
            )
            if self._is_name(begin, end, alone=alone):
                return begin, end
        return None

    def _is_name(self, begin: int, end: int, *, alone: bool) -> bool:
        """Whether capitals that begin with a surname are a name; `alone`: nothing before them."""
        every, clear = surnames()
        token, length = self._tokens[begin], end - begin + 1
        middle = length >= 3 and self._is(self._tokens[begin + 1], words_of.MIDDLES)
        sure = middle or (length >= 3 and self._is(token, clear))
        if not (self._is(token, every) or middle) or all(self._covered[begin : end + 1]):
            return False
        if self._behind(begin, words_of.LOOSE) or not alone:
            return sure
        if token.plain and token.tone not in every.tones:
            # Diacritics were left out: "Do", "To", "Vo" alone may be ordinary words.
            return length >= 3 or (self._is(token, clear) and token.key not in words_of.BARE_WORDS)
        return length >= 2

    def _is(self, token: Token, words: Words) -> bool:
        return words.has(token, token.plain)

    def _addressed_name(self, first: int, last: int) -> tuple[int, int] | None:
        if self._is_body(first) or self._is_acronym(first):
            return None
        if self._ends_title(first - 1) and all(self._covered[first : last + 1]):
            return None  # "học sinh Lục Ngạn": from there
        if first == last and words_of.SUBJECTS.has(self._tokens[first], self._bare):
            return None
        return first, min(last, first + MOST - 1)

    def _is_body(self, first: int) -> bool:
        return self._keys(first, first + 2) in words_of.BODIES

    def _keys(self, first: int, end: int) -> tuple[str, ...]:
        return tuple(token.key for token in self._tokens[max(0, first) : end])

    def _is_addressed(self, at: int) -> bool:
        """Whether one person is addressed or named by office right before this token."""
        return at > 0 and self._tokens[at].joined and self._addresses(at - 1)

    def _addresses(self, at: int) -> bool:
        """Whether this token ends a title, or is a form of address for one person."""
        token, before = self._tokens[at], self._tokens[max(0, at - 1)]
        follows = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        if follows is None or (token.capital and not token.first):
            return self._ends_title(at) if follows else False
        if self._ends_title(at):
            return not words_of.PEOPLES.has(follows, self._bare) or self._run(at + 1) - at > 2
        if at and token.joined and words_of.SEVERAL.has(before, self._bare):
            return False
        if words_of.FORMS.has(token, self._bare):
            return True
        # The name and its form alone may be without their marks.
        return token.key in words_of.BARE_FORMS and token.plain and follows.plain

    def _ends_title(self, at: int) -> bool:
        tones = tuple(token.tone for token in self._tokens[max(0, at - 1) : at + 1])
        return tones in words_of.TITLES or (
            self._bare and self._keys(at - 1, at + 1) in words_of.BARE_TITLES
        )

    def _behind(self, at: int, words: Words) -> bool:
        before = self._tokens[at - 1] if at and self._tokens[at].joined else None
        return before is not None and words.has(before, self._bare)

    def _is_acronym(self, at: int) -> bool:
        """Whether these capitals are letters to be spelled ("UBND"), not a syllable shouted."""
        token = self._tokens[at]
        spelled = token.key in words_of.ACRONYMS or not _SYLLABLE.fullmatch(token.key)
        return token.shouted and spelled

    def _shouted(self, at: int) -> tuple[int, int] | None:
        """In a text all in capitals: a clear surname, or any with its middle syllable."""
        every, _ = surnames()
        end = at
        while end - at < 3 and end + 1 < len(self._tokens) and self._tokens[end + 1].joined:
            end += 1
        named = self._behind(at, words_of.NAMED_AFTER) or all(self._covered[at : end + 1])
        if named or end - at < 1 or not self._is(self._tokens[at], every):
            return None
        middle = end - at >= 2 and self._is(self._tokens[at + 1], words_of.MIDDLES)
        sure = self._tokens[at].tone in words_of.NEVER_A_WORD or self._is_addressed(at)
        known = any(all(self._covered[at : stop + 1]) for stop in range(at + 1, end + 1))
        if known or not (
            (middle and not words_of.NOT_MIDDLES.has(self._tokens[at + 2], True)) or sure
        ):
            return None
        return at, min(end, at + 2)

    def _lower_case(self, at: int) -> tuple[int, int] | None:
        """ "nguyễn văn an": a clear surname and its middle syllable, written small."""
        tokens = self._tokens[at : at + 4]
        if len(tokens) < 3 or not (tokens[1].joined and tokens[2].joined):
            return None
        clear = tokens[0].tone in words_of.NEVER_A_WORD if tokens[0].plain else True
        if not (
            clear and self._is(tokens[0], surnames()[1]) and words_of.MIDDLES.has(tokens[1], True)
        ):
            return None
        if words_of.NOT_MIDDLES.has(tokens[2], True) or self._behind(at, words_of.NAMED_AFTER):
            return None
        return at, at + 2


def _tokens(text: str) -> Iterator[Token]:
    end = 0
    for match in _WORD.finditer(text):
        word = composed(match[0])
        letters = [letter for letter in word if letter.isalpha()]
        gap = text[end : match.start()]
        yield Token(
            match.start(),
            match.end(),
            word_key(word),
            word_tone(word),
            capital=bool(letters) and letters[0].isupper(),
            shouted=len(letters) > 1 and all(map(str.isupper, letters)),
            plain=word.isascii(),
            joined=end > 0 and bool(_GAP.fullmatch(gap)),
            first=end == 0 or bool(_ENDS.search(gap)),
        )
        end = match.end()


@lru_cache(maxsize=64)
def _phrases(names: frozenset[str]) -> dict[str, list[tuple[str, ...]]]:
    """Known names as folded syllables, by their first one, the longest first."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name in names:
        words = tuple(word_key(word) for word in re.findall(r"[^\W\d_]+", composed(name)))
        if words:
            found.setdefault(words[0], []).append(words)
    return {first: sorted(set(each), key=len, reverse=True) for first, each in found.items()}


def _covered(tokens: Sequence[Token], phrases: dict) -> list[bool]:
    """Which tokens stand inside a known name."""
    covered = [False] * len(tokens)
    for at, token in enumerate(tokens):
        for words in phrases.get(token.key, ()):
            if tuple(t.key for t in tokens[at : at + len(words)]) == words:
                covered[at : at + len(words)] = [True] * len(words)
                break
    return covered


def composed_with_places(text: str) -> tuple[list[int], str]:
    """The text in NFC, and for each of its characters (and its end) where it began."""
    starts, shown = [], []
    for match in re.finditer(rf"[^\u0300-\u036f{UNSEEN}]?[\u0300-\u036f{UNSEEN}]*", text):
        for character in composed(unicodedata.normalize("NFC", match[0])):
            starts.append(match.start())
            shown.append(character)
    return [*starts, len(text)], "".join(shown)
