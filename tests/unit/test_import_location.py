"""Where a row lies: every commune of 2022 and every historical name in eight spellings, without a
wrong answer; points in columns and in one; what is chosen by a person and never guessed."""

import unicodedata
from collections import Counter

import pytest

from mapservice.imports import list_rows
from mapservice.imports.location import (
    BY_DISTRICT,
    BY_SECTION,
    ELSEWHERE,
    ESTIMATED,
    IN_SECTION,
    OUTSIDE_PROVINCE,
    SWAPPED,
    locate,
)
from mapservice.territory import names
from mapservice.territory.eras import FORMER_DAY
from tests.import_words import FACTS, communes, district_of, make_words, today_of

WORDS = make_words()
SON_DONG = make_words({"220"})
SHORT = {"Xã": "X.", "Phường": "P.", "Thị trấn": "TT.", "Huyện": "H.", "Thành phố": "TP.",
         "Thị xã": "TX."}  # fmt: skip


def bare(text):
    """Without diacritics, in its own case."""
    return "".join(
        c for c in unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
        if not unicodedata.combining(c)
    )  # fmt: skip


def short(name):
    kind, own = names.split_kind(name)
    return f"{SHORT[kind]} {own}" if kind in SHORT else name


def own(name):
    return names.split_kind(name)[1]


# (commune, district, province) as lists name them -> the cells of a row.
SPELLINGS = {
    "columns": lambda c, d, p: {"commune_text": c, "district_text": d},
    "columns, decomposed": lambda c, d, p: {
        "commune_text": unicodedata.normalize("NFD", c),
        "district_text": unicodedata.normalize("NFD", d),
    },
    "columns, no diacritics": lambda c, d, p: {"commune_text": bare(c), "district_text": bare(d)},
    "columns, capitals": lambda c, d, p: {"commune_text": c.upper(), "district_text": d.upper()},
    "columns, abbreviated": lambda c, d, p: {"commune_text": short(c), "district_text": short(d)},
    "columns, names alone": lambda c, d, p: {"commune_text": own(c), "district_text": own(d)},
    "column, no district": lambda c, d, p: {"commune_text": c},
    "column, name alone": lambda c, d, p: {"commune_text": own(c)},
    "address": lambda c, d, p: {"address_text": f"thôn Đồng, {c}, {d}, {p}"},
    "address, no commas": lambda c, d, p: {"address_text": f"{c} {d} {p}".lower()},
    "address, from large to small": lambda c, d, p: {"address_text": f"{p}, {d}, {c}"},
    "address, abbreviated": lambda c, d, p: {"address_text": f"{short(c)}, {short(d)}"},
    "address and column": lambda c, d, p: {
        "commune_text": own(c), "district_text": d, "address_text": f"Số 3, thôn Bãi, {c}",
    },
}  # fmt: skip
SURE = {name for name in SPELLINGS if "name alone" not in name and "no district" not in name}


def former_units():
    return [(unit, district_of(unit), today_of(unit)) for unit in communes(FORMER_DAY)]


def possible(spot):
    """Codes of today of what the row came to, or of what is offered."""
    keys = [spot.commune] if spot.commune else [commune.key for commune in spot.choose]
    return {WORDS.grounds[key].today for key in keys}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_commune_of_2022_is_found_or_left_to_a_person(spelling, record_property):
    fate = Counter()
    units = former_units()
    assert len(units) == 209
    for unit, district, today in units:
        cells = SPELLINGS[spelling](unit.name, district.name, "tỉnh Bắc Giang")
        spot = locate(cells, WORDS, estimate=True)
        if spot.commune is None:
            fate["left"] += 1
            continue
        # A name without its district may be today's commune of that name: where it truly is so.
        assert spot.commune in _right(unit, today, sure=spelling in SURE), (cells, spot.commune)
        fate["found"] += 1
    record_property(spelling, str(dict(fate)))
    assert fate["found"] >= (0.97 if spelling in SURE else 0.6) * 209


def _right(unit, today, *, sure):
    """The keys that are no wrong answer for a commune of 2022."""
    right = {f"{unit.code}@2022", today.code}
    if sure:
        return right
    # Without its district the name is shared by all that bear it, in either era.
    same = {
        ground.commune.key
        for ground in WORDS.grounds.values()
        if names.key(own(ground.commune.name)) == names.key(unit.short_name)
    }
    return right | (same if len(same) > 1 else set())


