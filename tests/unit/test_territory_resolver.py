"""Finding the commune of an address: every commune in many spellings, and never a guess.

The expected answers are computed from the facts in seed/, not written down.
"""

import string
import unicodedata
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice.config import ROOT
from mapservice.territory import gazetteer, names, resolver, seed_files
from mapservice.territory.lineage import ChangeRow, NameRow, UnitRow
from mapservice.territory.models import Level

FACTS = seed_files.read(ROOT / "seed", "24")
FORMER_DAY = date(2022, 12, 31)
SHORT = {
    "Xã": "X.",
    "Phường": "P.",
    "Thị trấn": "TT.",
    "Huyện": "H.",
    "Thành phố": "TP.",
}


def _gazetteer():
    units = [
        UnitRow(
            unit.code,
            unit.valid_from,
            unit.valid_to,
            unit.level,
            unit.kind,
            unit.name,
            unit.short_name,
            unit.parent_code,
        )
        for unit in FACTS.units
    ]
    changes = [ChangeRow(change.old, change.new) for change in FACTS.changes]
    old_names = [
        NameRow(
            name.code,
            name.name,
            name.district_name,
            name.province_name,
            name.first_seen,
            name.last_seen,
            name.code_2022,
            name.code_2025,
        )
        for name in FACTS.names
    ]
    return gazetteer.build(units, changes, old_names)


GAZETTEER = _gazetteer()


def resolve(text):
    return resolver.resolve(GAZETTEER, text)


def former_communes():
    """(commune of 2022, its district, the code it has today)."""
    by_key = {(unit.code, unit.valid_from): unit for unit in FACTS.units}
    successor = {change.old: change.new for change in FACTS.changes}
    for unit in FACTS.units:
        if unit.level != Level.COMMUNE or not valid(unit, FORMER_DAY):
            continue
        district = next(
            u for u in FACTS.units if u.code == unit.parent_code and valid(u, FORMER_DAY)
        )
        key = (unit.code, unit.valid_from)
        while by_key[key].valid_to:
            key = successor[key]
        yield unit, district, key[0]


def valid(unit, day):
    return unit.valid_from <= day and (unit.valid_to is None or day < unit.valid_to)


def plain(text):
    return names.fold(text)


def full(unit, district):
    return f"{unit.name}, {district.name}, Tỉnh Bắc Giang"


def abbreviated(unit, district):
    return f"{SHORT[unit.kind]} {unit.short_name}, {SHORT[district.kind]} {district.short_name}, BG"


