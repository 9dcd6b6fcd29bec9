"""What a page reads: the fields of its forms and of its address, noted while it reads them."""

import pytest

from mapservice import web


def fields_read(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names that schemas know which forms and query strings are read through, from now on.

    The set grows; clear it before what is to be noted.
    """
    found: set[str] = set()
    read = web.query_values

    def noted(schema, values, **more):
        found.update(field.data_key or name for name, field in schema.fields.items())
        return read(schema, values, **more)

    monkeypatch.setattr(web, "query_values", noted)
    return found
