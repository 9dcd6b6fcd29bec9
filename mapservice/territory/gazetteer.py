"""Every name a commune, district or province had, ready to be looked up. Pure: built from rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from mapservice.territory import names
from mapservice.territory.lineage import ChangeRow, NameRow, Place, Relations, UnitRow
from mapservice.territory.models import Level


@dataclass
class Gazetteer:
    """Look-up by `names.key`. `districts` maps a district's key to its provinces' keys."""

    communes: dict[str, list[Place]] = field(default_factory=dict)
    districts: dict[str, frozenset[str]] = field(default_factory=dict)
    provinces: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    abbreviations: dict[str, str] = field(default_factory=dict)  # "bg" -> "bac giang"
    longest: int = 1

    def knows(self, key: str) -> bool:
        return (
            key in self.communes
            or key in self.districts
            or key in self.provinces
            or key in self.foreign
            or key in self.abbreviations
        )


def build(
    units: Iterable[UnitRow], changes: Iterable[ChangeRow], old_names: Iterable[NameRow]
) -> Gazetteer:
    """The gazetteer of these units, crosswalk and historical names."""
    relations = Relations(list(units), list(changes))
    old_names = list(old_names)
    places = [
        place
        for unit in relations.units
        if unit.level == Level.COMMUNE and (place := relations.place(unit))
    ]
    places += relations.old_places(old_names)
    return _index(places, relations, old_names)


def _index(places: list[Place], relations: Relations, old_names: list[NameRow]) -> Gazetteer:
    found = Gazetteer()
    for place in _with_former_districts(places):
        for key in _spellings(place.key):
            found.communes.setdefault(key, []).append(place)
    districts = defaultdict(set)
    for unit in relations.units:
        if unit.level == Level.DISTRICT:
            provinces = relations.holders(unit, Level.PROVINCE)
            districts[names.key(unit.short_name)] |= provinces
    for row in old_names:
        district = names.key(names.split_kind(row.district_name)[1])
        districts[district].add(names.key(names.split_kind(row.province_name)[1]))
    found.districts = {key: frozenset(provinces) for key, provinces in districts.items()}
    ours = [unit.short_name for unit in relations.units if unit.level == Level.PROVINCE]
    ours += [names.split_kind(row.province_name)[1] for row in old_names]
    found.provinces = frozenset(map(names.key, ours))
    found.foreign = frozenset(map(names.key, names.PROVINCES)) - found.provinces
    found.abbreviations = {names.initials(name): names.key(name) for name in ours}
    every = (*found.communes, *found.districts, *found.provinces, *found.foreign)
    found.longest = max((len(key.split()) for key in every), default=1)
    return found


def _with_former_districts(places: list[Place]) -> list[Place]:
    """A commune of today also answers to districts known only from historical names."""
    districts = defaultdict(set)
    for place in places:
        districts[place.code_2025] |= place.wide_districts
    return [
        replace(place, wide_districts=frozenset(districts[place.code_2025]))
        if place.current
        else place
        for place in places
    ]


def _spellings(key: str) -> list[str]:
    """ "nt yen the" (a farm's township) is also written out: "nong truong yen the"."""
    return [key, f"nong truong {key[3:]}"] if key.startswith("nt ") else [key]
