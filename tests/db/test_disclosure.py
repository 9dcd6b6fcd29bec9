"""Who is shown what of a person, what is recorded of it, and what a sealed row keeps to itself."""

from datetime import UTC, date, datetime
from threading import Barrier, Thread
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from mapservice import create_app, web
from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role
from mapservice.addresses.models import AddressStatus, AgeBand
from mapservice.audit import service as audit
from mapservice.consent.models import Giver, Purpose
from mapservice.disclosure import keys, lookup, service
from mapservice.errors import Conflict, Forbidden, Invalid, NotFound, SealBroken
from mapservice.sealing import KeyRing
from mapservice.teams.models import TeamState
from tests import database
from tests.conftest import DATA_KEY, DATABASE
from tests.factories import (
    AN_LAC,
    make_account,
    make_assignment,
    make_consent,
    make_need,
    make_organisation,
    make_person,
    make_place,
    make_team,
    unit_id,
)

RING = KeyRing.parse(DATA_KEY)
ELSEWHERE = "07681"  # Thị trấn Chũ of 2022, another district
REASON = "complaint"
FACTS = {
    "name": "Hoàng Thị Mẫu",
    "phone": "0912 345 678",
    "birth_year": 1950,
    "guardian": "Hoàng Văn Thử",
    "door": "Số 5, ngõ 2",
    "hamlet": "Thôn Đồng Bài",
    "story": "Nhà dột, sống một mình",
    "note": "Đến buổi sáng",
    "point": (106.9693, 21.3282),
}
SHOWN = FACTS | {"phone": "+84912345678"}
TEAM_SEES = {"name", "phone", "door", "hamlet"}


def account(session, role, *units, level=OrganisationLevel.COMMUNE, **values):
    above = None
    if level is not OrganisationLevel.PROVINCE:
        above = make_organisation(session).id
    owner = make_organisation(session, level=level, parent_id=above)
    for code in units:
        session.add(OrganisationUnit(organisation_id=owner.id, unit_id=unit_id(session, code)))
    session.flush()
    return make_account(session, organisation=owner, role=role, **values)


def registered(session, office, *, share=True, **values):
    """A person of An Lạc (or elsewhere) whose private data are sealed."""
    fields = FACTS | values.pop("facts", {})
    person = make_person(session, age_band=AgeBand.FROM_16, **values)
    if share:
        make_consent(session, address=person, purpose=Purpose.SHARE_WITH_TEAM, giver=Giver.PERSON)
    service.register_private(office, person, **fields)
    return person


def asked(office, viewer, record, fields=tuple(FACTS), reason=None):
    """What `reveal` answers: the values, or the kind of refusal."""
    try:
        return dict(service.reveal(office, viewer, record, fields, reason).values)
    except (Forbidden, Invalid, NotFound) as refusal:
        return type(refusal)


def events(session, action):
    rows = session.execute(
        text("""SELECT actor_id, table_name, record_id, reason, detail FROM core.audit_event
        WHERE action = :action ORDER BY id"""),
        {"action": action},
    )
    return rows.all()


# What each role gets in its territory, outside it, and for an id nobody has; then what all of them
# get of the province's accounts, and of the admin's at any level, without a reason.
LOCAL = (OrganisationLevel.DISTRICT, OrganisationLevel.COMMUNE)
NO_REASON = (Invalid, Invalid, Invalid)
BY_TERRITORY = {
    Role.REGISTRAR: (SHOWN, NotFound, NotFound),
    Role.OFFICER: (SHOWN, NotFound, NotFound),
    Role.ADMIN: (SHOWN, SHOWN, NotFound),
    Role.VIEWER: (Forbidden, Forbidden, Forbidden),
    Role.TEAM_LEADER: (NotFound, NotFound, NotFound),
}


@pytest.mark.parametrize("reason", [None, REASON])
@pytest.mark.parametrize("level", OrganisationLevel)
@pytest.mark.parametrize("role", Role)
def test_roles_by_level_reason_and_territory(session, office, role, level, reason):
    here = registered(session, office)
    there = registered(session, office, commune=ELSEWHERE)
    viewer = account(session, role, AN_LAC, level=level)
    answers = tuple(
        asked(office, viewer, record, reason=reason) for record in (here.id, there.id, uuid4())
    )
    owes = role is Role.ADMIN or level not in LOCAL
    if reason is None and owes and role is not Role.VIEWER:
        assert answers == NO_REASON
    else:
        assert answers == BY_TERRITORY[role]
    viewer.active = False
    session.flush()
    for record in (here.id, there.id, uuid4()):
        assert asked(office, viewer, record, reason=reason) is Forbidden


