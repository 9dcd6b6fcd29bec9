"""Teams: more of them near the towns, fewer where most is needed, as in life."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from mapservice.demo import catalogue
from mapservice.demo.calendar import Calendar
from mapservice.demo.communes import Commune
from mapservice.demo.copying import Copier, point
from mapservice.demo.hamlets import own_names
from mapservice.demo.needs import LANGUAGES
from mapservice.demo.offices import Founder, Offices
from mapservice.demo.randomness import Bag, PublicCodes, Stream

STATES = {"ready": 80, "busy": 9, "resting": 7, "suspended": 4}
VERIFIED = {"yes": 91, "no": 9}
NEARNESS = {"urban": 5.0, "lowland": 1.6, "midland": 1.0, "highland": 0.45}
# Languages as ISO 639-3 codes where there is one, beside the skill that needs ask for.
LANGUAGE_OF = {"lang_tay": "tyz", "lang_nung": "nut", "lang_dao": "ium", "lang_san_diu": None}
WITH_WINDOWS = 0.35
NEAR_OFFICES_M = 800  # standard deviation of bases around the commune's middle


@dataclass(frozen=True)
class Team:
    """What assignments must know of a team."""

    id: UUID
    leader: UUID
    commune: Commune
    verified: bool
    state: str
    places: int
    people: int


class Recruiter:
    """Writes teams with their leaders' accounts."""

    def __init__(
        self, seed: int, calendar: Calendar, copier: Copier, founder: Founder, offices: Offices
    ):
        self._stream = Stream(seed, "teams")
        self._codes = PublicCodes(Stream(seed, "team codes"))
        self._states = Bag(Stream(seed, "team states"), STATES)
        self._verified = Bag(Stream(seed, "team checks"), VERIFIED)
        self._kinds = Bag(
            Stream(seed, "team kinds"),
            {row["kind"]: row["weight"] for row in catalogue.words("teams")},
        )
        self._calendar, self._copier = calendar, copier
        self._founder, self._offices = founder, offices
        self._names: set[str] = set()

    def recruit(self, communes: Sequence[Commune], how_many: int) -> list[Team]:
        """So many teams, in the order in which they were founded."""
        nearness = [NEARNESS[commune.terrain] for commune in communes]
        rows = {row["kind"]: row for row in catalogue.words("teams")}
        width = len(str(how_many))
        return [
            self._team(
                rows[self._kinds.draw()],
                self._stream.choices(communes, nearness)[0],
                f"{number:0{width}d}",
            )
            for number in range(1, how_many + 1)
        ]

    def _team(self, row: dict, commune: Commune, number: str) -> Team:
        organisation = (
            self._offices.commune[commune.code]
            if row["level"] == "commune"
            else self._offices.district[commune.district_code]
        )
        leader = self._founder.account(
            f"doitruong.{number}", f"Đội trưởng Mẫu {number}", organisation, "team_leader"
        )
        team = Team(
            id=self._stream.uuid(),
            leader=leader,
            commune=commune,
            verified=self._verified.draw() == "yes",
            state=self._states.draw(),
            places=self._stream.choices([1, 2, 3, 4], [30, 40, 20, 10])[0],
            people=self._stream.within(row["people"]),
        )
        self._write(row, team, organisation)
        return team

    def _write(self, row: dict, team: Team, organisation: UUID) -> None:
        stream, commune = self._stream, team.commune
        skills = self._skills(row, commune)
        self._copier.add(
            "core.team",
            id=team.id,
            public_code=self._codes.draw(),
            organisation_id=organisation,
            leader_id=team.leader,
            kind=row["kind"],
            name=self._name(row, commune),
            people=team.people,
            base=point(commune.point_near(stream, commune.centre(), NEAR_OFFICES_M)),
            base_public=stream.chance(0.2),
            former_commune_id=commune.id,
            skills=skills,
            languages=["vi", *filter(None, map(LANGUAGE_OF.get, skills))],
            vehicles=stream.choices([0, 1, 2, 3], [50, 30, 15, 5])[0],
            max_concurrent=team.places,
            radius_km=stream.within(row["radius"]),
            available_during=self._available(),
            state=team.state,
            verified=team.verified,
            demo=True,
            created_at=self._calendar.moment(stream, stream.randint(20, 700)),
        )

    def _skills(self, row: dict, commune: Commune) -> list[str]:
        how_many = self._stream.randint(0, min(2, len(row["extra"])))
        extra = self._stream.sample(row["extra"], how_many)
        skills = [*row["skills"], *(skill for skill in extra if skill not in row["skills"])]
        if commune.terrain == "highland" and self._stream.chance(0.5):
            skills.append(self._stream.choice(LANGUAGES))
        return skills

    def _available(self) -> str | None:
        """Day ranges around today, as PostgreSQL reads a datemultirange; None: always."""
        if not self._stream.chance(WITH_WINDOWS):
            return None
        ranges, first = [], self._calendar.today - timedelta(days=self._stream.randint(0, 20))
        for _ in range(self._stream.randint(1, 3)):
            after = first + timedelta(days=self._stream.randint(14, 60))
            ranges.append(f"[{first},{after})")
            first = after + timedelta(days=self._stream.randint(10, 30))
        return "{" + ",".join(ranges) + "}"

    def _name(self, row: dict, commune: Commune) -> str:
        hamlet = next(own_names(self._stream, commune.terrain))
        kind = "tổ dân phố" if commune.terrain == "urban" else "thôn"
        slots = {
            "commune": commune.in_text,
            "district_short": commune.district_short,
            "district": commune.district_in_text,
            "hamlet": f"{kind} {hamlet}",
        }
        name = self._stream.choice(row["names"]).format(**slots)
        unique, number = name, 1
        while unique in self._names:
            number += 1
            unique = f"{name} số {number}"
        self._names.add(unique)
        return unique
