"""Many registered at once are stored, sealed and recorded as one by one; or nothing of them is."""

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.addresses.models import Address, Nature
from mapservice.errors import Conflict, Invalid
from mapservice.registration import many, many_changes, persons, service
from mapservice.registration import queries as registration_queries
from mapservice.registration.many_changes import Change
from tests import office as offices
from tests.db.test_registration import need_values, person_values, place_values
from tests.factories import SPOT, make_place

OURS = {"id", "public_code", "created_at", "updated_at", "status_at", "address_id", "row_id"}
SEALED = {"name", "phone", "role", "birth_year", "note", "point"}
MADE = """
    SELECT to_jsonb(a) AS address,
      (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.category) FROM core.need AS n
       WHERE n.address_id = a.id) AS needs,
      (SELECT to_jsonb(p) FROM private.place_contact AS p WHERE p.address_id = a.id) AS contact,
      (SELECT to_jsonb(p) FROM private.person_private AS p WHERE p.address_id = a.id) AS person,
      (SELECT jsonb_agg(jsonb_build_array(c.purpose, c.giver, c.channel, c.collected_by)
         ORDER BY c.purpose, c.giver) FROM core.consent AS c WHERE c.address_id = a.id) AS consents,
      (SELECT jsonb_agg(jsonb_build_array(e.action, e.table_name, e.actor_id, e.detail)
         ORDER BY e.action, e.table_name, e.detail::text) FROM core.audit_event AS e
       WHERE e.record_id = a.id OR e.record_id IN
         (SELECT n.id FROM core.need AS n WHERE n.address_id = a.id)) AS told
    FROM core.address AS a WHERE a.id = :id"""


@pytest.fixture
def registrar(session, office):
    account = offices.build(session).here.accounts[Role.REGISTRAR]
    return rights.actor(office, account)


def stored(session, address) -> dict:
    """All that is kept of an address, without what differs for any two records."""
    session.flush()
    found = dict(session.execute(text(MADE), {"id": address.id}).mappings().one())
    for part in ("address", "contact", "person"):
        found[part] = _plain(found[part])
    found["needs"] = [_plain(need) for need in found["needs"] or ()]
    return found


def _plain(row: dict | None) -> dict | None:
    """Of what is sealed only whether it is there: equal texts are sealed differently."""
    if row is None:
        return None
    hidden = SEALED if "key_version" in row else set()
    told = {name: value for name, value in row.items() if name not in OURS}
    return {name: bool(value) if name in hidden else value for name, value in told.items()}


def test_places_at_once_are_as_one_by_one(session, office, registrar):
    contact = {"contact_name": "Cô Mẫu", "contact_phone": "0912345678"}
    given = [
        (place_values(title="Trường Mẫu Một", **contact), [need_values()]),
        (place_values(title="Trường Mẫu Hai", commune="07645@2022", children=12), []),
    ]
    together = many.register_places(office, registrar, given)
    confirmed = [(values | {"confirm_duplicate": True}, wanted) for values, wanted in given]
    alone = [service.register_place(office, registrar, *pair) for pair in confirmed]
    for one, other in zip(together, alone, strict=True):
        assert stored(office, one) == stored(office, other)
        assert one.public_code and one.commune_id == other.commune_id
    assert stored(office, together[0])["contact"]["name"] is True
    assert stored(office, together[1])["needs"] == []


