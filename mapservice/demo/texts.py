"""Summaries and descriptions as an officer writes them: what, in which circumstances, what else.

No text names a person or holds a number that could be called.
"""

from decimal import Decimal
from functools import cache

from mapservice.demo import catalogue
from mapservice.demo.places import Place
from mapservice.demo.randomness import Stream

TRIES = 8


class Writer:
    """Writes for one commune, and does not say the same twice."""

    def __init__(self, stream: Stream, union: str):
        self._stream, self._union = stream, union
        self._said: set[str] = set()

    def summary(self, place: Place, figures: dict[str, object]) -> str:
        """Three sentences about a place."""
        openings = catalogue.words("summaries")["opening"][place.what]
        parts = [openings, _circumstances(place.what, place.commune.terrain), _closings(place.what)]
        return self._fresh(parts, self._slots(place, figures))

    def description(self, template: dict, place: Place, figures: dict[str, object]) -> str:
        """What is wanted, and one practical sentence."""
        closings = _closings(place.what, template.get("closing"))
        return self._fresh([template["texts"], closings], self._slots(place, figures))

    def _fresh(self, parts: list[list[str]], slots: dict[str, object]) -> str:
        for _ in range(TRIES):
            text = " ".join(self._stream.choice(some) for some in parts).format(**slots)
            if text not in self._said:
                break
            # Should everything be said already: the place itself tells them apart.
            text = f"{text} ({slots['at']})"
        self._said.add(text)
        return text

    def _slots(self, place: Place, figures: dict[str, object]) -> dict[str, object]:
        around = place.around
        return {
            "at": place.at,
            "hamlet": around,
            "Hamlet": around[0].upper() + around[1:],
            "commune": place.commune.in_text,
            "union": self._union,
            **{name: number(value) for name, value in figures.items()},
        }


def number(value: int | float | Decimal) -> str:
    """A figure as it is written in Vietnamese: 1,2 and 1.078."""
    value = int(value) if value == int(value) else value
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def title(template: str, place: Place, quantity: int | float) -> str:
    """The title of a need."""
    return template.format(at=place.at, q=number(quantity), hamlet=place.around)


@cache
def _group(what: str) -> str:
    groups = catalogue.words("summaries")["groups"]
    return next(group for group, members in groups.items() if what in members)


@cache
def _circumstances(what: str, terrain: str) -> list[str]:
    words = catalogue.words("summaries")["circumstance"][terrain]
    return words["any"] + words[_group(what)]


@cache
def _closings(what: str, kind: str | None = None) -> list[str]:
    words = catalogue.words("summaries")["closing"]
    return words["any"] + words[_group(what)] + (words[kind] if kind else [])
