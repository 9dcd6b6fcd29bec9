"""Files that must be refused whole, made by code, and what the sentence about them must say."""

# ruff: noqa: E501 - a file stands in one line
import base64
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from mapservice.imports.legacy_fonts import TCVN3, VNI, Code
from mapservice.imports.tables import column_letters
from tests.imports_corpus import PLAIN, XLS, book, text

Make = Callable[[Path], None]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@dataclass(frozen=True)
class Bad:
    """`says`: words of the sentence."""

    name: str
    file_name: str
    make: Make
    says: str


def content(data: bytes) -> Make:
    return lambda path: path.write_bytes(data) and None


def changed(change: Callable[[dict[str, bytes]], dict[str, bytes]], stored: bool = False) -> Make:
    """A good xlsx with its parts changed."""

    def make(path: Path) -> None:
        book(("DS", PLAIN))(path)
        with ZipFile(path) as file:
            parts = {name: file.read(name) for name in file.namelist()}
        with ZipFile(path, "w", ZIP_STORED if stored else ZIP_DEFLATED) as file:
            for name, data in change(parts).items():
                file.writestr(name, data)

    return make


SHEET = "xl/worksheets/sheet1.xml"


def sheet_of(rows: str) -> Make:
    """An xlsx whose only sheet has these rows, as XML."""
    data = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    return changed(lambda parts: parts | {SHEET: data})


def cell(where: str) -> str:
    return (
        f'<row r="{where.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{where}"><v>1</v></c></row>'
    )


def before_sheet(words: bytes) -> Make:
    def change(parts: dict[str, bytes]) -> dict[str, bytes]:
        return parts | {SHEET: words + parts[SHEET].split(b"?>", 1)[1]}

    return changed(change)


XXE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def bomb(path: Path) -> None:
    """Three hundred megabytes of spaces in a small file, their size declared as it is."""
    changed(lambda parts: parts | {SHEET: parts[SHEET] + b" " * 300_000_000})(path)


def lying_bomb(path: Path) -> None:
    """The same; the directory and the part itself say that it is small, its checksum too."""
    spaces, small = b" " * 300_000_000, 100
    changed(lambda parts: parts | {SHEET: spaces})(path)
    data = bytearray(path.read_bytes())
    check = zlib.crc32(spaces[:small])
    for mark, at_check in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        start = 0
        while (start := data.find(mark, start)) >= 0:
            if data.find(SHEET.encode(), start, start + 80) >= 0:
                data[start + at_check : start + at_check + 4] = struct.pack("<I", check)
                data[start + at_check + 8 : start + at_check + 12] = struct.pack("<I", small)
            start += 4
    path.write_bytes(bytes(data))


def utf16(parts: dict[str, bytes]) -> dict[str, bytes]:
    return parts | {SHEET: (XXE.decode() + "<worksheet/>").encode("utf-16")}


def old_workbook() -> bytes:
    return zlib.decompress(base64.b64decode(XLS))


def locked_xls() -> bytes:
    """A record of the workbook made one that says: locked (FILEPASS)."""
    return old_workbook().replace(b"\x5c\x00\x70\x00", b"\x2f\x00\x70\x00", 1)


def compound(*streams: str) -> bytes:
    """The beginning of a compound file with these names in its directory."""
    names = b"".join(name.encode("utf-16-le").ljust(128, b"\x00") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + names


def written_in(code: Code, words: str) -> str:
    """The words as somebody with an old font types them."""
    keys = {letter: short for short, letter in reversed(code.table.items())}
    return "".join(keys.get(letter, letter) for letter in words)


OLD = [
    ["STT", "Họ và tên", "Xã"],
    [1, "Nguyễn Văn Đức", "xã An Lạc"],
    [2, "Trần Thị Phương", "xã Lệ Viễn"],
    [3, "Lê Quốc Cường", "thị trấn Tây Yên Tử"],
]


def old(code: Code):
    return [[written_in(code, c) if isinstance(c, str) else c for c in row] for row in OLD]


def million(path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 1_000_001))
    sheet_of(rows)(path)


def wide(path: Path) -> None:
    """16,000 headings in one row."""
    names = (f'<c r="{column_letters(n)}1"><v>{n}</v></c>' for n in range(16_000))
    sheet_of(f'<row r="1">{"".join(names)}</row>')(path)