@pytest.mark.parametrize("spelling", sorted(SURE))
def test_every_historical_name_is_found_or_left_to_a_person(spelling, record_property):
    fate = Counter()
    for name in FACTS.names:
        cells = SPELLINGS[spelling](name.name, name.district_name, name.province_name)
        spot = locate(cells, WORDS, estimate=True)
        if spot.commune is None:
            fate["left"] += 1
            continue
        found = WORDS.grounds[spot.commune]
        assert found.today == name.code_2025, (cells, spot.commune)
        if name.code_2022 and spot.commune.endswith("@2022"):
            right = {name.code_2022} | _of_2022(name.name, name.district_name)
            assert found.commune.code in right, (cells, spot.commune)
        fate["found"] += 1
    record_property(spelling, str(dict(fate)))
    assert fate["found"] >= 0.9 * len(FACTS.names)


def _of_2022(commune, district):
    """Codes of who bore the name in 2022: Tân Hiệp was another commune then than in 2025."""
    return {u.code for u, d, _ in former_units() if (u.name, d.name) == (commune, district)}


CELLS = {"commune_text": "xã An Lạc", "district_text": "Sơn Động"}


@pytest.mark.parametrize(
    "point",
    [
        {"lat": 21.3282, "lng": 106.9693},
        {"lat": "21.3282", "lng": "106.9693"},
        {"lat": "21,3282", "lng": "106,9693"},
        {"position": "21.3282, 106.9693"},
        {"position": "21,3282; 106,9693"},
        {"position": "21°19'41.5\"B 106°58'9.5\"Đ"},
        {"position": "https://www.google.com/maps/@21.3282,106.9693,15z"},
    ],
)
def test_a_point_in_one_column_or_two(point):
    spot = locate(CELLS | point, WORDS, estimate=True)
    assert (round(spot.lat, 3), round(spot.lng, 3)) == (21.328, 106.969)
    assert (spot.commune, spot.estimated, spot.problems, spot.notes) == (
        "07645@2022",
        False,
        [],
        [],
    )


def test_axes_in_the_other_order_are_put_right_and_told():
    spot = locate(CELLS | {"lat": 106.9693, "lng": 21.3282}, WORDS, estimate=True)
    assert (spot.lat, spot.lng) == (21.3282, 106.9693)
    assert spot.notes == [("lat", SWAPPED)]


@pytest.mark.parametrize(
    ("point", "column", "said"),
    [
        ({"position": "21.0, 105.8"}, "position", OUTSIDE_PROVINCE),
        ({"lat": 21.3282}, "lng", "Cần cả"),
        ({"position": "gần chợ"}, "position", "Không đọc được"),
        ({"position": "21.27, 106.2"}, "position", "cách Xã An Lạc 7"),
        ({"lat": 2357000, "lng": 412000}, "lat", "Không đọc được"),
    ],
)
def test_a_point_that_cannot_be_right_is_refused(point, column, said):
    spot = locate(CELLS | point, WORDS, estimate=True)
    assert [name for name, _ in spot.problems] == [column] and said in spot.problems[0][1]
    assert not spot.estimated


def test_without_a_point_a_place_stands_in_the_middle_of_its_commune_and_says_so():
    spot = locate(CELLS, WORDS, estimate=True)
    assert spot.estimated and (spot.lng, spot.lat) == WORDS.grounds["07645@2022"].label
    assert spot.notes == [("position", ESTIMATED)]
    assert locate(CELLS, WORDS, estimate=False).lng is None


@pytest.mark.parametrize(
    "cells",
    [
        {"commune_text": "xã Phúc Sơn"},  # two districts
        {"commune_text": "xã An Lạp", "district_text": "Sơn Động"},  # misspelt
        {"commune_text": "An Lạc", "address_text": "xã Vân Sơn, huyện Sơn Động"},  # contradiction
        {"position": "21.3282, 106.9693"},  # areas are drawn, not official
    ],
)
def test_what_is_not_sure_is_chosen_by_a_person(cells):
    spot = locate(cells, WORDS, estimate=True)
    assert spot.commune is None and spot.choose and spot.notes and not spot.problems
    chosen = locate(cells | {"commune": spot.choose[0].key}, WORDS, estimate=True)
    assert chosen.commune == spot.choose[0].key


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"commune_text": "xã Vân Hà", "district_text": "Việt Yên"}, ELSEWHERE),
        ({"commune": "07777"}, ELSEWHERE),
        ({"commune": "99999"}, "Không có xã, phường này."),
        ({"commune_text": "xã Tân Tiến, huyện Văn Giang, tỉnh Hưng Yên"}, "Không tìm thấy"),
        ({"commune_text": "xã Không Có Thật", "district_text": "Sơn Động"}, "Không tìm thấy"),
        ({}, "Cần ghi xã, phường."),
    ],
)
def test_what_lies_elsewhere_or_nowhere_is_refused(cells, said):
    spot = locate(cells, SON_DONG, estimate=True)
    assert len(spot.problems) == 1 and said in spot.problems[0][1]
    assert not spot.choose and spot.lng is None


