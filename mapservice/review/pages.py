"""What the page of a record shows: of a person the outline, never more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from geoalchemy2.shape import to_shape
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import service as accounts
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address, PlaceKind
from mapservice.matching import queries as matching_queries
from mapservice.matching import service as matching
from mapservice.matching.pages import GROUPS
from mapservice.needs.models import OPEN, Need, NeedCategory, NeedStatus
from mapservice.photos import service as photos
from mapservice.registration.needs import BEGUN
from mapservice.review import choices, merging, privacy, queries, records, states, steps, undo
from mapservice.review.choices import Choices
from mapservice.review.history import Event, told
from mapservice.review.steps import Step
from mapservice.screening import service as screening
from mapservice.screening.service import Screened
from mapservice.territory.models import Level

AGES = {
    "under_7": "dưới 7 tuổi",
    "7_15": "từ 7 đến dưới 16 tuổi",
    "16_up": "từ 16 tuổi",
    "unknown": "chưa rõ tuổi",
}
COUNTS = {
    "children": "trẻ em",
    "youth": "thanh niên",
    "elderly": "người cao tuổi",
    "disabled": "người khuyết tật",
    "households": "hộ gia đình",
}
CONCERNS = {"health": "sức khoẻ", "disability": "khuyết tật", "children": "trẻ em"}
EVENTS = 6  # of the history on this page; all of it is behind the link
MAP_MARGIN = 0.25  # degrees around the point that the small map draws


@dataclass(frozen=True)
class NeedCard:
    """A need; of a person's `title` is its category, and nothing tells more."""

    need: Need
    title: str
    category: NeedCategory
    state: str
    reason: str | None
    teams: int
    skills: list[str]
    concerns: list[str]
    steps: list[Step]
    undo_until: datetime | None
    may_edit: bool

    @property
    def counted(self) -> bool:
        """Whether teams may have taken it, so that its progress says something."""
        return self.need.status in {*OPEN, NeedStatus.MET, NeedStatus.CLOSED}


@dataclass(frozen=True)
class RecordPage:
    """An address with its needs, what may be done next, and who did what so far."""

    address: Address
    title: str
    person: bool
    protected: bool
    kind: PlaceKind | None
    state: str
    meaning: str
    reason: str | None
    commune: str
    former: str | None
    people: list[str]
    organisation: str
    names: Mapping[UUID, str]
    self_verified: bool
    needs: list[NeedCard]
    choices: Choices
    texts: list[Screened]
    kept: Address | None
    kept_title: str
    doubles: Sequence[Address]
    reasons: Mapping[str, str]
    events: list[Event]
    gallery: photos.Gallery | None
    private: privacy.PrivateCard
    spot: tuple[float, float] | None
    bounds: list[float]


def record(session: Session, actor: Actor, code: str) -> RecordPage:
    """Everything the page shows. Raises NotFound as `records.address`."""
    address = records.address(session, actor, Action.SEE_RECORDS, code)
    needs = records.needs(session, address)
    person = records.is_person(address)
    reasons = matching.reason_words(session)
    spot = None if address.point is None else _spot(address)
    return RecordPage(
        address=address,
        title=title_of(address),
        person=person,
        protected=states.protected(address),
        kind=session.get(PlaceKind, address.kind) if address.kind else None,
        state=states.name(address),
        meaning=states.meaning(address),
        reason=reasons.get(address.status_reason or "", address.status_reason),
        **_where(session, address),
        people=_people(address),
        organisation=accounts.organisation(session, address.organisation_id).name,
        names=_names(session, address),
        self_verified=address.verified_by is not None
        and address.verified_by == address.registered_by,
        needs=_cards(session, actor, address, needs, reasons),
        choices=choices.of_record(session, actor, address, needs),
        texts=_texts(session, actor, address, needs),
        **_merged(session, actor, address),
        reasons=reasons,
        events=told(session, [address.id, *(need.id for need in needs)], reasons, EVENTS),
        gallery=None if person else photos.of_address(session, address.id),
        private=privacy.card(session, actor, address),
        spot=spot,
        bounds=_bounds(spot),
    )