@pytest.mark.parametrize("role", [Role.OFFICER, Role.REGISTRAR])
def test_the_province_searches_only_for_a_reason(session, office, role):
    person = registered(session, office)
    viewer = account(session, role, AN_LAC, level=OrganisationLevel.PROVINCE)
    with pytest.raises(Invalid):
        lookup.find_same(office, viewer, phone=FACTS["phone"])
    (found,) = lookup.find_same(office, viewer, phone=FACTS["phone"], reason=REASON)
    assert found.address_id == person.id


# What a leader gets with one assignment: asking for what a visit needs, and for the outline.
BY_ASSIGNMENT = {
    "proposed": (Forbidden, {}),
    "accepted": (True, {}),
    "underway": (True, {}),
    "declined": (NotFound, NotFound),
    "expired": (NotFound, NotFound),
    "done": (NotFound, NotFound),
    "confirmed": (NotFound, NotFound),
    "disputed": (NotFound, NotFound),
    "released": (NotFound, NotFound),
    "cancelled": (NotFound, NotFound),
}


@pytest.mark.parametrize("status", BY_ASSIGNMENT)
@pytest.mark.parametrize("share", [True, False])
def test_a_leader_by_the_state_of_the_assignment(session, office, status, share):
    person = registered(session, office, share=share)
    leader = account(session, Role.TEAM_LEADER, AN_LAC)
    reported = {}
    if status in {"done", "confirmed"}:
        other = make_account(session)
        reported = {"reporter_id": leader.id, "hours": 3, "volunteers": 2}
        reported |= {"confirmer_id": other.id} if status == "confirmed" else {}
    make_assignment(
        session,
        need=make_need(session, address=person),
        team=make_team(session, leader_id=leader.id),
        status=status,
        part=1,
        **reported,
    )
    visit, outline = BY_ASSIGNMENT[status]
    if visit is True:
        visit = {name: SHOWN[name] for name in TEAM_SEES} if share else Forbidden
    assert asked(office, leader, person.id, TEAM_SEES) == visit
    assert asked(office, leader, person.id, ()) == outline
    for field in set(FACTS) - TEAM_SEES:
        assert asked(office, leader, person.id, [field]) in (Forbidden, NotFound), field
    stranger = account(session, Role.TEAM_LEADER, AN_LAC)
    assert asked(office, stranger, person.id, ()) is NotFound


def test_the_outline_is_group_and_commune(session, office):
    person = registered(session, office)
    leader = account(session, Role.TEAM_LEADER)
    team = make_team(session, leader_id=leader.id)
    make_assignment(session, need=make_need(session, address=person), team=team)
    seen = service.reveal(office, leader, person.id)
    assert (seen.group, seen.commune, dict(seen.values)) == (
        "household",
        ("Xã An Lạc", "07654"),
        {},
    )


@pytest.mark.parametrize(
    ("team", "need", "assignment", "address", "answer"),
    [
        ({}, {}, {}, {}, True),
        ({"state": TeamState.SUSPENDED}, {}, {}, {}, NotFound),
        ({"verified": False}, {}, {}, {}, NotFound),
        ({}, {"wanted_during": Range(date(2020, 1, 1), date(2020, 2, 1))}, {}, {}, NotFound),
        ({}, {}, {"status_at": datetime(2020, 1, 1, tzinfo=UTC)}, {}, NotFound),
        ({}, {}, {}, {"status": AddressStatus.DRAFT}, NotFound),
        ({}, {}, {}, {"status": AddressStatus.RETURNED}, NotFound),
    ],
)
def test_an_accepted_assignment_alone_is_not_enough(
    session, office, team, need, assignment, address, answer
):
    person = registered(session, office, **address)
    leader = account(session, Role.TEAM_LEADER)
    make_assignment(
        session,
        need=make_need(session, address=person, **need),
        team=make_team(session, leader_id=leader.id, **team),
        status="accepted",
        **assignment,
    )
    expected = {name: SHOWN[name] for name in TEAM_SEES} if answer is True else answer
    assert asked(office, leader, person.id, TEAM_SEES) == expected


