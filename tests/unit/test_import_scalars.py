"""One cell, one value: numbers, days, years and phones as offices write them."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice.imports import scalars, telephones


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (12, 12), (12.5, 12.5), ("12,5", 12.5), ("12.5", 12.5), ("1.234,5", 1234.5),
        ("1,234.5", 1234.5), ("1.234", 1234), ("1.234.567", 1234567), ("0,125", 0.125),
        ("120 suất", 120), ("  30 ", 30), ("khoảng 30 hộ", 30), ("", None), (None, None),
        ("-", None), ("…", None), (0, 0),
    ],
)  # fmt: skip
def test_numbers(cell, value):
    assert scalars.number(cell).value == value


@pytest.mark.parametrize(
    "cell",
    ["1,234", "2-3", "hai", True, date(2026, 1, 1), float("nan"), float("inf"), 10**30, "1.2.3",
     "1,2,3.4", "-5x", "1e5"],
)  # fmt: skip
def test_what_is_no_clear_number_is_refused(cell):
    with pytest.raises(ValueError, match=r"số|Không rõ"):
        scalars.number(cell)


def test_an_estimate_is_told():
    assert scalars.number("khoảng 30").note and not scalars.number("30").note


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("01/07/2026", date(2026, 7, 1)), ("1/7/26", date(2026, 7, 1)),
        ("1-7-2026", date(2026, 7, 1)), ("1.7.2026", date(2026, 7, 1)),
        ("2026-07-01", date(2026, 7, 1)), ("2026-07-01 00:00:00", date(2026, 7, 1)),
        ("ngày 5 tháng 3 năm 2026", date(2026, 3, 5)), (46204, date(2026, 7, 1)),
        (46204.5, date(2026, 7, 1)), ("46204", date(2026, 7, 1)),
        (date(2026, 7, 1), date(2026, 7, 1)),
        (datetime(2026, 7, 1, 8, 30, tzinfo=UTC), date(2026, 7, 1)),
        ("7/2026", date(2026, 7, 1)), ("tháng 7 năm 2026", date(2026, 7, 1)), ("", None),
    ],
)  # fmt: skip
def test_days(cell, value):
    assert scalars.day(cell).value == value


def test_a_month_ends_on_its_last_day():
    said = scalars.day("2/2028", last=True)
    assert said.value == date(2028, 2, 29) and "cuối tháng" in said.note


@pytest.mark.parametrize("cell", ["31/02/2026", "12/25/2026", "hè 2026", 7, True, "1/7", "99999"])
def test_what_is_no_day_is_refused(cell):
    with pytest.raises(ValueError, match="Ngày viết như"):
        scalars.day(cell)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_day_comes_back_however_it_is_written(day):
    serial = (day - scalars.EPOCH).days
    spellings = [
        day, serial, float(serial), f"{day:%d/%m/%Y}", f"{day.day}/{day.month}/{day:%y}",
        day.isoformat(), f"{day:%d-%m-%Y}", f"ngày {day.day} tháng {day.month} năm {day.year}",
    ]  # fmt: skip
    assert {scalars.day(cell).value for cell in spellings} == {day}


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        (2015, 2015, False), ("2015", 2015, False), (2015.0, 2015, False),
        ("15/3/2015", 2015, False), ("15/3/62", 1962, False), (date(2015, 3, 15), 2015, False),
        ("11 tuổi", 2015, True), ("", None, False),
    ],
)  # fmt: skip
def test_birth_years(cell, value, told):
    said = scalars.birth_year(cell, 2026)
    assert (said.value, bool(said.note)) == (value, told)


@pytest.mark.parametrize("cell", [62, "62", "11", "năm ngoái", True])
def test_a_bare_age_is_no_birth_year(cell):
    with pytest.raises(ValueError, match="bốn chữ số"):
        scalars.birth_year(cell, 2026)


def test_an_age_gives_a_birth_year_and_says_so():
    assert scalars.age(11, 2026) == (2015, scalars.FROM_AGE)
    assert scalars.age("11 tuổi", 2026).value == 2015
    for cell in (130, "mười", -3, 11.5):
        with pytest.raises(ValueError, match="Tuổi"):
            scalars.age(cell, 2026)


@pytest.mark.parametrize(
    ("cell", "numbers", "notes"),
    [
        ("0912 345 678", ["+84912345678"], 0), ("0912.345.678", ["+84912345678"], 0),
        (912345678, ["+84912345678"], 1), (912345678.0, ["+84912345678"], 1),
        ("912345678", ["+84912345678"], 1), ("+84 912 345 678", ["+84912345678"], 0),
        ("84912345678", ["+84912345678"], 0), ("ĐT: 0912345678 (bố)", ["+84912345678"], 0),
        ("0912345678 / 0987654321", ["+84912345678", "+84987654321"], 0),
        ("0912345678 0987654321", ["+84912345678", "+84987654321"], 0),
        ("0912345678\n0987654321", ["+84912345678", "+84987654321"], 0),
        ("0912345678 hoặc 0912345678", ["+84912345678"], 0),
        ("01689123456", ["+84389123456"], 1), ("0204 3854 321", ["+842043854321"], 0),
        (2043854321, ["+842043854321"], 1), ("0912345678; 12345", ["+84912345678"], 1),
        ("Bố: 0987654321, mẹ: 0912345678", ["+84987654321", "+84912345678"], 0),
        ("9.12345678E+08", ["+84912345678"], 1), ("9,12345678e8", ["+84912345678"], 1),
        ("-", [], 0), (None, [], 0), ("Không có", [], 0), ("chưa có", [], 0),
    ],
)  # fmt: skip
def test_phones(cell, numbers, notes):
    found, told = telephones.numbers_of(cell)
    assert (found, len(told)) == (numbers, notes)


@pytest.mark.parametrize("cell", ["12345", "09123456789012", "hỏi trưởng thôn"])
def test_what_is_no_phone_is_refused(cell):
    with pytest.raises(ValueError, match="Số điện thoại không đúng"):
        telephones.numbers_of(cell)


def test_a_phone_that_the_sheet_shortened_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"Văn bản \(Text\)"):
        telephones.numbers_of("9.12E+08")


@pytest.mark.parametrize(
    ("cell", "name", "digits"),
    [
        ("Cô Mẫu - 0912345678", "Cô Mẫu", "0912345678"),
        ("0912 345 678 (anh Mẫu)", "anh Mẫu", "0912 345 678"),
        ("Bùi Văn Mẫu, SĐT: 0912.345.678", "Bùi Văn Mẫu", "0912.345.678"),
    ],
)
def test_a_name_and_its_phone_in_one_cell_are_parted(cell, name, digits):
    assert telephones.parted(cell) == (name, digits)


@pytest.mark.parametrize("cell", [None, "Bùi Văn Mẫu", "0912345678", "A 0912345678, B 0987654321"])
def test_what_is_no_name_with_one_phone_stays_whole(cell):
    assert telephones.parted(cell) is None


def test_a_number_of_another_group_is_refused():
    assert scalars.heads("45 học sinh", "children").value == 45
    assert (
        scalars.heads("30", "children").value == scalars.heads("30 người", "children").value == 30
    )
    for cell, group in (("30 hộ", "children"), ("45 em", "households"), ("12 cụ", "youth")):
        with pytest.raises(ValueError, match="nhóm khác"):
            scalars.heads(cell, group)


MOBILE = st.builds(
    "{}{:07}".format,
    st.sampled_from(["032", "070", "081", "091", "098"]),
    st.integers(0, 10**7 - 1),
)


@given(MOBILE)
def test_a_phone_comes_back_however_it_is_written(number):
    right = f"+84{number[1:]}"
    spellings = [
        number, int(number), float(number), number[1:], right, f"84{number[1:]}",
        f"{number[:4]}.{number[4:7]}.{number[7:]}", f"{number[:4]} {number[4:7]} {number[7:]}",
        f"(+84) {number[1:]}",
    ]  # fmt: skip
    assert {tuple(telephones.numbers_of(cell)[0]) for cell in spellings} == {(right,)}


FORMULAS = ["=1+1", "+cmd", "@SUM(A1)", "-2+3", '=HYPERLINK("x")', "- Nhà dột"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_formula_like_text_is_refused(cell):
    with pytest.raises(ValueError, match="công thức"):
        scalars.text(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "024123456789",
        "024 123 456 789",
        "024.123.456.789",
        "CCCD: 024123456789",
        "số CMND 121234567",
        "Ông A, căn cước công dân số 024123456789",
    ],
)
def test_identity_cards_are_refused(cell):
    with pytest.raises(ValueError, match="căn cước"):
        scalars.text(cell)


@pytest.mark.parametrize("cell", ["0912345678", "0912 345 678", "số 12, ngõ 3", 84912345678, 2026])
def test_other_numbers_are_no_identity_cards(cell):
    assert scalars.text(cell).value == scalars.plain(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("Có", True), ("x", True), ("X", True), (1, True), ("không", False), (0, False), (True, True),
     ("Ko", False), ("", None)],
)  # fmt: skip
def test_yes_and_no(cell, value):
    assert scalars.flag(cell).value is value
