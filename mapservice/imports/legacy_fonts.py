"""Vietnamese written for old fonts (TCVN3 = ABC, VNI): recognised by the words it hides. Pure.

Such a text is Western letters that only look Vietnamese in their font: "NguyÔn V¨n §øc". A word
counts when it is no Vietnamese syllable as it stands, and is one when it is read as the font
shows it. Right Vietnamese has no such words; three of them that hold letters that Vietnamese does
not have are enough.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from mapservice.territory.names import TONES

ENOUGH = 3  # different words with letters that are not Vietnamese
WEAK_ENOUGH, WEAK_SHARE = 12, 0.3  # or words of Vietnamese letters in an order that none has

_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f][^\s\d.,;:()/\"'“”]*")
_ONSETS = "ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|b|c|d|đ|g|h|k|l|m|n|p|q|r|s|t|v|x"
_NUCLEI = (
    "oai|oao|oay|oeo|uây|uôi|uya|uyê|uyu|ươi|ươu|iêu|yêu|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|"
    "oi|oo|ôi|ơi|ua|uâ|uê|ui|uô|uơ|uy|ưa|ưi|ươ|ưu|yê|a|ă|â|e|ê|i|o|ô|ơ|u|ư|y"
)
_SYLLABLE = re.compile(f"(?:{_ONSETS})?(?:{_NUCLEI})(?:ch|ng|nh|c|m|n|p|t)?")
_LETTERS = frozenset("aăâbcdđeêghiklmnoôơpqrstuưvxy")


@dataclass(frozen=True, slots=True)
class Code:
    """`name` of the encoding, a `font` that people know it by, `source` as Unikey calls it."""

    name: str
    font: str
    source: str
    table: dict[str, str]


class Legacy(NamedTuple):
    """How many different words are so, and one of them."""

    code: Code
    words: int
    example: str


def _tcvn3() -> dict[str, str]:
    small = "ăâêôơưđ" + "àảãáạ" + "ằẳẵắ"
    points = [*range(0xA8, 0xAF), *range(0xB5, 0xBA), *range(0xBB, 0xBF)]
    table = dict(zip(map(chr, points), small, strict=True))
    rest = {
        0xC6: "ặầẩẫấậè", 0xCE: "ẻẽéẹềểễếệìỉ", 0xDC: "ĩíịò", 0xE1: "ỏõóọồổỗốộờởỡớợù",
        0xF1: "ủũúụừửữứựỳỷỹýỵ", 0xA1: "ĂÂÊÔƠƯĐ",
    }  # fmt: skip
    for first, letters in rest.items():
        table |= {chr(first + at): letter for at, letter in enumerate(letters)}
    return table


def _vni() -> dict[str, str]:
    """Letters and the mark after them; a mark is written large after a large letter."""
    marks = {"ø": "\u0300", "ù": "\u0301", "õ": "\u0303", "û": "\u0309", "ï": "\u0323"}
    hats = {"â": "", "à": "\u0300", "á": "\u0301", "ã": "\u0303", "å": "\u0309", "ä": "\u0323"}
    bows = {"ê": "", "è": "\u0300", "é": "\u0301", "ü": "\u0303", "ú": "\u0309", "ë": "\u0323"}
    table = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}
    for base, letter in {**dict(zip("aeouy", "aeouy", strict=True)), "ô": "ơ", "ö": "ư"}.items():
        table |= {base + sign: letter + mark for sign, mark in marks.items()}
    for base in "aeo":
        hat = base + "\u0302"
        table |= {base + sign: hat + mark for sign, mark in hats.items()}
    table |= {"a" + sign: "a\u0306" + mark for sign, mark in bows.items()}
    table |= {short.upper(): letter.upper() for short, letter in table.items()}
    return {short: unicodedata.normalize("NFC", letter) for short, letter in table.items()}


TCVN3 = Code("TCVN3 (ABC)", ".VnTime", "TCVN3 (ABC)", _tcvn3())
VNI = Code("VNI", "VNI-Times", "VNI Windows", _vni())
_PIECES = {
    code.name: re.compile("|".join(map(re.escape, sorted(code.table, key=len, reverse=True))))
    for code in (TCVN3, VNI)
}


def recognise(text: str | Iterable[str]) -> Legacy | None:
    """The old code that the text is written in, None for none."""
    words = _words(text)
    found = [legacy for code in (TCVN3, VNI) if (legacy := _written_in(code, words))]
    return max(found, key=lambda legacy: legacy.words, default=None)


def right_words(text: str) -> int:
    """How many different words with Vietnamese letters are right syllables."""
    return sum(is_syllable(word) for word in _words(text))


def _words(text: str | Iterable[str]) -> Counter[str]:
    """The different words that hold a letter beyond ASCII."""
    texts = [text] if isinstance(text, str) else text
    return Counter(word for part in texts for word in _WORD.findall(part))


def _written_in(code: Code, words: Counter[str]) -> Legacy | None:
    strong, weak, example = 0, 0, ""
    for word in words:
        if is_syllable(word) or not is_syllable(_read(code, word)):
            continue
        if set(word.lower()) - _VIETNAMESE:
            strong += 1
            example = example or word
        else:
            weak += 1
            example = example or word
    much = weak + strong >= WEAK_ENOUGH and weak + strong > WEAK_SHARE * len(words)
    return Legacy(code, strong + weak, example) if strong >= ENOUGH or much else None


def _read(code: Code, word: str) -> str:
    """The word as the font shows it."""
    return _PIECES[code.name].sub(lambda piece: code.table[piece[0]], word)


def is_syllable(word: str) -> bool:
    """Whether the word can be a Vietnamese syllable: beginning, vowels, end, one tone at most."""
    letters, tones = [], 0
    for sign in unicodedata.normalize("NFD", word.lower()):
        tones += sign in TONES
        letters += [] if sign in TONES else [sign]
    plain = unicodedata.normalize("NFC", "".join(letters))
    return tones <= 1 and _SYLLABLE.fullmatch(plain) is not None


def _vietnamese() -> frozenset[str]:
    """Every letter of Vietnamese with every tone, small."""
    toned = (unicodedata.normalize("NFC", a + t) for a in "aăâeêioôơuưy" for t in ("", *TONES))
    return frozenset(toned) | _LETTERS


_VIETNAMESE = _vietnamese()
