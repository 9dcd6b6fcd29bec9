"""People who exist only to be found: unique names, phones, notes and spots, in every spelling.

`Scanner.hits(text)` names what of them a text holds. Words and digits are normalised (case,
diacritics, separators), coordinates are found at any precision from three decimals on, whatever
stands between the two numbers, also as degrees, minutes, seconds, Web Mercator and geohash.
"""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

LETTERS = "bcdfghjk"
BASE32 = "0123456789bcdefghjkmnpqrstuvwxyz"
EARTH = 6378137.0  # metres, the sphere of Web Mercator
NUMBER = re.compile(r"-?\d{1,9}(?:\.\d+)?")
WORD = re.compile(r"[0-9a-z]+(?:-[0-9a-z]+)*")
PHONE = re.compile(r"\+?\d(?:[ .()/-]{0,2}\d){8,12}")
DMS = re.compile(
    r"(\d{1,3})\s*(?:°|º|&deg;|deg|d)\s*(\d{1,2})\s*(?:'|′|’|&#39;|m)\s*(\d{1,2}(?:\.\d+)?)"
)


@dataclass(frozen=True)
class Canary:
    """One person, or a sensitive place, which is treated as one."""

    number: int
    lng: float  # degrees, seven decimals
    lat: float
    words: tuple[str, ...] = ()  # codes and ids of the record and of its needs

    @property
    def token(self) -> str:
        """A word that no text holds by chance."""
        digits = f"{self.number:04o}"
        return "qyx" + "".join(LETTERS[int(d)] for d in digits)

    @property
    def name(self) -> str:
        return f"Nguyễn Thị {self.token.title()}"

    @property
    def phone(self) -> str:
        return f"+84987{(self.number * 7919 + 104729) % 1_000_000:06d}"

    @property
    def note(self) -> str:
        return f"Ghi chú {self.token}n: nhà ở cuối đường"

    @property
    def door(self) -> str:
        return f"Số {self.token}d"

    @property
    def hamlet(self) -> str:
        return f"Thôn {self.token}h"


class Scanner:
    """Looks for any of these people in a text."""

    def __init__(self, canaries: Iterable[Canary]):
        self.words: dict[str, int] = {}
        self.phones: dict[str, int] = {}
        self.spots: dict[tuple[int, int], int] = {}
        self.mercator: dict[tuple[int, int], int] = {}
        self.hashes: dict[str, int] = {}
        self.dms: dict[tuple[int, int, int, int, int, int], int] = {}
        for one in canaries:
            self._learn(one)

    def _learn(self, one: Canary) -> None:
        for word in (*one.words, one.token, *(one.token + end for end in "ndh")):
            self.words[word.lower()] = one.number
            self.words[word.lower().replace("-", "")] = one.number
        self.phones[one.phone[-9:]] = one.number
        for spot in _near(one.lng, one.lat):
            self.spots[spot] = one.number
        x, y = mercator(one.lng, one.lat)
        for dx in (0, -1):
            for dy in (0, -1):
                self.mercator[round(x / 100) + dx, round(y / 100) + dy] = one.number
        self.mercator[math.floor(x / 100), math.floor(y / 100)] = one.number
        self.hashes[geohash(one.lng, one.lat, 7)] = one.number
        self.dms[(*sexagesimal(one.lat), *sexagesimal(one.lng))] = one.number

    def hits(self, text: str) -> set[tuple[str, int]]:
        """What was found: (kind, number of the person)."""
        plain = fold(text)
        found = {("word", self.words[w]) for w in WORD.findall(plain) if w in self.words}
        for word in re.findall(r"[a-z0-9]+", plain):
            if word in self.words:
                found.add(("word", self.words[word]))
            elif len(word) >= 7 and word[:7] in self.hashes:
                found.add(("geohash", self.hashes[word[:7]]))
        for run in PHONE.findall(plain):
            digits = re.sub(r"\D", "", run)
            for at in range(len(digits) - 8):
                if digits[at : at + 9] in self.phones:
                    found.add(("phone", self.phones[digits[at : at + 9]]))
        return found | self._coordinates(plain)

    def _coordinates(self, plain: str) -> set[tuple[str, int]]:
        found = set()
        for one, other in _neighbours(plain):
            if "." in one and "." in other and _fine(one) and _fine(other):
                a, b = float(one), float(other)
                for spot in ((_cell(a), _cell(b)), (_cell(b), _cell(a))):
                    if spot in self.spots:
                        found.add(("spot", self.spots[spot]))
            if len(one.partition(".")[0]) >= 7 and len(other.partition(".")[0]) >= 7:
                key = (math.floor(float(one) / 100), math.floor(float(other) / 100))
                if key in self.mercator:
                    found.add(("mercator", self.mercator[key]))
        read = [(int(d), int(m), round(float(s))) for d, m, s in DMS.findall(plain)]
        for one, other in pairwise(read):
            for key in ((*one, *other), (*other, *one)):
                if key in self.dms:
                    found.add(("dms", self.dms[key]))
        return found


