"""Persons and places of one commune, their doubles as lists really spell them, and others that are
near and are none. Made by chance from a seed; the parts are ordinary, nobody in particular is
meant. Nothing here knows the rules that are to tell them apart.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.naming_corpus import GIVEN, MIDDLES, SURNAMES, bare

HAMLETS = """Đồng Bài; Đồng Bèo; Nà Trắng; Nà Hin; Khe Táu; Khe Chão; Bãi Lầy; Bãi Cả; Đồng Mậu;
Đồng Mận; Tân Lập; Tân Sơn; Thanh Hương; Thanh Trà; Vĩnh Hồng; Vĩnh Ninh; Cầu Nhạc; Cầu Sắt;
Làng Chả; Làng Đèo; Mỏ Trạng; Mỏ Hương""".replace("\n", " ").split("; ")
LETTERS = "abcdeghiklmnopqrstuvxy"


@dataclass(frozen=True)
class Person:
    name: str
    birth_year: int | None
    phone: str | None
    guardian: str | None
    hamlet: str | None


@dataclass(frozen=True)
class Place:
    title: str
    kind: str
    hamlet: str | None
    spot: tuple[float, float] | None  # lng, lat; None: estimated
    own: str = ""  # what tells it from others, for the maker only


def persons(chance: random.Random, how_many: int) -> list[Person]:
    """So many persons, no two of one name and birth year."""
    found: dict[tuple, Person] = {}
    while len(found) < how_many:
        one = _person(chance)
        found.setdefault((bare(one.name), one.birth_year), one)
    return list(found.values())


def _person(chance: random.Random) -> Person:
    born = chance.randint(2008, 2022) if chance.random() < 0.5 else chance.randint(1935, 1995)
    return Person(
        _full(chance),
        born,
        _phone(chance) if chance.random() < 0.75 else None,
        _full(chance) if born > 2005 else None,
        f"thôn {chance.choice(HAMLETS)}",
    )


def _full(chance: random.Random) -> str:
    middles = chance.sample(MIDDLES.split(), 1 if chance.random() < 0.8 else 2)
    return " ".join([chance.choice(SURNAMES.split()), *middles, chance.choice(GIVEN.split())])


def _phone(chance: random.Random) -> str:
    return "+849" + "".join(chance.choice("0123456789") for _ in range(8))


def again(chance: random.Random, one: Person) -> Person:
    """The same person in another list: one to three things are written otherwise."""
    for change in chance.sample(_OF_PERSONS, chance.choice((1, 1, 2, 2, 3))):
        one = change(chance, one)
    return one


def another_person(chance: random.Random, one: Person) -> Person:
    """Somebody else who is near: of the same house, of the same name, or next door."""
    return chance.choice((_sibling, _sibling, _namesake, _neighbour))(chance, one)


def _sibling(chance: random.Random, one: Person) -> Person:
    parts = one.name.split()
    given = chance.choice([g for g in GIVEN.split() if g != parts[-1]])
    apart = chance.choice((1, 2, 2, 3, 4, 6)) * chance.choice((-1, 1))
    name = " ".join([*parts[:-1], given])
    return replace(one, name=name, birth_year=(one.birth_year or 2010) + apart)


def _namesake(chance: random.Random, one: Person) -> Person:
    apart = chance.choice((2, 3, 5, 8, 12, 25)) * chance.choice((-1, 1))
    home = chance.choice([h for h in HAMLETS if h not in (one.hamlet or "")])
    return Person(one.name, (one.birth_year or 1990) + apart, _phone(chance), None, f"thôn {home}")


def _neighbour(chance: random.Random, one: Person) -> Person:
    other = _full(chance)
    return Person(other, one.birth_year, _phone(chance), None, one.hamlet)


def slip(chance: random.Random, text: str) -> str:
    """One slip of a hand in a word of three letters or more."""
    places = [i for i, c in enumerate(text) if c.isalpha()]
    at = chance.choice(places)
    how = chance.randrange(4)
    if how == 0:
        return text[:at] + text[at] + text[at:]
    if how == 1:
        return text[:at] + text[at + 1 :]
    if how == 2:
        return text[:at] + chance.choice(LETTERS) + text[at + 1 :]
    if at + 1 < len(text) and text[at + 1].isalpha():
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at] + text[at:]


def _misspelt_name(chance: random.Random, one: Person) -> Person:
    return replace(one, name=slip(chance, one.name))


def _without_diacritics(chance: random.Random, one: Person) -> Person:
    guardian, hamlet = (text and bare(text) for text in (one.guardian, one.hamlet))
    return replace(one, name=bare(one.name), guardian=guardian, hamlet=hamlet)


def _swapped(chance: random.Random, one: Person) -> Person:
    """Guardian and child in each other's column; else the given name first."""
    if one.guardian:
        return replace(one, name=one.guardian, guardian=one.name)
    parts = one.name.split()
    return replace(one, name=" ".join([parts[-1], *parts[:-1]]))