def test_persons_at_once_are_as_one_by_one(session, office, registrar):
    child = {"birth_year": 2016, "consent_register": ["guardian", "child"]}
    given = [
        (person_values(), []),
        (person_values(person_kind="child", name="Em Mẫu", phone=None, **child), []),
        (person_values(consent_register=[], channel=None, ground="child_at_risk", phone=None), []),
    ]
    together = many.register_persons(office, registrar, given)
    confirmed = [(values | {"confirm_duplicate": True}, wanted) for values, wanted in given]
    alone = [service.register_person(office, registrar, *pair) for pair in confirmed]
    for one, other in zip(together, alone, strict=True):
        kept, expected = stored(office, one), stored(office, other)
        assert kept["person"].pop("phone_hash") == expected["person"].pop("phone_hash")
        assert kept == expected
    assert stored(office, together[0])["consents"][0][:3] == ["register", "person", "spoken"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "castle"}, "kind"),
        ({"commune": "99999"}, "commune"),
        ({"lat": 10.5, "lng": 106.5}, "lat"),
        ({"contact_name": "Cô Mẫu", "contact_phone": "abc"}, "contact_phone"),
    ],
)
def test_a_fault_of_one_is_said_at_its_field(office, registrar, wrong, field):
    given = [(place_values(), []), (place_values() | wrong, [])]
    with pytest.raises(Invalid) as refused, office.begin_nested():
        many.register_places(office, registrar, given)
    assert field in refused.value.fields
    assert (
        office.scalar(text("SELECT count(*) FROM core.address WHERE title LIKE 'Trường T%'")) == 0
    )


def test_nobody_is_registered_without_consent(office, registrar):
    given = [(person_values(), []), (person_values(consent_register=[], channel=None), [])]
    with pytest.raises(Invalid) as refused, office.begin_nested():
        many.register_persons(office, registrar, given)
    assert "consent_register" in refused.value.fields


def test_another_territory_is_refused(office, registrar):
    values = place_values(commune=f"{offices.COMMUNE[offices.THERE]}@2022", confirm_outside=True)
    with pytest.raises(Invalid) as refused:
        many.register_places(office, registrar, [(values, [])])
    assert set(refused.value.fields) == {"commune"}


MOVED = {"lng": round(SPOT[0] + 0.001, 6), "lat": round(SPOT[1] + 0.001, 6)}
PHONE = {"contact_name": "Cô Mẫu", "contact_phone": "0912345678"}
TWO_NEEDS = [need_values(), need_values(category="culture", title="Tặng sách", skills=["teaching"])]


def changed_alike(session, office, actor, made, values, of_needs=lambda _: ()) -> dict:
    """Two records, alike until now, of which the first is changed with others, the second alone,
    by values of its form; what is kept of both, which is the same."""
    one, other = made
    nature = one.nature
    many_of = {Nature.PLACE: many_changes.change_places, Nature.PERSON: many_changes.change_persons}
    alone = {Nature.PLACE: service.change_place, Nature.PERSON: service.change_person}
    values = values | {"confirm_duplicate": True, "confirm_outside": True}
    change = Change(one, one.version, values, of_needs(one))
    many_of[nature](office, actor, [change])
    alone[nature](office, actor, other.public_code, other.version, values, of_needs(other))
    kept, expected = stored(office, one), stored(office, other)
    assert kept == expected
    assert kept["address"]["version"] == 2
    return kept


def places_alike(office, actor, wanted=(), **more):
    values = place_values(confirm_duplicate=True, **more)
    return [service.register_place(office, actor, values, list(wanted)) for _ in range(2)]


def persons_alike(office, actor, wanted=(), **more):
    values = person_values(confirm_duplicate=True, **more)
    return [service.register_person(office, actor, values, list(wanted)) for _ in range(2)]


def needs_anew(session):
    """Of a record with two needs one is changed and one added."""

    def wanted(address):
        found = session.scalars(registration_queries.needs_of(address.id))
        first = next(need for need in found if need.category == "education")
        known = {"id": first.id, "version": first.version}
        days = {"wanted_from": "2026-07-01", "wanted_until": "2026-08-31"}
        return [
            need_values(urgency=4, quantity="20,5", **days) | known,
            need_values(category="housing", title="Sửa mái"),
        ]

    return wanted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"households": 40, "summary": "Hai lớp ghép"}),
        ({}, MOVED | {"title": "Điểm trường Nà Mẫu"}),
        ({}, {"commune": "07645@2022", "sensitive": True}),
        ({}, PHONE),
        (PHONE, {"contact_name": "Thầy Mẫu", "contact_phone": None, "contact_office_line": True}),
        (PHONE, {"contact_remove": True}),
    ],
)
def test_places_changed_at_once_are_as_one_by_one(session, office, registrar, before, after):
    made = places_alike(office, registrar, **before)
    values = place_values(**after) | {"point_estimated": True}
    kept = changed_alike(session, office, registrar, made, values)
    shown = {name for name in after if name in kept["address"]} - {"commune"}
    assert {name: kept["address"][name] for name in shown} == {n: after[n] for n in shown}
    assert bool(kept["contact"]) == bool(after.get("contact_name"))


