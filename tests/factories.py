"""One `make_*` per table: valid by default, every field can be set by name."""

import itertools
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from uuid import UUID, uuid4

from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import tokens
from mapservice.accounts.models import (
    Invitation,
    Organisation,
    OrganisationLevel,
    OrganisationUnit,
    PasswordReset,
    Role,
    UserAccount,
)
from mapservice.addresses.models import Address, AddressStatus, AgeBand, Nature, PersonKind
from mapservice.campaigns.models import Campaign, CampaignKind
from mapservice.consent import service as consent_service
from mapservice.consent.models import Channel, Consent, Giver, Purpose
from mapservice.decision import VIETNAM
from mapservice.disclosure import drafts, lists
from mapservice.embed.models import EmbedOrigin, EmbedView
from mapservice.geo import point
from mapservice.imports.models import BatchKind, BatchStatus, Fate, ImportBatch, ImportRow
from mapservice.inbox import intake
from mapservice.inbox.models import Offer, Suggestion
from mapservice.inbox.schemas import OfferInput, SuggestionInput
from mapservice.mail.models import Mail
from mapservice.matching.models import (
    Assignment,
    AssignmentStatus,
    FieldReport,
    Origin,
    PlanStatus,
    ProposalLink,
    StoredPlan,
)
from mapservice.needs.models import Need, NeedStatus
from mapservice.photos import service as photos
from mapservice.photos.models import Photo
from mapservice.teams.models import Team, TeamKind
from mapservice.worker.models import WorkerJob

NUMBERS = itertools.count(1)
AN_LAC = "07645"  # a highland commune of Sơn Động in 2022
# In An Lạc, as its label point is.
SPOT = (106.9693, 21.3282)


def unit_id(session: Session, code: str, day: str = "2022-12-31") -> int:
    """Id of the unit with this code on a day."""
    found = session.scalar(
        text(
            "SELECT id FROM core.admin_unit WHERE code = :code AND valid_from <= :day"
            " AND (valid_to IS NULL OR valid_to > :day)"
        ),
        {"code": code, "day": day},
    )
    assert found is not None, f"no unit {code} on {day}"
    return found


def make_organisation(session: Session, **values) -> Organisation:
    number = next(NUMBERS)
    defaults = {
        "code": f"T{number}",
        "name": f"Đoàn thử {number}",
        "level": OrganisationLevel.PROVINCE,
    }
    return _add(session, Organisation(**defaults | values))


def make_account(session: Session, *, organisation=None, **values) -> UserAccount:
    owner = organisation or make_organisation(session)
    defaults = {
        "login": f"nguoi{next(NUMBERS)}@demo.invalid",
        "password_hash": "!",
        "name": "Cán bộ Mẫu",
        "role": Role.OFFICER,
        "organisation_id": owner.id,
    }
    return _add(session, UserAccount(**defaults | values))


def officer_of(session: Session, code: str, role: Role = Role.OFFICER) -> UserAccount:
    """An account whose organisation has this district (of 2022) as its territory."""
    province = make_organisation(session)
    organisation = make_organisation(
        session, level=OrganisationLevel.DISTRICT, parent_id=province.id
    )
    session.add(OrganisationUnit(organisation_id=organisation.id, unit_id=unit_id(session, code)))
    session.flush()
    return make_account(session, organisation=organisation, role=role)


def make_invitation(session: Session, *, organisation=None, by=None, token=None, **values):
    """An open invitation of a viewer by an officer; its link's token is `token`."""
    inviter = by or make_account(session, organisation=organisation)
    now = datetime.now(UTC)
    defaults = {
        "token_hash": tokens.digest(token or tokens.new()),
        "login": f"moi{next(NUMBERS)}@demo.invalid",
        "role": Role.VIEWER,
        "organisation_id": organisation.id if organisation else inviter.organisation_id,
        "invited_by": inviter.id,
        "created_at": now,
        "expires_at": now + timedelta(days=7),
    }
    return _add(session, Invitation(**defaults | values))


def make_password_reset(session: Session, *, account=None, token=None, begins=None, **values):
    """An open reset of a password, for fifteen minutes from `begins` (now)."""
    began = begins or datetime.now(UTC)
    defaults = {
        "token_hash": tokens.digest(token or tokens.new()),
        "account_id": (account or make_account(session)).id,
        "created_at": began,
        "expires_at": began + timedelta(minutes=15),
    }
    return _add(session, PasswordReset(**defaults | values))


def make_place(session: Session, *, lng=SPOT[0], lat=SPOT[1], commune=AN_LAC, **values) -> Address:
    """A published school in An Lạc (2022)."""
    defaults = {
        "nature": Nature.PLACE,
        "kind": "school",
        "title": f"Trường thử {next(NUMBERS)}",
        "point": point(lng, lat),
        "former_commune_id": unit_id(session, commune),
        "programme_year": 2025,
        "status": AddressStatus.PUBLISHED,
    }
    return _address(session, defaults | values)