def spellings(one: Canary) -> list[str]:
    """Ways in which a careless program would write this person down."""
    lng, lat = one.lng, one.lat
    x, y = mercator(lng, lat)
    phone = one.phone[3:]
    lat_dms, lng_dms = sexagesimal(lat), sexagesimal(lng)
    return [
        one.name,
        one.name.upper(),
        unicodedata.normalize("NFD", one.name),
        f"/places/{one.token}",
        one.note,
        one.door,
        one.hamlet,
        one.phone,
        "0" + phone,
        f"0{phone[:3]} {phone[3:6]} {phone[6:]}",
        f"(+84) {phone[:3]}-{phone[3:6]}-{phone[6:]}",
        *(f'{{"coordinates":[{lng:.{n}f},{lat:.{n}f}]}}' for n in range(3, 7)),
        *(f"lat={lat:.{n}f}&lng={lng:.{n}f}" for n in range(3, 7)),
        f"POINT({lng} {lat})",
        "{}°{}'{}\"N {}°{}'{}\"E".format(*lat_dms, *lng_dms),
        f"[{x:.0f}, {y:.0f}]",
        f"{x:.2f} {y:.2f}",
        geohash(lng, lat, 9),
        *one.words,
    ]


def fold(text: str) -> str:
    """Lower case without diacritics; đ is d."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(c for c in bare if not unicodedata.combining(c)).lower()


def mercator(lng: float, lat: float) -> tuple[float, float]:
    """EPSG:3857 in metres."""
    return (
        math.radians(lng) * EARTH,
        math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * EARTH,
    )


def sexagesimal(degrees: float) -> tuple[int, int, int]:
    """Degrees, minutes, whole seconds."""
    seconds = round(degrees * 3600)
    return seconds // 3600, seconds % 3600 // 60, seconds % 60


def geohash(lng: float, lat: float, length: int) -> str:
    west, east, south, north = -180.0, 180.0, -90.0, 90.0
    bits, even = [], True
    while len(bits) < length * 5:
        if even:
            middle = (west + east) / 2
            bits.append(lng >= middle)
            west, east = (middle, east) if lng >= middle else (west, middle)
        else:
            middle = (south + north) / 2
            bits.append(lat >= middle)
            south, north = (middle, north) if lat >= middle else (south, middle)
        even = not even
    numbers = (bits[i : i + 5] for i in range(0, len(bits), 5))
    return "".join(BASE32[int("".join("01"[b] for b in five), 2)] for five in numbers)


def _neighbours(plain: str) -> Iterable[tuple[str, str]]:
    """Numbers that follow each other, unless a point ends between them."""
    for one, other in pairwise(NUMBER.finditer(plain)):
        between = plain[one.end() : other.start()]
        if len(between) < 30 and "]" not in between:
            yield one.group(), other.group()


def _cell(degrees: float) -> int:
    """Thousandths of a degree, rounded: about 100 m."""
    return round(degrees * 1000)


def _fine(number: str) -> bool:
    return len(number.partition(".")[2]) >= 3


def _near(lng: float, lat: float) -> Iterable[tuple[int, int]]:
    """The thousandths that any rounding of it, or cutting off, may end in."""

    def cells(degrees: float) -> set[int]:
        return {math.floor(degrees * 1000), *(_cell(round(degrees, n)) for n in range(3, 8))}

    return ((a, b) for a in cells(lng) for b in cells(lat))
