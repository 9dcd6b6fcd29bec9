"""Vietnamese place names as text: folding, tone marks, kinds and their abbreviations. Pure."""

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

# The five tones; the other marks (â ă ơ) make letters and stay with them.
TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
# Characters that nobody sees: soft hyphen, zero-width ones, direction marks, tags. As the inside of
# a character class, written alike in `core.fold` (migration 0001).
UNSEEN = (
    r"\u00AD\u061C\u180E\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u206F\uFEFF"
    r"\uFFF9-\uFFFB\U000E0001\U000E0020-\U000E007F"
)
_UNSEEN = re.compile(f"[{UNSEEN}]")
# Mỹ = Mĩ, Lý = Lí, Quý = Quí: y after a consonant (or qu) at the end of a syllable is i.
_FINAL_Y = re.compile(r"(?<=[bcdghklmnpqrstvx])y$|(?<=^qu)y$")


def fold(text: str) -> str:
    """Case, diacritics and composition folded alike: Hoà = hòa = hoa, đ = d; nothing unseen.

    The twin of the SQL function `core.fold` for the letters of Vietnamese.
    """
    return composed(text).translate(_BASE_LETTERS).lower()


def composed(text: str) -> str:
    """The text in NFC without the characters nobody sees (they may part a letter from its mark)."""
    return text if text.isascii() else unicodedata.normalize("NFC", _UNSEEN.sub("", text))


def _base_letters() -> dict[int, str]:
    """Every composed Latin letter -> its base letter."""
    table = {ord("đ"): "d", ord("Đ"): "D"}
    for point in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        parts = unicodedata.normalize("NFD", chr(point))
        if len(parts) > 1 and parts[0].isascii() and parts[0].isalpha():
            table[point] = parts[0]
    return table


_BASE_LETTERS = _base_letters()


@lru_cache(maxsize=20_000)
def word_key(word: str) -> str:
    """A syllable as names are looked up: folded, and final y written i."""
    return _FINAL_Y.sub("i", fold(word))


@lru_cache(maxsize=20_000)
def word_tone(word: str) -> str:
    """A syllable with its tone moved to the end: hoà = hòa, but hòa ≠ hoa, đông ≠ đồng."""
    letters, tone = [], ""
    for character in unicodedata.normalize("NFD", word.lower()):
        if character in TONES:
            tone += character
        else:
            letters.append(character)
    return unicodedata.normalize("NFC", _FINAL_Y.sub("i", "".join(letters))) + tone


def key(name: str) -> str:
    """A whole name as it is looked up: "Xa Lý" -> "xa li"."""
    return " ".join(word_key(word) for word in name.split())


def tone(name: str) -> str:
    """A whole name with its tones, for telling Đông Sơn from Đồng Sơn."""
    return " ".join(word_tone(word) for word in name.split())


class Role(StrEnum):
    """What a word in front of a name says about it."""

    COMMUNE, DISTRICT, PROVINCE = "commune", "district", "province"
    HAMLET = "hamlet"  # what follows is the hamlet's name or number, then maybe the commune
    STREET = "street"  # what follows is a street or a landmark, often named like a commune


class Marker(NamedTuple):
    """A word (or words) in front of a name: "xã", "TT.", "thôn"."""

    role: Role
    kind: str | None  # the official word it stands for, for the three admin levels
    tone: str  # as spelled with its diacritics


