"""Needs: what is asked for at a place, for how many, by when, how urgently."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache

from mapservice.demo import catalogue, texts
from mapservice.demo.calendar import Calendar
from mapservice.demo.communes import Commune
from mapservice.demo.places import Place
from mapservice.demo.randomness import Bag, Stream

CATEGORY_SHARES = {
    "education": 13,
    "digital_devices": 11,
    "digital_skills": 14,
    "housing": 8,
    "health": 11,
    "livelihood": 10,
    "environment": 9,
    "infrastructure": 11,
    "legal_aid": 5,
    "culture": 7,
    "emergency": 5,
    "other": 5,
}
# Of a hundred needs; one of urgency 4 beside those of emergencies.
URGENCY_HARD = {"1": 14, "2": 38, "3": 43, "4": 5}
URGENCY_EASY = {"1": 31, "2": 44, "3": 23, "4": 2}
WITH_WINDOW = 0.4
LANGUAGES = ("lang_tay", "lang_nung", "lang_dao", "lang_san_diu")
AT_ONCE = {"emergency", "infrastructure"}  # what several teams can only do together
BETWEEN_THEM = {"infrastructure"}  # of these with what is brought along, and who builds
BRINGING = "driving"
SPOKEN = {"education", "health", "digital_skills", "legal_aid"}  # where words are the work
WITH_LANGUAGE = 0.05
PERSON_KINDS = {"household": 38, "child": 24, "elderly": 24, "youth": 9, "other": 5}
AGE_BANDS = {
    "child": ("under_7", "7_15"),
    "youth": ("16_up",),
    "elderly": ("16_up",),
    "household": ("unknown", "16_up"),
    "other": ("16_up", "unknown"),
}


@dataclass(frozen=True)
class Wish:
    """A need before it has a state. Texts are None for people."""

    category: str
    title: str | None
    description: str | None
    quantity: int | float
    unit: str
    parts: int
    together: bool
    people_in_all: int | None
    people: int
    skills: list[str]
    window: tuple[date, date] | None
    urgency: int


class Wisher:
    """Thinks of needs for the places and people of the whole province."""

    def __init__(self, seed: int, calendar: Calendar):
        self._calendar = calendar
        shares = {True: URGENCY_HARD, False: URGENCY_EASY}
        self._urgency = {
            hard: Bag(Stream(seed, "urgency", hard), share) for hard, share in shares.items()
        }

    def for_place(
        self, stream: Stream, place: Place, writer: texts.Writer, figures: dict, taken: set[str]
    ) -> list[Wish]:
        """One to three needs whose titles are new in the commune (`taken` learns them)."""
        wanted = stream.choices([1, 2, 3], [45, 37, 18] if place.commune.is_hard else [60, 32, 8])
        made: list[Wish] = []
        used: set[str] = set()
        # A title may be taken; the place has other wishes then, or fewer.
        for _ in range(3 * wanted[0]):
            template = _draw(stream, place)
            if template["title"] in used:
                continue
            used.add(template["title"])
            wish = self._wish(stream, template, place, writer, figures)
            if wish.title not in taken:
                taken.add(wish.title)
                made.append(wish)
            if len(made) == wanted[0]:
                break
        return made

    def for_person(self, stream: Stream, commune: Commune, person_kind: str) -> list[Wish]:
        """One or two needs of a person: category and amounts, no words."""
        fitting = [
            row for row in catalogue.person_needs() if person_kind in row["person_kinds"].split()
        ]
        chosen = stream.sample(fitting, 2 if stream.chance(0.25) else 1)
        return [
            Wish(
                category=row["category"],
                title=None,
                description=None,
                quantity=stream.randint(int(row["quantity_from"]), int(row["quantity_to"])),
                unit=row["unit"],
                parts=1,
                together=False,
                people_in_all=None,
                people=int(row["people"]),
                skills=row["skills"].split(),
                window=self._window(stream, None),
                urgency=int(self._urgency[commune.is_hard].draw()),
            )
            for row in chosen
        ]

    def _wish(
        self, stream: Stream, template: dict, place: Place, writer: texts.Writer, figures: dict
    ) -> Wish:
        quantity = stream.within(template["quantity"])
        parts = min(stream.within(template["parts"]), stream.within(template["parts"]))
        if isinstance(quantity, int):
            parts = min(parts, quantity)  # every visit gets at least one of what is counted
        people = stream.within(template["people"])
        together = parts > 1 and template["category"] in AT_ONCE
        joint = together and template["category"] in BETWEEN_THEM
        figures = figures | {
            "q": quantity,
            "pupils": stream.randint(12, 45),
            "people_total": stream.randint(10, 30),
        }
        return Wish(
            category=template["category"],
            title=texts.title(template["title"], place, quantity),
            description=writer.description(template, place, figures),
            quantity=quantity,
            unit=template["unit"],
            parts=parts,
            together=together,
            people_in_all=parts * people if joint else None,
            people=max(people // 3, 1) if joint else people,
            skills=self._skills(stream, template, place.commune) + [BRINGING] * joint,
            window=self._window(stream, template.get("months")),
            urgency=self._urgency_of(stream, template, place.commune),
        )

    def _skills(self, stream: Stream, template: dict, commune: Commune) -> list[str]:
        skills = list(template["skills"])
        spoken = template["category"] in SPOKEN and commune.terrain == "highland"
        if spoken and stream.chance(WITH_LANGUAGE):
            skills.append(stream.choice(LANGUAGES))
        return skills

    def _window(self, stream: Stream, months: list[int] | None) -> tuple[date, date] | None:
        return self._calendar.window(stream, months) if stream.chance(WITH_WINDOW) else None

    def _urgency_of(self, stream: Stream, template: dict, commune: Commune) -> int:
        least = template.get("urgency", 1)
        if least == 3:
            return 4 if stream.chance(0.4) else 3
        return max(least, int(self._urgency[commune.is_hard].draw()))


def person(stream: Stream) -> tuple[str, str]:
    """Kind of a person's address and the age band that fits it."""
    return person_of(stream, stream.weighted(PERSON_KINDS))


def person_of(stream: Stream, kind: str) -> tuple[str, str]:
    """This kind and an age band that fits it."""
    return kind, stream.choice(AGE_BANDS[kind])


def _draw(stream: Stream, place: Place) -> dict:
    by_category = _templates(place.what, place.commune.terrain)
    shares = {category: CATEGORY_SHARES[category] for category in by_category}
    return stream.choice(by_category[stream.weighted(shares)])


@cache
def _templates(what: str, terrain: str) -> dict[str, list[dict]]:
    fitting = defaultdict(list)
    for template in catalogue.words("needs"):
        if what in template["kinds"] and terrain in template.get("terrain", [terrain]):
            fitting[template["category"]].append(template)
    return dict(fitting)
