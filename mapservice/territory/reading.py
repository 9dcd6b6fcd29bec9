"""What an address may mean: every way to read one of its names as the commune. Pure.

An address goes from small to large: hamlet, commune, district, province. So a name may be the
commune when everything behind it is explained (districts, provinces, a newer commune, fillers);
what stands before it is detail, which must not contradict. Nothing is decided here.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from mapservice.territory import names, parser
from mapservice.territory.gazetteer import Gazetteer
from mapservice.territory.lineage import Former, Place
from mapservice.territory.names import Marker, Role
from mapservice.territory.parser import Gap

COVERAGES = 8  # ways to explain the rest of an address that are followed up
POSTCODE_DIGITS = 5


class Strength(IntEnum):
    """How well the rest of the address supports a reading; lower is stronger."""

    DISTRICT = 1  # the commune's own district is named (its own province too, if any is)
    PROVINCE = 2  # the commune's own province is named
    MIXED = 3  # what is named belongs to another era of the same ground
    OTHER_KIND = 4  # as DISTRICT, but "xã" is written where it was a phường or thị trấn
    NAME = 5  # nothing but the name


class Agreement(IntEnum):
    """How the diacritics agree with the name's."""

    DIFFERENT, UNKNOWN, EXACT = 0, 1, 2


class Mention(NamedTuple):
    """A known name at tokens `start` <= i < `end`; its marker begins at `begin`."""

    begin: int
    start: int
    end: int
    key: str
    marker: Marker | None
    abbreviated: bool = False  # "BG": a district or province, never a commune


class Claim(NamedTuple):
    """Something the address says about where the commune lies."""

    role: Role
    key: str


@dataclass(frozen=True)
class Reading:
    """`mention` meant as `place`; `formers` are the communes of 2022 that remain possible."""

    mention: Mention
    place: Place
    strength: Strength
    agreement: Agreement
    formers: tuple[Former, ...]
    claims: tuple[Claim, ...]
    begin: int  # the first token that was understood; before it is detail
    refusal: str | None = None  # why it may only be a candidate


