"""Many registered at once are stored, sealed and recorded as one by one; or nothing of them is."""

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.errors import Conflict, Invalid
from mapservice.registration import many, many_changes, persons, service
from tests import office as offices
from tests.db.test_registration import need_values, person_values, place_values

OURS = {"id", "public_code", "created_at", "updated_at", "status_at", "address_id", "row_id"}
SEALED = {"name", "phone", "role", "birth_year"}
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


def test_places_changed_at_once_are_as_one_by_one(session, office, registrar):
    made = [
        service.register_place(office, registrar, place_values(title=f"Trường Mẫu {n}"), [])
        for n in range(2)
    ]
    anew = {"households": 40, "summary": "Hai lớp ghép", "confirm_duplicate": True}
    values = [place_values(title=f"Trường Mẫu {n}", **anew) for n in range(2)]
    assert many_changes.fits(made[0], frozenset({"households", "summary"}), values[0])
    many_changes.change_places(office, registrar, [(made[0], values[0])])
    service.change_place(office, registrar, made[1].public_code, 1, values[1], [])
    one, other = (stored(session, place) for place in made)
    for told in (one, other):
        told["address"].pop("title"), told["address"].pop("title_folded")
    assert one["address"]["households"] == 40 and one["address"]["version"] == 2
    assert one == other


def test_persons_changed_at_once_are_as_one_by_one(session, office, registrar):
    made = [
        service.register_person(office, registrar, person_values(confirm_duplicate=True), [])
        for _ in range(2)
    ]
    kept = person_values(name=None, severity=4) | dict.fromkeys(persons.PRIVATE)
    assert many_changes.fits(made[0], frozenset({"severity"}), kept)
    many_changes.change_persons(office, registrar, [(made[0], kept)])
    service.change_person(office, registrar, made[1].public_code, 1, kept, [])
    one, other = (stored(session, person) for person in made)
    assert one["address"]["severity"] == 4 and one["address"]["version"] == 2
    assert one == other
    for more in ({"phone": "0912345678"}, {"lat": 21.3}, {"household": made[1].public_code}):
        assert not many_changes.fits(made[0], frozenset({"severity"}), kept | more)


def test_of_places_changed_at_once_one_that_may_not_be_stops_them_all(session, office, registrar):
    made = [
        service.register_place(office, registrar, place_values(title=f"Trường Mẫu {n}"), [])
        for n in range(2)
    ]
    given = [(place, place_values(title=place.title, households=40)) for place in made]
    moved = text("UPDATE core.address SET version = 2 WHERE id = :id")
    session.execute(moved, {"id": made[1].id})
    with pytest.raises(Conflict), office.begin_nested():
        many_changes.change_places(office, registrar, given)
    assert {place.households for place in made} == {None}
    for away in (frozenset({"lat"}), frozenset({"need"}), frozenset({"contact_name"})):
        assert not many_changes.fits(made[0], away, given[0][1])
