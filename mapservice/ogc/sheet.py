"""Features as a table that spreadsheets open: UTF-8 with its mark, headings as asked for."""

import csv
import io
from collections.abc import Iterable

from mapservice.language import gettext as _
from mapservice.ogc.collections import Collection

MARK = "\ufeff"  # without it Excel reads another encoding
# A cell that begins so would be run as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def table(of: Collection, features: Iterable[dict]) -> str:
    """CSV of the properties, and the position where it is a point."""
    out = io.StringIO()
    out.write(MARK)
    writer = csv.writer(out)
    point = of.geometry == "Point"
    titles = [_(title) for _schema, title in of.properties.values()]
    writer.writerow(titles + ([_("Kinh độ"), _("Vĩ độ")] if point else []))
    for feature in features:
        cells = [_cell(feature["properties"].get(name)) for name in of.properties]
        writer.writerow(cells + (feature["geometry"]["coordinates"] if point else []))
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, list):
        return _cell(", ".join(str(member) for member in value))
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