def test_a_name_of_two_districts_is_chosen_even_where_one_is_the_actors():
    """The list may be another district's, opened by mistake."""
    spot = locate({"commune_text": "Phúc Sơn"}, SON_DONG, estimate=True)
    assert spot.commune is None and "07630@2022" in {commune.key for commune in spot.choose}
    assert all(SON_DONG.grounds[commune.key].mine for commune in spot.choose)


def test_the_union_of_a_former_commune_writes_the_name_of_today_too():
    """Its territory is the commune of 2022 alone."""
    an_lac, vinh_an = make_words(former="07645"), make_words(former="07648")
    spot = locate({"commune_text": "xã An Lạc"}, an_lac, estimate=True)
    assert spot.commune == "07645@2022" and not spot.problems
    assert locate({}, an_lac, estimate=True).commune == "07645@2022"
    spot = locate({"commune_text": "xã Sơn Động"}, vinh_an, estimate=True)
    assert spot.commune is None and [c.key for c in spot.choose] == ["07648@2022"]
    spot = locate({"commune_text": "xã An Lạc"}, vinh_an, estimate=True)
    assert [said for _, said in spot.problems] == [ELSEWHERE] and not spot.choose


def test_an_address_without_a_district_means_the_former_commune_of_the_district_office():
    """The commune of today of that name is not the district's."""
    words = make_words(["220"], today=False)
    spot = locate({"address_text": "Thôn Mẫu, xã An Lạc"}, words, estimate=True)
    assert (spot.commune, spot.choose, spot.detail) == ("07645@2022", [], "Thôn Mẫu")
    assert ("address_text", BY_DISTRICT) in spot.notes


def test_the_words_before_the_commune_are_kept():
    spot = locate(
        {"address_text": "Nhà 3, thôn Đồng Bài, xã An Lạc, Sơn Động"}, WORDS, estimate=True
    )
    assert spot.detail == "Nhà 3, thôn Đồng Bài"


SECTION = {"section": "Xã An Lạc", "section_row": 12}


def test_a_section_gives_its_commune_to_rows_that_name_none():
    spot = locate(SECTION, SON_DONG, estimate=True)
    there = locate({"commune_text": "Xã An Lạc"}, SON_DONG, estimate=True)
    assert spot.commune and spot.commune == there.commune
    assert ("commune_text", BY_SECTION.format(row=12)) in spot.notes
    own_name = locate(SECTION | {"commune_text": "Lệ Viễn"}, SON_DONG, estimate=True)
    assert own_name.commune == locate({"commune_text": "Lệ Viễn"}, SON_DONG, estimate=True).commune
    assert BY_SECTION.format(row=12) not in dict(own_name.notes).values()


@pytest.mark.parametrize(
    ("section", "commune"),
    [
        ("XÃ AN LẠC (2 em)", "xa an lac"), ("I. Xã An Lạc: 15 hộ", "xa an lac"),
        ("1) xã An Lạc - 3 điểm trường", "xa an lac"), ("B - Xã Bắc Lũng", "xa bac lung"),
        ("xã Đồng Vương", "xa dong vuong"), ("Khối trường học", ""),
    ],
)  # fmt: skip
def test_a_section_names_its_commune_numbered_and_counted(section, commune):
    assert names.fold(list_rows.commune_of([section])) == commune


def test_an_address_of_another_commune_speaks_against_the_section():
    address = {"address_text": "thôn Mẫu, xã Dương Hưu, huyện Sơn Động"}
    spot = locate(SECTION | address, SON_DONG, estimate=True)
    assert spot.commune is None and len(spot.choose) == 2


@pytest.mark.parametrize(
    "words", [SON_DONG, make_words({"07645@2022"})], ids=["district", "commune"]
)
@pytest.mark.parametrize("named", ["Xã Phúc Sơn", "Xã Không Có Thật"])
def test_a_section_that_is_not_one_commune_gives_none(words, named):
    """Not even where the only commune of who imports would be taken without a section."""
    spot = locate({"section": named, "section_row": 7}, words, estimate=True)
    assert spot.commune is None
    assert spot.problems == [("commune_text", IN_SECTION.format(row=7))]