KINDS = ("Thành phố", "Thị xã", "Thị trấn", "Huyện", "Quận", "Phường", "Xã", "Tỉnh")
_ADMIN_WORDS = {
    (Role.COMMUNE, "Xã"): "xã, x",
    (Role.COMMUNE, "Phường"): "phường, p, f, ph",
    (Role.COMMUNE, "Thị trấn"): "thị trấn, tt, ttr, t t",
    (Role.DISTRICT, "Huyện"): "huyện, h",
    (Role.DISTRICT, "Thị xã"): "thị xã, tx, t x",
    (Role.DISTRICT, "Thành phố"): "thành phố, tp, t p",
    (Role.DISTRICT, "Quận"): "quận, q",
    (Role.PROVINCE, "Tỉnh"): "tỉnh, t",
}
_DETAIL_WORDS = {
    Role.HAMLET: "thôn, bản, xóm, làng, tổ dân phố, tdp, khu phố, kp, khu dân cư, kdc, khu, tổ, "
    "cụm dân cư, cụm, ấp, buôn, đội",
    Role.STREET: "đường, phố, ngõ, ngách, hẻm, số nhà, sn, số, quốc lộ, ql, tỉnh lộ, tl, "
    "khu đô thị, kđt, khu công nghiệp, kcn, cụm công nghiệp, ccn, chung cư, tòa, tòa nhà, "
    "trường, chợ, chùa, đình, đền, cầu, ga, bến xe, bệnh viện, công ty, nhà máy, ngã tư, ngã ba",
}


def _markers() -> dict[tuple[str, ...], Marker]:
    found = {}
    for (role, kind), words in _ADMIN_WORDS.items():
        for word in words.split(", "):
            found[tuple(key(word).split())] = Marker(role, kind, tone(word))
    for role, words in _DETAIL_WORDS.items():
        for word in words.split(", "):
            found[tuple(key(word).split())] = Marker(role, None, tone(word))
    return found


MARKERS = _markers()
MARKER_LENGTH = max(map(len, MARKERS))
# Words that may stand between or behind names without meaning anything to us.
FILLERS = frozenset({"viet nam", "vn", "cu", "moi", "truoc", "truoc day", "thuoc"})
FORMER, CURRENT = "cu", "moi"  # "xã Tuấn Mậu cũ", "xã An Lạc mới"
NOW_IS = frozenset({("nay", "la"), ("nai", "la"), ("nay", "thuoc"), ("hien", "la")})

# Names of the provinces as they were until 30/6/2025 (those of today are among them): an address
# in another province is not ours, even where a commune of ours bears the province's name.
PROVINCES = """An Giang, Vũng Tàu, Bạc Liêu, Bắc Giang, Bắc Kạn, Bắc Ninh, Bến Tre,
Bình Dương, Bình Định, Bình Phước, Bình Thuận, Cà Mau, Cao Bằng, Cần Thơ, Đà Nẵng, Đắk Lắk,
Đắk Nông, Điện Biên, Đồng Nai, Đồng Tháp, Gia Lai, Hà Giang, Hà Nam, Hà Nội, Hà Tĩnh, Hải Dương,
Hải Phòng, Hậu Giang, Hòa Bình, Hồ Chí Minh, Huế, Hưng Yên, Khánh Hòa, Kiên Giang, Kon Tum,
Lai Châu, Lạng Sơn, Lào Cai, Lâm Đồng, Long An, Nam Định, Nghệ An, Ninh Bình, Ninh Thuận, Phú Thọ,
Phú Yên, Quảng Bình, Quảng Nam, Quảng Ngãi, Quảng Ninh, Quảng Trị, Sóc Trăng, Sơn La, Tây Ninh,
Thái Bình, Thái Nguyên, Thanh Hóa, Thừa Thiên Huế, Tiền Giang, Trà Vinh, Tuyên Quang, Vĩnh Long,
Vĩnh Phúc, Yên Bái""".replace("\n", " ").split(", ")


def split_kind(name: str) -> tuple[str, str]:
    """ "Thị trấn Bố Hạ" -> ("Thị trấn", "Bố Hạ"); no known kind: ("", name)."""
    for kind in KINDS:
        if name.startswith(f"{kind} "):
            return kind, name[len(kind) + 1 :]
    return "", name


def initials(name: str) -> str:
    """ "Bắc Giang" -> "bg", as provinces are abbreviated."""
    return "".join(word[0] for word in key(name).split())
