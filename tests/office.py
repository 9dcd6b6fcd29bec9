"""A province with two district unions, each with its people and one record of each kind.

What the matrix of rights, the hostile texts and the story of four people begin from.
"""

from dataclasses import dataclass, field

from flask import session as cookie
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.accounts import gate
from mapservice.accounts.models import (
    Organisation,
    OrganisationLevel,
    OrganisationUnit,
    Role,
    UserAccount,
)
from mapservice.addresses.models import AddressStatus
from mapservice.matching.models import AssignmentStatus
from mapservice.registration.queries import commune_today
from tests.factories import (
    make_account,
    make_assignment,
    make_draft,
    make_field_report,
    make_import,
    make_invitation,
    make_job,
    make_link,
    make_mail,
    make_need,
    make_offer,
    make_organisation,
    make_person,
    make_photo,
    make_place,
    make_plan,
    make_site,
    make_suggestion,
    make_team,
    unit_id,
)

PASSWORD = "mat-khau-thu-nghiem"  # where a test signs in by the form
HERE, THERE = "220", "215"  # the districts Sơn Động and Yên Thế of 2022
COMMUNE = {HERE: "07645", THERE: "07282"}
BEGUN = (AddressStatus.DRAFT, AddressStatus.SUBMITTED, AddressStatus.RETURNED, "verified")
LABEL = text("""
    SELECT ext.ST_X(label_point), ext.ST_Y(label_point) FROM core.admin_unit WHERE id = :id""")


@dataclass
class Side:
    """One union of a district, or of a commune right below the province: its accounts by role, and
    one record of each kind in its territory."""

    district: Organisation
    commune: Organisation
    accounts: dict[Role, UserAccount] = field(default_factory=dict)
    records: dict[str, object] = field(default_factory=dict)


@dataclass
class Office:
    """The province, the admin, and the two sides."""

    province: Organisation
    admin: UserAccount
    here: Side
    there: Side

    def account(self, role: Role) -> UserAccount:
        return self.admin if role is Role.ADMIN else self.here.accounts[role]


def build(session: Session, districts: bool = True, **account: object) -> Office:
    """Write it; `account` are values of every account (a password's hash, say).

    Without districts each side is one union right below the province, of today's commune.
    """
    province = make_organisation(session, name="Tỉnh đoàn thử")
    _territory(session, province, unit_id(session, "24"))
    admin = make_account(
        session, organisation=province, role=Role.ADMIN, login="tinh@demo.invalid", **account
    )
    unions = _with_districts if districts else _of_today
    sides = [
        _side(session, unions(session, province, code), code, account) for code in (HERE, THERE)
    ]
    return Office(province, admin, *sides)


def _with_districts(session: Session, province: Organisation, code: str) -> Side:
    district = _union(session, f"Huyện đoàn {code}", province, unit_id(session, code))
    name, unit = f"Đoàn xã {COMMUNE[code]}", unit_id(session, COMMUNE[code])
    return Side(district, _union(session, name, district, unit, OrganisationLevel.COMMUNE))


def _of_today(session: Session, province: Organisation, code: str) -> Side:
    name = f"Đoàn xã {COMMUNE[code]}"
    unit = session.scalar(commune_today(unit_id(session, COMMUNE[code])))
    union = _union(session, name, province, unit, OrganisationLevel.COMMUNE)
    return Side(union, union)


def _union(
    session: Session,
    name: str,
    parent: Organisation,
    unit: int,
    level: OrganisationLevel = OrganisationLevel.DISTRICT,
) -> Organisation:
    made = make_organisation(session, name=name, level=level, parent_id=parent.id)
    _territory(session, made, unit)
    return made


def _side(session: Session, side: Side, code: str, account: dict) -> Side:
    for role in (Role.REGISTRAR, Role.OFFICER, Role.TEAM_LEADER, Role.VIEWER):
        home = side.commune if role is Role.REGISTRAR else side.district
        side.accounts[role] = make_account(
            session, organisation=home, role=role, login=f"{role}.{code}@demo.invalid", **account
        )
    _records(session, side, code)
    return side


def _records(session: Session, side: Side, code: str) -> None:
    lng, lat = session.execute(LABEL, {"id": unit_id(session, COMMUNE[code])}).one()
    spot = {"lng": lng, "lat": lat, "commune": COMMUNE[code]}
    registrar, leader = side.accounts[Role.REGISTRAR], side.accounts[Role.TEAM_LEADER]
    owned = {"organisation_id": side.commune.id, "registered_by": registrar.id}
    place = make_place(session, **spot, **owned)
    need = make_need(session, address=place, parts=3, public_code=f"NEED0{code}")
    team = make_team(
        session, **spot, organisation_id=side.district.id, leader_id=leader.id, max_concurrent=5
    )
    visit = make_assignment(session, need=need, team=team)
    report = make_field_report(session, assignment=visit)
    side.records |= {
        "place": place,
        "need": need,
        "person": make_person(session, commune=COMMUNE[code], **owned),
        "team": team,
        "assignment": visit,
        "report": report,
        "plan": make_plan(session, by=side.accounts[Role.OFFICER], organisation_id=side.commune.id),
        "import": make_import(session, by=registrar),
        "photo": make_photo(session, field_report_id=report.id, by=leader.id),
        "offer": make_offer(session, address=place.public_code),
        "suggestion": make_suggestion(
            session, commune=f"{COMMUNE[code]}@2022", lng=str(lng), lat=str(lat)
        ),
        "account": side.accounts[Role.VIEWER],
        "invitation": make_invitation(
            session, organisation=side.commune, by=side.accounts[Role.OFFICER]
        ),
        "organisation": side.commune,
        "job": make_job(session, name=f"viec-{code}"),
        "mail": make_mail(session),
        "site": make_site(session, by=side.accounts[Role.OFFICER]),
        "draft": make_draft(session, by=side.accounts[Role.VIEWER]),
        "link": make_link(session, assignment=visit, by=registrar.id),
    }


def add_states(session: Session, office: Office) -> None:
    """Give the own side records in the states that steps begin from, called "draft place" and so
    on: places each with a need, and assignments."""
    side = office.here
    of_registrar = {
        "commune": COMMUNE[HERE],
        "organisation_id": side.commune.id,
        "registered_by": side.accounts[Role.REGISTRAR].id,
    }
    reported = {"hours": 2, "volunteers": 2, "reporter_id": side.accounts[Role.TEAM_LEADER].id}
    for state in BEGUN:
        reason = "Thiếu số người" if state == AddressStatus.RETURNED else None
        place = make_place(session, **of_registrar, status=state, status_reason=reason)
        side.records[f"{state} place"] = place
        side.records[f"{state} need"] = make_need(
            session, address=place, status=state, status_reason=reason
        )
    for state in (AssignmentStatus.ACCEPTED, AssignmentStatus.UNDERWAY, AssignmentStatus.DONE):
        more = reported if state is AssignmentStatus.DONE else {}
        need = make_need(session, address=side.records["place"])
        side.records[f"{state} assignment"] = make_assignment(
            session, need=need, team=side.records["team"], status=state, **more
        )


def _territory(session: Session, organisation: Organisation, unit: int) -> None:
    session.add(OrganisationUnit(organisation_id=organisation.id, unit_id=unit))
    session.flush()


def enter(client, account: UserAccount):
    """The client is this account from now on, as if it had signed in."""
    with client.application.test_request_context():
        gate.enter(account)
        signed_in = dict(cookie)
    with client.session_transaction() as kept:
        kept.clear()
        kept.update(signed_in)
