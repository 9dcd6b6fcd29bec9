"""The empty lists that offices fill in: headings, notes, drop-downs, two examples."""

from collections.abc import Mapping, Sequence
from io import BytesIO

from flask import current_app
from sqlalchemy.orm import Session
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from mapservice.imports.fields import FIELDS, Field, Kind
from mapservice.imports.writing import NUMBER, new_book, write_cell, write_headings
from mapservice.registration import queries
from mapservice.registration import words as registration
from mapservice.teams.forms import LANGUAGES

TITLES = {
    Kind.PLACES: "Mẫu danh sách địa điểm, đơn vị",
    Kind.PERSONS: "Mẫu danh sách cá nhân, hộ gia đình",
    Kind.TEAMS: "Mẫu danh sách đội hình tình nguyện",
}
LEAD = (
    "Mỗi dòng một hồ sơ. Cột tô đậm là bắt buộc; đưa chuột lên tên cột để xem cách ghi. Hai dòng "
    "“Ví dụ” được bỏ qua khi nhập, xóa đi hoặc để nguyên đều được."
)
EXAMPLE = "Ví dụ"
LIST, WORDS, GUIDE = "Danh sách", "Từ", "Hướng dẫn"
HEAD = 2  # row of the headings, from 0
FILLED = 2_000  # rows that have drop-downs
SEVERAL = frozenset({"skills", "languages"})  # lists of which a cell may hold more than one word
LEFT_OUT = frozenset({"code"})  # nothing of ours is in an empty list


def words(session: Session) -> dict[str, list[str]]:
    """The words that drop-downs offer, by the name of their list (`Field.choices`)."""
    said = current_app.jinja_env.get_template("macros/words.html").module
    return {
        "place_kinds": [kind.name for kind in session.scalars(queries.KINDS)],
        "categories": [category.name for category in session.scalars(queries.CATEGORIES)],
        "skills": [skill.name for skill in session.scalars(queries.SKILLS)],
        "team_kinds": [str(word) for word in said.team_kinds.values()],
        "severities": list(registration.SEVERITIES.values()),
        "urgencies": list(registration.URGENCIES.values()),
        "person_kinds": list(registration.PERSON_KINDS.values()),
        "channels": list(registration.CHANNELS.values()),
        "givers": list(registration.GIVERS.values()),
        "languages": list(LANGUAGES.values()),
        "yes_no": ["Có", "Không"],
    }


def content(kind: Kind, offered: Mapping[str, Sequence[str]]) -> bytes:
    """The file (xlsx). `offered`: words by the name of their list, as `words` gives them."""
    target = BytesIO()
    fields = [field for field in FIELDS[kind] if field.key not in LEFT_OUT]
    with new_book(target, TITLES[kind]) as book:
        page = book.add_worksheet(LIST)
        page.write_string(0, 0, TITLES[kind], book.add_format({"bold": True, "font_size": 14}))
        page.write_string(1, 0, LEAD, book.add_format({"italic": True, "font_color": "#444444"}))
        write_headings(book, page, HEAD, NUMBER, fields)
        _write_examples(book, page, fields)
        _write_guide(book, fields)
        _offer(page, fields, _write_words(book, offered))
    return target.getvalue()


def _write_examples(book: Workbook, page: Worksheet, fields: Sequence[Field]) -> None:
    grey = book.add_format({"italic": True, "font_color": "#6B6B6B", "num_format": "@"})
    for below, examples in enumerate(zip(*((f.example, f.other) for f in fields), strict=True), 1):
        page.write_string(HEAD + below, 0, EXAMPLE, grey)
        for at, example in enumerate(examples, 1):
            write_cell(page, HEAD + below, at, example, grey)


def _write_guide(book: Workbook, fields: Sequence[Field]) -> None:
    """What the comments say, for those who print."""
    page = book.add_worksheet(GUIDE)
    wrap, bold = (
        book.add_format({"text_wrap": True, "valign": "top"}),
        book.add_format({"bold": True}),
    )
    for at, (heading, width) in enumerate((("Cột", 28), ("Bắt buộc", 10), ("Cách ghi", 80))):
        page.set_column(at, at, width)
        page.write_string(0, at, heading, bold)
    for row, field in enumerate(fields, 1):
        page.write_string(row, 0, field.heading, wrap)
        page.write_string(row, 1, "x" if field.required else "", wrap)
        page.write_string(row, 2, field.note, wrap)


def _write_words(book: Workbook, offered: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A hidden sheet with the words; the range of each list."""
    page = book.add_worksheet(WORDS)
    page.hide()
    ranges = {}
    for at, (name, listed) in enumerate(offered.items()):
        page.write_column(0, at, listed)
        column = xl_col_to_name(at, col_abs=True)
        ranges[name] = f"='{WORDS}'!{column}$1:{column}${len(listed)}"
    return ranges


def _offer(page: Worksheet, fields: Sequence[Field], ranges: Mapping[str, str]) -> None:
    """Drop-downs; other words are warned of, several of some lists are not."""
    for at, field in enumerate(fields, 1):
        if not field.choices:
            continue
        told = {
            "validate": "list",
            "source": ranges[field.choices],
            "error_type": "warning",
            "error_title": "Không có trong danh sách",
            "error_message": "Nên chọn một mục trong danh sách.",
            "show_error": field.choices not in SEVERAL,
        }
        page.data_validation(HEAD + 1, at, HEAD + FILLED, at, told)
