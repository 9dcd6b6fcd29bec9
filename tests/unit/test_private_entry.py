"""What is written down of a person: refused at the right field, kept in one normal form."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice import phones
from mapservice.disclosure import entry
from mapservice.disclosure.entry import Field
from mapservice.disclosure.vault import PERSONS
from mapservice.errors import Invalid

GOOD = {
    "name": "Hoàng Thị Mẫu",
    "phone": "0912 345 678",
    "birth_year": 1950,
    "guardian": "Hoàng Văn Thử",
    "door": "Số 5, ngõ 2",
    "hamlet": "Thôn Đồng Bài",
    "story": "Nhà dột.\n\nSống một mình.",
    "note": "Đến buổi sáng",
    "point": (106.9693, 21.3282),
}


def cleaned(**fields):
    return entry.clean(fields, PERSONS.fields, complete=True)


def test_a_whole_entry_passes_and_comes_back_as_values():
    texts = cleaned(**GOOD)
    assert texts[Field.PHONE] == "+84912345678"
    assert texts[Field.STORY] == GOOD["story"]
    assert entry.value(Field.POINT, texts[Field.POINT]) == GOOD["point"]
    assert entry.value(Field.BIRTH_YEAR, texts[Field.BIRTH_YEAR]) == 1950


@pytest.mark.parametrize(
    "spelling",
    [
        "0912345678",
        "0912 345 678",
        "0912.345.678",
        "+84912345678",
        "84 912 345 678",
        "(+84) 912-345-678",
    ],
)
def test_phones_have_one_form(spelling):
    assert phones.e164(spelling) == "+84912345678"


def test_a_landline_and_a_foreign_number_are_numbers_too():
    assert phones.e164("0204 3854 123") == "+842043854123"
    assert phones.e164("+82 10-2345-6789") == "+821023456789"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "\u200b"),
        ("name", "x" * 101),
        ("name", 5),
        ("phone", "12345"),
        ("phone", "không có"),
        ("phone", "09123456789"),
        ("phone", "0" * 10_000),
        ("birth_year", "1899"),
        ("birth_year", 2200),
        ("birth_year", "năm 50"),
        ("birth_year", True),
        ("point", (21.3282, 106.9693)),
        ("point", (float("nan"), 21.0)),
        ("point", (106.9,)),
        ("point", "somewhere"),
        ("story", "x" * 4001),
        ("story", "\ud800"),
        ("door", "x" * 201),
        ("role", "Trưởng thôn"),
        ("id_card", "024099000001"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(field, value):
    with pytest.raises(Invalid) as caught:
        cleaned(**GOOD | {field: value})
    assert list(caught.value.fields) == [field]


def test_a_refusal_names_all_fields_at_once_and_quotes_none():
    with pytest.raises(Invalid) as caught:
        cleaned(phone="0912345", birth_year=3000)
    assert sorted(caught.value.fields) == ["birth_year", "name", "phone"]
    assert "0912345" not in str(caught.value.fields) + caught.value.detail


def test_empty_means_none():
    assert cleaned(**GOOD | {"note": "", "phone": None})[Field.NOTE] is None


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=90))
def test_a_line_is_normal_and_stays_so(text):
    try:
        once = cleaned(name=text)[Field.NAME]
    except Invalid:
        return
    assert once == unicodedata.normalize("NFC", once) == once.strip()
    assert not any(unicodedata.category(c) in {"Cc", "Cf"} for c in once)
    assert cleaned(name=once)[Field.NAME] == once


def test_composed_and_decomposed_names_are_one_identity():
    name = "Nguyễn Thị  Hoà"
    apart = unicodedata.normalize("NFD", name)
    known = entry.identity(name, "1950", "07654")
    assert known == entry.identity(apart, "1950", "07654") == "nguyen thi hoa|1950|07654"
    assert known != entry.identity(name, None, "07654") != entry.identity(name, None, "07655")
