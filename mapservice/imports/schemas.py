"""What the forms of imports and the API's bodies ask, what the API answers."""

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, pre_load, validate

from mapservice.addresses.models import AddressStatus
from mapservice.imports.fields import FIELDS, FOR_ALL, Kind
from mapservice.imports.models import Answer, BatchKind, BatchStatus, Fate

MOST_CELL = 4000  # characters typed into a cell
MOST_FOR_ALL = 200  # of what all rows say
CHOOSE = "Hãy chọn trong danh sách."
SEEN = {"required": "Hãy tải lại trang.", "invalid": "Hãy tải lại trang."}
COLUMN = r"[0-9]{1,3}:[a-z_0-9]{0,40}"
KEYS = sorted({each.key for known in FIELDS.values() for each in known} | {"commune"})
CELL, ALL = "cell-", "all-"
ALL_KEYS = sorted({key for keys in FOR_ALL.values() for key in keys})


def _one_of(kind: type, **more: object) -> fields.Enum:
    return fields.Enum(kind, by_value=True, error_messages={"unknown": CHOOSE}, **more)


class UploadForm(Schema):
    """`kind`: what the list holds; told by its headings when left out. The file comes beside."""

    kind = _one_of(Kind, load_default=None)


class StepForm(Schema):
    """`version`: the list as it was seen."""

    version = fields.Int(required=True, validate=validate.Range(1, 10**9), error_messages=SEEN)


class KindForm(StepForm):
    kind = _one_of(Kind, required=True)


def _cell(longest: int) -> fields.Str:
    return fields.Str(validate=validate.Length(max=longest, error=f"Nhiều nhất {longest} ký tự."))


class _ColumnsForm(StepForm):
    """`column`: place:field, repeated; a column without a field is left out. `all-FIELD`: what rows
    say that leave that field empty."""

    sheet = fields.Int(load_default=0, validate=validate.Range(0, 1000, error=CHOOSE))
    column = fields.List(
        fields.Str(validate=validate.Regexp(COLUMN + r"\Z", error=CHOOSE)),
        load_default=list,
        validate=validate.Length(max=500),
    )

    @post_load
    def gather(self, data, **_):
        pairs = [value.split(":") for value in data.pop("column")]
        given = {name: data.pop(ALL + name, "") for name in ALL_KEYS}
        return data | {
            "mapping": {int(at): key for at, key in pairs if key},
            "given": {name: text for name, text in given.items() if text},
        }


ColumnsForm = _ColumnsForm.from_dict(
    {ALL + name: _cell(MOST_FOR_ALL) for name in ALL_KEYS}, name="ColumnsForm"
)


class TemplateQuery(Schema):
    """Of which kind an empty list is."""

    kind = _one_of(Kind, load_default=Kind.PLACES)


class _RowForm(StepForm):
    """Cells of a row as they were mended. `shown`: those that the form offered, an empty one is
    emptied. `answer`: whether it is the record that it may be the double of."""

    number = fields.Int(required=True, validate=validate.Range(1, 10**7), error_messages=SEEN)
    shown = fields.List(fields.Str(validate=validate.OneOf(KEYS)), load_default=list)
    answer = _one_of(Answer, load_default=None)
    fate = _one_of(Fate, load_default=None)
    page = fields.Int(load_default=1, validate=validate.Range(1, 10**6))

    @post_load
    def gather(self, data, **_):
        typed = {name: data.pop(CELL + name, None) for name in KEYS}
        kept = set(data.pop("shown")) | {name for name, text in typed.items() if text is not None}
        return data | {"cells": {name: typed[name] or "" for name in sorted(kept)}}


RowForm = _RowForm.from_dict({CELL + name: _cell(MOST_CELL) for name in KEYS}, name="RowForm")


