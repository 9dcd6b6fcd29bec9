"""Every list of the corpus: where it is found, what its headings mean, which rows are of it."""

import pytest

from mapservice.imports import headings, tables
from mapservice.imports.fields import FIELDS, Kind
from tests.imports_corpus import FILES, Messy

NAMES = [messy.name for messy in FILES]


def found_in(messy: Messy, path, kind: Kind | None = None) -> headings.Found:
    messy.make(path)
    read = tables.read(path, messy.file_name)
    lists = headings.find(read, kind)
    return next(found for found in lists if found.table == messy.sheet)


@pytest.mark.parametrize("messy", FILES, ids=NAMES)
def test_a_list_is_found_as_it_is_meant(messy, tmp_path):
    found = found_in(messy, tmp_path / "file")
    assert found.kind is messy.kind
    assert [found.guess[at] for at in sorted(found.guess)] == list(messy.columns)
    assert (found.first, found.last) == (min(messy.fates), max(messy.fates))
    rows = set(range(found.first, found.last + 1)) - set(found.skipped)
    assert rows == set(messy.fates)
    assert found.skipped == dict(messy.skipped)


def test_the_corpus_is_large_enough_and_names_every_kind():
    assert len(FILES) >= 20 and len(set(NAMES)) == len(FILES)
    assert {messy.kind for messy in FILES} == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_no_heading_means_two_fields(kind):
    """Of one kind of list; what stands first would win without a word."""
    seen: dict[str, str] = {}
    for field in FIELDS[kind]:
        for heading in (field.heading, *field.synonyms):
            folded = headings.folded(heading)
            assert seen.setdefault(folded, field.key) == field.key, heading


def test_numbers_of_a_text_file_beside_a_total_are_numbers(tmp_path):
    path = tmp_path / "file"
    path.write_text(
        "TT;Tên địa điểm;Xã;Huyện;Số hộ\n"
        "1;Điểm trường Nà Mẫu;An Lạc;Sơn Động;12\n"
        "2;Nhà văn hóa thôn Thử;An Lạc;Sơn Động;30\n"
        ";Tổng cộng;;;42\n",
        encoding="utf-8",
    )
    (found,) = headings.find(tables.read(path, "danh-sach.csv"))
    assert (found.first, found.last) == (2, 3)
