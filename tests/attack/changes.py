"""What may happen to persons, done to a world as officers and teams do it."""

import random
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.addresses.models import Address
from mapservice.disclosure import service as disclosure
from mapservice.matching.models import Assignment
from tests import factories
from tests.attack.canaries import Canary
from tests.attack.world import PERSONS, World, private


def box_of(session: Session, address: UUID):
    """The frame of the commune a person lives in."""
    return session.execute(
        text("""
        SELECT ext.ST_XMin(u.bounds) AS west, ext.ST_YMin(u.bounds) AS south,
               ext.ST_XMax(u.bounds) AS east, ext.ST_YMax(u.bounds) AS north
        FROM core.address AS a JOIN core.admin_unit AS u
          ON u.id = coalesce(a.former_commune_id, a.commune_id) WHERE a.id = :id"""),
        {"id": address},
    ).one()


def everyone(world: World) -> None:
    """All persons and sensitive places become others: moved in their commune, renamed, re-dated.

    Their needs change in everything but whether health is in them, their work moves on.
    """
    chance = random.Random(7)
    with world.owner() as session:
        for one, target in zip(world.canaries, world.targets, strict=True):
            frame = box_of(session, target)
            lng = round(chance.uniform(frame.west, frame.east), 7)
            lat = round(chance.uniform(frame.south, frame.north), 7)
            other = Canary(one.number + 2000, lng, lat)
            if one.number < PERSONS:
                address = session.get_one(Address, target)
                disclosure.change_private(session, address, **private(other))
            else:
                move_place(session, target, lng, lat, f"Nhà {other.token}")
        session.execute(REDATE, {"ids": list(world.targets)})
        session.execute(OTHER_NEEDS, {"ids": list(world.targets)})
        for work in works_of_persons(session):
            advance(session, work, chance.randint(1, 4))


def move_place(session: Session, place: UUID, lng: float, lat: float, title: str) -> None:
    session.execute(
        text("""
        UPDATE core.address SET title = :title, summary = :title, hamlet = :title,
          point = ext.ST_SetSRID(ext.ST_MakePoint(:lng, :lat), 4326) WHERE id = :id"""),
        {"id": place, "lng": lng, "lat": lat, "title": title},
    )


REDATE = text("""
    UPDATE core.address SET public_code = core.new_public_code(),
      created_at = created_at - interval '40 days', updated_at = now() - interval '3 days',
      assured_at = now() - interval '9 days', assured_until = now() + interval '90 days',
      severity = severity % 4 + 1, programme_year = programme_year - 1, version = version + 5
    WHERE id = ANY(:ids)""")
OTHER_NEEDS = text("""
    UPDATE core.need SET public_code = core.new_public_code(), urgency = urgency % 4 + 1,
      quantity = quantity + 3, created_at = created_at - interval '40 days', parts = parts + 2,
      category = 'housing', wanted_during = '[2025-06-01,2025-07-01)', version = version + 5
    WHERE address_id = ANY(:ids)""")


def works_of_persons(session: Session) -> list[Assignment]:
    found = session.scalars(
        text("""
        SELECT s.id FROM core.assignment AS s JOIN core.need AS n ON n.id = s.need_id
          JOIN core.address AS a ON a.id = n.address_id
        WHERE a.nature = 'person' OR a.sensitive ORDER BY s.id""")
    )
    return [session.get_one(Assignment, found_id) for found_id in found.all()]


def advance(session: Session, work: Assignment, steps: int) -> None:
    """Accepted, under way, done, confirmed: the first `steps` of these."""
    who = factories.make_account(session).id
    other = factories.make_account(session).id
    stages = (
        {"status": "accepted"},
        {"status": "underway"},
        {"status": "done", "reporter_id": who, "hours": 5, "volunteers": 4, "quantity": 1},
        {"status": "confirmed", "confirmer_id": other},
    )
    for values in stages[:steps]:
        for name, value in values.items():
            setattr(work, name, value)
        session.flush()