def _shortened(chance: random.Random, one: Person) -> Person:
    first, *middle, last = one.name.split()
    if first == "Nguyễn" and chance.random() < 0.5:
        return replace(one, name=f"Ng. {' '.join([*middle, last])}")
    return replace(one, name=f"{first} {' '.join(f'{m[0]}.' for m in middle)} {last}")


def _shouted(chance: random.Random, one: Person) -> Person:
    return replace(one, name=one.name.upper())


def _less_known(chance: random.Random, one: Person) -> Person:
    """What the other list has no column for."""
    missing = chance.choice(("phone", "guardian", "hamlet"))
    return replace(one, **{missing: None})


def _by_the_moon(chance: random.Random, one: Person) -> Person:
    return replace(one, birth_year=(one.birth_year or 1990) + chance.choice((-1, 1)))


def _other_phone(chance: random.Random, one: Person) -> Person:
    return replace(one, phone=_phone(chance))


_OF_PERSONS: list[Callable[[random.Random, Person], Person]] = [
    _misspelt_name,
    _misspelt_name,
    _without_diacritics,
    _without_diacritics,
    _swapped,
    _shortened,
    _shouted,
    _less_known,
    _by_the_moon,
    _other_phone,
]

COMMUNE = "Xã An Lạc"
CENTRE = (106.9693, 21.3282)
# What stands once in a commune, and what stands in hamlets.
CENTRAL = (
    ("Trường Mầm non An Lạc", "school"),
    ("Trường Tiểu học An Lạc", "school"),
    ("Trường THCS An Lạc", "school"),
    ("Trạm Y tế xã An Lạc", "health_station"),
    ("Nhà văn hóa xã An Lạc", "other"),
    ("Trung tâm học tập cộng đồng xã An Lạc", "other"),
    ("Điểm hỗ trợ dịch vụ công trực tuyến xã An Lạc", "service_point"),
    ("Trường Tiểu học An Lạc số 1", "school"),
    ("Trường Tiểu học An Lạc số 2", "school"),
)
IN_HAMLETS = (
    ("Nhà văn hóa thôn {h}", "locality"),
    ("Điểm trường {h}, Trường Mầm non An Lạc", "school"),
    ("Điểm trường {h}, Trường Tiểu học An Lạc", "school"),
    ("Thôn {h}", "locality"),
    ("Điểm Internet cộng đồng thôn {h}", "internet_point"),
    ("Sân thể thao thôn {h}", "other"),
    ("Tổ hợp tác mật ong thôn {h}", "local_product"),
    ("Đình {h}", "heritage_site"),
)
SHORT_WORDS = {
    "Trường Tiểu học": "Trường TH",
    "Trường Mầm non": "Trường MN",
    "Trường THCS": "Trường Trung học cơ sở",
    "Nhà văn hóa": "NVH",
    "Trạm Y tế": "TYT",
    "Trường ": "",
    "hóa": "hoá",
    " xã An Lạc": " An Lạc",
}


def places(chance: random.Random, how_many: int) -> list[Place]:
    """So many places of a commune, no two of one name."""
    found: dict[str, Place] = {}
    for title, kind in CENTRAL:
        found[title] = Place(title, kind, None, _near(chance, CENTRE, 900))
    names = _hamlet_names(chance)
    homes: dict[str, tuple[float, float]] = {}
    while len(found) < how_many:
        pattern, kind = chance.choice(IN_HAMLETS)
        hamlet = chance.choice(names)
        home = homes.setdefault(hamlet, _near(chance, CENTRE, 4000))
        title = pattern.format(h=hamlet)
        told = f"Thôn {hamlet}" if chance.random() < 0.7 else None
        found.setdefault(title, Place(title, kind, told, _near(chance, home, 250), hamlet))
    return list(found.values())


