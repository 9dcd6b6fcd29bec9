"""Where an address lies: the commune chosen, the point, and whether they agree."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.errors import BadRequest, Invalid
from mapservice.geo import Box
from mapservice.registration import queries
from mapservice.territory import service as territory
from mapservice.territory.eras import FORMER_DAY
from mapservice.territory.models import AdminUnit, Level

NO_COMMUNE = "Không có xã, phường này."
ELSEWHERE = "Xã, phường này ngoài địa bàn của bạn."
OUTSIDE_PROVINCE = "Vị trí này nằm ngoài tỉnh. Kiểm tra lại hai số, hoặc đưa bản đồ tới đúng nơi."
SAME_DEGREES = 1e-7
ESTIMATED = "point_estimated"  # among a place's values: the point is its commune's label point
VIETNAM = Box(102.0, 8.0, 110.0, 23.5)


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune of today (`today`) or of 2022; `key` names it in forms and URLs."""

    id: int
    code: str
    name: str
    today: bool
    district: str | None
    approximate: bool = False
    now: str | None = None

    @property
    def key(self) -> str:
        return self.code if self.today else f"{self.code}@2022"

    @property
    def label(self) -> str:
        """The name with what tells it from its namesakes."""
        if self.today:
            return self.name
        where = f", {self.district}" if self.district else ""
        return f"{self.name}{where}" + (f" (nay là {self.now})" if self.now else "")


def communes(session: Session, actor: Actor) -> list[Commune]:
    """What the actor may choose: communes of today, then of 2022, inside the territory."""
    values = {
        "former": FORMER_DAY,
        "everywhere": actor.territory is None,
        "territory": sorted(actor.territory or ()),
    }
    return [
        Commune(row.id, row.code, row.name, row.today, row.district, now=row.now)
        for row in session.execute(queries.COMMUNES, values)
    ]


def only_commune(session: Session, actor: Actor) -> str | None:
    """The key of the one commune the actor may choose; None where there is a choice."""
    found = communes(session, actor)
    return found[0].key if len(found) == 1 else None


def named(session: Session, actor: Actor, text: str) -> list[Commune]:
    """Communes of the territory that a free text means: a whole address, an older name."""
    found = territory.resolve(session, text)
    matches = [found.match] if found.match else list(found.candidates)
    codes = {(match.code_2022, False) for match in matches}
    codes |= {(match.code_2025, True) for match in matches}
    return [c for c in communes(session, actor) if (c.code, c.today) in codes]


def communes_at(session: Session, lng: float, lat: float) -> list[Commune]:
    """The communes of today and of 2022 that hold a point, by the areas we know."""
    return _communes_at(session, [(lng, lat)])[lng, lat]


def _communes_at(
    session: Session, spots: Collection[tuple[float, float]]
) -> dict[tuple[float, float], list[Commune]]:
    """`communes_at` of each of these points, (lng, lat)."""
    found: dict[tuple[float, float], list[Commune]] = {spot: [] for spot in spots}
    asked = list(found)
    values = {
        "lngs": [lng for lng, _ in asked],
        "lats": [lat for _, lat in asked],
        "former": FORMER_DAY,
    }
    for row in session.execute(queries.COMMUNES_AT, values) if asked else ():
        unit = Commune(row.id, row.code, row.name, row.today, row.district, row.approximate)
        found[asked[row.position - 1]].append(unit)
    return found


def label_point(session: Session, name: str) -> tuple[float, float] | None:
    """(lng, lat) where a commune's name stands on the map; None for one that does not exist."""
    try:
        unit = _chosen(session, [name])[name]
    except Invalid:
        return None
    return tuple(session.execute(queries.label_point(unit.id)).one())


def province_box(session: Session) -> Box:
    """The box of the province in every era; Vietnam's before a territory is loaded."""
    row = session.execute(queries.PROVINCE_BOX).one_or_none()
    return Box(*row) if row else VIETNAM


def home_box(session: Session, actor: Actor) -> Box:
    """The box of the actor's territory: where its map begins."""
    if actor.territory is None:
        return province_box(session)
    ids = {"ids": sorted(actor.territory)}
    row = session.execute(queries.TERRITORY_BOX, ids).one_or_none()
    return Box(*row) if row else province_box(session)


def settle(
    session: Session, actor: Actor, values: Mapping[str, object], known: Address | None = None
) -> dict[str, object]:
    """The columns `commune_id` and `former_commune_id` for what was chosen.

    `known`: the address as stored; what did not move is not asked about again. Raises Invalid at
    `commune` for a unit that is not one or not the actor's, at `lat` for a point outside the
    province, at `confirm_outside` for a point outside the commune until confirmed.
    """
    if known is not None and not _moved(session, known, values):
        return {}
    return settle_many(session, actor, [values])[0]


