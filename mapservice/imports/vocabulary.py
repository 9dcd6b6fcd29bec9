"""The words offices use for what the system knows by codes: kinds, categories, skills. Pure.

Beside the names of the codes other words for the same are data: `vocabulary.csv`.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mapservice.registration import words as labels
from mapservice.teams.forms import LANGUAGES
from mapservice.teams.models import TeamKind
from mapservice.territory.names import fold

SYNONYMS = Path(__file__).with_suffix(".csv")
MOST_SAID = 20  # names in one sentence
_SEPARATORS = re.compile(r"[,;\n•|+]|\s+và\s+|\s+-\s+|^\s*-\s*")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Folded phrases and the code each stands for; one that is a number means it alone only.
    `names`: what the codes are called, in their order."""

    phrases: Mapping[str, object]
    names: Sequence[str] = ()

    @classmethod
    def of(cls, names: Mapping[object, str], synonyms: Mapping[str, Sequence[str]]) -> "Vocabulary":
        """From the name of every code, its parts, and synonyms; of two the first keeps a phrase."""
        found: dict[str, object] = {}
        for code, name in names.items():
            for phrase in (name, *name.split(", "), str(code)):
                found.setdefault(_spelt(phrase), code)
        for code in names:
            for phrase in synonyms.get(str(code), ()):
                found.setdefault(_spelt(phrase), code)
        return cls(found, tuple(name[:1].upper() + name[1:] for name in names.values()))

    @property
    def said(self) -> str:
        """Its names as one text; "" where they are too many to be read."""
        return "; ".join(self.names) if len(self.names) <= MOST_SAID else ""

    def exact(self, text: str) -> object | None:
        """The code of these words, numbered or in brackets as they may be."""
        spelt = _spelt(text)
        bare = re.sub(r"^(?:\d{1,2}|muc|loai|cap|do) (?=\S)", "", spelt)
        return self.phrases.get(spelt, self.phrases.get(bare))

    def find(self, text: str) -> object | None:
        """The same, or the one code whose phrases stand in the text; None where several do."""
        found = self.exact(text)
        codes = self.within(text) if found is None else {found}
        return next(iter(codes)) if len(codes) == 1 else None

    def first(self, text: str) -> object | None:
        """The code of the longest phrase that the text begins with."""
        spelt = f"{_spelt(text)} "
        found = [p for p in self.phrases if not p.isdigit() and spelt.startswith(f"{p} ")]
        return self.phrases[max(found, key=len)] if found else None

    def within(self, text: str) -> set[object]:
        """The codes of the longest phrases that stand in the text."""
        spelt = f" {_spelt(text)} "
        standing = [p for p in self.phrases if not p.isdigit() and f" {p} " in spelt]
        longest = [
            p for p in standing if not any(p != q and f" {p} " in f" {q} " for q in standing)
        ]
        return {self.phrases[phrase] for phrase in longest}

    def each(self, text: str, *, strict: bool = False) -> tuple[list[object], bool]:
        """The codes of a list's parts, and whether every part was understood.

        `strict`: a part must be one of the phrases; names of people may stand beside them.
        """
        whole = self.exact(text)
        if whole is not None:
            return [whole], True
        parts = [part for part in _SEPARATORS.split(text) if _spelt(part)]
        codes = [self.exact(part) if strict else self.find(part) for part in parts]
        return list(dict.fromkeys(c for c in codes if c is not None)), None not in codes


def _spelt(text: str) -> str:
    """Folded words with one space between them."""
    return " ".join("".join(c if c.isalnum() else " " for c in fold(text)).split())


def _synonyms() -> dict[str, dict[str, tuple[str, ...]]]:
    """Phrases by list and code."""
    found: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
    with SYNONYMS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["list"]][row["code"]] = tuple(row["phrases"].split("; "))
    return found


_LISTS = _synonyms()


def data(rows: Iterable[tuple[str, str]], name: str) -> Vocabulary:
    """What the database lists as (code, name), with the synonyms of the list called `name`."""
    return Vocabulary.of(dict(rows), _LISTS.get(name, {}))


def _own(members: Iterable[object], name: str) -> Vocabulary:
    """A list without names of its own: the first synonym of a code is what it is called."""
    return Vocabulary.of({m: _LISTS[name][str(m)][0] for m in members}, _LISTS[name])


PERSON_KIND = Vocabulary.of(labels.PERSON_KINDS, _LISTS["person_kinds"])
TEAM_KIND = _own(TeamKind, "team_kinds")
LANGUAGE = Vocabulary.of(LANGUAGES, {code: [name.split()[-1]] for code, name in LANGUAGES.items()})
URGENCY = Vocabulary.of(labels.URGENCIES, _LISTS["urgencies"])
SEVERITY = Vocabulary.of(labels.SEVERITIES, _LISTS["severities"])
GIVER = Vocabulary.of(labels.GIVERS, _LISTS["givers"])
CHANNEL = Vocabulary.of(labels.CHANNELS, _LISTS["channels"])
