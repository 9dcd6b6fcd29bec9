"""Rows become what registering takes; what is wrong is said at its cell, and never repeats it."""

import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapservice.imports import repeats, vocabulary
from mapservice.imports.fields import FIELDS, Kind
from mapservice.imports.values import fingerprint, read_row
from mapservice.registration.words import CHANNELS, GIVERS, PERSON_KINDS, SEVERITIES, URGENCIES
from tests.import_words import CATEGORIES, KINDS, SKILLS, make_words

WORDS = make_words()
PLACE = {"title": "Trường TH An Lạc", "kind": "Trường học", "commune_text": "xã An Lạc",
         "district_text": "huyện Sơn Động", "programme_year": "2026"}  # fmt: skip
PERSON = {"name": "Nguyễn Văn Mẫu", "person_kind": "Hộ nghèo", "birth_year": "1975",
          "commune_text": "xã An Lạc", "programme_year": 2026, "consent_given": "Bản thân",
          "consent_channel": "Giấy có chữ ký", "consent_evidence": "Phiếu số 12"}  # fmt: skip
TEAM = {"name": "Đội thử An Lạc", "kind": "Câu lạc bộ, nhóm tình nguyện", "people": "15",
        "commune_text": "xã An Lạc", "max_concurrent": 2, "radius_km": "12,5"}  # fmt: skip
ROWS = {Kind.PLACES: PLACE, Kind.PERSONS: PERSON, Kind.TEAMS: TEAM}


def read(rows=Kind.PLACES, /, **cells):
    return read_row(rows, ROWS[rows] | cells, WORDS)


def said(found):
    return {(problem.field, problem.reason) for problem in found}


def columns(found):
    return [problem.field for problem in found]


def test_a_place_with_its_need_and_contact():
    reading = read(
        children="1.250", sensitive="không", severity="Rất khó khăn", contact_name="Lê Thị Mẫu",
        contact_phone=912345678, lat="21,3282", lng="106,9693", need_title="Sửa mái hai phòng",
        need_category="Nhà ở", need_quantity="2 phòng", need_urgency="rất khẩn", need_parts=3,
        need_people="10", need_from="1/7/26", need_until="8/2026", need_skills="Xây dựng; dạy học",
    )  # fmt: skip
    assert not reading.problems and not reading.choose and not reading.waits
    values = reading.values
    assert (values["commune"], values["kind"], values["severity"]) == ("07645@2022", "school", 3)
    assert (values["children"], values["sensitive"]) == (1250, False)
    assert (values["contact_name"], values["contact_phone"]) == ("Lê Thị Mẫu", "+84912345678")
    assert (values["lat"], values["lng"]) == (21.3282, 106.9693) and not reading.estimated
    need = reading.need
    assert (need["category"], need["quantity"], need["urgency"]) == ("housing", 2, 4)
    assert (need["parts"], need["people_per_part"]) == (3, 10)
    assert (need["wanted_from"], need["wanted_until"]) == (date(2026, 7, 1), date(2026, 8, 31))
    assert need["skills"] == ["construction", "teaching"]
    assert {"title", "commune", "lat", "children"} <= reading.given
    assert "summary" not in reading.given and "summary" in values


def test_a_place_that_says_little_is_told_what_was_taken_for_granted():
    reading = read_row(
        Kind.PLACES, {"title": "Trạm y tế An Lạc", "commune_text": "xã An Lạc"}, WORDS
    )
    assert not reading.problems and reading.estimated and reading.need is None
    assert set(columns(reading.notes)) == {"programme_year", "kind", "position"}
    assert (reading.values["kind"], reading.values["programme_year"]) == ("health_station", 2026)
    assert not {"lat", "lng", "kind"} & reading.given