def make_person(session: Session, *, commune=AN_LAC, consent=True, **values) -> Address:
    """A published household with consent: nothing but commune, group and age band."""
    defaults = {
        "nature": Nature.PERSON,
        "person_kind": PersonKind.HOUSEHOLD,
        "age_band": AgeBand.UNKNOWN,
        "former_commune_id": unit_id(session, commune),
        "programme_year": 2025,
        "status": AddressStatus.PUBLISHED,
    }
    person = _address(session, defaults | values)
    if consent:
        for giver in consent_service.GIVERS[person.age_band]:
            make_consent(session, address=person, giver=giver)
    return person


def make_consent(session: Session, *, address: Address, collector=None, **values) -> Consent:
    """The guardian's consent to the registration, read to them by an officer just now."""
    defaults = {
        "address_id": address.id,
        "purpose": Purpose.REGISTER,
        "giver": Giver.GUARDIAN,
        "wording_version": 1,
        "channel": Channel.SPOKEN,
        "valid_until": datetime.now(UTC) + timedelta(days=300),
    }
    if "collected_by" not in values:
        by = collector or make_account(session, organisation=_organisation_of(session, address))
        defaults["collected_by"] = by.id
    return _add(session, Consent(**defaults | values))


def _organisation_of(session: Session, address: Address) -> Organisation:
    return session.get_one(Organisation, address.organisation_id)


def make_need(session: Session, *, address=None, **values) -> Need:
    """A published need for one team at a place (or at `address`)."""
    place = address or make_place(session)
    defaults = {
        "address_id": place.id,
        "nature": place.nature,
        "category": "education",
        "title": f"Nhu cầu thử {next(NUMBERS)}" if place.nature == Nature.PLACE else None,
        "unit": "buổi",
        "urgency": 2,
        "status": NeedStatus.PUBLISHED,
    }
    return _add(session, Need(**defaults | values))


def make_campaign(session: Session, **values) -> Campaign:
    """A campaign of June to August 2025."""
    defaults = {
        "code": f"chien-dich-{next(NUMBERS)}",
        "name": "Mùa hè xanh",
        "kind": CampaignKind.CAMPAIGN,
        "starts_on": date(2025, 6, 1),
        "ends_on": date(2025, 8, 31),
    }
    defaults["organisation_id"] = make_organisation(session).id
    return _add(session, Campaign(**defaults | values))


def make_team(session: Session, *, lng=SPOT[0], lat=SPOT[1], commune=AN_LAC, **values) -> Team:
    """A verified, ready team of ten with one place and a radius of 20 km."""
    defaults = {
        "organisation_id": values.get("organisation_id") or make_organisation(session).id,
        "kind": TeamKind.VOLUNTEER,
        "name": f"Đội thử {next(NUMBERS)}",
        "people": 10,
        "base": point(lng, lat),
        "former_commune_id": unit_id(session, commune),
        "radius_km": 20,
        "verified": True,
    }
    return _add(session, Team(**defaults | values))


COMBINED = ("needs", "served", "bound", "gap")
GREEDY = {"served_by_urgency": {}, "km": 0.0}


def make_assignment(session: Session, *, need=None, team=None, **values) -> Assignment:
    defaults = {
        "need_id": (need or make_need(session)).id,
        "team_id": (team or make_team(session)).id,
        "origin": Origin.OFFICER,
        "status": AssignmentStatus.PROPOSED,
    }
    return _add(session, Assignment(**defaults | values))


def make_plan(session: Session, *, by, **values) -> StoredPlan:
    """A draft of the account's office that proposes nothing."""
    defaults = {
        "organisation_id": by.organisation_id,
        "made_by": by.id,
        "province": False,
        "status": PlanStatus.DRAFT,
        "input_hash": "0" * 64,
        "travel_cost": "straight-line 1",
        "facts": {"status": "optimal", "combined": dict.fromkeys(COMBINED, 0), "greedy": GREEDY},
        "finished_at": datetime.now(UTC),
    }
    return _add(session, StoredPlan(**defaults | values))


LIST = "Tên địa điểm;Xã\nNhà văn hóa Mẫu;xã An Lạc\n".encode()
SHEET = {
    "table": 0,
    "name": "dia-diem",
    "columns": ["Tên địa điểm", "Xã"],
    "guess": {"0": "title", "1": "commune_text"},
    "row": 1,
    "first": 2,
    "last": 2,
    "skipped": {},
}


def make_import(session: Session, *, by, **values) -> ImportBatch:
    """A list of one place of the account's office, tried and not committed."""
    defaults = {
        "organisation_id": by.organisation_id,
        "made_by": by.id,
        "kind": BatchKind.PLACES,
        "file_name": "dia-diem.csv",
        "file_hash": sha256(LIST).hexdigest(),
        "status": BatchStatus.CHECKED,
        "headings": [SHEET],
        "mapping": SHEET["guess"],
        "rows": 1,
        "totals": {Fate.REFUSED: 1},
    }
    batch = _add(session, ImportBatch(**defaults | values))
    row = _add(session, ImportRow(batch_id=batch.id, number=2, fate=Fate.REFUSED))
    cells = {"title": "Nhà văn hóa Mẫu", "commune_text": "xã An Lạc"}
    lists.keep_file(session, batch.id, LIST, {"samples": [{}]})
    lists.keep_cells(session, [lists.Cells(row.id, {"cells": cells})])
    return batch


