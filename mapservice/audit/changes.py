"""What of a changed record the trail keeps: values that tell of nobody, of all others the names."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.dialects.postgresql import MultiRange, Range

# The trail outlives erasure. Titles and descriptions are not told: the very reason to mend one
# may be that a person's name stood in it.
TOLD: Mapping[str, frozenset[str]] = {
    "address": frozenset(
        {
            "kind",
            "commune_id",
            "former_commune_id",
            "programme_year",
            "children",
            "youth",
            "elderly",
            "disabled",
            "households",
            "severity",
            "sensitive",
        },
    ),
    "need": frozenset(
        {
            "category",
            "quantity",
            "unit",
            "parts",
            "people_per_part",
            "together",
            "people_in_all",
            "skills",
            "wanted_during",
            "urgency",
            "helps_people",
            "concerns",
        },
    ),
    "team": frozenset(
        {
            "name",
            "kind",
            "people",
            "commune_id",
            "former_commune_id",
            "skills",
            "languages",
            "vehicles",
            "max_concurrent",
            "radius_km",
            "available_during",
            "state",
            "verified",
            "base_public",
        },
    ),
    "assignment": frozenset(
        {"quantity", "hours", "volunteers"},
    ),
    "user_account": frozenset({"role", "organisation_id"}),
    "organisation": frozenset({"name", "parent_id", "self_verification"}),
}
UNSAID = frozenset({"id", "version", "created_at", "updated_at", "status", "status_at"})


def detail(
    table_name: str, before: Mapping[str, object], after: Mapping[str, object], *, protected: bool
) -> dict[str, object]:
    """The changed fields: `values` {name: [before, after]}, `fields` the names of the others.

    Compares the fields of `after`; empty when none differs. `protected`: names alone.
    """
    changed = [
        name
        for name in after
        if name not in UNSAID and plain(before.get(name)) != plain(after[name])
    ]
    told = frozenset() if protected else TOLD.get(table_name, frozenset())
    values = {n: [plain(before.get(n)), plain(after[n])] for n in changed if n in told}
    fields = sorted(name for name in changed if name not in told)
    return ({"values": values} if values else {}) | ({"fields": fields} if fields else {})


def plain(value: object) -> object:
    """A column's value as JSON: dates in ISO form, ranges of days as [first, last]."""
    if isinstance(value, MultiRange):
        return [plain(part) for part in value]
    if isinstance(value, Range):
        return [plain(value.lower), plain(value.upper)]
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, bool | int | float | str):
        return value  # a StrEnum is its text
    return repr(value)