def settle_many(
    session: Session, actor: Actor, given: Sequence[Mapping[str, object]]
) -> list[dict[str, object]]:
    """As `settle`, for several new addresses: what they have in common is asked once."""
    units = _permitted(session, actor, {str(values["commune"]) for values in given})
    box = province_box(session)
    spots = [(float(v["lng"]), float(v["lat"])) for v in given if v["lat"] is not None]
    at = _communes_at(session, spots)
    settled = []
    for values in given:
        unit = units[str(values["commune"])]
        former = None if unit.valid_to is None else unit.id
        if values["lat"] is not None:
            found = at[float(values["lng"]), float(values["lat"])]
            _check_point(unit, values, box, found)
            if former is None:
                former = _official_former(session, unit, found)
        today = unit.id if unit.valid_to is None else None
        settled.append({"commune_id": today, "former_commune_id": former})
    return settled


def key_of(session: Session, address: Address) -> str:
    """How a form names the commune of an address: the former one where it is known."""
    return keys_of(session, [address])[address.id]


def keys_of(session: Session, addresses: Collection[Address]) -> dict[UUID, str]:
    """As `key_of`, of several addresses by their ids."""
    units = {each.former_commune_id or each.commune_id for each in addresses}
    codes = dict(session.execute(queries.unit_codes(units)).all())
    return {
        each.id: f"{codes[each.former_commune_id]}@2022"
        if each.former_commune_id
        else codes[each.commune_id]
        for each in addresses
    }


def moved(before: Sequence[float | None], after: Sequence[object]) -> bool:
    """Whether two points, (lng, lat) each, are not the same to a centimetre; None: no point."""
    if None in (*before, *after):
        return tuple(before) != tuple(after)
    return any(abs(float(a) - float(b)) > SAME_DEGREES for a, b in zip(before, after, strict=True))


def _moved(session: Session, known: Address, values: Mapping[str, object]) -> bool:
    if key_of(session, known) != values["commune"]:
        return True
    if known.nature is Nature.PERSON:
        return values["lat"] is not None
    stored = session.execute(queries.point_of(known.id)).one()
    return moved(stored, (values["lng"], values["lat"]))


def _chosen(session: Session, names: Collection[str]) -> dict[str, AdminUnit]:
    """The communes of these names (Invalid)."""
    try:
        units = territory.find_units(session, names)
    except BadRequest as error:
        raise Invalid(NO_COMMUNE, fields={"commune": [NO_COMMUNE]}) from error
    if not all(name in units and _is_commune(units[name]) for name in names):
        raise Invalid(NO_COMMUNE, fields={"commune": [NO_COMMUNE]})
    return units


def _is_commune(unit: AdminUnit) -> bool:
    """Whether it is a commune of today or of 2022."""
    in_2022 = unit.valid_from <= FORMER_DAY and (
        unit.valid_to is None or unit.valid_to > FORMER_DAY
    )
    return unit.level is Level.COMMUNE and (unit.valid_to is None or in_2022)


def _permitted(session: Session, actor: Actor, names: Collection[str]) -> dict[str, AdminUnit]:
    """The communes of these names, where all lie in the actor's territory (Invalid)."""
    units = _chosen(session, names)
    holders: dict[int, list[int]] = {unit.id: [] for unit in units.values()}
    for unit_id, holder in session.execute(queries.containers_of(holders)):
        holders[unit_id].append(holder)
    if not all(map(actor.covers, holders.values())):
        raise Invalid(ELSEWHERE, fields={"commune": [ELSEWHERE]})
    return units


def _check_point(
    unit: AdminUnit, values: Mapping[str, object], box: Box, at: list[Commune]
) -> None:
    """Refuse a point outside the province, and one outside its commune until confirmed."""
    lng, lat = float(values["lng"]), float(values["lat"])
    if not (box.west <= lng <= box.east and box.south <= lat <= box.north):
        raise Invalid(OUTSIDE_PROVINCE, fields={"lat": [OUTSIDE_PROVINCE]})
    if unit.id not in {found.id for found in at} and not values["confirm_outside"]:
        sentence = outside(unit.name, at)
        raise Invalid(sentence, code="outside-commune", fields={"confirm_outside": [sentence]})


def outside(chosen: str, at: list[Commune]) -> str:
    """What is said when a point lies in other communes than the chosen one."""
    names = " / ".join(dict.fromkeys(found.name for found in at)) or "không xã nào trên bản đồ"
    return (
        f"Theo bản đồ, vị trí này thuộc {names}, không thuộc {chosen}. Ranh giới trên bản đồ có "
        "thể là gần đúng: sửa vị trí hoặc xã, hoặc đánh dấu để lưu như đã chọn."
    )


def _official_former(session: Session, unit: AdminUnit, at: list[Commune]) -> int | None:
    """The commune of 2022 at the point, where its area is official and became this unit."""
    for found in at:
        if not found.today and not found.approximate:
            holders = session.scalars(queries.containers(found.id)).all()
            return found.id if unit.id in holders else None
    return None
