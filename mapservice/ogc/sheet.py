"""Features as a table that spreadsheets open: UTF-8 with its mark, headings as asked for."""

import csv
import io
from collections.abc import Iterable, Mapping

from mapservice.language import gettext as _
from mapservice.ogc.collections import Collection

MARK = "\ufeff"  # without it Excel reads another encoding
AS_THEY_ARE = ("urgency", "max_urgency")  # levels, to be sorted by
# A cell that begins so would be run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(of: Collection, features: Iterable[dict], said: Mapping[str, Mapping]) -> str:
    """CSV of the properties, and the position where it is a point; `said`: property -> code ->
    its word (`words.of_properties`)."""
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out)
    point = of.geometry == "Point"
    titles = [_(title) for _schema, title in of.properties.values()]
    writer.writerow(titles + ([_("Kinh độ"), _("Vĩ độ")] if point else []))
    columns = [(name, said.get(name, {})) for name in of.properties]
    answers = {True: _("có"), False: _("không")}
    for feature in features:
        held = feature["properties"]
        cells = [_cell(held.get(name), words, answers) for name, words in columns]
        writer.writerow(cells + (feature["geometry"]["coordinates"] if point else []))
    return out.getvalue()


def _cell(value: object, words: Mapping, answers: Mapping[bool, str]) -> object:
    if isinstance(value, str):
        said = words.get(value, value)
        return f"'{said}" if said.startswith(FORMULA) else said
    if isinstance(value, bool):
        return answers[value]
    if isinstance(value, list):
        return _cell(", ".join(str(words.get(member, member)) for member in value), {}, answers)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return "" if value is None else value