def test_the_address_gives_the_hamlet_of_a_place_and_the_door_of_a_person():
    address = "Số nhà 3, thôn Đồng Bài, xã An Lạc, Sơn Động"
    assert read(address_text=address).values["hamlet"] == "thôn Đồng Bài"
    person = read(Kind.PERSONS, address_text=address).values
    assert (person["hamlet"], person["door"]) == ("thôn Đồng Bài", "Số nhà 3")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"title": "=1+1"}, "title"),
        ({"title": "Tr"}, "title"),
        ({"title": "T" * 201}, "title"),
        ({"title": None}, "title"),
        ({"summary": "@x"}, "summary"),
        ({"summary": "#N/A"}, "summary"),
        ({"contact_phone": "#REF!"}, "contact_phone"),
        ({"commune_text": "#VALUE!"}, "commune_text"),
        ({"summary": "Ông A, CCCD 024123456789"}, "summary"),
        ({"kind": "tàu vũ trụ"}, "kind"),
        ({"children": "nhiều"}, "children"),
        ({"children": -3}, "children"),
        ({"children": 2_000_000}, "children"),
        ({"severity": 5}, "severity"),
        ({"programme_year": "năm nay"}, "programme_year"),
        ({"programme_year": 1999}, "programme_year"),
        ({"contact_phone": "hỏi trưởng thôn"}, "contact_phone"),
        ({"position": "gần chợ"}, "position"),
        ({"commune_text": "xã Tân Tiến, Hưng Yên", "district_text": ""}, "commune_text"),
        ({"address_text": "=cmd"}, "address_text"),
        ({"sensitive": "có thể"}, "sensitive"),
        ({"need_title": "Sửa mái"}, "need_category"),
        ({"need_title": "Sửa mái", "need_category": "lạ"}, "need_category"),
        ({"need_category": "Nhà ở"}, "need_title"),
        ({"need_title": "Sửa mái", "need_category": "Nhà ở", "need_from": "hè"}, "need_from"),
        ({"need_title": "Sửa mái", "need_category": "Nhà ở", "need_from": "2/8/2026",
          "need_until": "1/8/2026"}, "need_until"),
        ({"need_title": "Sửa mái", "need_category": "Nhà ở", "need_quantity": 0}, "need_quantity"),
        ({"need_title": "Sửa mái", "need_category": "Nhà ở", "need_parts": 101}, "need_parts"),
        ({"need_title": "Sửa mái", "need_category": "Nhà ở", "need_skills": "bay"}, "need_skills"),
    ],
)  # fmt: skip
def test_what_is_wrong_of_a_place_is_said_at_its_cell(cells, column):
    assert columns(read(**cells).problems) == [column]


@pytest.mark.parametrize(
    ("kind", "column", "said"),
    [
        (Kind.PLACES, "kind", ("Trường học", "Địa chỉ khác")),
        (Kind.PLACES, "need_category", ("Dạy học, ôn tập", "Nhu cầu khác")),
        (Kind.PERSONS, "person_kind", ("Trẻ em", "Hộ gia đình")),
        (Kind.TEAMS, "kind", ("Đội thanh niên tình nguyện",)),
        (Kind.TEAMS, "skills", ("Dạy học", "Lái xe, vận chuyển")),
    ],
)
def test_a_word_of_no_list_is_answered_with_those_of_the_list(kind, column, said):
    (fault,) = [p.reason for p in read(kind, **{column: "zzz"}).problems if p.field == column]
    assert all(name in fault for name in said)
    if column.endswith("kind"):
        (fault,) = [
            p.reason
            for p in read(kind, **{column: None, "title": "Khe Mẫu"}).problems
            if p.field == column
        ]
        assert fault.startswith("Cần ghi ") and all(name in fault for name in said)


def test_what_repeats_the_row_above_is_taken_from_it_until_it_is_mended():
    first = {"hamlet": "Mẫu", "commune_text": "An Lạc"}
    cells = repeats.filled(
        {"title": "Điểm trường Khe", "hamlet": "nt", "commune_text": "-nt-"}, first
    )
    reading = read_row(Kind.PLACES, cells, WORDS)
    assert reading.values["hamlet"] == "Mẫu" and reading.values["commune"] == "07654"
    told = {note.field for note in reading.notes if note.reason == repeats.GIVEN}
    assert told == {"hamlet", "commune_text"}
    mended = repeats.without(cells, ["hamlet"]) | {"hamlet": "Khác"}
    reading = read_row(Kind.PLACES, mended, WORDS)
    assert [n.field for n in reading.notes if n.reason == repeats.GIVEN] == ["commune_text"]


def test_what_is_needed_may_follow_from_what_is_to_be_done():
    reading = read(need_title="Lớp tin học cho đoàn viên")
    assert reading.need["category"] == "digital_skills" and not reading.problems
    assert {"need_category", "need_urgency"} <= set(columns(reading.notes))


def test_a_column_filled_down_every_row_makes_no_need():
    assert read(need_urgency="Gấp", need_from="1/7/2026", need_unit="suất").need is None


def test_a_contact_without_a_name_is_the_place():
    reading = read(contact_phone="0204 3854 321 / 0912345678")
    assert reading.values["contact_name"] == PLACE["title"]
    assert reading.values["contact_phone"] == "+842043854321"
    assert {"contact_name", "contact_phone"} <= set(columns(reading.notes))


