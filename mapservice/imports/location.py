"""Where a row lies: its point, its commune of either era, or communes to choose from. Pure.

Nothing is guessed: an address that fits two communes waits until a person chooses. A place
without coordinates stands at the label point of its commune, and the row says so.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from mapservice.errors import Invalid
from mapservice.imports import communes
from mapservice.imports.scalars import plain, stated
from mapservice.imports.tables import Cell
from mapservice.imports.words import Ground, Words
from mapservice.registration import coordinates, spots
from mapservice.registration.spots import Commune

ESTIMATED = "Chưa có tọa độ: đặt ở giữa xã, phường (vị trí ước lượng)."
SWAPPED = "Vĩ độ và kinh độ bị đổi chỗ: đã đổi lại."
BOTH = "Cần cả vĩ độ và kinh độ."
NO_COMMUNE = "Cần ghi xã, phường."
ELSEWHERE = (
    "Xã, phường này ngoài địa bàn của bạn: kiểm tra tên xã, huyện, hoặc chuyển dòng này cho đơn vị "
    "phụ trách nơi đó."
)
OUTSIDE_PROVINCE = (
    "Vị trí này nằm ngoài tỉnh: kiểm tra hai số, hoặc xóa tọa độ để lấy giữa xã, phường."
)
UNKNOWN = "Không tìm thấy xã, phường này trong địa bàn của bạn: kiểm tra tên xã, huyện."
SEVERAL = "Có nhiều xã, phường có thể là nơi này: hãy chọn."
AT_POINT = "Không ghi xã, phường: hãy chọn trong những xã có tọa độ này."
BY_DISTRICT = "Hiểu là xã, phường cũ cùng tên trong địa bàn của bạn."
PARTS = "Xã, phường này chỉ có một phần trong địa bàn của bạn: hãy chọn xã cũ."
AT_HOME = "Không ghi xã, phường: lấy xã, phường của bạn."
BY_SECTION = "Không ghi xã, phường: lấy xã, phường theo dòng mục {row}."
IN_SECTION = "Cần ghi xã, phường: dòng mục {row} không cho biết chắc là xã, phường nào."
SECTION, SECTION_ROW = "section", "section_row"  # cells of a row: the section that it stands in
OUTSIDE = 5000  # metres; areas may be drawn roughly, farther off the point or the commune is wrong
_KEY = re.compile(r"\d{5}(@2022)?")
_ADDRESS = ("commune_text", "commune", "address_text")


@dataclass
class Spot:
    """What the location of a row came to; problems and notes are (field, sentence)."""

    commune: str | None = None  # CODE or CODE@2022
    today: str | None = None  # CODE of today's commune of the same name, which may be meant too
    lng: float | None = None
    lat: float | None = None
    estimated: bool = False
    detail: str | None = None  # what stands before the commune in the address
    choose: list[Commune] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def locate(cells: Mapping[str, Cell], words: Words, *, estimate: bool) -> Spot:
    """The point and the commune that the cells of a row tell.

    `estimate`: without a point the commune's label point is taken (of a place).
    """
    spot = Spot()
    cells = _with_section(spot, cells, words)
    _read_point(spot, cells, words)
    _read_commune(spot, cells, words)
    ground = words.grounds.get(spot.commune or "")
    if ground is not None and not ground.mine:
        ground = _at_home(spot, cells, ground, words)
    if ground is None:
        return spot
    if spot.lng is not None:
        _compare(spot, ground, words)
    elif estimate and not any(name in {"lat", "lng", "position"} for name, _ in spot.problems):
        (spot.lng, spot.lat), spot.estimated = ground.label, True
        spot.notes.append(("position", ESTIMATED))
    return spot


def _with_section(spot: Spot, cells: Mapping[str, Cell], words: Words) -> Mapping[str, Cell]:
    """The cells of a row; where they name no commune, with the one of the section that it stands
    in, if that is one for sure."""
    name = plain(cells.get(SECTION))
    if not name or plain(cells.get("commune_text")) or plain(cells.get("commune")):
        return cells
    alone = Spot()
    _by_address(alone, name, plain(cells.get("district_text")), "", words, "commune_text")
    if not alone.commune:
        return cells
    spot.notes.append(("commune_text", BY_SECTION.format(row=cells[SECTION_ROW])))
    return {**cells, "commune_text": name}


def _read_point(spot: Spot, cells: Mapping[str, Cell], words: Words) -> None:
    lat, lng, whole = (stated(cells.get(name)) for name in ("lat", "lng", "position"))
    if not (lat or lng or whole):
        return
    column = "position" if whole and not (lat and lng) else "lat"
    if column == "lat" and not (lat and lng):
        spot.problems.append(("lng" if lat else "lat", BOTH))
        return
    text = whole if column == "position" else f"{_dotted(lat)}; {_dotted(lng)}"
    try:
        found = coordinates.parse(text, words.province)
    except Invalid as refusal:
        spot.problems.append((column, str(refusal.detail)))
        return
    box = words.province
    if not (box.west <= found.lng <= box.east and box.south <= found.lat <= box.north):
        spot.problems.append((column, OUTSIDE_PROVINCE))
        return
    spot.lng, spot.lat = found.lng, found.lat
    if found.swapped:
        spot.notes.append((column, SWAPPED))


def _dotted(number: str) -> str:
    """A decimal comma as a dot; anything else as it stands."""
    simple = re.fullmatch(r"([+-]?\d{1,3}),(\d{1,20})", number)
    return f"{simple[1]}.{simple[2]}" if simple else number


def _read_commune(spot: Spot, cells: Mapping[str, Cell], words: Words) -> None:
    chosen = plain(cells.get("commune"))
    if _KEY.fullmatch(chosen):
        if chosen in words.grounds:
            spot.commune = chosen
        else:
            spot.problems.append(("commune", spots.NO_COMMUNE))
        return
    name = plain(cells.get("commune_text")) or chosen
    district, address = (plain(cells.get(k)) for k in ("district_text", "address_text"))
    if name or address:
        _by_address(spot, name, district, address, words, _column(cells))
    elif spot.lng is not None and spot.lat is not None:
        _by_point(spot, words.at(spot.lng, spot.lat), _column(cells))
    elif plain(cells.get(SECTION)):
        said = IN_SECTION.format(row=cells[SECTION_ROW])
        spot.problems.append((_column(cells), said))
    elif words.home:
        spot.commune = words.home
        spot.notes.append((_column(cells), AT_HOME))
    else:
        spot.problems.append((_column(cells), NO_COMMUNE))


def _column(cells: Mapping[str, Cell]) -> str:
    """The column in which the commune is told, to which what is said of it belongs."""
    return next((name for name in _ADDRESS if plain(cells.get(name))), "commune_text")


def _by_address(
    spot: Spot, name: str, district: str, address: str, words: Words, column: str
) -> None:
    found = []
    if name:
        found.append(communes.named(name, district, words))
    if address and not (name and found[0]):
        whole = words.resolve(communes.with_district(address, district))
        spot.detail = whole.detail if whole.match else None
        found.append(communes.meanings([whole]))
    elif address:
        whole = words.resolve(address)
        # The column of communes decides; an address that names another one speaks against it.
        found += [communes.meanings([whole])] if whole.match else []
        spot.detail = whole.detail if whole.match else address
    _decide(spot, found, words, column)


def _at_home(
    spot: Spot, cells: Mapping[str, Cell], elsewhere: Ground, words: Words
) -> Ground | None:
    """What a commune of today that is not the actor's means in the actor's territory: its part of
    that name, or parts of it to choose from; else the row is refused."""
    column = _column(cells)
    name, address = plain(cells.get("commune_text")), plain(cells.get("address_text"))
    if (name or address) and words.district and not plain(cells.get("district_text")):
        whole = words.resolve(communes.with_district(address, words.district))
        meant = communes.named(name, words.district, words) if name else communes.meanings([whole])
        for ground in map(words.grounds.get, meant.sure):
            if ground is not None and ground.mine and ground.today == elsewhere.today:
                spot.commune, spot.today = ground.commune.key, ground.today
                spot.notes.append((column, BY_DISTRICT))
                return ground
    spot.commune = None
    if elsewhere.commune.today:
        parts = [g for g in words.grounds.values() if g.mine and g.today == elsewhere.today]
        spot.choose = [ground.commune for ground in parts]
    if spot.choose:
        spot.notes.append((column, PARTS))
    else:
        spot.problems.append((column, ELSEWHERE))
    return None


def _decide(spot: Spot, found: Sequence[communes.Meanings], words: Words, column: str) -> None:
    """Take the one meaning all agree on; else those that are possible are to choose from."""
    sure = {m for meanings in found for m in meanings.sure if m in words.grounds}
    if sure and len({words.grounds[m].today for m in sure}) == 1:
        former = [meaning for meaning in sure if meaning.endswith("@2022")]
        if len(former) <= 1:
            spot.commune = former[0] if former else sure.pop()
            return
    possible = [m for meanings in found for m in (*meanings.sure, *meanings.others)]
    _offer(spot, possible, words, column, SEVERAL)


def _by_point(spot: Spot, at: Sequence[Ground], column: str) -> None:
    """An official area decides; of drawn ones a person does."""
    official = [ground for ground in at if not ground.commune.approximate]
    if official:
        former = [ground for ground in official if not ground.commune.today]
        spot.commune = (former or official)[0].commune.key
        return
    spot.choose = [ground.commune for ground in at if ground.mine]
    said = AT_POINT if spot.choose else ELSEWHERE if at else NO_COMMUNE
    (spot.notes if spot.choose else spot.problems).append((column, said))


def _offer(spot: Spot, keys: Iterable[str], words: Words, column: str, said: str) -> None:
    known = [words.grounds[k] for k in dict.fromkeys(keys) if k in words.grounds]
    spot.choose = [ground.commune for ground in known if ground.mine]
    if spot.choose:
        spot.notes.append((column, said))
    else:
        spot.problems.append((column, UNKNOWN))


def _compare(spot: Spot, ground: Ground, words: Words) -> None:
    """Say where the point lies when it is not in the commune; far away it cannot be right."""
    lng, lat = float(spot.lng or 0), float(spot.lat or 0)
    metres = ground.metres_to(lng, lat)
    if metres == 0:
        return
    name = ground.commune.name
    if metres > OUTSIDE:
        far = f"Vị trí này cách {name} {metres / 1000:.0f} km: sửa tọa độ hoặc xã, phường."
        spot.problems.append(("position", far))
        return
    at = " / ".join(dict.fromkeys(found.commune.name for found in words.at(lng, lat)))
    near = f"Theo bản đồ, vị trí này thuộc {at or 'nơi khác'}, không thuộc {name} (ranh giới trên "
    spot.notes.append(("position", f"{near}bản đồ có thể là gần đúng): nên kiểm tra."))
