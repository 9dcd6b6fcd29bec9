"""What rows of an import are read against, made of the facts in seed/ instead of a database.

Areas are unknown here; the lists are those that migrations fill.
"""

from collections.abc import Collection
from datetime import date

from shapely import box

from mapservice.config import ROOT
from mapservice.geo import Box
from mapservice.imports import vocabulary
from mapservice.imports.words import Ground, Words
from mapservice.registration.spots import Commune
from mapservice.territory import gazetteer, seed_files
from mapservice.territory.eras import FORMER_DAY
from mapservice.territory.lineage import ChangeRow, NameRow, UnitRow
from mapservice.territory.models import Level
from mapservice.territory.seed_files import UnitFact

FACTS = seed_files.read(ROOT / "seed", "24")
TODAY = date(2026, 11, 29)
KINDS = {
    "locality": "Thôn, bản, khu dân cư",
    "school": "Trường học",
    "health_station": "Trạm y tế",
    "social_centre": "Trung tâm, mái ấm",
    "heritage_site": "Di tích, điểm tham quan",
    "internet_point": "Điểm truy cập Internet",
    "service_point": "Điểm hỗ trợ dịch vụ công",
    "local_product": "Sản phẩm địa phương",
    "other": "Địa chỉ khác",
}
CATEGORIES = {
    "education": "Dạy học, ôn tập",
    "digital_devices": "Thiết bị học tập số",
    "digital_skills": "Kỹ năng số",
    "housing": "Nhà ở",
    "health": "Chăm sóc sức khỏe",
    "livelihood": "Sinh kế",
    "environment": "Môi trường",
    "infrastructure": "Đường, cầu, điện, nước",
    "legal_aid": "Trợ giúp pháp lý",
    "culture": "Văn hóa, thể thao",
    "emergency": "Khẩn cấp",
    "other": "Nhu cầu khác",
}
SKILLS = {
    "teaching": "Dạy học",
    "digital_skills": "Hướng dẫn kỹ năng số",
    "it_repair": "Sửa chữa máy tính, điện thoại",
    "construction": "Xây dựng, sửa chữa",
    "medical": "Y tế",
    "legal": "Pháp lý",
    "media": "Truyền thông, chụp ảnh",
    "driving": "Lái xe, vận chuyển",
    "first_aid": "Sơ cấp cứu",
    "lang_tay": "Tiếng Tày",
}


def valid(unit: UnitFact, day: date) -> bool:
    return unit.valid_from <= day and (unit.valid_to is None or day < unit.valid_to)


def _gazetteer():
    units = [
        UnitRow(u.code, u.valid_from, u.valid_to, u.level, u.kind, u.name, u.short_name,
                u.parent_code)
        for u in FACTS.units
    ]  # fmt: skip
    changes = [ChangeRow(change.old, change.new) for change in FACTS.changes]
    old = [
        NameRow(n.code, n.name, n.district_name, n.province_name, n.first_seen, n.last_seen,
                n.code_2022, n.code_2025)
        for n in FACTS.names
    ]  # fmt: skip
    return gazetteer.build(units, changes, old)


GAZETTEER = _gazetteer()
SUCCESSOR = {change.old: change.new for change in FACTS.changes}
BY_KEY = {(unit.code, unit.valid_from): unit for unit in FACTS.units}


def today_of(unit: UnitFact) -> UnitFact:
    """What a commune became."""
    while unit.valid_to is not None:
        unit = BY_KEY[SUCCESSOR[unit.code, unit.valid_from]]
    return unit


def district_of(unit: UnitFact) -> UnitFact | None:
    """The district of a commune of 2022."""
    return next(
        (
            u
            for u in FACTS.units
            if u.code == unit.parent_code and u.level == Level.DISTRICT and valid(u, FORMER_DAY)
        ),
        None,
    )


def communes(day: date) -> list[UnitFact]:
    return [u for u in FACTS.units if u.level == Level.COMMUNE and valid(u, day)]


def make_words(
    districts: Collection[str] | None = None, former: str | None = None, *, today: bool = True
) -> Words:
    """`districts`: codes of 2022 that are the actor's territory; None: everywhere. `former`: the
    territory is this commune of 2022 alone. `today`: communes of today are the actor's too."""
    grounds = {}
    mine_today = {
        today_of(u).code
        for u in communes(FORMER_DAY)
        if districts is None or u.parent_code in districts
    }
    for number, unit in enumerate([*communes(TODAY), *communes(FORMER_DAY)]):
        now = today_of(unit)
        is_today = unit.valid_to is None
        district = None if is_today else district_of(unit).name
        commune = Commune(
            number, unit.code, unit.name, is_today, district, approximate=True,
            now=None if is_today else now.name,
        )  # fmt: skip
        mine = districts is None or (
            today and unit.code in mine_today if is_today else unit.parent_code in districts
        )
        if former is not None:
            mine = not is_today and unit.code == former
        area = box(unit.bounds.west, unit.bounds.south, unit.bounds.east, unit.bounds.north)
        grounds.setdefault(
            commune.key, Ground(commune, unit.label, area, frozenset(), mine, now.code)
        )
    provinces = [u.bounds for u in FACTS.units if u.level == Level.PROVINCE]
    return Words(
        kinds=vocabulary.data(KINDS.items(), "kinds"),
        categories=vocabulary.data(CATEGORIES.items(), "categories"),
        skills=vocabulary.data(SKILLS.items(), "skills"),
        organisations=vocabulary.data([("SD", "Huyện đoàn Sơn Động")], "organisations"),
        gazetteer=GAZETTEER,
        grounds=grounds,
        province=Box(
            min(b.west for b in provinces),
            min(b.south for b in provinces),
            max(b.east for b in provinces),
            max(b.north for b in provinces),
        ),
        today=TODAY,
    )
