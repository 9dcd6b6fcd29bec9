"""What the pages of registering show."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts.last_saved import Saved
from mapservice.accounts.last_saved import last_saved as last_of
from mapservice.accounts.models import OrganisationLevel, Role
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.conflicts import Difference
from mapservice.consent import service as consent
from mapservice.consent.models import Giver, Purpose
from mapservice.decision import VIETNAM
from mapservice.disclosure import drafts
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.drafts import Draft
from mapservice.errors import NotFound
from mapservice.matching import steps as matching
from mapservice.needs.models import Need
from mapservice.needs.words import STATES
from mapservice.registration import needs, public_texts, queries, spots, words
from mapservice.registration.duplicates import Double
from mapservice.registration.sheet import Sheet, numbers_in
from mapservice.registration.spots import Commune
from mapservice.territory.eras import today

MENDED = ("returned", "draft")  # a draft that came back still says why
SAVING = ("register", "change", "status")  # of an address, as the trail calls it
YEARS = 3  # programme years offered before this one


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A draft as the list shows it; of a person no more than that it is one."""

    id: UUID
    title: str
    at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class SettledNeed:
    """A need that stands on the form to be read: it is met, closed, or further than its reader."""

    title: str
    category: str
    state: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Two versions of a record, field by field, and who saved the other."""

    saved: Saved
    differences: list[Difference]


def options(session: Session, actor: Actor) -> dict[str, object]:
    """What can be chosen: kinds, categories, skills, communes, years; the map's box."""
    year = today().year
    found = spots.communes(session, actor)
    return {
        **need_options(session),
        "kinds": _pairs(session, queries.KINDS),
        "communes": grouped(found),
        "years": [(each, each) for each in range(year + 1, year - YEARS, -1)],
        "this_year": year,
        "box": list(spots.home_box(session, actor)),
        "province": list(spots.province_box(session)),
        "afar": actor.role is Role.ADMIN or actor.level is OrganisationLevel.PROVINCE,
    }


def need_options(session: Session) -> dict[str, object]:
    """What can be chosen of a need."""
    return {
        "categories": _pairs(session, queries.CATEGORIES),
        "skills": _pairs(session, queries.SKILLS),
    }


def grouped(found: list[Commune]) -> dict[str, list[Commune]]:
    """Communes as a chooser shows them: of today, then of 2022 by district."""
    groups: dict[str, list[Commune]] = {}
    for commune in found:
        name = "Xã, phường hiện nay"
        if not commune.today:
            name = f"Trước 1/7/2025: {commune.district or 'xã, phường, thị trấn'}"
        groups.setdefault(name, []).append(commune)
    return groups


def form(
    session: Session,
    actor: Actor,
    sheet: Sheet,
    address: Address | None = None,
    *,
    compared: Compared | None = None,
    doubles: list[Double] | None = None,
) -> dict[str, object]:
    """Everything the form's page shows of a sheet."""
    numbers = list(sheet.numbers) or numbers_in(sheet.form.given) or [0]
    shown = {
        "nature": sheet.nature,
        "form": sheet.form,
        "numbers": numbers,
        "address": address,
        "compared": compared,
        "doubles": doubles or [],
        "words": words,
        "told": public_texts.told(session, address, sheet) if address else [],
        "settled": settled(session, actor, address) if address else [],
    }
    if sheet.nature is Nature.PERSON:
        shown["wordings"] = wordings(session)
        shown["based"] = address is not None and consent.has_basis(session, address.id)
        shown["shared"] = address is not None and consent.may_share(session, address.id)
    elif address is not None:
        shown["contact_kept"] = disclosure.has_place_contact(session, address.id)
    return options(session, actor) | shown


def settled(session: Session, actor: Actor, address: Address) -> list[SettledNeed]:
    """The needs of an address that this actor does not change here, the oldest first."""
    names = dict(_pairs(session, queries.CATEGORIES))
    return [
        SettledNeed(need.title or names[need.category], names[need.category], STATES[need.status])
        for need in session.scalars(queries.needs_of(address.id))
        if not needs.editable(actor, need)
    ]


def wordings(session: Session) -> dict[str, dict[str, str]]:
    """What is read to each giver, by purpose and giver."""
    return {
        purpose.value: {
            giver.value: consent.wording(session, purpose, giver).text for giver in Giver
        }
        for purpose in Purpose
    }


def draft_lines(session: Session, actor: Actor) -> list[DraftLine]:
    """The actor's own drafts, the last written first."""
    return [_line(session, draft) for draft in drafts.mine(session, actor.id)]


def open_draft(
    session: Session, actor: Actor, draft_id: UUID, address: Address | None = None
) -> Draft:
    """The actor's own draft of this address (None: of a new one).

    NotFound as `drafts.open_own`, for a draft of another record, and for one of a commune that
    the actor serves no more.
    """
    draft = drafts.open_own(session, actor.id, draft_id)
    commune = dict(draft.fields).get("commune")
    served = not commune or commune in {each.key for each in spots.communes(session, actor)}
    if not served or draft.address_id != (address.id if address else None):
        raise NotFound(drafts.SENTENCE)
    return draft


def draft_of(session: Session, actor: Actor, address: Address) -> DraftLine | None:
    """The actor's draft of changes to this address, if there is one."""
    own = [draft for draft in drafts.mine(session, actor.id) if draft.address_id == address.id]
    return _line(session, own[0]) if own else None


def _pairs(session: Session, rows: Select) -> list[tuple[str, str]]:
    """(code, name) of every row, as a chooser takes them."""
    return [(row.code, row.name) for row in session.scalars(rows)]


def _line(session: Session, draft: Draft) -> DraftLine:
    fields = dict(draft.fields)
    title = fields.get("title") or "Địa điểm chưa có tên"
    if draft.nature is Nature.PERSON:
        title = "Cá nhân, hộ gia đình"
    path = f"/manage/addresses/new?nature={draft.nature}&draft={draft.id}"
    if draft.address_id is not None:
        address = session.get_one(Address, draft.address_id)
        title = f"Sửa: {address.title or address.public_code}"
        path = f"/manage/addresses/{address.public_code}/edit?draft={draft.id}"
    return DraftLine(draft.id, title, draft.updated_at.astimezone(VIETNAM), path)


def say(session: Session, actor: Actor):
    """The function that says a field's value in words."""
    chosen = spots.communes(session, actor)
    codes = {
        "kind": dict(_pairs(session, queries.KINDS)),
        "category": dict(_pairs(session, queries.CATEGORIES)),
        "skills": dict(_pairs(session, queries.SKILLS)),
        "commune": {commune.key: commune.label for commune in chosen},
        "severity": {str(code): name for code, name in words.SEVERITIES.items()},
        "urgency": {str(code): name for code, name in words.URGENCIES.items()},
        "concerns": words.CONCERNS,
        "person_kind": words.PERSON_KINDS,
    }
    return words.in_words(codes)


def last_saved(session: Session, address: Address) -> Saved:
    """When and by whom the address was last saved, in the time of Vietnam."""
    found = last_of(session, "address", address.id, SAVING, address.updated_at)
    return Saved(found.at.astimezone(VIETNAM), found.by)


def came_back(session: Session, record: Address | Need | None) -> str | None:
    """Why this record was returned to be mended, in words; None when it was not."""
    if record is None or record.status not in MENDED or not record.status_reason:
        return None
    return matching.reason_words(session).get(record.status_reason, record.status_reason)