SPELLINGS = {
    "full": full,
    "no diacritics": lambda u, d: plain(full(u, d)).title(),
    "lower case": lambda u, d: full(u, d).lower(),
    "decomposed": lambda u, d: unicodedata.normalize("NFD", full(u, d)),
    "hamlet and abbreviations": lambda u, d: f"thôn Đồng, {abbreviated(u, d)}",
    "dashes and BG": lambda u, d: f"{u.short_name} - {d.short_name} - BG",
    "no commas": lambda u, d: full(u, d).replace(",", ""),
    "commune and district only": lambda u, d: f"{u.short_name}, {d.short_name}",
    # Beyond those that were asked for:
    "bare, plain, no commas": lambda u, d: plain(f"{u.short_name} {d.short_name}"),
    "glued dashes": lambda u, d: plain(f"{u.short_name}-{d.short_name}-bg"),
    "numbered hamlet": lambda u, d: f"Tổ 3, {abbreviated(u, d)}",
    "upper case": lambda u, d: full(u, d).upper(),
    "with the country": lambda u, d: f"{full(u, d)}, Việt Nam",
    "district first": lambda u, d: f"{d.name}, {u.name}",
    "labelled": lambda u, d: f"{u.kind}: {u.short_name}; {d.kind}: {d.short_name}; Tỉnh: BG",
    "large to small": lambda u, d: f"Tỉnh Bắc Giang, {d.name}, {u.name}",
    "large to small, bare province": lambda u, d: f"Bắc Giang, {d.name}, {u.name}",
    "with a telephone number": lambda u, d: f"thôn 3, {full(u, d)}, ĐT 0912345678",
    "unseen characters": lambda u, d: "\u200b".join(full(u, d)) + "\ufeff",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_commune_of_2022_is_found_and_none_wrongly(spelling):
    fate = Counter()
    for unit, district, code_2025 in former_communes():
        text = SPELLINGS[spelling](unit, district)
        match = resolve(text).match
        if match is None:
            fate["not found"] += 1
            continue
        assert (match.code_2022, match.code_2025) == (unit.code, code_2025), text
        assert (match.name_2022, match.era) == (unit.name, "2022"), text
        fate["found"] += 1
    assert sum(fate.values()) == 209
    assert fate["found"] >= 0.99 * 209


NEW_SPELLINGS = {
    "full": lambda u: f"{u.name}, tỉnh Bắc Ninh",
    "no diacritics": lambda u: plain(f"{u.name}, tỉnh Bắc Ninh"),
    "lower case": lambda u: f"{u.name}, tỉnh Bắc Ninh".lower(),
    "decomposed": lambda u: unicodedata.normalize("NFD", f"{u.name}, tỉnh Bắc Ninh"),
    "abbreviated": lambda u: f"thôn Đồng, {SHORT[u.kind]}{u.short_name}, BN",
    "no commas": lambda u: f"{u.name} tỉnh Bắc Ninh",
    "bare": lambda u: f"{u.short_name}, Bắc Ninh",
}


@pytest.mark.parametrize("spelling", NEW_SPELLINGS)
def test_every_commune_of_today_is_found_and_none_wrongly(spelling):
    today = [u for u in FACTS.units if u.level == Level.COMMUNE and u.valid_to is None]
    assert len(today) == 99
    for unit in today:
        match = resolve(NEW_SPELLINGS[spelling](unit)).match
        assert match, unit.name
        assert (match.code_2025, match.name_2025, match.era) == (unit.code, unit.name, "2025")


def test_communes_of_early_2025_are_found():
    day = date(2025, 3, 1)
    for unit in (u for u in FACTS.units if u.level == Level.COMMUNE and valid(u, day)):
        district = next(u for u in FACTS.units if u.code == unit.parent_code and valid(u, day))
        match = resolve(f"{unit.name}, {district.name}, tỉnh Bắc Giang").match
        assert match, unit.name
        former = {u.code for u, _, _ in former_communes()}
        assert set(match.codes_2022) <= former and match.codes_2022


def test_every_old_name_leads_where_the_history_says():
    for name in FACTS.names:
        text = f"{name.name}, {name.district_name}, {name.province_name}"
        match = resolve(text).match
        if name.code_2025 is None:
            assert match is None, text
        elif match:
            assert match.code_2025 == name.code_2025, text
    missed = [
        name.name
        for name in FACTS.names
        if name.code_2025
        and not resolve(f"{name.name}, {name.district_name}, {name.province_name}").match
    ]
    assert missed == []


SURE = [
    # text, code_2022, code_2025, era
    ("Thôn Đồng Bài - An Lạc - Sơn Động - BG", "07645", "07654", "2022"),
    ("TT An Châu, Sơn Động", "07615", "07615", "2022"),
    ("TDP số 3 P.Trần Phú TP Bắc Giang", "07213", "07210", "2022"),
    ("bản Mậu, xã Tuấn Mậu cũ, Sơn Động", "07616", "07616", "2022"),
    ("xã Nghĩa Hoà, Lạng Giang", "07378", "07381", "2022"),
    ("xã Mĩ An, Lục Ngạn", "07600", "07612", "2022"),
    ("Nếnh, Việt Yên", "07795", "07795", "2022"),
    ("P. Nếnh, TX Việt Yên", "07795", "07795", "2025h1"),
    ("xã Nếnh, Việt Yên", "07795", "07795", "2022"),
    ("xã Sơn Động, tỉnh Bắc Ninh", None, "07615", "2025"),
    ("xã Sơn Động, Bắc Giang", None, "07615", "2025"),
    ("xã Sơn Động, huyện Sơn Động, tỉnh Bắc Ninh", None, "07615", "2025"),
    ("xã Vĩnh An (cũ), xã Sơn Động, tỉnh Bắc Ninh", "07648", "07615", "2025"),
    ("Vĩnh An, xã Sơn Động, tỉnh Bắc Ninh", None, "07615", "2025"),
    ("xã An Lạc", None, "07654", "2025"),
    ("xã An Lạc, Sơn Động, Bắc Ninh", None, "07654", "2025"),
    ("thôn An Lạc, xã Vĩnh An, Sơn Động", "07648", "07615", "2022"),
    ("đường Lục Ngạn, P. Trần Phú, TP Bắc Giang", "07213", "07210", "2022"),
    ("làng Lạng Giang, xã An Lạc, Sơn Động", "07645", "07654", "2022"),
    ("thôn Đồng Bài An Lạc Sơn Động", "07645", "07654", "2022"),
    ("Huyện Sơn Động, xã An Lạc, thôn Đồng Bài", "07645", "07654", "2022"),
    ("T.Đồng Bài, X.An Lạc, H.Sơn Động, T.BG", "07645", "07654", "2022"),
    ("xã An Lac, Sơn Động", "07645", "07654", "2022"),
    ("quang minh viet yen", "07792", "07798", "2022"),
    ("lang son, yen dung", "07723", "07682", "2022"),
    ("vu xa luc nam", "07516", "07519", "2022"),
    ("thon dong bai vu xa luc nam", "07516", "07519", "2022"),
    ("xa ly luc ngan", "07540", "07534", "2022"),
    ("Dĩnh Trì, Lạng Giang", "07441", "07210", "2022"),
    ("Thị trấn Lục Nam, Lục Nam", "07444", "07444", "2022"),
    ("thị trấn nông trường Yên Thế, Yên Thế", "07260", "07288", "2022"),
    ("xã Đồng Tiến, Hiệp Hòa", None, "07822", "2025h1"),
    ("xã Tam Đa, Yên Phong, Bắc Ninh", None, "09208", "2025h1"),
    (
        "thôn Vĩnh An, xã Vĩnh An, huyện Sơn Động, tỉnh Bắc Giang "
        "(nay là xã Sơn Động, tỉnh Bắc Ninh)",
        "07648",
        "07615",
        "2022",
    ),
    ("An Bá, TT An Châu, Sơn Động", "07615", "07615", "2022"),
    ("thôn An Bá - An Châu - Sơn Động", "07615", "07615", "2022"),
    ("Bắc Giang, Huyện Yên Dũng, Xã Đồng Việt", "07747", "07735", "2022"),
    ("An Lạc, Sơn Động 0912 345 678", "07645", "07654", "2022"),
    ("An Lạc, Sơn Động, SĐT: +84 912.345.678", "07645", "07654", "2022"),
    ("An Lạc, Sơn Động (sdt liên hệ: 0912345678 / 0204 3854 321)", "07645", "07654", "2022"),
    ("xã An Lạc, Sơn Động. ĐT:385432", "07645", "07654", "2022"),
    ("xã An Lạc, Sơn Động - đt0912345678", "07645", "07654", "2022"),
    ("xa\u0303\u200d An La\u00ad\u0323c, Sơn Động", "07645", "07654", "2022"),
    ("An\u200b Lạc,\u202e Sơn Động\x00", "07645", "07654", "2022"),
]


@pytest.mark.parametrize(("text", "code_2022", "code_2025", "era"), SURE)
def test_sure(text, code_2022, code_2025, era):
    match = resolve(text).match
    assert match
    assert (match.code_2022, match.code_2025, match.era) == (code_2022, code_2025, era)
    if code_2022:
        assert match.codes_2022 == (code_2022,)


UNDECIDED = [
    # text, codes of today that must be offered
    ("Sơn Động, Bắc Giang", {"07615"}),  # the district
    ("Việt Yên", {"07777"}),
    ("Chũ, Bắc Giang", {"07525"}),  # the town or the township
    ("An Lạc, Sơn Động, Bắc Ninh", {"07654", "07615"}),  # hamlet or former commune
    ("xã Phúc Sơn", {"07333", "07627"}),  # two districts
    ("xã Đồng Tiến, Bắc Giang", {"07246", "07822"}),  # two eras
    ("phuong son, bac ninh", {"07612", "07444"}),
    ("dong son, bac giang", {"07696", "07294"}),
    ("xã Đông Sơn, TP Bắc Giang", {"07696", "07294"}),  # diacritics against district
    ("xã An Lạc, huyện Lục Ngạn", {"07654"}),
    ("Lục Ngạn, xã An Lạc", {"07654"}),
    ("xã An Lạc, xã Sơn Động, Bắc Ninh", {"07615", "07654"}),
    ("thôn An Lạc, Sơn Động", {"07615", "07654"}),
    ("đường Xương Giang, TP Bắc Giang", {"07210"}),
    ("12 Lê Lợi, TP Bắc Giang", {"07210"}),
    ("Thôn Đồng An Lạc, Sơn Động", {"07654"}),
    ("thôn Đức Thắng, Hiệp Hòa", {"07840"}),
    ("xã An Lạp, Sơn Động", {"07654", "07615"}),  # misspelt
    ("xã An Lạc, Sơn Độg", {"07654"}),
    ("xã Anh Lạc, Sơn Động", {"07654"}),
    ("Trần Phú, An Lạc", {"07210"}),
    ("thon kham lang vu xa luc nam", {"07519", "07444"}),  # Vũ Xá, làng Vũ Xá, xã Lục Nam
    ("Thắng", {"07840"}),
    ("An Bá - An Châu - Sơn Động", {"07615"}),  # two communes, or a hamlet in one
    ("An Bá An Châu Sơn Động", {"07615"}),
    ("xã An Lạc, Sơn Động, ĐT 295", {"07654"}),  # a road, not a telephone
]


@pytest.mark.parametrize(("text", "offered"), UNDECIDED)
def test_undecided_is_left_to_a_person(text, offered):
    found = resolve(text)
    assert found.match is None
    assert offered <= {candidate.code_2025 for candidate in found.candidates}
    scores = [candidate.score for candidate in found.candidates]
    assert scores == sorted(scores, reverse=True) and all(0 < score < 1 for score in scores)


@pytest.mark.parametrize(
    "text",
    [
        "xã Tân Tiến, huyện Văn Giang, tỉnh Hưng Yên",
        "Phường Trần Phú, Hà Nội",
        "tan tien, hung yen",
        "hoà bình",
        "P3",
        "",
        " ,;-- ",
        "\x00",
        "\u202e\u200f",
        "123456789",
        "xã",
        "xã, huyện, tỉnh",
    ],
)
def test_other_provinces_and_no_addresses_give_nothing(text):
    found = resolve(text)
    assert (found.match, found.candidates, found.query) == (None, (), text)


@pytest.mark.parametrize("text", ["a" * 100_000, "xã An Lạc, " * 10_000, "\u0300" * 100_000])
def test_endless_text_is_not_read(text):
    assert resolve(text).match is None


def test_the_words_before_the_commune_are_its_detail():
    assert resolve("Nhà ông A, thôn Đồng Bài, xã An Lạc, Sơn Động").detail == (
        "Nhà ông A, thôn Đồng Bài"
    )
    assert resolve("Sơn Động, xã An Lạc").detail is None
    assert resolve("xã An Lạc, Sơn Động").detail is None


def test_json_keeps_the_shape_others_rely_on():
    found = resolver.as_dict(resolve("thôn Đồng Bài, xã An Lạc, Sơn Động"))
    assert found == {
        "query": "thôn Đồng Bài, xã An Lạc, Sơn Động",
        "match": {
            "era": "2022",
            "code_2022": "07645",
            "name_2022": "Xã An Lạc",
            "codes_2022": ("07645",),
            "district": "Huyện Sơn Động",
            "code_2025": "07654",
            "name_2025": "Xã An Lạc",
        },
        "candidates": (),
        "detail": "thôn Đồng Bài",
    }
    undecided = resolver.as_dict(resolve("xã Phúc Sơn"))
    assert undecided["match"] is None
    assert set(undecided["candidates"][0]) == {*found["match"], "score"}


WORDS = st.sampled_from(
    [
        *sorted({word for unit in FACTS.units for word in unit.name.split()}),
        *("thôn", "bản", "xa", "h.", "P.", "TT", "tp", "BG", "bn", "cũ", "nay là", "3", "số"),
    ]
)
ADDRESSES = st.lists(WORDS, max_size=14).flatmap(
    lambda words: st.lists(
        st.sampled_from([" ", ", ", " - ", ". ", "\n"]),
        min_size=len(words),
        max_size=len(words),
    ).map(lambda gaps: "".join(word + gap for word, gap in zip(words, gaps, strict=True)))
)


@given(st.text(max_size=200) | ADDRESSES)
def test_any_text_has_an_answer(text):
    found = resolve(text)
    assert found.query == text
    assert found.match is None or found.candidates == ()
    assert len(found.candidates) <= 6


@given(ADDRESSES)
def test_a_match_was_named_in_the_text(text):
    """A commune is never concluded from anything but one of its names."""
    match = resolve(text).match
    if match is None:
        return
    words = f" {names.key(text.translate(str.maketrans(string.punctuation, ' ' * 32)))} "
    known = {
        place.key
        for places in GAZETTEER.communes.values()
        for place in places
        if place.code_2025 == match.code_2025
    }
    assert any(f" {key} " in words for key in known), match


@given(ADDRESSES)
def test_case_and_composition_change_nothing(text):
    answer = resolve(text).match
    assert resolve(unicodedata.normalize("NFD", text)).match == answer
    assert resolve(text.lower()).match == answer


@given(st.sampled_from(list(former_communes())), st.sampled_from(list(former_communes())))
def test_a_wrong_district_is_never_overlooked(one, other):
    """The commune of one district with the name of another: undecided, or truly there."""
    unit, _, _ = one
    _, district, _ = other
    match = resolve(f"{unit.name}, {district.name}, Tỉnh Bắc Giang").match
    if match:
        assert any(
            place.key == names.key(unit.short_name)
            and names.key(district.short_name) in place.wide_districts
            for place in GAZETTEER.communes[names.key(unit.short_name)]
            if place.code_2025 == match.code_2025
        )


NEIGHBOURS = [
    (one, other, district)
    for one, district, _ in former_communes()
    for other, its_district, _ in former_communes()
    if its_district == district and one.short_name != other.short_name
    if names.key(district.short_name)
    not in {names.key(one.short_name), names.key(other.short_name)}
]


@given(st.sampled_from(NEIGHBOURS), st.sampled_from([" - ", ", "]), st.booleans())
def test_two_bare_communes_of_one_district_are_left_to_a_person(pair, gap, accents):
    one, other, district = pair
    text = gap.join([one.short_name, other.short_name, district.short_name])
    found = resolve(text if accents else plain(text))
    if found.match:  # both became part of one ward of today: that alone is sure
        assert found.match.code_2022 is None
        assert {one.code, other.code} <= set(found.match.codes_2022)
    else:
        assert found.candidates


def test_the_candidates_of_two_bare_communes_are_both():
    offered = {c.code_2022 for c in resolve("An Bá - An Châu - Sơn Động").candidates}
    assert {"07615", "07660"} <= offered


@given(
    st.sampled_from(list(former_communes())),
    st.sampled_from(["ĐT ", "SĐT: ", "điện thoại ", "", "Tel. ", "Zalo:"]),
    st.integers(10**8, 10**9 - 1),
    st.sampled_from([" ", ", ", " - ", " ("]),
)
def test_a_telephone_number_behind_changes_nothing(one, label, number, gap):
    unit, district, _ = one
    text = f"thôn 5, {unit.short_name}, {district.short_name}"
    with_phone, without = resolve(f"{text}{gap}{label}0{number}"), resolve(text)
    assert (with_phone.match, with_phone.detail) == (without.match, without.detail)
    assert with_phone.candidates == without.candidates


DETAILS = ["thôn {}, ", "Làng {} - ", "đường {}, ", "ngõ 5 {}, ", "{}, ", "thôn {} ", "12 {}, "]


@given(
    st.sampled_from(list(former_communes())),
    st.sampled_from(list(former_communes())),
    st.sampled_from(DETAILS),
    st.sampled_from([full, abbreviated, lambda u, d: f"{u.short_name}, {d.short_name}"]),
    st.booleans(),
)
def test_a_hamlet_named_like_another_commune_does_not_mislead(one, other, detail, spell, accents):
    unit, district, code_2025 = one
    text = detail.format(other[0].short_name) + spell(unit, district)
    match = resolve(text if accents else plain(text)).match
    if match and detail.startswith("thôn {} ") and spell not in {full, abbreviated}:
        return  # "thôn Tân An Lạc, Sơn Động": where the hamlet's name ends, nobody can tell
    if match:
        assert match.code_2025 == code_2025, text
        assert unit.code in match.codes_2022, text
