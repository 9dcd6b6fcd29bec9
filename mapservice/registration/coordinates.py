"""A position as people paste it -> longitude and latitude: decimals, degrees, map links. Pure."""

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from mapservice.errors import Invalid
from mapservice.geo import Box
from mapservice.language import noop

LONGEST = 2000  # characters: map links are long
UNREADABLE = noop(
    "Không đọc được vị trí này. Viết như “21.3456, 106.5678”, “21°20'15\"B 106°30'Đ”, hoặc dán "
    "liên kết Google Maps, OpenStreetMap."
)
SHORT_LINK = noop(
    "Liên kết rút gọn không chứa toạ độ. Hãy mở liên kết đó, rồi chép địa chỉ đầy đủ trên thanh "
    "trình duyệt hoặc chép hai số toạ độ."
)
SHORT_HOSTS = {"maps.app.goo.gl", "goo.gl", "g.co", "zalo.me", "bit.ly", "osm.org"}

_NUMBER = r"[+-]?\d{1,3}(?:\.\d{1,20})?"
_SEPARATED = re.compile(rf"({_NUMBER})(?:\s*[,;/]\s*|\s+)({_NUMBER})")
_COMMAS = re.compile(
    r"([+-]?\d{1,3}(?:,\d{1,20})?)(?:\s*[;/]\s*|,\s*|\s+)([+-]?\d{1,3}(?:,\d{1,20})?)"
)
_PART = r"(\d{1,3}(?:[.,]\d{1,20})?)"
_ANGLE = re.compile(
    rf"([NSEWBĐT])?\s*([+-])?{_PART}\s*°\s*(?:{_PART}\s*'\s*)?(?:{_PART}\s*\"\s*)?([NSEWBĐT])?"
)
# The letters of a hemisphere, English and Vietnamese. (N is North; "Nam" is not abbreviated.)
LATITUDE, LONGITUDE = {"N": 1, "B": 1, "S": -1}, {"E": 1, "Đ": 1, "W": -1, "T": -1}
_WORDS = re.compile(r"(TOẠ ĐỘ|TỌA ĐỘ|VĨ ĐỘ|KINH ĐỘ|LATITUDE|LONGITUDE|LAT|LNG|LONG|LON)\s*[:=]?")
_QUOTES = str.maketrans(
    dict.fromkeys("’‘′´`", "'") | dict.fromkeys("”“″", '"') | dict.fromkeys("º˚", "°")
)
# Where a link says its position; the marker's own comes before that of the window.
_IN_LINK = (
    re.compile(r"!3d(-?\d{1,3}(?:\.\d{1,20})?)!4d(-?\d{1,3}(?:\.\d{1,20})?)"),
    re.compile(r"@(-?\d{1,3}(?:\.\d{1,20})?),(-?\d{1,3}(?:\.\d{1,20})?)"),
    re.compile(r"map=[\d.]{1,5}/(-?\d{1,3}(?:\.\d{1,20})?)/(-?\d{1,3}(?:\.\d{1,20})?)"),
)
_QUERY = ("q", "query", "ll", "destination", "daddr", "center", "cp")


class Position(NamedTuple):
    """Degrees; `swapped`: latitude and longitude came in the other order."""

    lng: float
    lat: float
    swapped: bool = False


def parse(text: str, province: Box) -> Position:
    """The position that `text` tells. Raises Invalid naming `pasted`.

    `province`: the box in which the position is expected; it decides which of two bare numbers is
    the latitude, and nothing else: a position outside is the caller's to refuse.
    """
    plain = unicodedata.normalize("NFC", text).translate(_QUOTES).strip()
    if not plain or len(plain) > LONGEST:
        raise _invalid(UNREADABLE)
    if plain.lower().startswith("geo:"):
        return _order(_geo(plain[4:]), province)
    if re.match(r"(https?://|www\.|[a-z0-9.-]+\.[a-z]{2,}/)", plain, re.IGNORECASE):
        return _order(_link(plain), province)
    return _order(_told(plain), province)