def test_needs_changed_at_once_are_as_one_by_one(session, office, registrar):
    made = places_alike(office, registrar, TWO_NEEDS)
    values = place_values(children=9)
    kept = changed_alike(session, office, registrar, made, values, needs_anew(office))
    assert [(need["category"], need["version"]) for need in kept["needs"]] == [
        ("culture", 1),
        ("education", 2),
        ("housing", 1),
    ]
    assert kept["needs"][1]["urgency"] == 4 and kept["needs"][1]["wanted_during"]


@pytest.mark.parametrize(
    "after",
    [
        {"severity": 4, "consent_register": [], "channel": None},
        {"severity": 4},
        {"phone": "0987654321", "birth_year": 1949, "note": "Gọi buổi tối"},
        {"commune": "07645@2022", "lat": 21.33, "lng": 106.97},
        {"opened": True, "name": "Lương Thị Canary", "phone": None, "household": "DONG"},
    ],
)
def test_persons_changed_at_once_are_as_one_by_one(session, office, registrar, after):
    made = persons_alike(office, registrar)
    if "household" in after:
        home = service.register_person(office, registrar, person_values(confirm_duplicate=True), [])
        after = after | {"household": home.public_code}
    values = person_values(**after)
    values |= {} if after.get("opened") else dict.fromkeys({*persons.PRIVATE} - {*after})
    kept = changed_alike(session, office, registrar, made, values)
    assert len(kept["consents"]) == (1 if after.get("consent_register") == [] else 2)
    assert kept["address"]["severity"] == after.get("severity", 1)


@pytest.mark.parametrize("fault", ["address", "need", "kind"])
def test_of_places_changed_at_once_one_that_may_not_be_stops_them_all(
    session, office, registrar, fault
):
    made = places_alike(office, registrar, TWO_NEEDS)
    more = {"kind": "castle"} if fault == "kind" else {}
    values = [place_values(households=40), place_values(households=40, **more)]
    wanted = [[], needs_anew(office)(made[1]) if fault == "need" else []]
    given = [Change(*each) for each in zip(made, (1, 1), values, wanted, strict=True)]
    if fault != "kind":  # somebody saved it meanwhile
        column = "id" if fault == "address" else "address_id"
        saved = text(f"UPDATE core.{fault} SET version = version + 1 WHERE {column} = :id")
        session.execute(saved, {"id": made[1].id})
    with pytest.raises((Conflict, Invalid)), office.begin_nested():
        many_changes.change_places(office, registrar, given)
    count = text("SELECT count(households) FROM core.address WHERE id = ANY (:ids)")
    assert session.scalar(count, {"ids": [place.id for place in made]}) == 0


def test_what_is_public_of_many_places_names_nobody(session, office):
    account = offices.build(session).here.accounts[Role.OFFICER]
    officer = rights.actor(office, account)
    made = [make_place(session, status="published", kind="school") for _ in range(2)]
    titles = ("Trường Tiểu học An Lạc", "Nhà bà Nguyễn Thị Hoa")
    places = [office.get_one(Address, place.id, populate_existing=True) for place in made]
    given = [
        Change(place, place.version, place_values(title=title), [])
        for place, title in zip(places, titles, strict=True)
    ]
    many_changes.change_places(office, officer, given[:1])
    assert places[0].title == titles[0]
    with pytest.raises(Invalid) as refused, office.begin_nested():
        many_changes.change_places(office, officer, given[1:])
    assert refused.value.code == "names-found"
