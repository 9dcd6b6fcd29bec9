"""Registering places and persons: what is stored, what is refused, and in which words."""

import re
from datetime import date

import pytest
from marshmallow import ValidationError
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.addresses.models import AddressStatus, AgeBand, Nature
from mapservice.audit import queries as audit_queries
from mapservice.errors import Conflict, Forbidden, Invalid, NotFound
from mapservice.needs.models import Need, NeedStatus
from mapservice.registration import queries, service
from mapservice.registration.schemas import NeedInput, PersonInput, PersonNeedInput, PlaceInput
from tests import office as offices
from tests.factories import AN_LAC, SPOT, make_need, make_place, unit_id

PLACE = {
    "kind": "school",
    "title": "Trường Tiểu học An Lạc",
    "commune": f"{AN_LAC}@2022",
    "lat": SPOT[1],
    "lng": SPOT[0],
    "programme_year": 2026,
}
NEED = {"category": "education", "title": "Dạy tiếng Anh buổi tối", "urgency": 2}
PERSON = {
    "person_kind": "elderly",
    "commune": f"{AN_LAC}@2022",
    "programme_year": 2026,
    "birth_year": 1950,
    "name": "Lương Thị Mẫu",
    "phone": "0912 345 678",
    "consent_register": ["person"],
    "channel": "spoken",
}


def place_values(**more):
    return PlaceInput().load(PLACE | more)


def need_values(**more):
    return NeedInput().load(NEED | more)


def person_values(**more):
    return PersonInput().load({k: v for k, v in (PERSON | more).items() if v is not None})


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def registrar(world, office):
    return as_actor(office, world.here.accounts[Role.REGISTRAR])


@pytest.fixture
def officer(world, office):
    return as_actor(office, world.here.accounts[Role.OFFICER])


def as_actor(office, account):
    office.execute(audit_queries.act_as(account.id))
    return rights.actor(office, account)


def field_of(refused) -> set[str]:
    return set(refused.value.fields)


def test_a_place_with_needs_is_a_draft_of_the_own_organisation(session, office, registrar):
    place = service.register_place(
        office,
        registrar,
        place_values(children=40, contact_name="Cô Hoa", contact_phone="0912 345 678"),
        [need_values(skills=["teaching"], wanted_from="1/7/2026", wanted_until="2026-08-31")],
    )
    assert place.status is AddressStatus.DRAFT and place.nature is Nature.PLACE
    assert place.organisation_id == registrar.organisation.id
    assert place.registered_by == registrar.id and place.version == 1
    assert place.children == 40 and place.title == PLACE["title"]
    need = office.query(Need).filter_by(address_id=place.id).one()
    assert need.status is NeedStatus.DRAFT and need.unit == "buổi" and need.skills == ["teaching"]
    assert (need.wanted_during.lower, need.wanted_during.upper) == (
        date(2026, 7, 1),
        date(2026, 9, 1),
    )
    sealed = office.execute(text("SELECT name, phone FROM private.place_contact")).one()
    assert b"Hoa" not in bytes(sealed.name)
    trail = office.scalars(
        text("SELECT action FROM core.audit_event WHERE record_id = :id"), {"id": place.id}
    ).all()
    assert "register" in trail


def test_texts_are_stored_in_one_form(session, office, registrar):
    place = service.register_place(
        office, registrar, place_values(title="  Trường\u200b  Tie\u0302\u0309u học\u202e "), []
    )
    assert place.title == "Trường Tiểu học"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"commune": "07282@2022"}, "commune"),  # the neighbour's
        ({"commune": "99999"}, "commune"),
        ({"commune": "220@2022"}, "commune"),  # a district
        ({"commune": "x y"}, "commune"),
        ({"lat": 10.5, "lng": 106.6}, "lat"),  # another province
        ({"lat": 21.28, "lng": 106.2}, "confirm_outside"),
        ({"kind": "castle"}, "kind"),
        ({"contact_name": "Cô Hoa", "contact_phone": "12"}, "contact_phone"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(session, office, registrar, change, field):
    with pytest.raises(Invalid) as refused:
        service.register_place(office, registrar, place_values(**change), [])
    assert field_of(refused) == {field}


def test_a_point_outside_the_commune_is_saved_once_confirmed(session, office, registrar):
    values = place_values(lat=21.28, lng=106.2, confirm_outside=True)
    assert service.register_place(office, registrar, values, []).id


def test_a_need_of_few_is_explained_before_the_database_refuses(session, office, registrar):
    few = need_values(category="health", helps_people=4)
    with pytest.raises(Invalid) as refused:
        service.register_place(office, registrar, place_values(), [need_values(), few])
    assert field_of(refused) == {"needs-1-helps_people"}
    assert "đăng ký từng người" in refused.value.detail


def test_a_viewer_or_leader_registers_nothing(world, office):
    for role in (Role.VIEWER, Role.TEAM_LEADER):
        actor = as_actor(office, world.here.accounts[role])
        with pytest.raises(Forbidden):
            service.register_place(office, actor, place_values(), [])


def test_several_teams_may_bring_people_and_skills_between_them(office, registrar):
    asked = {"parts": 3, "together": True, "people_in_all": 40, "skills": ["medical", "driving"]}
    needs = [need_values(**asked)]
    place = service.register_place(office, registrar, place_values(), needs)
    need = office.query(Need).filter_by(address_id=place.id).one()
    assert (need.people_in_all, need.people_per_part, need.parts) == (40, 1, 3)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"together": False}, "people_in_all"),
        ({"parts": 1}, "people_in_all"),
        ({"parts": 21}, "people_in_all"),
        ({"people_in_all": 2}, "people_in_all"),
        ({"people_in_all": 10_001}, "people_in_all"),
        ({"people_in_all": "nhiều"}, "people_in_all"),
        ({"skills": [f"s{i}" for i in range(9)]}, "skills"),
    ],
)
def test_what_several_teams_cannot_bring_is_said_at_its_field(wrong, field):
    asked = NEED | {"parts": 3, "together": True, "people_in_all": 40} | wrong
    with pytest.raises(ValidationError) as refused:
        NeedInput().load(asked)
    assert list(refused.value.messages) == [field]