def test_released_work_closes_the_record_at_once(session, office):
    person = registered(session, office)
    leader = account(session, Role.TEAM_LEADER)
    team = make_team(session, leader_id=leader.id)
    held = make_assignment(
        session, need=make_need(session, address=person), team=team, status="accepted"
    )
    assert asked(office, leader, person.id, ["name"]) == {"name": SHOWN["name"]}
    held.status, held.status_reason = "released", "busy"
    session.flush()
    assert asked(office, leader, person.id, ["name"]) is NotFound


def test_an_account_changed_meanwhile_counts_as_it_is_now(session, office):
    person = registered(session, office)
    officer = account(session, Role.OFFICER, AN_LAC)
    before = office.merge(officer)
    session.execute(
        text("UPDATE core.user_account SET role = 'viewer' WHERE id = :id"), {"id": officer.id}
    )
    assert before.role is Role.OFFICER
    assert asked(office, before, person.id) is Forbidden


def test_unknown_and_foreign_are_refused_in_the_same_words(session, office):
    there = registered(session, office, commune=ELSEWHERE)
    place = make_place(session)
    officer = account(session, Role.OFFICER, AN_LAC)
    said = set()
    for record in (there.id, uuid4(), place.id):
        with pytest.raises(NotFound) as caught:
            service.reveal(office, officer, record, ["name"])
        said.add((caught.value.detail, caught.value.code, str(caught.value.fields)))
    assert len(said) == 1


# -- what is recorded ---------------------------------------------------------------------------


def test_each_reveal_leaves_its_row(session, office):
    person = registered(session, office)
    officer = account(session, Role.OFFICER, AN_LAC)
    service.reveal(office, officer, person.id, ["phone", "name"])
    (row,) = events(session, "reveal")
    assert row == (
        officer.id,
        "person_private",
        person.id,
        None,
        {"fields": ["name", "phone"], "decision": "office"},
    )


def test_no_row_no_plaintext(session, office, monkeypatch):
    """The insert fails in the database: nothing is opened, nothing comes back."""
    person = registered(session, office)
    officer = account(session, Role.OFFICER, AN_LAC)
    session.execute(
        text("""CREATE FUNCTION core.no_trail() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no trail today'; END $$;
        CREATE TRIGGER no_trail BEFORE INSERT ON core.audit_event FOR EACH ROW
        WHEN (NEW.action = 'reveal') EXECUTE FUNCTION core.no_trail()""")
    )
    opened = []
    monkeypatch.setattr(KeyRing, "open", lambda *a, **k: opened.append(a))
    with pytest.raises(DBAPIError, match="no trail today"):
        service.reveal(office, officer, person.id, ["name"])
    assert opened == []


def test_the_row_is_written_before_anything_is_opened(session, office, monkeypatch):
    person = registered(session, office)
    officer = account(session, Role.OFFICER, AN_LAC)
    steps = []
    record, unseal = audit.record, KeyRing.open
    monkeypatch.setattr(audit, "record", lambda *a, **k: (steps.append("row"), record(*a, **k)))
    monkeypatch.setattr(KeyRing, "open", lambda *a, **k: (steps.append("open"), unseal(*a, **k))[1])
    service.reveal(office, officer, person.id, ["name", "phone"])
    assert steps == ["row", "open", "open"]


def test_the_reason_of_the_province_is_kept(session, office):
    person = registered(session, office)
    admin = account(session, Role.ADMIN)
    service.reveal(office, admin, person.id, ["name"], REASON)
    assert [(row.actor_id, row.reason) for row in events(session, "reveal")] == [(admin.id, REASON)]


def test_registering_and_changing_name_the_fields_and_no_value(session, office):
    person = registered(session, office)
    service.change_private(office, person, note="Gọi trước")
    (first,), (then,) = events(session, "private_registered"), events(session, "private_changed")
    assert first.detail == {"fields": sorted(FACTS)} and then.detail == {"fields": ["note"]}
    assert "Mẫu" not in str(first) + str(then)


