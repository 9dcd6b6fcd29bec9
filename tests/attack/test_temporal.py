"""What happens to one person changes no public byte before the next release."""

import pytest
from sqlalchemy import text

from mapservice.addresses.models import Address
from mapservice.consent import service as consent
from mapservice.consent.models import Purpose
from mapservice.disclosure import service as disclosure
from tests import database, factories
from tests.attack import changes
from tests.attack import world as worlds
from tests.attack.corpus import Crawler
from tests.conftest import DATABASE


@pytest.fixture(scope="module")
def later(world, crawler):
    """A copy in which time goes on."""
    crawler.rest()
    made = worlds.copy(world, f"{DATABASE}_later")
    yield made
    database.drop(world.cluster, made.name)


@pytest.fixture(scope="module")
def watcher(later):
    with Crawler(later) as crawler:
        yield crawler


@pytest.fixture(scope="module")
def watched(watcher):
    """Whatever tells of people, and every seventh of the other addresses."""
    urls = watcher.urls()
    chosen = {u for u in urls if "people" in u} | set(urls[::7])
    return sorted(chosen | {"/", "/layers/needs.geojson", "/layers/teams.geojson"})


@pytest.fixture
def unchanged(watcher, watched):
    """A function that says which addresses answer otherwise than at the start of the test."""
    before = watcher.crawl(watched)
    assert len(before) > 80

    def changed() -> list[str]:
        after = watcher.crawl(watched)
        return [url for url in before if before[url] != after[url]]

    return changed


def add_persons(world, number: int, commune: str = factories.AN_LAC) -> None:
    with world.owner() as session:
        organisation = factories.make_organisation(session)
        for _ in range(number):
            person = factories.make_person(
                session, commune=commune, organisation_id=organisation.id
            )
            disclosure.register_private(
                session, person, name="Nguyễn Văn Mới", point=(106.9, 21.3), phone="0987654321"
            )
            factories.make_need(session, address=person, urgency=4)


def test_one_person_more(later, unchanged):
    add_persons(later, 1)
    assert unchanged() == []


def test_one_person_moves(later, unchanged):
    """Within the commune, then to another one."""
    with later.owner() as session:
        address = session.get_one(Address, later.targets[3])
        disclosure.change_private(session, address, point=(106.95, 21.31))
    with later.owner() as session:
        address = session.get_one(Address, later.targets[3])
        address.former_commune_id = factories.unit_id(session, "07642")
        address.commune_id = None
        session.flush()
        session.refresh(address)
        disclosure.change_private(session, address)
    assert unchanged() == []


def test_one_person_leaves(later, unchanged):
    with later.owner() as session:
        address = session.get_one(Address, later.targets[4])
        address.status = "withdrawn"
        address.status_reason = "moved_away"
    assert unchanged() == []


def test_one_person_takes_the_consent_back_and_is_erased(later, unchanged):
    with later.owner() as session:
        by = factories.make_account(session).id
        consent.withdraw(session, later.targets[7], Purpose.REGISTER, by)
        assert session.get_one(Address, later.targets[7]).erased_at
    assert unchanged() == []


def test_a_persons_need_is_taken_and_met(later, unchanged):
    """Each step by itself: what a team does for a person shows nowhere, not even on the team."""
    with later.owner() as session:
        works = [w.id for w in changes.works_of_persons(session)][:4]
    for steps, work in enumerate(works, 1):
        with later.owner() as session:
            changes.advance(session, session.get_one(changes.Assignment, work), steps)
        assert unchanged() == [], steps


def test_a_sensitive_place_moves(later, unchanged):
    with later.owner() as session:
        changes.move_place(session, later.targets[-1], 106.97, 21.33, "Mái ấm đã dời")
        factories.make_need(
            session, address=session.get_one(Address, later.targets[-1]), title="Cần gấp hơn"
        )
    assert unchanged() == []


def test_places_change_at_once(later, unchanged):
    """Alive: the watch sees what may be seen."""
    with later.owner() as session:
        code = session.scalar(
            text("SELECT place FROM pub.need ORDER BY urgency DESC, code LIMIT 1")
        )
        place = session.query(Address).filter_by(public_code=code).one()
        place.title = "Trường có tên mới"
    assert "/layers/needs.geojson" in unchanged()


def test_the_release_shows_what_many_make(later, unchanged):
    """Alive: sixty households more are seen, but by the release only."""
    add_persons(later, 60, commune="07642")
    assert unchanged() == []
    later.release()
    assert any("people" in url for url in unchanged())
