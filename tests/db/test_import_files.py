"""Our own files of lists: the empty ones, and the rows that come back to be corrected."""

from datetime import date
from zipfile import ZipFile

import pytest

from mapservice.imports import blank, headings, refused_file, tables
from mapservice.imports.fields import FIELDS, Kind
from mapservice.imports.refused_file import Refused
from tests.imports_corpus import book


@pytest.fixture
def offered(app, office):
    with app.test_request_context():
        return blank.words(office)


def written(tmp_path, content: bytes):
    path = tmp_path / "file.xlsx"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_list_is_understood_and_its_examples_are_no_rows(kind, offered, tmp_path):
    path = written(tmp_path, blank.content(kind, offered))
    read = tables.read(path, "mau.xlsx")
    (found,) = headings.find(read)
    assert found.kind is kind
    wanted = [field.key for field in FIELDS[kind] if field.key != "code"]
    assert [found.guess[at] for at in sorted(found.guess)] == wanted
    assert found.last < found.first  # nothing but examples
    assert [table.name for table in read] == [blank.LIST, blank.GUIDE]


@pytest.mark.parametrize("kind", Kind)
def test_rows_below_the_examples_are_read_and_a_changed_example_is_a_row(kind, offered, tmp_path):
    path = written(tmp_path, blank.content(kind, offered))
    rows = [list(row) for row in tables.read(path, "mau.xlsx")[0].rows]
    main = headings.find([tables.Table("a", rows)])[0].guess
    at = next(at for at, key in main.items() if key in {"name", "title"})
    rows[3][at] = "Tên người ta tự ghi"
    rows.append([1, *rows[3][1:]])
    (found,) = headings.find([tables.Table("a", rows)])
    assert (found.first, found.last) == (4, 6)
    assert found.skipped == {5: "dòng ví dụ của mẫu"}


@pytest.mark.parametrize("kind", Kind)
def test_drop_downs_offer_the_words_of_the_database(kind, offered, tmp_path):
    path = written(tmp_path, blank.content(kind, offered))
    with ZipFile(path) as file:
        sheet = file.read("xl/worksheets/sheet1.xml").decode()
    choices = [field.choices for field in FIELDS[kind] if field.choices]
    assert choices and sheet.count("<dataValidation ") == len(choices)
    assert set(choices) <= set(offered) and all(offered[name] for name in choices)
    assert {"Trường học", "Trạm y tế"} <= set(offered["place_kinds"])
    assert "Đội thanh niên tình nguyện" in offered["team_kinds"]


def test_every_example_is_one_of_the_words_offered(offered):
    for kind in Kind:
        for field in FIELDS[kind]:
            for example in (field.example, field.other):
                if field.choices and example:
                    assert set(example.split("; ")) <= set(offered[field.choices]), field.key


REFUSED = [
    Refused(
        7,
        {"title": "=1+1", "commune_text": "An Lạc", "need_from": date(2026, 7, 1), "children": 12},
        [("title", "Ô bắt đầu bằng dấu ="), ("kind", "Chọn loại địa điểm.")],
    ),
    Refused(9, {"title": "Điểm A", "contact_phone": "0912345678"}, [("row", "Trùng dòng 3.")]),
]


def test_refused_rows_come_back_as_they_were(tmp_path):
    path = written(tmp_path, refused_file.content(Kind.PLACES, REFUSED))
    (table,) = tables.read(path, "can-sua.xlsx")
    (found,) = headings.find([table])
    assert found.kind is Kind.PLACES and (found.first, found.last) == (4, 5)
    cells = [
        {key: row[at] for at, key in found.guess.items() if row[at] is not None}
        for row in table.rows[found.first - 1 : found.last]
    ]
    assert cells == [dict(REFUSED[0].cells), dict(REFUSED[1].cells)]
    assert set(found.guess.values()) == {
        "title", "kind", "commune_text", "need_from", "children", "contact_phone",
    }  # fmt: skip
    assert table.rows[3][0] == 7
    assert table.rows[3][-1] == (
        "Tên địa điểm, đơn vị: Ô bắt đầu bằng dấu =\nLoại địa điểm: Chọn loại địa điểm."
    )
    assert table.rows[4][-1] == "Trùng dòng 3."


def test_refused_rows_hold_no_formula(tmp_path):
    path = written(tmp_path, refused_file.content(Kind.PLACES, REFUSED))
    with ZipFile(path) as file:
        assert b"<f>" not in file.read("xl/worksheets/sheet1.xml")


def test_another_list_is_not_taken_for_a_template(tmp_path):
    path = tmp_path / "file"
    book(("a", [["STT", "Tên địa điểm", "Xã"], ["Ví dụ", "Trường thật", "An Lạc"]]))(path)
    (found,) = headings.find(tables.read(path, "a.xlsx"))
    assert (found.first, found.last, found.skipped) == (2, 2, {})