@pytest.mark.parametrize("role", [Role.TEAM_LEADER, Role.OFFICER])
def test_a_day_has_its_quota_of_records(session, office, monkeypatch, role):
    assert service.DAILY[Role.TEAM_LEADER] < service.DAILY[Role.OFFICER]
    monkeypatch.setitem(service.DAILY, role, 3)
    viewer = account(session, role, AN_LAC)
    team = make_team(session, leader_id=viewer.id, max_concurrent=10)
    people = [registered(session, office) for _ in range(4)]
    for person in people:
        held = make_assignment(
            session, need=make_need(session, address=person), team=team, status="accepted"
        )
        shown = asked(office, viewer, person.id, ["name"])
        assert shown == ({"name": SHOWN["name"]} if person is not people[3] else Forbidden)
        if role is Role.TEAM_LEADER and person is not people[3]:  # accept and drop
            held.status, held.status_reason = "released", "busy"
            session.flush()
    again = people[2].id if role is Role.OFFICER else people[3].id
    expected = {"name": SHOWN["name"]} if role is Role.OFFICER else Forbidden
    assert asked(office, viewer, again, ["name"]) == expected
    tomorrow = text("UPDATE private.disclosure_use SET day = day - 1 WHERE viewer_id = :viewer")
    session.execute(tomorrow, {"viewer": viewer.id})
    assert asked(office, viewer, people[3].id, ["name"]) == {"name": SHOWN["name"]}
    kept = text("SELECT count(*) FROM private.disclosure_use WHERE viewer_id = :viewer")
    assert session.scalar(kept, {"viewer": viewer.id}) == 1, "earlier days are forgotten"


# -- looking for the same person ----------------------------------------------------------------


def today_unit(session, person) -> int:
    return person.commune_id


def test_the_same_phone_and_the_same_identity_are_found_by_hash(session, office, monkeypatch):
    person = registered(session, office)
    officer = account(session, Role.OFFICER, AN_LAC)
    monkeypatch.setattr(KeyRing, "open", None)  # nothing needs to be opened
    (by_phone,) = lookup.find_same(office, officer, phone="+84 912 345 678")
    assert (by_phone.address_id, by_phone.by) == (person.id, "phone")
    where = {"birth_year": 1950, "commune_id": person.commune_id}
    (by_name,) = lookup.find_same(office, officer, name="HOÀNG  THỊ MẪU", **where)
    assert (by_name.address_id, by_name.by) == (person.id, "identity")
    assert lookup.find_same(office, officer, phone="0912345679") == []
    assert lookup.find_same(office, officer, name="Hoàng Thị Mậu", birth_year=1951) == []
    found = [row.detail["ids"] for row in events(session, "search_same")]
    assert found == [[str(person.id)], [str(person.id)], [], []]


def test_names_alike_are_found_in_one_commune(session, office):
    names = ("Hoàng Thị Mẫu", "Hoàng Thị Mầu", "Mẫu Hoàng Thị", "Trần Văn Khác")
    people = {
        name: registered(session, office, facts={"name": name, "phone": f"091234567{i}"})
        for i, name in enumerate(names)
    }
    old = registered(session, office, facts={"birth_year": 1920, "phone": None})
    officer = account(session, Role.OFFICER, AN_LAC)
    matches = lookup.find_similar(
        office, officer, name="Hoàng Thị Mâu", birth_year=1951, commune_id=old.commune_id
    )
    assert {match.address_id for match in matches} == {people[n].id for n in names[:3]}
    assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)
    (row,) = events(session, "search_similar")
    assert len(row.detail["ids"]) == 5 and row.actor_id == officer.id


def test_a_search_sees_nothing_beyond_the_territory(session, office):
    there = registered(session, office, commune=ELSEWHERE)
    officer = account(session, Role.OFFICER, AN_LAC)
    where = {"name": FACTS["name"], "birth_year": 1950, "commune_id": there.commune_id}
    assert lookup.find_same(office, officer, phone=FACTS["phone"], **where) == []
    assert lookup.find_similar(office, officer, **where) == []
    assert lookup.find_similar(office, officer, name=FACTS["name"], commune_id=-1) == []
    ids = [row.detail for row in events(session, "search_similar")]
    assert ids == [{"ids": []}, {"ids": []}]
    admin = account(session, Role.ADMIN)
    (found,) = lookup.find_similar(office, admin, reason=REASON, **where)
    assert found.address_id == there.id