def _hamlet_names(chance: random.Random) -> list[str]:
    """Enough hamlets for many places; numbered ones among them, as there are."""
    parts = sorted({part for name in HAMLETS for part in name.split()})
    names = [*HAMLETS, *(f"{name} {number}" for name in HAMLETS[:8] for number in (1, 2))]
    while len(names) < 90:
        names.append(" ".join(chance.sample(parts, 2)))
    return sorted(set(names))


def _near(chance: random.Random, spot: tuple[float, float], metres: float) -> tuple[float, float]:
    lng, lat = (degrees + chance.gauss(0, metres / 111_320) for degrees in spot)
    return round(lng, 6), round(lat, 6)


def place_again(chance: random.Random, one: Place) -> Place:
    """The same place in another list."""
    for change in chance.sample(_OF_PLACES, chance.choice((1, 1, 2, 2, 3))):
        one = change(chance, one)
    return one


def another_place(chance: random.Random, one: Place) -> Place:
    """Another place that is near: of another hamlet, number or kind."""
    return chance.choice((_next_hamlet, _next_number, _next_kind))(chance, one)


def _next_hamlet(chance: random.Random, one: Place) -> Place:
    """The same thing in a hamlet that nobody registered yet."""
    pattern, kind = chance.choice(IN_HAMLETS)
    new = (
        f"{chance.choice(HAMLETS).split()[0]} {chance.choice(GIVEN.split())} {chance.choice('AB')}"
    )
    return Place(pattern.format(h=new), kind, f"Thôn {new}", _near(chance, CENTRE, 4000), new)


def _next_number(chance: random.Random, one: Place) -> Place:
    title = f"{one.title} số {chance.randint(3, 6)}"
    hamlet = one.hamlet and f"{one.hamlet} {chance.randint(3, 6)}"
    return replace(one, title=title, hamlet=hamlet, spot=_near(chance, one.spot or CENTRE, 800))


def _next_kind(chance: random.Random, one: Place) -> Place:
    """Another thing in the same hamlet."""
    what = chance.choice(("Chợ", "Cầu treo", "Nghĩa trang liệt sĩ", "Vườn thuốc nam", "Thư viện"))
    name = one.own or "An Lạc"
    return Place(
        f"{what} {name}", "other", one.hamlet, _near(chance, one.spot or CENTRE, 200), name
    )


def _misspelt_title(chance: random.Random, one: Place) -> Place:
    return replace(one, title=slip(chance, one.title))


def _bare_place(chance: random.Random, one: Place) -> Place:
    return replace(one, title=bare(one.title), hamlet=one.hamlet and bare(one.hamlet))


def _short_title(chance: random.Random, one: Place) -> Place:
    found = [(long, short) for long, short in SHORT_WORDS.items() if long in one.title]
    if not found:
        return _shouted_title(chance, one)
    return replace(one, title=one.title.replace(*chance.choice(found)))


def _shouted_title(chance: random.Random, one: Place) -> Place:
    return replace(one, title=one.title.upper())


def _moved(chance: random.Random, one: Place) -> Place:
    return replace(one, spot=_near(chance, one.spot or CENTRE, 250))


def _estimated(chance: random.Random, one: Place) -> Place:
    return replace(one, spot=None)


def _no_hamlet(chance: random.Random, one: Place) -> Place:
    # Where the hamlet's column holds the name there would be nothing left.
    return one if one.title.upper().startswith("TH") else replace(one, hamlet=None)


def _place_swapped(chance: random.Random, one: Place) -> Place:
    """Name and hamlet in each other's column."""
    return replace(one, title=one.hamlet, hamlet=one.title) if one.hamlet else one


_OF_PLACES: list[Callable[[random.Random, Place], Place]] = [
    _misspelt_title,
    _misspelt_title,
    _bare_place,
    _bare_place,
    _short_title,
    _short_title,
    _shouted_title,
    _moved,
    _moved,
    _estimated,
    _no_hamlet,
    _place_swapped,
]
