"""Folding, tones, kinds and abbreviations of Vietnamese names."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice.territory import names, parser
from mapservice.territory.names import Role

LETTERS = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
)
VIETNAMESE = st.text(alphabet=LETTERS + LETTERS.upper() + " ", max_size=40)


@given(VIETNAMESE)
def test_folding_twice_is_folding_once_and_leaves_plain_letters(text):
    folded = names.fold(text)
    assert names.fold(folded) == folded
    assert folded.isascii() and folded == folded.lower()


@given(VIETNAMESE, st.sampled_from(["NFC", "NFD", "NFKD"]))
def test_composition_does_not_matter(text, form):
    other = unicodedata.normalize(form, text)
    assert names.fold(other) == names.fold(text)
    assert names.tone(unicodedata.normalize("NFC", other)) == names.tone(text)


# What Unicode calls format characters and shows as nothing; the others (Arabic, hieroglyphs, music)
# draw something or govern what is drawn.
UNSEEN = [
    chr(point)
    for point in range(sys.maxunicode + 1)
    if unicodedata.category(chr(point)) == "Cf"
    if not re.match("ARABIC (?!LETTER MARK)|SYRIAC|KAITHI|EGYPTIAN|SHORTHAND|MUSICAL",
                    unicodedata.name(chr(point)))
]  # fmt: skip


@given(VIETNAMESE, st.sampled_from(UNSEEN), st.sampled_from(["NFC", "NFD"]))
def test_characters_that_nobody_sees_do_not_matter(text, unseen, form):
    parted = unseen.join(unicodedata.normalize(form, text))
    assert names.fold(parted + unseen) == names.fold(text)


def test_every_unseen_character_is_left_out():
    assert len(UNSEEN) > 100
    assert names.fold("".join(UNSEEN)) == ""


@pytest.mark.parametrize(
    ("one", "other", "same_key", "same_tone"),
    [
        ("Hoà", "Hòa", True, True),
        ("Thuỵ", "Thụy", True, True),
        ("Mỹ An", "Mĩ An", True, True),
        ("Quý Sơn", "Quí Sơn", True, True),
        ("Đông Sơn", "Đồng Sơn", True, False),
        ("Phương Sơn", "Phượng Sơn", True, False),
        ("Xa Lý", "Sa Lý", False, False),
        ("Yên Mỹ", "Yên Mô", False, False),
        ("Dương Huy", "Dương Hui", False, False),
    ],
)
def test_spellings_that_are_one_name(one, other, same_key, same_tone):
    assert (names.key(one) == names.key(other)) is same_key
    assert (names.tone(one) == names.tone(other)) is same_tone


@pytest.mark.parametrize(
    ("name", "kind", "short_name"),
    [
        ("Thị trấn Bố Hạ", "Thị trấn", "Bố Hạ"),
        ("Xã Xa Lý", "Xã", "Xa Lý"),
        ("Thành phố Bắc Giang", "Thành phố", "Bắc Giang"),
        ("Bắc Giang", "", "Bắc Giang"),
        ("Xãhội", "", "Xãhội"),
    ],
)
def test_split_kind(name, kind, short_name):
    assert names.split_kind(name) == (kind, short_name)


def test_initials():
    assert names.initials("Bắc Giang") == "bg"
    assert names.initials("Đắk Lắk") == "dl"


@pytest.mark.parametrize(
    ("text", "role", "kind"),
    [
        ("xã", Role.COMMUNE, "Xã"),
        ("T.T", Role.COMMUNE, "Thị trấn"),
        ("thi tran", Role.COMMUNE, "Thị trấn"),
        ("TP.", Role.DISTRICT, "Thành phố"),
        ("tổ dân phố", Role.HAMLET, None),
        ("Đường", Role.STREET, None),
        ("lang", Role.HAMLET, None),
    ],
)
def test_markers(text, role, kind):
    found = parser.marks(parser.tokens(text))[0]
    assert (found.marker.role, found.marker.kind) == (role, kind)
    assert found.end == len(parser.tokens(text))


@pytest.mark.parametrize("text", ["Lạng", "Xá", "Dương", "Ngô", "Đồi", "thị, trấn"])
def test_other_words_are_no_markers(text):
    """Diacritics that were written are part of the word; a comma parts words."""
    found = parser.marks(parser.tokens(text))
    assert not any(mark.end - mark.start == len(text.split()) for mark in found.values())


def test_segments_begin_behind_separators_but_not_behind_an_abbreviation():
    words = parser.tokens("Thôn Đồng. P. Trần Phú - Bắc Giang\nBG")
    starts = parser.segment_starts(words, parser.marks(words))
    assert [words[i].text for i in sorted(starts)] == ["Thôn", "P", "Bắc", "BG"]


def test_what_is_too_long_has_no_words():
    assert parser.tokens("a " * 100)
    assert parser.tokens("a " * 100_000) == []
    assert parser.tokens("a," * 200) == []