def test_a_search_opens_one_commune_and_no_larger_unit(session, office):
    person = registered(session, office)
    officer = account(session, Role.OFFICER, AN_LAC)
    for unit in set(person.unit_ids) - {person.commune_id, person.former_commune_id}:
        assert lookup.find_similar(office, officer, name=FACTS["name"], commune_id=unit) == []


@pytest.mark.parametrize(
    ("role", "reason", "refusal"),
    [
        (Role.VIEWER, REASON, Forbidden),
        (Role.TEAM_LEADER, REASON, NotFound),
        (Role.ADMIN, None, Invalid),
    ],
)
def test_who_may_not_search(session, office, role, reason, refusal):
    person = registered(session, office)
    viewer = account(session, role, AN_LAC)
    with pytest.raises(refusal):
        lookup.find_same(office, viewer, phone=FACTS["phone"], reason=reason)
    with pytest.raises(refusal):
        lookup.find_similar(
            office, viewer, name="Hoàng", commune_id=person.commune_id, reason=reason
        )


def test_a_search_that_is_not_recorded_opens_nothing(session, office, monkeypatch):
    person = registered(session, office)
    officer = account(session, Role.OFFICER, AN_LAC)
    opened = []
    monkeypatch.setattr(KeyRing, "open", lambda *a, **k: opened.append(a))

    def fails(*_arguments, **_values):
        raise RuntimeError("no trail today")

    monkeypatch.setattr(audit, "record", fails)
    with pytest.raises(RuntimeError):
        lookup.find_similar(office, officer, name="Hoàng", commune_id=person.commune_id)
    assert opened == []


# -- the sealed row -----------------------------------------------------------------------------


def sealed(session, person):
    statement = text("SELECT * FROM private.person_private WHERE address_id = :id")
    return session.execute(statement, {"id": person.id}).mappings().one()


def test_equal_people_have_unlike_rows_and_equal_hashes(session, office):
    one, other = (sealed(session, registered(session, office)) for _ in range(2))
    for field in FACTS:
        assert one[field] != other[field]
    assert one["phone_hash"] == other["phone_hash"]
    assert one["identity_hash"] == other["identity_hash"]


@pytest.mark.parametrize("column", sorted(FACTS))
def test_a_ciphertext_moved_to_another_row_or_column_does_not_open(session, office, column):
    person, other = registered(session, office), registered(session, office)
    move = f"""UPDATE private.person_private AS p SET {column} = q.{column}
        FROM private.person_private AS q WHERE p.address_id = :id AND q.address_id = :other"""
    session.execute(text(move), {"id": person.id, "other": other.id})
    officer = account(session, Role.OFFICER, AN_LAC)
    with pytest.raises(SealBroken):
        service.reveal(office, officer, person.id, [column])
    session.execute(
        text("UPDATE private.person_private SET guardian = name WHERE address_id = :id"),
        {"id": other.id},
    )
    with pytest.raises(SealBroken):
        service.reveal(office, officer, other.id, ["guardian"])


def test_a_change_keeps_the_rest_and_hashes_anew(session, office):
    person = registered(session, office)
    before = sealed(session, person)
    service.change_private(office, person, phone="0987 654 321", note="", door="Số 7")
    officer = account(session, Role.OFFICER, AN_LAC)
    expected = SHOWN | {"phone": "+84987654321", "note": None, "door": "Số 7"}
    assert asked(office, officer, person.id) == expected
    after = sealed(session, person)
    assert before["phone_hash"] != after["phone_hash"]
    assert before["identity_hash"] == after["identity_hash"]
    service.change_private(office, person, phone=None)
    assert sealed(session, person)["phone_hash"] is None


def test_a_record_moved_to_another_commune_is_hashed_anew(session, office):
    person = registered(session, office)
    before = sealed(session, person)["identity_hash"]
    there = unit_id(session, ELSEWHERE)
    session.execute(
        text("""UPDATE core.address SET former_commune_id = :there, commune_id = NULL
        WHERE id = :id"""),
        {"there": there, "id": person.id},
    )
    session.refresh(person)
    service.change_private(office, person)
    assert sealed(session, person)["identity_hash"] != before