def test_a_person_with_consent():
    reading = read(Kind.PERSONS, phone="0912345678/0987654321", consent_date="1/10/2026",
                   need_category="Chăm sóc sức khỏe", need_urgency=3)  # fmt: skip
    assert not reading.problems and not reading.waits
    values = reading.values
    assert (values["consent_register"], values["channel"]) == (["person"], "paper")
    assert (values["person_kind"], values["birth_year"]) == ("household", 1975)
    assert values["phone"] == "+84912345678" and "+84987654321" in values["note"]
    assert "Phiếu số 12" in values["note"] and "01/10/2026" in values["note"]
    assert (values["lat"], values["lng"], reading.estimated) == (None, None, False)
    assert reading.need["category"] == "health" and "title" not in reading.need


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"consent_given": None}, "consent_given"),
        ({"consent_given": "chưa"}, "consent_given"),
        ({"consent_given": "mẹ"}, "consent_given"),  # of a grown-up
        ({"consent_given": "Nguyễn Văn Anh"}, "consent_given"),  # a name says nobody's part
        ({"birth_year": 2015, "consent_given": "có"}, "consent_given"),
        ({"birth_year": 2015, "consent_given": "mẹ"}, "consent_given"),
        ({"birth_year": 2022, "consent_given": "cháu"}, "consent_given"),
        ({"consent_channel": None}, "consent_channel"),
        ({"consent_evidence": ""}, "consent_evidence"),
        ({"consent_date": "1/10/2025"}, "consent_date"),
    ],
)
def test_without_consent_a_person_waits(cells, column):
    reading = read(Kind.PERSONS, **cells)
    assert columns(reading.waits) == [column] and not reading.problems


@pytest.mark.parametrize(
    ("born", "given_by", "givers"),
    [
        (1975, "x", ["person"]),
        (1975, "Chính người được đăng ký (từ 16 tuổi)", ["person"]),
        (2015, "mẹ và cháu", ["child", "guardian"]),
        (2015, f"{GIVERS['guardian']}; {GIVERS['child']}", ["child", "guardian"]),
        (2015, "Bố (ông Lê Văn Mẫu), em", ["child", "guardian"]),
        (2022, "người giám hộ", ["guardian"]),
        (None, "phụ huynh", ["guardian"]),
    ],
)
def test_who_agreed(born, given_by, givers):
    reading = read(Kind.PERSONS, birth_year=born, consent_given=given_by)
    assert (reading.values["consent_register"], reading.waits) == (givers, [])


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"name": ""}, "name"),
        ({"name": "N" * 101}, "name"),
        ({"birth_year": 62}, "birth_year"),
        ({"birth_year": 2030}, "birth_year"),
        ({"person_kind": "siêu nhân"}, "person_kind"),
        ({"person_kind": None}, "person_kind"),
        ({"phone": "12"}, "phone"),
        ({"consent_date": "1/1/2027"}, "consent_date"),
        ({"consent_channel": "bồ câu"}, "consent_channel"),
        ({"need_category": "lạ lùng"}, "need_category"),
    ],
)
def test_what_is_wrong_of_a_person_is_said_at_its_cell(cells, column):
    assert columns(read(Kind.PERSONS, **cells).problems) == [column]


def test_a_birth_year_that_follows_from_an_age_is_told():
    reading = read(Kind.PERSONS, birth_year=None, age="11", consent_given="mẹ, em")
    assert reading.values["birth_year"] == 2015 and not reading.waits
    assert columns(reading.notes) == ["age"]


CANARY = "Đặng Bí Mật 0977123456 ngõ 77"


def test_no_sentence_repeats_a_cell():
    """Reasons are stored and shown in lists; who is meant must not stand in them."""
    for kind in Kind:
        for field in FIELDS[kind]:
            reading = read(kind, **{field.key: CANARY})
            told = " ".join(p.reason for p in (*reading.problems, *reading.notes, *reading.waits))
            for secret in ("Bí Mật", "0977123456", "977123456", "ngõ 77"):
                assert secret not in told, (kind, field.key)


