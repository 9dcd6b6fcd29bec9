"""What a page or an operation reads: the fields of its forms and of its address."""

import pytest
from marshmallow import Schema


def fields_read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that schemas know which anything is read through, from now on.

    The set grows; clear it before what is to be noted.
    """
    found: set[str] = set()
    load = Schema.load

    def noted(schema, *data, **more):
        found.update(field.data_key or name for name, field in schema.fields.items())
        return load(schema, *data, **more)

    monkeypatch.setattr(Schema, "load", noted)
    return found
