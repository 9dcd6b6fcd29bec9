"""Files are read as they are meant, and what could do harm is refused soon, with a reason."""

import json
import os
import re
import resource
import time
from datetime import date, datetime
from pathlib import Path

import pytest

from mapservice.errors import Invalid
from mapservice.imports import tables, unreadable, workbooks
from tests.imports_bad_files import FILES as BAD
from tests.imports_bad_files import Bad
from tests.imports_corpus import FILES, PLAIN, Messy, book, ods, text

MOST_SECONDS, MOST_MEMORY = 2, 150 * 1024 * 1024  # bytes


def measured(path: Path, file_name: str) -> dict[str, object]:
    """What is said, seconds of work with the reader's, bytes more than before; in a fork."""
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, json.dumps(said_of(path, file_name)).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as told:
        return json.loads(told.read())


def said_of(path: Path, file_name: str) -> dict[str, object]:
    begin, most = time.process_time(), high_water()
    try:
        tables.read(path, file_name)
        said = "read"
    except Invalid as error:
        said = error.fields["file"][0]
    except Exception as error:
        said = f"read: {error!r}"
    reader = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.process_time() - begin + reader.ru_utime + reader.ru_stime
    return {"said": said, "seconds": seconds, "bytes": high_water() - most}


def high_water() -> int:
    """The most memory that this process ever held, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024


@pytest.mark.parametrize("bad", BAD, ids=[bad.name for bad in BAD])
def test_a_bad_file_is_refused_with_a_reason(bad: Bad, tmp_path, record_property):
    """The reader beside us cannot take more than it may: that is its limit."""
    assert workbooks.MEMORY < MOST_MEMORY
    path = tmp_path / "file"
    bad.make(path)
    told = measured(path, bad.file_name)
    record_property(f"refused: {bad.name}", f"{told['seconds']:.2f} s")
    assert bad.says in told["said"] and not told["said"].startswith("read"), told
    assert told["seconds"] < MOST_SECONDS and told["bytes"] < MOST_MEMORY, told


def test_cells_have_their_types_and_texts_one_form(tmp_path):
    path = tmp_path / "file"
    rows = [
        ["Xa\u0303 An La\u0323c ", " \u200b ", 12, 12.5, date(2026, 7, 1), True],
        ["\u202eA\xa0B\n c"],
    ]
    book(("Trang", rows))(path)
    (table,) = tables.read(path, "a.xlsx")
    assert table.name == "Trang"
    assert table.rows[0] == ("Xã An Lạc", None, 12, 12.5, date(2026, 7, 1), True)
    assert type(table.rows[0][2]) is int and not isinstance(table.rows[0][4], datetime)
    assert table.rows[1] == ("A B\n c", None, None, None, None, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_every_encoding_and_separator_says_the_same(tmp_path, encoding, separator):
    path = tmp_path / "file"
    text(PLAIN, encoding, separator)(path)
    (table,) = tables.read(path, "Danh sách.csv")
    said = tuple(tuple(None if c is None else str(c) for c in row) for row in PLAIN)
    assert (table.name, tuple(table.rows)) == ("Danh sách", said)


def test_a_line_about_the_separator_is_no_row(tmp_path):
    path = tmp_path / "file"
    path.write_text('sep=;\nTên;Địa chỉ\nĐiểm A;"Thôn Mẫu; An Lạc"\n', encoding="utf-8")
    (table,) = tables.read(path, "a.csv")
    assert table.rows == [("Tên", "Địa chỉ"), ("Điểm A", "Thôn Mẫu; An Lạc")]


@pytest.mark.parametrize("maker", ["xlsx", "ods"])
def test_a_merged_block_says_its_value_in_every_cell(tmp_path, maker):
    path = tmp_path / "file"
    rows = [["Tên", "Xã"], ["A", "An Lạc"], ["B", None], ["C", None], ["D", "Lệ Viễn"]]
    make = book(("a", rows), merged=("B2:B4",)) if maker == "xlsx" else ods(rows, {(1, 1): 3})
    make(path)
    (table,) = tables.read(path, f"a.{maker}")
    assert [row[1] for row in table.rows[1:]] == ["An Lạc", "An Lạc", "An Lạc", "Lệ Viễn"]


def test_hidden_sheets_hold_no_list(tmp_path):
    import xlsxwriter

    path = tmp_path / "file"
    with xlsxwriter.Workbook(path) as file:
        file.add_worksheet("Thấy").write(0, 0, "A")
        page = file.add_worksheet("Từ")
        page.write(0, 0, "B")
        page.hide()
        page = file.add_worksheet("Rất kín")
        page.write(0, 0, "C")
        page.very_hidden()
    assert [table.name for table in tables.read(path, "a.xlsx")] == ["Thấy"]


@pytest.mark.parametrize("messy", FILES, ids=[messy.name for messy in FILES])
def test_right_vietnamese_is_never_taken_for_an_old_font(messy: Messy, tmp_path):
    messy.make(tmp_path / "file")
    assert tables.read(tmp_path / "file", messy.file_name)


def test_words_of_the_seeds_are_right_in_every_encoding(tmp_path):
    """In Windows-1258 too, where the bytes could be those of an old font."""
    seeds = Path(__file__).resolve().parents[2] / "seed"
    for source in (*seeds.rglob("*.csv"), *seeds.rglob("*.json")):
        words = source.read_text(encoding="utf-8")[:200_000]
        lines = [[line] for line in words.splitlines() if line.strip()][:2000]
        for encoding in ("utf-8", "cp1258"):
            path = tmp_path / "file"
            try:
                text(lines, encoding, "\t")(path)
            except UnicodeEncodeError:
                continue  # signs that Windows-1258 does not have
            (table,) = tables.read(path, "a.csv")
            assert table.rows


def test_the_refusal_of_an_old_font_names_a_cell_and_the_way_out(tmp_path):
    bad = next(bad for bad in BAD if bad.name == "ABC font")
    bad.make(tmp_path / "file")
    with pytest.raises(Invalid) as refused:
        tables.read(tmp_path / "file", bad.file_name)
    assert "ô B1 trang “DS”" in refused.value.detail and "Unikey" in refused.value.detail
    assert "§øc" not in refused.value.detail and "Đức" not in refused.value.detail


def test_a_reader_that_hangs_is_a_refusal(tmp_path, monkeypatch):
    path = tmp_path / "file"
    book(("a", PLAIN))(path)
    monkeypatch.setattr(workbooks, "SECONDS", 0)
    with pytest.raises(Invalid, match="quá lớn"):
        tables.read(path, "a.xlsx")


def test_the_longest_list_is_read(tmp_path, record_property):
    path = tmp_path / "file"
    row = ["Điểm trường Khe Mẫu", "Thôn Mẫu", "xã An Lạc, huyện Sơn Động", 12, "0912345678"] * 5
    rows = [["Tên", "Xã"], *([n, *row] for n in range(unreadable.MOST_ROWS - 1))]
    book(("a", rows))(path)
    begin = time.process_time()
    (table,) = tables.read(path, "a.xlsx")
    record_property("seconds of 20,000 rows, without the reader", time.process_time() - begin)
    assert len(table.rows) == unreadable.MOST_ROWS
    assert table.rows[-1][:2] == (unreadable.MOST_ROWS - 2, "Điểm trường Khe Mẫu")