def test_a_team():
    reading = read(Kind.TEAMS, skills="Dạy học; Y tế", languages="Tiếng Việt, Tày", vehicles="4 xe",
                   leader_name="Lê Thị Mẫu", leader_phone="912345678", contact_consent="Có",
                   organisation="huyện đoàn sơn động", position="21.3282, 106.9693")  # fmt: skip
    assert not reading.problems
    values = reading.values
    assert (values["kind"], values["people"], values["vehicles"]) == ("club", 15, 4)
    assert (values["max_concurrent"], float(values["radius_km"])) == (2, 12.5)
    assert values["skills"] == ["teaching", "medical"] and values["languages"] == ["vi", "tyz"]
    assert (values["leader_phone"], values["organisation"]) == ("+84912345678", "SD")
    assert values["position"] == (106.9693, 21.3282)


def test_a_team_without_a_point_or_a_radius_takes_what_the_form_does():
    reading = read_row(Kind.TEAMS, {k: v for k, v in TEAM.items() if k != "radius_km"}, WORDS)
    assert not reading.problems and reading.values["position"] is None
    assert columns(reading.notes) == ["radius_km"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"kind": "băng nhóm"}, "kind"),
        ({"people": 0}, "people"),
        ({"people": None}, "people"),
        ({"radius_km": 900}, "radius_km"),
        ({"skills": "Dạy học; bay"}, "skills"),
        ({"organisation": "Đoàn lạ"}, "organisation"),
        ({"leader_name": "Lê Thị Mẫu"}, "contact_consent"),
    ],
)
def test_what_is_wrong_of_a_team_is_said_at_its_cell(cells, column):
    assert columns(read(Kind.TEAMS, **cells).problems) == [column]


def test_every_word_of_our_own_lists_means_its_code():
    """What the template offers to choose is understood."""
    for listed, found in (
        (KINDS, WORDS.kinds), (CATEGORIES, WORDS.categories), (SKILLS, WORDS.skills),
        (PERSON_KINDS, vocabulary.PERSON_KIND), (SEVERITIES, vocabulary.SEVERITY),
        (URGENCIES, vocabulary.URGENCY), (CHANNELS, vocabulary.CHANNEL),
        (GIVERS, vocabulary.GIVER),
    ):  # fmt: skip
        for code, name in listed.items():
            for spelling in (name, name.upper(), unicodedata.normalize("NFD", name)):
                assert found.find(spelling) == code, name


TEXTS = st.text(max_size=40) | st.sampled_from(
    ["=1", "-", "x", "có", "1.234,5", "0912345678", "21.3, 106.9", "xã An Lạc", "1/7/26",
     "024123456789", "\x00", "\ud800", "a" * 3000, "Dạy học; Y tế", "mẹ và em", "٣", "²",
     "1e999", "−5"]
)  # fmt: skip
CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, st.dates(),
    st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip
ANY_ROW = st.sampled_from(list(Kind)).flatmap(
    lambda kind: st.tuples(
        st.just(kind), st.dictionaries(st.sampled_from([f.key for f in FIELDS[kind]]), CELLS)
    )
)


@settings(max_examples=300)
@given(ANY_ROW)
def test_any_cells_are_read_or_refused_and_nothing_is_raised(row):
    kind, cells = row
    for given_cells in (cells, ROWS[kind] | cells):
        reading = read_row(kind, given_cells, WORDS)
        assert reading.problems or reading.choose or reading.waits or reading.values["commune"]
        assert len(fingerprint(reading.values, reading.need)) == 32


@given(st.sampled_from(list(Kind)), st.sampled_from([" ", "  ", "\u00a0", "\t", " \u200b"]))
def test_a_fingerprint_is_of_what_is_said_not_of_how_it_is_spaced_or_composed(kind, space):
    def spelt(cell):
        return (
            unicodedata.normalize("NFD", cell.replace(" ", space))
            if isinstance(cell, str)
            else cell
        )

    one = read_row(kind, ROWS[kind], WORDS)
    other = read_row(kind, {key: spelt(cell) for key, cell in ROWS[kind].items()}, WORDS)
    assert fingerprint(one.values, one.need) == fingerprint(other.values, other.need)


def test_a_fingerprint_tells_rows_apart():
    rows = [read(), read(children=3), read(need_category="Nhà ở", need_title="Sửa mái"),
            read(title="Trường TH An Lạc số 2"), read(sensitive="có")]  # fmt: skip
    prints = {fingerprint(row.values, row.need) for row in rows}
    assert len(prints) == len(rows)
    number = fingerprint({"a": 1, "day": date(2026, 7, 1)})
    assert number == fingerprint({"a": 1.0, "b": None, "day": date(2026, 7, 1)})
    assert number != fingerprint({"a": 1, "day": datetime(2026, 7, 2, tzinfo=UTC)})