class RowsQuery(Schema):
    """Which rows of a list are shown: of a fate, or whose records are in a state; an empty `fate`
    asks for all, `columns` for the columns instead."""

    class Meta:
        unknown = EXCLUDE

    fate = fields.Enum(Fate, by_value=True)
    state = fields.Enum(AddressStatus, by_value=True, load_default=None)
    columns = fields.Bool(load_default=False)
    page = fields.Int(load_default=1, validate=validate.Range(1, 10**6))

    @pre_load
    def leave_out_empty(self, data, **_):
        return {name: value for name, value in data.items() if value}


class ImportIn(Schema):
    """A list in base64, at most 20 MB. `kind`: what it holds; told by its headings when left out.

    `columns`: {place of a column, from 0: field} of the sheet `sheet`, instead of what the headings
    are taken for. `given`: {field: text} of what rows say that leave that field empty.
    """

    file_name = fields.Str(required=True, validate=validate.Length(1, 200))
    file = fields.Str(required=True, metadata={"contentEncoding": "base64"})
    kind = fields.Enum(Kind, by_value=True, load_default=None)
    sheet = fields.Int(load_default=None, allow_none=True, validate=validate.Range(0, 1000))
    columns = fields.Dict(
        keys=fields.Str(validate=validate.Regexp(r"[0-9]{1,3}\Z")),
        values=fields.Str(validate=validate.OneOf(KEYS)),
        load_default=None,
        allow_none=True,
    )
    given = fields.Dict(
        keys=fields.Str(validate=validate.OneOf(ALL_KEYS)),
        values=fields.Str(validate=validate.Length(1, MOST_FOR_ALL)),
        load_default=dict,
    )


class RowIn(Schema):
    """A row by its number, cells to correct by field ("" empties one), the answer to a likely
    double."""

    number = fields.Int(required=True, validate=validate.Range(1, 10**7))
    cells = fields.Dict(
        keys=fields.Str(validate=validate.OneOf(KEYS)),
        values=fields.Str(validate=validate.Length(max=MOST_CELL)),
        load_default=dict,
    )
    answer = fields.Enum(Answer, by_value=True, load_default=None, allow_none=True)

    @post_load
    def says_something(self, data, **_):
        if not data["cells"] and data["answer"] is None:
            raise ValidationError("Cần ít nhất một ô hoặc một câu trả lời.", "cells")
        return data


class ImportLineOut(Schema):
    """A list that came in, without its rows. `totals`: rows by fate."""

    id = fields.UUID(required=True)
    kind = fields.Enum(BatchKind, by_value=True, required=True)
    status = fields.Enum(BatchStatus, by_value=True, required=True)
    file_name = fields.Str(required=True)
    file_hash = fields.Str(required=True, metadata={"description": "SHA-256 của tệp"})
    rows = fields.Int(required=True)
    totals = fields.Dict(keys=fields.Str(), values=fields.Int(), required=True)
    version = fields.Int(required=True)
    created_at = fields.AwareDateTime(required=True)
    committed_at = fields.AwareDateTime(required=True, allow_none=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)


class FaultOut(Schema):
    """Why a row is refused or waits, at which field ("" for the row)."""

    field = fields.Str(required=True)
    reason = fields.Str(required=True)


class ImportRowOut(Schema):
    """What a row comes to. `double`: code of the record, or row of the file, that it may be."""

    number = fields.Int(required=True)
    fate = fields.Enum(Fate, by_value=True, required=True)
    fields_changed = fields.List(fields.Str(), required=True)
    faults = fields.List(fields.Nested(FaultOut), required=True)
    choices = fields.List(fields.Str(), required=True, metadata={"description": "Mã các xã"})
    double = fields.Str(required=True, allow_none=True)


class ImportOut(ImportLineOut):
    """A list with how its columns are read and the rows that somebody must look at (at most
    1,000): refused, waiting, likely doubles, those whose record could not be submitted.

    `records`: how many of the addresses that it made are in which state; `submitting`: the worker
    is sending those that are drafts.
    """

    columns = fields.Dict(keys=fields.Str(), values=fields.Str(), required=True)
    records = fields.Dict(keys=fields.Str(), values=fields.Int(), required=True)
    submitting = fields.Bool(required=True)
    problems = fields.List(fields.Nested(ImportRowOut), required=True)
