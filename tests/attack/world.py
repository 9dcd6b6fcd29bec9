"""A small province in a database of its own: public things, and people who must not show.

Committed, so that the application's real roles read it through their own connections.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session

from mapservice import create_app
from mapservice.accounts.models import Role
from mapservice.addresses.models import Address, AgeBand, PersonKind
from mapservice.disclosure import service as disclosure
from mapservice.layers import upkeep
from mapservice.photos.files import Uploads
from mapservice.release import service as release
from mapservice.sealing import KeyRing
from tests import database, factories
from tests.attack.canaries import Canary

LINK = "a-link-that-stands"  # the token of an invitation and of a password reset
RECEIPT = "AAAABBBBCCCC2222"  # of an offer
LEAST = 10  # households in a cell
COMMUNES = 6  # of the former district of Sơn Động
PLACES = 130  # more than are drawn one by one, so that clusters are attacked too
PERSONS = 150
SENSITIVE = 4
KINDS = list(PersonKind)


@dataclass(frozen=True)
class World:
    """A database, the application on it, the people hidden in it."""

    cluster: object
    name: str
    settings: dict
    canaries: tuple[Canary, ...]
    targets: tuple[UUID, ...]  # their addresses, in the same order; the last SENSITIVE are places

    def app(self):
        """The application as it runs: each engine logs in as its own role."""
        return create_app(self.settings | {"TESTING": False})

    def url(self, role: str) -> str:
        return self.cluster.url(role, self.name)

    @contextmanager
    def owner(self) -> Iterator[Session]:
        """A session of the owner that commits at the end; it may seal and open private data."""
        engine = create_engine(self.url("owner"))
        with Session(engine, expire_on_commit=False) as session:
            session.info["keys"] = KeyRing.parse(self.settings["DATA_KEY"])
            session.info["uploads"] = Uploads(self.settings["MAPSERVICE_HOME"])
            yield session
            session.commit()
        engine.dispose()

    def release(self) -> None:
        """Publish the cells of now."""
        with self.owner() as session:
            release.run(session, least=LEAST)


def make(cluster, name: str, settings: dict) -> World:
    """A new database with published things and persons, released once."""
    database.clone(cluster, name)
    world = World(cluster, name, settings_for(cluster, name, settings), (), ())
    with world.owner() as session:
        communes = _communes(session)
        _public_things(session, communes)
        canaries, targets = _people(session, communes)
        _links(session)
        _letter(session, communes[0])
        upkeep.fold(session)
    world = replace(world, canaries=tuple(canaries), targets=tuple(targets))
    world.release()
    return world


def copy(world: World, name: str) -> World:
    """The twin: a copy of the files of the database, to be changed afterwards."""
    with superuser(world.cluster, "postgres") as engine:
        quiet = engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        quiet.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        quiet.execute(text(f"CREATE DATABASE {name} TEMPLATE {world.name}"))
        quiet.close()
    world.cluster.prepare_database(name)
    settings = settings_for(world.cluster, name, world.settings)
    return replace(world, name=name, settings=settings)


def settings_for(cluster, name: str, settings: dict) -> dict:
    return settings | {
        "DATABASE_URL": cluster.url("office", name),
        "PUBLIC_DATABASE_URL": cluster.url("public", name),
        "INTAKE_DATABASE_URL": cluster.url("intake", name),
        "OWNER_DATABASE_URL": cluster.url("owner", name),
    }


@contextmanager
def superuser(cluster, name: str) -> Iterator[Engine]:
    engine = create_engine(database.superuser_url(cluster, name))
    yield engine
    engine.dispose()


def _communes(session: Session) -> list:
    found = session.execute(
        text("""
        SELECT c.code, ext.ST_XMin(c.bounds) AS west, ext.ST_YMin(c.bounds) AS south,
               ext.ST_XMax(c.bounds) AS east, ext.ST_YMax(c.bounds) AS north
        FROM core.admin_unit AS c JOIN core.admin_unit AS here ON here.parent_id = c.parent_id
        WHERE here.code = :code AND here.valid_to IS NOT NULL AND c.level = 'commune'
          AND daterange(c.valid_from, c.valid_to) @> date '2022-12-31'
          AND daterange(here.valid_from, here.valid_to) @> date '2022-12-31'
        ORDER BY c.area_km2 DESC, c.code LIMIT :most"""),
        {"code": factories.AN_LAC, "most": COMMUNES},
    )
    return found.all()


def _links(session: Session) -> None:
    """An invitation and a new password behind LINK, which stand for as long as the tests run."""
    admin = factories.make_account(session, role=Role.ADMIN)
    factories.make_invitation(session, by=admin, token=LINK)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    factories.make_password_reset(session, account=admin, token=LINK, begins=tomorrow)


def _letter(session: Session, commune) -> None:
    """An offer to the people of a commune, which RECEIPT was given for."""
    offer = factories.make_offer(session, commune=f"{commune.code}@2022", group="child")
    offer.receipt_hash = sha256(RECEIPT.encode()).digest()
    session.flush()


def _public_things(session: Session, communes: list) -> None:
    chance = random.Random(1)
    stories = session.info["uploads"].home / "narration"
    stories.mkdir(exist_ok=True)
    organisation = factories.make_organisation(session)
    campaign = factories.make_campaign(session, organisation_id=organisation.id)
    for number in range(PLACES):
        here = communes[number % len(communes)]
        place = factories.make_place(
            session,
            organisation_id=organisation.id,
            commune=here.code,
            lng=round(chance.uniform(here.west, here.east), 6),
            lat=round(chance.uniform(here.south, here.north), 6),
            title=f"Trường Tiểu học số {number}",
            summary="Cần sách và bàn ghế.",
            kind=("school", "health_station", "locality")[number % 3],
        )
        factories.make_need(
            session,
            address=place,
            urgency=number % 4 + 1,
            category=("education", "environment", "digital_skills")[number % 3],
            campaign_id=campaign.id if number % 2 else None,
        )
        (stories / f"{place.public_code}.mp3").write_bytes(b"ID3" + bytes(100))
    photo = factories.make_photo(
        session, by=factories.make_account(session).id, address_id=place.id
    )
    photo.public_at, photo.public_by = datetime.now(UTC), photo.taken_by
    for number in range(8):
        here = communes[number % len(communes)]
        factories.make_team(
            session,
            organisation_id=organisation.id,
            commune=here.code,
            lng=round(chance.uniform(here.west, here.east), 6),
            lat=round(chance.uniform(here.south, here.north), 6),
            base_public=number % 2 == 0,
            max_concurrent=5,
        )


def _people(session: Session, communes: list) -> tuple[list[Canary], list[UUID]]:
    """Persons, most in the first communes so that cells of several levels exist."""
    organisation = factories.make_organisation(session)
    teams = [
        factories.make_team(session, organisation_id=organisation.id, max_concurrent=40)
        for _ in range(3)
    ]
    taken = shown_spots(session)
    canaries, targets = [], []
    for number in range(PERSONS + SENSITIVE):
        here = communes[(number * number) % len(communes)]
        spot = quiet_spot(random.Random(1000 + number), here, taken)
        if number < PERSONS:
            address, words = _person(session, organisation, number, here, teams)
        else:
            address, words = _sensitive_place(session, organisation, number, here, spot)
        one = Canary(number, *spot, words=words)
        if number < PERSONS:
            disclosure.register_private(session, address, **private(one))
        canaries.append(one)
        targets.append(address.id)
    return canaries, targets


def private(one: Canary) -> dict[str, object]:
    """What an officer writes down of this person."""
    return {
        "name": one.name,
        "phone": one.phone,
        "note": one.note,
        "door": one.door,
        "hamlet": one.hamlet,
        "point": (one.lng, one.lat),
    }


def _person(session, organisation, number, here, teams) -> tuple[Address, tuple[str, ...]]:
    address = factories.make_person(
        session,
        organisation_id=organisation.id,
        commune=here.code,
        person_kind=KINDS[number % 3],
        age_band=AgeBand.FROM_16 if number % 3 else AgeBand.UNKNOWN,
    )
    words = [str(address.id), address.public_code]
    if number % 2 == 0:
        need = factories.make_need(session, address=address, urgency=number % 4 + 1)
        words += [str(need.id), need.public_code]
        if number % 10 == 0:
            work = factories.make_assignment(session, need=need, team=teams[number % 3])
            words.append(str(work.id))
    return address, tuple(words)


def _sensitive_place(session, organisation, number, here, spot):
    one = Canary(number, *spot)
    place = factories.make_place(
        session,
        organisation_id=organisation.id,
        commune=here.code,
        lng=spot[0],
        lat=spot[1],
        kind="social_centre",
        title=f"Mái ấm {one.token}",
        hamlet=one.hamlet,
        summary=f"{one.note} {one.phone}",
        sensitive=True,
    )
    need = factories.make_need(session, address=place, title=f"Cần {one.token}n gấp")
    return place, (str(place.id), place.public_code, str(need.id), need.public_code)


def shown_spots(session: Session) -> set[tuple[int, int]]:
    """Every coordinate in `pub`, in thousandths of a degree, with its neighbours."""
    shown = session.execute(
        text("""
        SELECT DISTINCT round(ext.ST_X(d.geom) * 1000)::int, round(ext.ST_Y(d.geom) * 1000)::int
        FROM (SELECT geom FROM pub.place UNION ALL SELECT geom FROM pub.team
              UNION ALL SELECT label_point FROM pub.unit UNION ALL SELECT geom FROM pub.unit
              UNION ALL SELECT geom FROM pub.person_cell
              UNION ALL SELECT bounds FROM pub.unit) AS g,
             ext.ST_DumpPoints(g.geom) AS d""")
    ).all()
    around = (-2, -1, 0, 1, 2)
    return {(x + dx, y + dy) for x, y in shown for dx in around for dy in around}


def quiet_spot(chance: random.Random, here, taken: set) -> tuple[float, float]:
    """Somewhere in the commune's frame where nothing public is within 100 m."""
    while True:
        lng = round(chance.uniform(here.west, here.east), 7)
        lat = round(chance.uniform(here.south, here.north), 7)
        spot = (round(lng * 1000), round(lat * 1000))
        if spot not in taken:
            taken.add(spot)
            return lng, lat
