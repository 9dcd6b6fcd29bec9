"""What the page of a list's columns shows: what each seems to be, what is said for all rows."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from mapservice.forms import Filled
from mapservice.imports import blank, uploading
from mapservice.imports.fields import FIELDS, FOR_ALL, Kind
from mapservice.imports.models import ImportBatch
from mapservice.imports.schemas import ALL


def shown(session: Session, batch: ImportBatch, form: Filled | None = None) -> dict[str, object]:
    """The sheets of a file with their columns, what each seems to be, and first values; `fields`
    that a column may be. `form`: as it was filled in, where it was refused."""
    samples = uploading.samples(session, batch)
    typed = form.given if form is not None and "column" in form.given else None
    words = blank.words(session)
    sheets = []
    for number, (sheet, values) in enumerate(zip(batch.headings, samples, strict=True)):
        chosen = number == batch.sheet
        mapping = batch.mapping if chosen else sheet["guess"]
        given = sheet.get("all", {})
        if chosen and typed is not None:
            pairs = (value.partition(":") for value in typed.getlist("column"))
            mapping = {at: key for at, _, key in pairs}
            given = {name: typed.get(ALL + name, "") for name in FOR_ALL[Kind(batch.kind)]}
        about = {"number": number, "name": sheet["name"] or f"Trang {number + 1}"}
        sheets.append(about | _sheet(sheet, values, mapping) | {"all": _all(batch, given, words)})
    options = [(each.key, each.heading) for each in FIELDS[Kind(batch.kind)]]
    return {"sheets": sheets, "fields": options}


def _sheet(sheet: Mapping, values: Mapping, mapping: Mapping[str, str]) -> dict[str, object]:
    return {
        "rows": max(0, sheet["last"] - sheet["first"] + 1 - len(sheet["skipped"])),
        "skipped": len(sheet["skipped"]),
        "row": sheet["row"],
        "columns": [
            {
                "at": at,
                "heading": text or f"Cột {at + 1}",
                "field": mapping.get(str(at), ""),
                "samples": values.get(str(at), []),
            }
            for at, text in enumerate(sheet["columns"])
            if text or values.get(str(at))
        ],
    }


def _all(batch: ImportBatch, given: Mapping[str, str], words: Mapping) -> list[dict[str, object]]:
    """The fields that may be said for all rows, with the words that they take."""
    kind = Kind(batch.kind)
    known = {each.key: each for each in FIELDS[kind]}
    return [
        {
            "name": ALL + key,
            "heading": known[key].heading,
            "note": known[key].note,
            "offered": words.get(known[key].choices, []),
            "text": given.get(key, ""),
        }
        for key in FOR_ALL[kind]
    ]
