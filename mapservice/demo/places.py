"""Places: what stands where in a commune, and what it is called."""

import re
from dataclasses import dataclass

from mapservice.demo import catalogue
from mapservice.demo.communes import Commune
from mapservice.demo.hamlets import Settlement, lower_first
from mapservice.demo.randomness import Stream

# What a place is, in words of the demo -> core.place_kind. Schools differ by level.
KINDS = {
    "locality": "locality",
    "kindergarten": "school",
    "primary": "school",
    "lower_secondary": "school",
    "upper_secondary": "school",
    "health_station": "health_station",
    "social_centre": "social_centre",
    "heritage_site": "heritage_site",
    "internet_point": "internet_point",
    "service_point": "service_point",
    "local_product": "local_product",
    "other": "other",
}
# What an ordinary commune registers, beside the facts that only some have.
SHARES = {
    "locality": 36,
    "kindergarten": 8,
    "primary": 13,
    "lower_secondary": 8,
    "health_station": 10,
    "internet_point": 8,
    "service_point": 8,
    "local_product": 3,
    "other": 6,
}
# One in a commune, in its middle: title, and how a sentence names it.
CENTRAL = {
    "kindergarten": ("Trường Mầm non {commune}", "Trường Mầm non {commune}"),
    "primary": ("Trường Tiểu học {commune}", "Trường Tiểu học {commune}"),
    "lower_secondary": ("Trường THCS {commune}", "Trường THCS {commune}"),
    "health_station": ("Trạm Y tế {unit}", "Trạm Y tế {unit}"),
    "service_point": (
        "Điểm hỗ trợ dịch vụ công trực tuyến {unit}",
        "điểm hỗ trợ dịch vụ công {unit}",
    ),
}
# At most one in a hamlet; a kind that is not here has its one in the commune only.
IN_HAMLET = {
    "locality": ("{hamlet}", "{in_text}"),
    "kindergarten": (
        "Điểm trường {name}, Trường Mầm non {commune}",
        "điểm trường mầm non {name}",
    ),
    "primary": ("Điểm trường {name}, Trường Tiểu học {commune}", "điểm trường {name}"),
    "internet_point": (
        "Điểm Internet cộng đồng {in_text}",
        "điểm Internet cộng đồng {in_text}",
    ),
    "service_point": (
        "Điểm hỗ trợ dịch vụ công lưu động {in_text}",
        "điểm hỗ trợ dịch vụ công {in_text}",
    ),
    "local_product": ("Tổ hợp tác {product} {in_text}", "tổ hợp tác {product} {in_text}"),
    "other": ("{common} {in_text}", "{common_in_text} {in_text}"),
}
PRODUCTS = {
    "highland": ("mật ong", "gà đồi", "dược liệu", "trồng rừng"),
    "midland": ("vải thiều", "cây có múi", "gà đồi", "na dai"),
    "lowland": ("rau an toàn", "lúa thơm", "nuôi cá", "trồng nấm"),
    "urban": ("bánh đa", "đồ gỗ", "hoa cây cảnh", "đậu phụ"),
}
COMMON = ("Nhà văn hóa", "Sân thể thao", "Khu vui chơi")
PLACES_PER_HAMLET = 2.5
NEAR_OFFICES_M = 500  # standard deviation around the commune's middle
NEAR_HAMLET_M = 250


@dataclass(frozen=True)
class Place:
    """`what` is a key of KINDS; `at` is how a sentence names it; `point` is [lng, lat].

    `summary` is given where a file has it, written later otherwise.
    """

    commune: Commune
    what: str
    title: str
    at: str
    hamlet: str | None
    point: tuple[float, float]
    summary: str | None = None
    sensitive: bool = False

    @property
    def around(self) -> str:
        """Its hamlet as a sentence names it, the commune's middle where there is none."""
        return lower_first(self.hamlet) if self.hamlet else f"trung tâm {self.commune.in_text}"