def title_of(address: Address) -> str:
    """What a record is called in a list: a place's title, a person's group."""
    return GROUPS[address.person_kind] if records.is_person(address) else str(address.title)


def _cards(
    session: Session,
    actor: Actor,
    address: Address,
    needs: Sequence[Need],
    reasons: Mapping[str, str],
) -> list[NeedCard]:
    categories = {found.code: found for found in session.scalars(queries.categories())}
    skills = dict(session.execute(text(matching_queries.SKILL_NAMES)).all())
    teams = dict(session.execute(queries.teams_at([need.id for need in needs])).all())
    alone = address.status in merging.FAR
    mends = actor.may(Action.REGISTER) and address.status in steps.SUBMIT.homes
    return [
        NeedCard(
            need=need,
            title=need.title or categories[need.category].name,
            category=categories[need.category],
            state=states.name(need),
            reason=reasons.get(need.status_reason or "", need.status_reason),
            teams=teams.get(need.id, 0),
            skills=[skills.get(code, code) for code in need.skills],
            concerns=[CONCERNS.get(code, code) for code in need.concerns],
            steps=choices.of_need(session, actor, address, need) if alone else [],
            undo_until=undo.offered(session, actor, need) if address.status in steps.LIVE else None,
            may_edit=mends and need.status in BEGUN,
        )
        for need in needs
    ]


def _texts(
    session: Session, actor: Actor, address: Address, needs: Sequence[Need]
) -> list[Screened]:
    """What a verifier has to look at before this goes public."""
    if not actor.may(Action.REVIEW) or address.status not in merging.FAR:
        return []
    shown = [need for need in needs if need.status not in merging.ENDED]
    return screening.screen(session, screening.passages(address, shown))


def _where(session: Session, address: Address) -> dict[str, str | None]:
    units = {row.id: row for row in session.execute(queries.units(address.unit_ids))}
    former = [units[address.former_commune_id].name] if address.former_commune_id else []
    if former:
        former += [row.name for row in units.values() if row.level is Level.DISTRICT]
    return {"commune": units[address.commune_id].name, "former": ", ".join(former) or None}


def _merged(session: Session, actor: Actor, address: Address) -> dict[str, object]:
    """The records it was merged with that the actor may read: the province merges across
    territories, and a place may be protected later."""

    def readable(other: Address) -> bool:
        hidden = states.protected(other) and not actor.may(Action.SEE_PERSONS)
        return actor.covers(other.unit_ids) and not hidden

    kept = session.get(Address, address.duplicate_of_id) if address.duplicate_of_id else None
    if kept is not None and not readable(kept):
        kept = None
    return {
        "kept": kept,
        "kept_title": title_of(kept) if kept else "",
        "doubles": [
            found for found in session.scalars(queries.doubles(address.id)) if readable(found)
        ],
    }


def _people(address: Address) -> list[str]:
    if records.is_person(address):
        return [AGES[address.age_band]] if address.age_band else []
    return [
        f"{count} {words}" for name, words in COUNTS.items() if (count := getattr(address, name))
    ]


def _names(session: Session, address: Address) -> dict[UUID, str]:
    ids = {address.registered_by, address.verified_by, address.assured_by} - {None}
    return dict(session.execute(queries.names(ids)).all())


def _spot(address: Address) -> tuple[float, float]:
    shape = to_shape(address.point)
    return shape.x, shape.y


def _bounds(spot: tuple[float, float] | None) -> list[float]:
    if spot is None:
        return []
    lng, lat = spot
    return [lng - MAP_MARGIN, lat - MAP_MARGIN, lng + MAP_MARGIN, lat + MAP_MARGIN]


def home_of_need(session: Session, actor: Actor, code: str, action: Action) -> str:
    """Public code of the address whose need this is. Raises as `records.need`."""
    address, _ = records.need(session, actor, action, code)
    return address.public_code