def make_field_report(session: Session, *, assignment=None, **values) -> FieldReport:
    """What a team says of an accepted visit to a place."""
    visit = assignment or make_assignment(session, status=AssignmentStatus.ACCEPTED)
    defaults = {
        "id": uuid4(),
        "assignment_id": visit.id,
        "text": "Đã dạy hai buổi",
        "happened_at": datetime.now(UTC),
    }
    return _add(session, FieldReport(**defaults | values))


@dataclass(frozen=True)
class SentLink:
    """A personal link as it was sent; the database knows a digest."""

    token: str


def make_link(session: Session, *, assignment: Assignment, by: UUID) -> SentLink:
    sent = SentLink(secrets.token_urlsafe(24))
    session.add(
        ProposalLink(
            token_hash=sha256(sent.token.encode()).digest(), assignment_id=assignment.id, made_by=by
        )
    )
    session.flush()
    return sent


def make_photo(session: Session, *, by: UUID, **owner) -> Photo:
    """A picture of a place (`address_id`) or of a report (`field_report_id`)."""
    return photos.store(session, picture(), by=by, **owner)


def make_mail(session: Session, **values) -> Mail:
    """A mail that was refused five times and set aside."""
    defaults = {
        "recipient": f"nguoi{next(NUMBERS)}@demo.invalid",
        "subject": "Lời mời",
        "body": "Chào bạn",
        "tries": 5,
        "last_error": "550",
        "set_aside_at": datetime.now(UTC),
    }
    return _add(session, Mail(**defaults | values))


def make_site(session: Session, *, by: UserAccount, **values) -> EmbedOrigin:
    """A site that may show the map in a frame, and did three times today."""
    origin = f"https://trang{next(NUMBERS)}.demo.invalid"
    made = _add(session, EmbedOrigin(**{"origin": origin, "added_by": by.id} | values))
    _add(session, EmbedView(day=datetime.now(VIETNAM).date(), site=made.origin, views=3))
    return made


def make_job(session: Session, **values) -> WorkerJob:
    """A job of the worker that failed five times and was set aside."""
    defaults = {
        "name": f"viec-{next(NUMBERS)}",
        "done_at": datetime.now(UTC) - timedelta(days=1),
        "failures": 5,
        "last_error": "22P02",
        "failed_at": datetime.now(UTC),
        "set_aside_at": datetime.now(UTC),
    }
    return _add(session, WorkerJob(**defaults | values))


def make_draft(session: Session, *, by: UserAccount, **values) -> drafts.Draft:
    """A draft of a new place, as its page keeps it."""
    defaults = {"nature": Nature.PLACE, "version": 0, "writer": "thử"}
    fields = [("title", f"Bản viết dở {next(NUMBERS)}")]
    return drafts.keep(session, by.id, uuid4(), fields, **defaults | values)


def _address(session: Session, values: dict) -> Address:
    values.setdefault("organisation_id", make_organisation(session).id)
    return _add(session, Address(**values))


def _add(session: Session, thing):
    session.add(thing)
    session.flush()
    session.refresh(thing)
    return thing


def picture(kind: str = "JPEG", *, width: int = 60, height: int = 40, **options) -> bytes:
    """The bytes of an image file, as somebody would send it; each call draws another one."""
    number = next(NUMBERS)
    image = Image.new("RGB", (width, height), (number % 256, number // 256 % 256, 90))
    output = BytesIO()
    if kind == "JPEG":  # which would draw two shades alike
        options.setdefault("comment", str(number).encode())
    image.save(output, kind, **options)
    return output.getvalue()


def make_offer(session: Session, **values) -> Offer:
    """An offer to come along to a place (`address`: its code), or (`commune`, `group`) to the
    people of a commune."""
    typed = {
        "id": str(uuid4()),
        "name": "Người Gửi Mẫu",
        "phone": f"09{next(NUMBERS):08d}",
        "note": "Gọi sau 18 giờ",
        "kind": "join",
        "consent": "1",
    }
    taken = intake.submit_offer(session, OfferInput().load(typed | values))
    return session.get_one(Offer, taken.form)


def make_suggestion(session: Session, **values) -> Suggestion:
    """A proposed place in An Lạc, or (`group`) people of it."""
    typed = {
        "id": str(uuid4()),
        "name": "Người Đề Xuất Mẫu",
        "phone": f"09{next(NUMBERS):08d}",
        "commune": f"{AN_LAC}@2022",
        "consent": "1",
    }
    if "group" not in values:
        typed |= {"kind": "school", "title": f"Điểm trường thử {next(NUMBERS)}"}
        typed |= {"lng": str(SPOT[0]), "lat": str(SPOT[1]), "words": "Mái dột, thiếu bàn ghế."}
    taken = intake.submit_suggestion(session, SuggestionInput().load(typed | values))
    return session.get_one(Suggestion, taken.form)
