"""One `make_*` per table: valid by default, every field can be set by name."""

import itertools
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts.models import Organisation, OrganisationLevel, Role, UserAccount
from mapservice.addresses.models import Address, AddressStatus, AgeBand, Nature, PersonKind
from mapservice.campaigns.models import Campaign, CampaignKind
from mapservice.consent import service as consent_service
from mapservice.consent.models import Channel, Consent, Giver, Purpose
from mapservice.geo import point
from mapservice.matching.models import Assignment, AssignmentStatus, Origin
from mapservice.needs.models import Need, NeedStatus
from mapservice.teams.models import Team, TeamKind

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


def make_assignment(session: Session, *, need=None, team=None, **values) -> Assignment:
    defaults = {
        "need_id": (need or make_need(session)).id,
        "team_id": (team or make_team(session)).id,
        "origin": Origin.OFFICER,
        "status": AssignmentStatus.PROPOSED,
    }
    return _add(session, Assignment(**defaults | values))


def _address(session: Session, values: dict) -> Address:
    values.setdefault("organisation_id", make_organisation(session).id)
    return _add(session, Address(**values))


def _add(session: Session, thing):
    session.add(thing)
    session.flush()
    session.refresh(thing)
    return thing