def ods_bomb(path: Path) -> None:
    """One cell, said to be repeated in every row and column."""
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr(
            "content.xml",
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
            ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body>'
            '<office:spreadsheet><table:table table:name="a"><table:table-row table:number-rows-repeated="1048576">'
            f"{cell}</table:table-row></table:table></office:spreadsheet></office:body></office:document-content>",
        )


def html(path: Path) -> None:
    rows = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in PLAIN)
    path.write_text(f"\n<html><body><table>{rows}</table></body></html>", encoding="utf-8")


def cut(path: Path) -> None:
    book(("DS", PLAIN))(path)
    path.write_bytes(path.read_bytes()[:-400])


def archive(*names: str) -> Make:
    def make(path: Path) -> None:
        with ZipFile(path, "w") as file:
            for name in names:
                file.writestr(name, "<x/>")

    return make


FILES = (
    Bad("empty", "a.xlsx", content(b""), "trống"),
    Bad("empty sheet", "a.xlsx", book(("DS", [])), "trống"),
    Bad("empty text", "a.csv", content(b"\xef\xbb\xbf\r\n \r\n"), "trống"),
    Bad("zip bomb", "a.xlsx", bomb, "quá lớn"),
    Bad("zip bomb that lies", "a.xlsx", lying_bomb, ""),
    Bad("one cell everywhere, OpenDocument", "a.ods", ods_bomb, ""),
    Bad("two cells far apart", "a.xlsx", sheet_of(cell("A1") + cell("XFD1048576")), ""),
    Bad("external entity", "a.xlsx", before_sheet(XXE), "khai báo lạ"),
    Bad("many laughs", "a.xlsx", before_sheet(LAUGHS), "khai báo lạ"),
    Bad("external entity in UTF-16", "a.xlsx", changed(utf16), "hỏng"),
    Bad("a million rows", "a.xlsx", million, "20.000 dòng"),
    Bad("a million rows of text", "a.csv", content(b"a;b\r\n" * 1_000_000), "20.000 dòng"),
    Bad("16,000 columns", "a.xlsx", wide, "200 cột"),
    Bad("16,000 columns of text", "a.csv", content(b";".join([b"a"] * 16_000)), "200 cột"),
    Bad("password", "a.xlsx", content(compound("EncryptionInfo", "EncryptedPackage")), "mật khẩu"),
    Bad("password, Excel 97", "a.xls", content(locked_xls()), "mật khẩu"),
    Bad("macros", "a.xlsm", changed(lambda p: p | {"xl/vbaProject.bin": b"x"}), "macro"),
    Bad("macros, renamed", "a.xlsx", changed(lambda p: p | {"xl/vbaProject.bin": b"x"}), "macro"),
    Bad("macros, Excel 97", "a.xls", content(compound("Workbook", "_VBA_PROJECT_CUR")), "macro"),
    Bad("binary workbook", "a.xlsb", archive("xl/workbook.bin"), ".xlsb"),
    Bad("web page named .xls", "a.xls", html, "trang web"),
    Bad(
        "XML of 2003 named .xls", "a.xls",
        content(b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'),
        "2003",
    ),
    Bad("cut off", "a.xlsx", cut, "chưa trọn"),
    Bad("cut off, Excel 97", "a.xls", content(old_workbook()[:3000]), "chưa trọn"),
    Bad("a picture", "a.xlsx", content(b"\x89PNG\r\n\x1a\n" + bytes(100)), "ảnh"),
    Bad("a PDF", "a.xls", content(b"%PDF-1.7\n" + bytes(100)), "PDF"),
    Bad("a Word document", "a.xlsx", archive("[Content_Types].xml", "word/document.xml"), "Word"),
    Bad("an archive of files", "a.zip", archive("list.xlsx", "other.xlsx"), "giải nén"),
    Bad("bytes", "a.csv", content(bytes(range(256)) * 40), "không phải bảng tính"),
    Bad("ABC font", "a.xlsx", book(("DS", old(TCVN3))), "TCVN3"),
    Bad("VNI font", "a.xlsx", book(("DS", old(VNI))), "VNI"),
    Bad("ABC font, text", "a.csv", text(old(TCVN3), "latin-1", ";"), "TCVN3"),
    Bad("VNI font, text", "a.csv", text(old(VNI), "cp1252", "\t"), "VNI"),
)  # fmt: skip
