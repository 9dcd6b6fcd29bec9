"""Is this registered already? Always inside the actor's territory only.

Places: a like name near the point. Persons: keyed hashes and names of one commune, by
`disclosure.lookup`, which records every search.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address
from mapservice.disclosure import lookup
from mapservice.errors import Invalid
from mapservice.registration import queries
from mapservice.registration.likeness import key, likeness
from mapservice.territory.names import fold

NEAR = 2000  # metres within which a like name is shown
SHOWN, STRONG = 60.0, 78.0  # likeness: two slips in five letters, one in five
STRONG_METRES = 1000
FAR_SHOWN = 85.0  # without a point, or far away: the name alone must say it
SAME_NAME = 100.0  # of a person, by lookup
MOST = 5
CONFIRM = (
    "Có thể đã đăng ký rồi: xem các hồ sơ bên dưới. Nếu không phải cùng một nơi hoặc một người, "
    "đánh dấu để lưu."
)


@dataclass(frozen=True, slots=True)
class Double:
    """A record that may be the same; `strong`: to be confirmed before saving. `metres` is None
    for persons. `words` is what the list shows of it: of a person no more than the commune."""

    code: str
    words: str
    commune: str
    metres: float | None
    score: float
    strong: bool


def places(
    session: Session,
    actor: Actor,
    title: str,
    spot: tuple[float, float] | None,
    own: UUID | None = None,
) -> list[Double]:
    """Places of the territory that may be this one, the likest first; `own` is left out."""
    if len(key(title)) < 3:
        return []
    lng, lat = spot or (0.0, 0.0)
    values = {
        "lng": lng,
        "lat": lat,
        "metres": NEAR,
        "folded": fold(title),
        "everywhere": actor.territory is None,
        "territory": sorted(actor.territory or ()),
        "own": own,
    }
    found = []
    for row in session.execute(queries.SIMILAR_PLACES, values):
        metres = row.metres if spot else None
        score = likeness(title, row.title)
        near = metres is not None and metres <= NEAR
        if score < (SHOWN if near else FAR_SHOWN):
            continue
        strong = score >= STRONG and metres is not None and metres <= STRONG_METRES
        found.append(Double(row.code, row.title, row.commune, metres, score, strong))
    return sorted(found, key=lambda d: (not d.strong, -d.score, d.metres or 0, d.code))[:MOST]


def persons(session: Session, actor: Actor, values: Mapping[str, object]) -> list[Double]:
    """Persons of the territory with this phone, or with a name like this one in the commune.

    Leaves its audit rows: the caller commits. Raises Invalid (unreadable phone; a reason is
    asked for) and Forbidden as `disclosure.lookup`.
    """
    asked = {"name": values.get("name"), "birth_year": values.get("birth_year")}
    reason, commune = values.get("reason"), values.get("commune_id")
    matches = lookup.find_same(
        session,
        actor.account,
        phone=values.get("phone"),
        commune_id=commune,
        reason=reason,
        **asked,
    )
    if asked["name"] and commune is not None:
        matches += lookup.find_similar(
            session, actor.account, commune_id=commune, reason=reason, **asked
        )
    best: dict[UUID, lookup.Match] = {}
    for match in matches:
        best.setdefault(match.address_id, match)
    return [_double(session, match) for match in list(best.values())[:MOST]]


def require_confirmed(
    session: Session, actor: Actor, own: UUID | None, values: Mapping[str, object]
) -> None:
    """Raise Invalid at `confirm_duplicate` for a place that is very like another, until
    confirmed."""
    if values["confirm_duplicate"]:
        return
    spot = (float(values["lng"]), float(values["lat"]))
    if any(found.strong for found in places(session, actor, str(values["title"]), spot, own)):
        raise confirm()


def confirm() -> Invalid:
    return Invalid(CONFIRM, code="duplicate", fields={"confirm_duplicate": [CONFIRM]})


WORDS = {
    "phone": "Cùng số điện thoại",
    "identity": "Cùng tên, năm sinh và xã",
    "name": "Tên gần giống, cùng xã",
}


def _double(session: Session, match: lookup.Match) -> Double:
    address = session.get_one(Address, match.address_id)
    commune = session.scalar(queries.unit_name(address.commune_id))
    strong = match.by != "name" or match.score >= SAME_NAME
    return Double(address.public_code, WORDS[match.by], commune, None, match.score, strong)