class Reader:
    """One address against one gazetteer."""

    def __init__(self, gazetteer: Gazetteer, words: list[parser.Token]):
        self.gazetteer, self.words = gazetteer, words
        self.marks = parser.marks(words)
        self.starts = parser.segment_starts(words, self.marks)
        self.governed = parser.governed(words, self.marks, self.starts)
        self.accented = any(word.accented for word in words)
        self.separated = any(word.gap is Gap.STRONG for word in words[1:])
        self._names = [self._look_up(i) for i in range(len(words))]
        self._covers: dict[int, list[tuple[Claim, ...]]] = {}
        self.mentions = [mention for i in range(len(words)) for mention in self._mentions_at(i)]
        self.marked = [mention for mention in self.mentions if mention.marker]
        self.bare_segments = self._bare_segments()

    def _look_up(self, start: int) -> list[tuple[int, str]]:
        found, key = [], ""
        for end in range(start + 1, min(start + self.gazetteer.longest, len(self.words)) + 1):
            word = self.words[end - 1]
            if end > start + 1 and word.gap is not Gap.SPACE:
                break
            key = f"{key} {word.key}" if key else word.key
            if self.gazetteer.knows(key):
                found.append((end, self.gazetteer.abbreviations.get(key, key)))
        return found[::-1]

    def names_at(self, start: int) -> list[tuple[int, str]]:
        """(end, key) of each known name that begins at a token, longest first."""
        return self._names[start]

    def _mentions_at(self, start: int) -> list[Mention]:
        """Each name at a token, with the marker in front of it or bare."""
        found = []
        for end, key in self._names[start]:
            short = self.words[start].key in self.gazetteer.abbreviations
            mark = self._mark_before(start)
            if mark and mark.marker.kind:
                found.append(Mention(mark.start, start, end, key, mark.marker, short))
            found.append(Mention(start, start, end, key, None, short))
        return found

    def _mark_before(self, start: int) -> parser.Mark | None:
        if start >= len(self.words) or self.words[start].gap is Gap.STRONG:
            return None
        ending = [mark for mark in self.marks.values() if mark.end == start]
        return min(ending, default=None)

    def _bare_segments(self) -> list[Mention]:
        """Names that are all that stands between two commas."""
        ends = {*self.starts, len(self.words)}
        return [
            m for m in self.mentions if not m.marker and m.start in self.starts and m.end in ends
        ]

    def coverages(self, start: int) -> list[tuple[Claim, ...]]:
        """The ways in which all tokens from `start` on say where the commune lies."""
        if start >= len(self.words):
            return [()]
        if start not in self._covers:
            self._covers[start] = []  # ends a loop, though none should occur
            found = dict.fromkeys(self._fillers(start) + self._claims(start))
            self._covers[start] = list(found)[:COVERAGES]
        return self._covers[start]

    def _fillers(self, start: int) -> list[tuple[Claim, ...]]:
        word = self.words[start]
        if word.key.isdigit() and len(word.key) >= POSTCODE_DIGITS:
            return self.coverages(start + 1)
        found = []
        for end in range(start + 1, min(start + 2, len(self.words)) + 1):
            if " ".join(word.key for word in self.words[start:end]) in names.FILLERS:
                found += self.coverages(end)
        return found

    def _claims(self, start: int) -> list[tuple[Claim, ...]]:
        mark = self.marks.get(start)
        if mark and not mark.marker.kind and start in self.starts:
            end = min((i for i in self.starts if i > start), default=len(self.words))
            trailing = Claim(mark.marker.role, "")  # "xã An Lạc, thôn Đồng Bài": large to small
            return [(trailing, *rest) for rest in self.coverages(end)] + self._named(start, None)
        marker = mark.marker if mark else None
        found = []
        followed = mark and mark.end < len(self.words)
        if followed and marker.kind and self.words[mark.end].gap is not Gap.STRONG:
            found = self._named(mark.end, marker)
        return found + self._named(start, None)

    def _named(self, start: int, marker: Marker | None) -> list[tuple[Claim, ...]]:
        found = []
        for end, key in self._names[start]:
            for role in self.roles(key, marker):
                for rest in self.coverages(end):
                    if self._plausible(role, key, marker, rest):
                        found.append((Claim(role, key), *rest))
        return found

    def roles(self, key: str, marker: Marker | None) -> list[Role]:
        """The levels a name can stand for."""
        known = self.gazetteer
        found = []
        if key in known.districts:
            found.append(Role.DISTRICT)
        if key in known.provinces or key in known.foreign:
            found.append(Role.PROVINCE)
        if any(place.current for place in known.communes.get(key, ())):
            found.append(Role.COMMUNE)
        if marker is None:
            return found
        if marker.role is Role.DISTRICT and key in known.foreign:
            return [Role.PROVINCE, *([Role.DISTRICT] if Role.DISTRICT in found else [])]
        return [role for role in found if role is marker.role]

    def _plausible(
        self, role: Role, key: str, marker: Marker | None, rest: tuple[Claim, ...]
    ) -> bool:
        # A bare "Bắc Giang" is the province, unless a province is named behind it.
        if role is Role.DISTRICT and not marker and key in self.gazetteer.provinces:
            return any(claim.role is Role.PROVINCE for claim in rest)
        return True

    def is_foreign(self) -> bool:
        """Whether the address ends in a province that is not ours."""
        return any(
            mention.key in self.gazetteer.foreign
            and mention.key not in self.gazetteer.communes
            and (mention.marker or mention.start in self.starts)
            and self.coverages(mention.end)
            for mention in self.mentions
        )

    def agreement(self, mention: Mention, place: Place) -> Agreement:
        """How the diacritics that were written agree with the place's, syllable by syllable.

        A syllable without any says nothing; one with others is another word: An Lạp ≠ An Lập.
        """
        if not self.accented:
            return Agreement.UNKNOWN
        words = self.words[mention.start : mention.end][::-1]
        # From the end: "nông trường Yên Thế" is written out for "NT Yên Thế".
        pairs = list(zip(words, place.tone.split()[::-1], strict=False))
        pairs = pairs[: len(words) - 2] if len(words) > len(place.tone.split()) else pairs
        if all(word.tone == tone for word, tone in pairs):
            return Agreement.EXACT
        if all(word.tone == tone or not word.accented for word, tone in pairs):
            return Agreement.UNKNOWN
        return Agreement.DIFFERENT