def _told(text: str) -> tuple[float, float, bool]:
    """(first, second, sure of their order) of a text without a link."""
    upper = _WORDS.sub(" ", text.upper().replace("''", '"')).strip(" ()[]\t\n")
    angles = list(_ANGLE.finditer(upper))
    if len(angles) == 2 and not _ANGLE.sub("", upper).strip(" ,;/\n"):
        return _by_letters([_angle(found) for found in angles])
    letters = re.findall(r"[NSEWBĐT]", upper)
    bare = re.sub(r"\s+", " ", re.sub(r"[NSEWBĐT°]", " ", upper)).strip(" ,;")
    found = _SEPARATED.fullmatch(bare) if "." in bare or bare.count(",") < 2 else None
    found = found or _COMMAS.fullmatch(bare)
    if found is None or len(letters) not in {0, 2}:
        raise _invalid(UNREADABLE)
    numbers = [float(number.replace(",", ".")) for number in found.groups()]
    return _by_letters(list(zip(numbers, letters or ["", ""], strict=True)))


def _angle(found: re.Match) -> tuple[float, str]:
    before, sign, degrees, minutes, seconds, after = found.groups()
    parts = [float((part or "0").replace(",", ".")) for part in (degrees, minutes, seconds)]
    if parts[1] >= 60 or parts[2] >= 60:
        raise _invalid(noop("Phút và giây của toạ độ phải dưới 60."))
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    return (-value if sign == "-" else value), before or after or ""


def _by_letters(angles: list[tuple[float, str]]) -> tuple[float, float, bool]:
    """Latitude first, as the letters say; without letters as given."""
    (first, a), (second, b) = angles
    if not a and not b:
        return first, second, False
    if a in LATITUDE and b in LONGITUDE:
        return first * LATITUDE[a], second * LONGITUDE[b], True
    if a in LONGITUDE and b in LATITUDE:
        return second * LATITUDE[b], first * LONGITUDE[a], True
    raise _invalid(UNREADABLE)


def _geo(rest: str) -> tuple[float, float, bool]:
    """`geo:lat,lng;u=35`, `geo:0,0?q=lat,lng(label)` (RFC 5870 and what phones send)."""
    place, _, query = rest.partition("?")
    asked = parse_qs(query).get("q", [""])[0].partition("(")[0]
    numbers = _SEPARATED.fullmatch(asked.strip()) or _SEPARATED.fullmatch(place.split(";")[0])
    if numbers is None:
        raise _invalid(UNREADABLE)
    return float(numbers[1]), float(numbers[2]), True


def _link(text: str) -> tuple[float, float, bool]:
    link = urlsplit(text if "://" in text else f"https://{text}")
    decoded = unquote(text.replace("+", " "))
    if found := _IN_LINK[0].search(decoded):
        return float(found[1]), float(found[2]), True
    query = parse_qs(link.query)
    if "mlat" in query and "mlon" in query:
        return _numbers(f"{query['mlat'][0]},{query['mlon'][0]}")
    for name in _QUERY:
        if name in query and (found := _quiet(query[name][0].removeprefix("loc:"))):
            return found
    for step in reversed(unquote(link.path.replace("+", " ")).split("/")):
        if found := _quiet(step):
            return found
    for pattern in _IN_LINK[1:]:
        if found := pattern.search(decoded):
            return float(found[1]), float(found[2]), True
    short = (link.hostname or "").removeprefix("www.") in SHORT_HOSTS
    raise _invalid(SHORT_LINK if short else UNREADABLE)


def _numbers(text: str) -> tuple[float, float, bool]:
    first, second, _ = _told(text.translate(_QUOTES))
    return first, second, True


def _quiet(text: str) -> tuple[float, float, bool] | None:
    """The numbers of a part of a link, None where it is something else, a name say."""
    try:
        return _numbers(text)
    except Invalid:
        return None


def _order(found: tuple[float, float, bool], province: Box) -> Position:
    first, second, sure = found
    if not sure and not _inside(first, second, province) and _inside(second, first, province):
        return Position(first, second, swapped=True)
    if not (-90 <= first <= 90 and -180 <= second <= 180):
        raise _invalid(UNREADABLE)
    return Position(second, first)


def _inside(lat: float, lng: float, box: Box) -> bool:
    return box.west <= lng <= box.east and box.south <= lat <= box.north


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, code="position", fields={"pasted": [sentence]})