def test_a_change_needs_the_version_that_was_shown(session, office, registrar):
    place = service.register_place(office, registrar, place_values(), [need_values()])
    again = place_values(title="Trường Tiểu học An Lạc 2", summary="Hai điểm lẻ")
    service.change_place(office, registrar, place.public_code, 1, again, [])
    assert (place.version, place.summary) == (2, "Hai điểm lẻ")
    with pytest.raises(Conflict) as refused:
        service.change_place(office, registrar, place.public_code, 1, place_values(), [])
    assert refused.value.code == "stale"


def test_needs_have_versions_of_their_own(session, office, registrar):
    place = service.register_place(office, registrar, place_values(), [need_values()])
    need = office.query(Need).filter_by(address_id=place.id).one()
    mine = need_values(id=str(need.id), version=1, parts=3)
    service.change_place(office, registrar, place.public_code, 1, place_values(), [mine])
    office.refresh(need)
    assert (need.parts, need.version) == (3, 2)
    with pytest.raises(Conflict) as refused:
        service.change_place(office, registrar, place.public_code, 2, place_values(), [mine])
    assert refused.value.code == "stale"


def test_a_need_of_a_draft_is_removed(session, office, registrar):
    place = service.register_place(office, registrar, place_values(), [need_values()])
    need = office.query(Need).filter_by(address_id=place.id).one()
    gone = need_values(id=str(need.id), version=1, remove=True)
    service.change_place(office, registrar, place.public_code, 1, place_values(), [gone])
    office.refresh(need)
    assert (need.status, need.status_reason) == ("withdrawn", "removed")
    gone["version"] = need.version  # it is on no form any more
    with pytest.raises(Conflict) as refused:
        service.change_place(office, registrar, place.public_code, 2, place_values(), [gone])
    assert refused.value.code == "stale"


def test_a_published_need_is_not_removed_here(session, office, officer):
    place = make_place(session, title=PLACE["title"])
    need = make_need(session, address=place)
    values = place_values(title=PLACE["title"])
    gone = need_values(id=str(need.id), version=1, remove=True)
    with pytest.raises(Conflict) as refused:
        service.change_place(office, officer, place.public_code, 1, values, [gone])
    assert field_of(refused) == {"needs-0-remove"}


@pytest.mark.parametrize(
    ("status", "registrars", "officers"),
    [
        ("draft", True, True),
        ("submitted", False, True),
        ("published", False, True),
        ("withdrawn", False, False),
    ],
)
def test_who_changes_what_in_which_state(
    session, office, registrar, officer, status, registrars, officers
):
    place = make_place(
        session, title=PLACE["title"], status="draft" if status == "withdrawn" else status
    )
    if status == "withdrawn":
        session.execute(
            text(
                "UPDATE core.address SET status = 'withdrawn', status_reason = 'x' WHERE id = :id"
            ),
            {"id": place.id},
        )
    for actor, allowed in ((registrar, registrars), (officer, officers)):
        version = office.scalar(
            text("SELECT version FROM core.address WHERE id = :id"), {"id": place.id}
        )
        if allowed:
            service.change_place(office, actor, place.public_code, version, place_values(), [])
        else:
            with pytest.raises(Conflict) as refused:
                service.change_place(office, actor, place.public_code, version, place_values(), [])
            assert refused.value.code == "status"


def test_another_territorys_record_is_unknown(world, office, registrar):
    theirs = world.there.records["place"].public_code
    sentences = set()
    for code in (theirs, "ZZZZZZZZ"):
        with pytest.raises(NotFound) as refused:
            service.change_place(office, registrar, code, 1, place_values(), [])
        sentences.add(refused.value.detail)
    assert len(sentences) == 1


