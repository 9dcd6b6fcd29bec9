"""What reading a whole file needs of the database, asked once: words, communes, the province."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import shapely
from shapely import Geometry, Point, STRtree
from sqlalchemy import Row, Select
from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.geo import Box
from mapservice.imports import location_queries, vocabulary
from mapservice.imports.vocabulary import Vocabulary
from mapservice.registration import queries, spots
from mapservice.registration.spots import Commune
from mapservice.teams import queries as team_queries
from mapservice.territory import service as territory
from mapservice.territory.eras import FORMER_DAY, today
from mapservice.territory.gazetteer import Gazetteer
from mapservice.territory.resolver import Resolution, resolve

METRES_A_DEGREE = 111_320


@dataclass(frozen=True, slots=True)
class Ground:
    """A commune with its ground: `label` [lng, lat], every unit that holds it, whose it is."""

    commune: Commune
    label: tuple[float, float]
    area: Geometry | None
    holders: frozenset[int]
    mine: bool
    today: str | None  # code of today's commune that holds it

    def metres_to(self, lng: float, lat: float) -> float:
        """How far outside its area a point lies, roughly; 0 inside."""
        if self.area is None:
            return 0.0
        return shapely.distance(self.area, Point(lng, lat)) * METRES_A_DEGREE


@dataclass(frozen=True)
class Words:
    """Everything rows are read against; no row changes it but by remembering answers."""

    kinds: Vocabulary
    categories: Vocabulary
    skills: Vocabulary
    organisations: Vocabulary  # those that the actor may give a team to
    gazetteer: Gazetteer
    grounds: Mapping[str, Ground]  # by the commune's key
    province: Box
    today: date
    _resolved: dict[str, Resolution] = field(default_factory=dict, repr=False)

    def resolve(self, address: str) -> Resolution:
        """What an address means; the same again is not looked for again."""
        if address not in self._resolved:
            self._resolved[address] = resolve(self.gazetteer, address)
        return self._resolved[address]

    def at(self, lng: float, lat: float) -> Sequence[Ground]:
        """The communes of both eras whose area holds the point, today's first."""
        tree, grounds = self._areas
        found = tree.query(Point(lng, lat), predicate="intersects")
        return [grounds[i] for i in sorted(found)]

    @cached_property
    def district(self) -> str | None:
        """The one district of 2022 that everything in the actor's territory lay in."""
        return self._only({g.commune.district for g in self._mine if not g.commune.today})

    @cached_property
    def home(self) -> str | None:
        """The key of the actor's only commune, if it is one: today's, or a former one alone."""
        today = {g.commune.key for g in self._mine if g.commune.today}
        return self._only(today or {g.commune.key for g in self._mine})

    @property
    def _mine(self) -> list[Ground]:
        return [ground for ground in self.grounds.values() if ground.mine]

    @cached_property
    def _areas(self) -> tuple[STRtree, list[Ground]]:
        grounds = [ground for ground in self.grounds.values() if ground.area is not None]
        return STRtree([ground.area for ground in grounds]), grounds

    @staticmethod
    def _only(values: set[str | None]) -> str | None:
        return next(iter(values)) if len(values) == 1 else None


def load(session: Session, actor: Actor) -> Words:
    """What the rows of one file are read against, as this actor reaches it now."""
    rows = session.execute(location_queries.COMMUNES, {"former": FORMER_DAY}).all()
    mine = session.scalars(team_queries.organisations(actor.organisations))
    return Words(
        kinds=_data(session, queries.KINDS, "kinds"),
        categories=_data(session, queries.CATEGORIES, "categories"),
        skills=_data(session, queries.SKILLS, "skills"),
        organisations=vocabulary.data(((one.code, one.name) for one in mine), "organisations"),
        gazetteer=territory.gazetteer(session),
        grounds={ground.commune.key: ground for ground in (_ground(row, actor) for row in rows)},
        province=spots.province_box(session),
        today=today(),
    )


def _data(session: Session, listed: Select, name: str) -> Vocabulary:
    return vocabulary.data(((row.code, row.name) for row in session.scalars(listed)), name)


def _ground(row: Row, actor: Actor) -> Ground:
    area = None if row.area is None else shapely.from_wkb(bytes(row.area))
    commune = Commune(
        row.id, row.code, row.name, row.today, row.district, row.approximate, now=row.now
    )
    return Ground(
        commune=commune,
        label=(row.lng, row.lat),
        area=area,
        holders=frozenset(row.holders),
        mine=actor.covers(row.holders),
        today=row.code if row.today else row.now_code,
    )
