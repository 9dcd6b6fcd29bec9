"""Rows of a list against what is registered: in the territory only, persons with their trail."""

import pytest
from sqlalchemy import select

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.addresses.models import AddressStatus, AgeBand
from mapservice.audit.models import AuditEvent
from mapservice.disclosure import service as disclosure
from mapservice.errors import Forbidden, Invalid, NotFound
from mapservice.imports import doubles, values
from mapservice.imports.fields import Kind
from tests.factories import make_person, make_place, make_team, officer_of

HERE, THERE = "07645", "07282"  # An Lạc of Sơn Động, a commune of Yên Thế
LAN = {"name": "Nguyễn Thị Lan", "birth_year": 2012, "phone": "+84912345678",
       "guardian": "Nguyễn Văn Mẫu", "hamlet": "thôn Bãi"}  # fmt: skip


@pytest.fixture
def actor(session, office):
    """The officer of Sơn Động."""
    return rights.actor(office, officer_of(session, "220"))


def registered(session, office, commune=HERE, **facts):
    person = make_person(session, commune=commune, age_band=AgeBand.UNKNOWN)
    disclosure.register_private(office, person, **LAN | facts)
    return person


def person_row(**told):
    return {"commune": f"{HERE}@2022", **LAN, **told}


def find(office, actor, kind, *rows, **more):
    return doubles.find(office, actor, kind, list(enumerate(rows, start=1)), **more)


def searches(session):
    found = select(AuditEvent).where(AuditEvent.action == "search_similar")
    return session.scalars(found.order_by(AuditEvent.id)).all()


def test_places_are_found_in_the_territory_only(session, office, actor):
    here = make_place(session, title="Trường Tiểu học An Lạc", hamlet="Bãi")
    make_place(session, title="Trường Tiểu học Khe Táu", commune=THERE, lng=106.13, lat=21.5)
    make_place(session, title="Chợ Mỏ", status=AddressStatus.WITHDRAWN)
    rows = [
        {"title": "TRUONG TH AN LAC", "kind": "school", "commune": f"{HERE}@2022"},
        {"title": "Trường Tiểu học An Lạc", "kind": "school", "hamlet": "bãi", "commune": "07654"},
        {"title": "Trường Mầm non An Lạc", "kind": "school", "commune": f"{HERE}@2022"},
        {"title": "Trường Tiểu học Khe Táu", "kind": "school", "commune": f"{THERE}@2022"},
        {"title": "Chợ Mỏ", "kind": "school", "commune": f"{HERE}@2022"},
        {"title": "Trường MN An Lạc", "kind": "school", "commune": f"{HERE}@2022"},
        {"title": "Trường không có xã", "kind": "school"},
    ]
    found = find(office, actor, Kind.PLACES, *rows)
    told = {number: (one.code, one.row, one.sure) for number, one in found.items()}
    assert told == {
        1: (here.public_code, None, False),
        2: (here.public_code, None, True),
        6: (None, 3, True),
    }
    assert "cùng xã" in found[1].why and searches(session) == []


def test_a_team_of_the_commune_is_found(session, office, actor):
    team = make_team(session, name="Đội tình nguyện An Lạc")
    row = {"name": "Doi tinh nguyen An Lac", "kind": team.kind, "commune": f"{HERE}@2022"}
    other = row | {"name": "Tổ công nghệ số cộng đồng An Lạc"}
    found = find(office, actor, Kind.TEAMS, row, other)
    assert [(n, one.code) for n, one in found.items()] == [(1, team.public_code)]


def test_persons_are_found_by_what_is_sealed(session, office, actor):
    lan = registered(session, office)
    registered(session, office, name="Nguyễn Thị Hoa", birth_year=2014)  # a sister
    rows = [
        person_row(),
        person_row(name="NGUYEN THI LANN", phone=None),
        person_row(name="Nguyễn Thị Mai", birth_year=2016),
        person_row(name="Nguyễn Văn Mẫu", guardian="Nguyễn Thị Lan", phone=None),
        person_row(name="Trần Văn Sáng", birth_year=1960, phone="+84987654321", guardian=None),
        person_row(name="Trần Văn Sáng", birth_year=1960, phone=None, guardian=None),
    ]
    found = find(office, actor, Kind.PERSONS, *rows)
    told = {number: (one.code, one.row, one.sure) for number, one in found.items()}
    code = lan.public_code
    assert told == {
        1: (code, None, True),
        2: (code, None, False),
        4: (code, None, False),
        6: (None, 5, True),
    }
    for one in found.values():
        assert not any(str(value) in one.why for value in LAN.values())


def test_each_commune_leaves_one_row_of_the_trail_with_whom_it_opened(session, office, actor):
    here, next_door = registered(session, office), registered(session, office, commune="07648")
    find(office, actor, Kind.PERSONS, person_row(), person_row(commune="07648@2022", phone=None))
    touched = {frozenset(event.detail["ids"]) for event in searches(session)}
    # The phone is also that of the record next door, which is opened to see whose it is.
    assert touched == {frozenset({str(here.id), str(next_door.id)}), frozenset({str(next_door.id)})}
    assert {event.actor_id for event in searches(session)} == {actor.id}
    assert all(event.reason == "doubles" for event in searches(session))


def test_nobody_is_found_beyond_the_territory(session, office, actor):
    registered(session, office, commune=THERE)
    rows = [person_row(), person_row(commune=f"{THERE}@2022")]
    found = find(office, actor, Kind.PERSONS, *rows)
    assert {number: (one.code, one.row) for number, one in found.items()} == {}
    assert [event.detail["ids"] for event in searches(session)] == [[], []]


def test_who_may_not_see_persons_may_not_look_for_them(session, office, actor):
    registered(session, office)
    actor.account.role = Role.VIEWER
    session.flush()
    with pytest.raises((Forbidden, NotFound)):
        find(office, actor, Kind.PERSONS, person_row())


def test_the_province_says_why_it_looks(session, office, sides):
    admin = rights.actor(office, sides.admin)
    lan = registered(session, office)
    with pytest.raises(Invalid):
        find(office, admin, Kind.PERSONS, person_row(), reason=None)
    found = find(office, admin, Kind.PERSONS, person_row())
    assert found[1].code == lan.public_code


def test_the_words_of_a_file_are_those_of_the_database(session, office, actor):
    words = values.load(office, actor)
    assert sum(key.endswith("@2022") for key in words.grounds) == 209
    assert len(words.grounds) == 209 + 99
    mine = {ground.commune.district for ground in words.grounds.values() if ground.mine}
    assert mine == {"Huyện Sơn Động"} and words.district == "Huyện Sơn Động"
    cells = {"title": "Trường TH An Lạc", "commune_text": "An Lạc", "lat": 21.3282, "lng": 106.9693}
    reading = values.read_row(Kind.PLACES, cells, words)
    assert not reading.problems and reading.values["kind"] == "school"
    assert reading.values["commune"] == "07645@2022"
    point_alone = {"title": "Trường TH An Lạc", "position": "21.3282, 106.9693"}
    reading = values.read_row(Kind.PLACES, point_alone, words)
    assert [commune.key for commune in reading.choose] == ["07645@2022"]


def test_an_official_area_says_the_commune_of_a_point(session, office, actor):
    words = values.load(office, actor)
    for key in ("07654", "07645@2022"):
        object.__setattr__(words.grounds[key].commune, "approximate", False)
    cells = {"title": "Trường TH An Lạc", "position": "21.3282, 106.9693"}
    reading = values.read_row(Kind.PLACES, cells, words)
    assert reading.values["commune"] == "07645@2022" and not reading.choose