def test_a_person_is_nothing_but_kind_band_and_commune(session, office, registrar):
    need = PersonNeedInput().load({"category": "health", "urgency": 3})
    person = service.register_person(
        office, registrar, person_values(lat=SPOT[1], lng=SPOT[0], story="Sống một mình"), [need]
    )
    assert person.age_band is AgeBand.FROM_16 and person.point is None
    assert (person.title, person.summary, person.hamlet) == (None, None, None)
    dump = str(office.execute(text("SELECT to_jsonb(a) FROM core.address a")).all())
    dump += str(office.execute(text("SELECT to_jsonb(e) FROM core.audit_event e")).all())
    dump += str(office.execute(text("SELECT to_jsonb(p) FROM private.person_private p")).all())
    for secret in ("Lương", "345678", "Sống một mình"):
        assert secret not in dump
    # Identifiers, seals and fractions of a second may hold these four digits by chance.
    assert not re.search(r"(?<![0-9a-f.])1950(?![0-9a-f])", dump)


@pytest.mark.parametrize(
    ("born", "givers", "good"),
    [
        (1950, ["person"], True),
        (1950, ["guardian"], False),
        (2024, ["guardian"], True),
        (2015, ["guardian"], False),
        (2015, ["guardian", "child"], True),
        (None, ["guardian"], True),
        (None, ["person"], False),
        (1950, [], False),
    ],
)
def test_consent_is_asked_of_whom_the_age_says(session, office, registrar, born, givers, good):
    values = person_values(birth_year=born, consent_register=givers)
    if good:
        person = service.register_person(office, registrar, values, [])
        assert office.scalar(
            text("SELECT count(*) FROM core.consent WHERE address_id = :id"), {"id": person.id}
        ) == len(givers)
    else:
        with pytest.raises(Invalid) as refused:
            service.register_person(office, registrar, values, [])
        assert field_of(refused) == {"consent_register"}


def test_an_emergency_stands_in_for_consent(session, office, registrar):
    values = person_values(consent_register=[], ground="life_or_health")
    assert service.register_person(office, registrar, values, []).id


def test_what_is_not_given_of_a_person_stays(session, office, registrar):
    person = service.register_person(office, registrar, person_values(), [])
    sealed = text("SELECT phone_hash, identity_hash FROM private.person_private")
    before = office.execute(sealed).one()
    values = person_values(
        name=None, phone=None, birth_year=None, severity=4, consent_register=[], channel=None
    )
    service.change_person(office, registrar, person.public_code, 1, values, [])
    assert office.execute(sealed).one() == before
    assert (person.severity, person.age_band) == (4, AgeBand.FROM_16)
    opened = person_values(phone=None, opened=True, consent_register=[], channel=None)
    service.change_person(office, registrar, person.public_code, 2, opened, [])
    assert office.execute(sealed).one().phone_hash is None


def test_the_same_phone_asks_for_a_confirmation(session, office, registrar):
    service.register_person(office, registrar, person_values(), [])
    other = person_values(name="Người Khác", birth_year=1960)
    with pytest.raises(Invalid) as refused:
        service.register_person(office, registrar, other, [])
    assert field_of(refused) == {"confirm_duplicate"}
    confirmed = person_values(name="Người Khác", birth_year=1960, confirm_duplicate=True)
    assert service.register_person(office, registrar, confirmed, []).id


def test_people_of_one_home_count_once(session, office, registrar):
    first = service.register_person(office, registrar, person_values(), [])
    values = person_values(
        name="Lương Văn Em", phone=None, birth_year=1948, household=first.public_code.lower()
    )
    second = service.register_person(office, registrar, values, [])
    assert second.household_id == first.id


def test_likely_doubles_are_looked_up_by_index(session, office):
    """Near the point by the index on geography, alike in name by that on trigrams.

    A table that is quick to fill is as quick to read through: the planner is told not to.
    """
    organisation = make_place(session).organisation_id
    session.execute(
        text("""
        INSERT INTO core.address (nature, kind, title, point, former_commune_id, programme_year,
                                  organisation_id)
        SELECT 'place', 'school', md5(i::text), ext.ST_SetSRID(ext.ST_MakePoint(
                 106 + (i % 997) / 1000.0, 21.2 + (i % 991) / 3000.0), 4326), :commune, 2026,
               :organisation FROM generate_series(1, 3000) AS i"""),
        {"organisation": organisation, "commune": unit_id(session, AN_LAC)},
    )
    session.execute(text("SELECT gin_clean_pending_list('core.ix_address_title_folded')"))
    session.execute(text("ANALYZE core.address"))
    values = {
        "lng": SPOT[0],
        "lat": SPOT[1],
        "metres": 2000,
        "folded": "truong tieu hoc an lac",
        "everywhere": True,
        "territory": [],
        "own": None,
    }
    office.execute(text("SET LOCAL enable_seqscan = off"))
    plan = "\n".join(office.scalars(text(f"EXPLAIN {queries.SIMILAR_PLACES}"), values))
    assert "ix_address_point_geography" in plan and "ix_address_title_folded" in plan
    assert "Seq Scan on address" not in plan