def test_only_living_persons_have_a_row(session, office):
    with pytest.raises(Invalid):
        service.register_private(office, make_place(session), name="Hoàng Thị Mẫu")
    gone = make_person(session, status=AddressStatus.WITHDRAWN, consent=False)
    with pytest.raises(Conflict):
        service.register_private(office, gone, name="Hoàng Thị Mẫu")
    person = registered(session, office)
    with pytest.raises(Conflict):
        service.register_private(office, person, name="Hoàng Thị Mẫu")
    with pytest.raises(NotFound):
        service.change_private(office, make_person(session), note="x")
    place = make_place(session)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(
            text("""INSERT INTO private.person_private SELECT :place AS address_id, key_version,
            name, phone, birth_year, guardian, door, hamlet, story, note, point, phone_hash,
            identity_hash, 'person' FROM private.person_private LIMIT 1"""),
            {"place": place.id},
        )


@pytest.mark.parametrize("value", ["'Hoàng Thị Mẫu'", r"'\x0001'", "sha256('x')"])
def test_the_database_refuses_what_is_not_sealed(session, office, value):
    person = registered(session, office)
    literal = f"convert_to({value}, 'UTF8')" if "Mẫu" in value else f"{value}::bytea"
    for column in FACTS:
        with pytest.raises(IntegrityError, match=f"{column}_sealed"), session.begin_nested():
            session.execute(
                text(f"""UPDATE private.person_private SET {column} = {literal}
                WHERE address_id = :id"""),
                {"id": person.id},
            )


def test_only_the_office_reads_the_private_tables(session):
    rights = session.execute(
        text("""SELECT c.relname, a.grantee::regrole::text, string_agg(a.privilege_type, ','
                 ORDER BY a.privilege_type)
        FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.relnamespace = 'private'::regnamespace AND c.relkind = 'r'
          AND a.grantee <> c.relowner GROUP BY 1, 2 ORDER BY 1""")
    ).all()
    whole = "DELETE,INSERT,SELECT,UPDATE"
    assert rights == [
        ("disclosure_use", "mapservice_office", whole),
        ("form_draft", "mapservice_office", whole),
        ("import_cells", "mapservice_office", whole),
        ("import_file", "mapservice_office", whole),
        ("key_floor", "mapservice_office", "SELECT,UPDATE"),
        ("key_mark", "mapservice_office", "INSERT,SELECT"),
        ("offer_contact", "mapservice_office", whole),
        ("person_private", "mapservice_office", whole),
        ("place_contact", "mapservice_office", whole),
        ("second_factor", "mapservice_office", whole),
        ("suggestion_contact", "mapservice_office", whole),
        ("team_contact", "mapservice_office", whole),
    ]


# -- contacts -----------------------------------------------------------------------------------


def test_the_contact_of_a_place(session, office):
    place = make_place(session)
    contact = {"name": "Nguyễn Văn Thử", "role": "Hiệu trưởng", "phone": "0204 3854 123"}
    shown = contact | {"phone": "+842043854123"}
    service.set_place_contact(office, place, **contact)

    def seen(viewer, reason=None):
        try:
            found = service.reveal_place_contact(office, viewer, place.id, list(contact), reason)
            return dict(found.values)
        except (Forbidden, Invalid, NotFound) as refusal:
            return type(refusal)

    officer, foreign = account(session, Role.OFFICER, AN_LAC), account(session, Role.OFFICER)
    viewer, admin = account(session, Role.VIEWER, AN_LAC), account(session, Role.ADMIN)
    leader, stranger = account(session, Role.TEAM_LEADER), account(session, Role.TEAM_LEADER)
    team = make_team(session, leader_id=leader.id)
    make_assignment(session, need=make_need(session, address=place), team=team, status="accepted")
    everybody = (officer, leader, foreign, viewer, stranger, admin)
    refused = [shown, shown, NotFound, Forbidden, NotFound, Invalid]
    assert [seen(each) for each in everybody] == refused
    assert seen(admin, REASON) == shown
    service.set_place_contact(office, place, office_line=True, role="Phó hiệu trưởng")
    shown |= {"role": "Phó hiệu trưởng"}
    assert [seen(each) for each in everybody] == [shown] * 6
    viewer.active = False
    session.flush()
    assert seen(viewer) is Forbidden