class Builder:
    """Makes the places of one commune, with distinct titles."""

    def __init__(self, stream: Stream, commune: Commune):
        self._stream, self._commune = stream, commune
        self._settlement = Settlement(stream, commune)
        self._titles: set[str] = set()
        self._without = {what: [] for what in IN_HAMLET}  # hamlets that have none of a kind
        self._hamlets = 0

    def places(self, facts: list[dict], others: int) -> list[Place]:
        """The commune's facts first, then so many other places."""
        self._found(int((len(facts) + others) / PLACES_PER_HAMLET) + 3)
        made = [self._fact(row) for row in facts]
        while len(made) < len(facts) + others:
            place = self._one(self._stream.weighted(SHARES))
            if place.title not in self._titles:
                self._titles.add(place.title)
                made.append(place)
        return made

    def _fact(self, row: dict) -> Place:
        self._titles.add(row["title"])
        at = lower_first(row["title"]) if row["what"] == "local_product" else row["title"]
        spread = self._commune.spread_metres() / 2
        # A site's own point, as far as the areas we draw agree that it lies here.
        point = row.get("site") if self._commune.holds(row.get("site")) else None
        point = point or self._commune.point_near(self._stream, self._commune.centre(), spread)
        summary, sensitive = row.get("summary"), row.get("sensitive", False)
        return Place(self._commune, row["what"], row["title"], at, None, point, summary, sensitive)

    def _one(self, what: str) -> Place:
        slots = {"commune": self._commune.short_name, "unit": self._commune.in_text}
        if what in CENTRAL:
            title, at = (text.format(**slots) for text in CENTRAL[what])
            if title not in self._titles:
                centre = self._commune.centre()
                point = self._commune.point_near(self._stream, centre, NEAR_OFFICES_M)
                return Place(self._commune, what, title, at, None, point)
        return self._in_hamlet(what if what in IN_HAMLET else "locality", slots)

    def _in_hamlet(self, what: str, slots: dict[str, str]) -> Place:
        if not self._without[what]:
            self._found(max(3, self._hamlets // 3))
        hamlet = self._without[what].pop(self._stream.randrange(len(self._without[what])))
        common = self._stream.choice(COMMON)
        slots |= {
            "name": hamlet.own_name,
            "hamlet": hamlet.name,
            "in_text": hamlet.in_text,
            "common": common,
            "common_in_text": lower_first(common),
            "product": self._stream.choice(PRODUCTS[self._commune.terrain]),
        }
        title, at = (text.format(**slots) for text in IN_HAMLET[what])
        point = self._commune.point_near(self._stream, hamlet.centre, NEAR_HAMLET_M)
        return Place(self._commune, what, title, at, hamlet.name, point)

    def _found(self, how_many: int) -> None:
        self._hamlets += how_many
        fresh = self._settlement.found(how_many)
        for without in self._without.values():
            without += fresh


def facts(province: str) -> list[dict]:
    """Heritage sites, centres, products and real schools: commune code, kind, title.

    The most telling first: a small demo takes only the beginning.
    """
    rows = [
        {"code": row["code_2022"], "what": "heritage_site", "title": _plain(row["name"])}
        | ({"site": (float(row["lng"]), float(row["lat"]))} if _is_exact(row) else {})
        for row in catalogue.facts("heritage_sites", province)
    ]
    for name, what in (("social_centres", "social_centre"), ("products", "local_product")):
        rows += [
            {"code": row["code_2022"], "what": what, "title": row["title"]}
            | {"summary": row["summary"], "sensitive": row.get("sensitive") == "yes"}
            for row in catalogue.of_province(name, province)
        ]
    schools = catalogue.facts("schools", province)
    rows += [
        {"code": row["code_2022"], "what": "upper_secondary", "title": row["name"]}
        for row in Stream("schools", province).sample(schools, len(schools))
    ]
    return rows


def _plain(name: str) -> str:
    """Without a catalogue's number: "Chùa Khám Lạng (hương án đá … Q111516001)"."""
    return re.sub(r" \([^)]*\d{4,}[^)]*\)$", "", name)


def _is_exact(row: dict[str, str]) -> bool:
    """Whether the point is the site's own; the others are points of its commune."""
    return row["coord_precision"].startswith("site")
