"""What a public layer may be filtered by: clauses of SQL with bound values.

Each clause is written once against the alias `f` of the layer's view in schema `pub`. Values are
always bound; no name in the SQL ever comes from a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mapservice.geo import SRID, Box

IN_BOX = f"f.geom OPERATOR(ext.&&) ext.ST_MakeEnvelope(:west, :south, :east, :north, {SRID})"
CLAUSES = {
    "unit_ids": "f.unit_ids && CAST(:unit_ids AS integer[])",
    "people_units": "f.unit_ids <@ CAST(:people_units AS integer[])",
    "group": "f.need_group = ANY(:group)",
    "category": "f.category = ANY(:category)",
    "urgency": "f.urgency = ANY(:urgency)",
    "status": "f.status = ANY(:status)",
    "state": "f.state = ANY(:state)",
    "kind": "f.kind = ANY(:kind)",
    "place_kind": "f.place_kind = ANY(:place_kind)",
    "skill": "f.skills @> CAST(:skill AS text[])",
    "campaign": "f.campaign = ANY(:campaign)",
    "level": "f.level = ANY(:level)",
    "day": "f.valid_from <= :day AND (f.valid_to IS NULL OR f.valid_to > :day)",
    "q": "f.title_folded LIKE :q",
    "name": "f.name_folded LIKE :name",
    "code": "f.code = :code",
    "place": "f.place = :place",
}


@dataclass(frozen=True)
class Where:
    """A condition and the values bound in it; `str(where)` is the text after WHERE."""

    clauses: tuple[str, ...] = ()
    values: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return " AND ".join(self.clauses) or "true"


def where(box: Box | None, filters: Mapping[str, object]) -> Where:
    """Features inside `box` (degrees, EPSG:4326; None: anywhere) that pass every filter.

    `filters` holds names of CLAUSES with their values; None means not filtered.
    """
    given = {name: value for name, value in filters.items() if value not in (None, [], "")}
    clauses = [CLAUSES[name] for name in given]
    if box is not None:
        clauses.insert(0, IN_BOX)
        given |= box._asdict()
    return Where(tuple(clauses), given)


def contains(folded: str) -> str:
    """A LIKE pattern for text that contains `folded`, its wildcards taken literally."""
    literal = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{literal}%"