def test_the_contact_of_a_team(session, office):
    leader = account(session, Role.TEAM_LEADER)
    team = make_team(session, leader_id=leader.id)
    service.set_team_contact(office, team, name="Lê Thị Đội", phone="0912 345 678")
    service.set_team_contact(office, team, phone="0912 345 679")
    viewers = [leader, account(session, Role.OFFICER, AN_LAC), account(session, Role.OFFICER)]
    viewers.append(account(session, Role.TEAM_LEADER, AN_LAC))
    answers = []
    for viewer in viewers:
        try:
            seen = service.reveal_team_contact(office, viewer, team.id, ["name", "phone"])
            answers.append(dict(seen.values))
        except NotFound:
            answers.append(None)
    shown = {"name": "Lê Thị Đội", "phone": "+84912345679"}
    assert answers == [shown, shown, None, None]


# -- in transactions of their own ---------------------------------------------------------------


@pytest.fixture
def committed(cluster):
    """Sessions of owner and office on a database of this test's own: they really commit."""
    name = f"{DATABASE}_disclosure"
    database.clone(cluster, name)
    engines = [create_engine(cluster.url(role, name)) for role in ("owner", "office")]
    yield engines
    for engine in engines:
        engine.dispose()
    database.drop(cluster, name)


def test_a_refusal_is_recorded_though_its_transaction_is_rolled_back(committed):
    owner, office = committed
    with Session(owner, expire_on_commit=False) as session:
        there = make_person(session, commune=ELSEWHERE)
        officer = account(session, Role.OFFICER, AN_LAC)
        session.commit()
    with Session(office) as work, pytest.raises(NotFound):
        work.info["keys"] = RING
        service.reveal(work, officer, there.id, ["name"])
    with Session(owner) as session:
        (row,) = events(session, "reveal_refused")
        assert (row.actor_id, row.record_id) == (officer.id, there.id)
        assert row.detail == {"code": "not-found"}


def test_parallel_requests_do_not_outrun_the_quota(committed, monkeypatch):
    monkeypatch.setitem(service.DAILY, Role.OFFICER, 2)
    owner, office = committed
    with Session(owner, expire_on_commit=False, info={"keys": RING}) as session:
        people = [registered(session, session) for _ in range(6)]
        officer = account(session, Role.OFFICER, AN_LAC)
        session.commit()
    begin, answers = Barrier(len(people)), []

    def ask(person):
        with Session(office, info={"keys": RING}) as work:
            begin.wait()
            answers.append(asked(work, officer, person.id, ["name"]))
            work.commit() if answers[-1] is not Forbidden else work.rollback()

    threads = [Thread(target=ask, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(Forbidden) == 4
    assert [a for a in answers if a is not Forbidden] == [{"name": SHOWN["name"]}] * 2
    with Session(owner) as session:
        assert (len(events(session, "reveal")), len(events(session, "reveal_refused"))) == (2, 4)


def test_the_application_hands_its_own_key_to_its_sessions(settings):
    app = create_app(settings)
    with app.app_context():
        assert keys.of(web.session()).versions == [1]
        sealed = RING.seal("x", table="t", column="c", row="r")
        assert keys.of(web.session()).open(sealed, table="t", column="c", row="r") == "x"
    for kind in ("office_sessions", "public_sessions", "intake_sessions"):
        app.extensions[kind].kw["bind"].dispose()


def test_sharing_withdrawn_or_run_out_closes_the_record(session, office):
    person = registered(session, office, share=False)
    leader = account(session, Role.TEAM_LEADER)
    team = make_team(session, leader_id=leader.id)
    make_assignment(session, need=make_need(session, address=person), team=team, status="accepted")
    assert asked(office, leader, person.id, ["name"]) is Forbidden
    consent = make_consent(
        session, address=person, purpose=Purpose.SHARE_WITH_TEAM, giver=Giver.PERSON
    )
    assert asked(office, leader, person.id, ["name"]) == {"name": SHOWN["name"]}
    session.execute(
        text("UPDATE core.consent SET withdrawn_at = given_at WHERE id = :id"), {"id": consent.id}
    )
    assert asked(office, leader, person.id, ["name"]) is Forbidden


def test_no_words_come_into_the_trail_as_a_reason(session):
    with pytest.raises(IntegrityError, match="ck_audit_event_look_reason"):
        audit.record(session, "reveal", table_name="person_private", reason="Thăm nhà bà Tư")
