"""Two databases that differ in every person answer every public address byte for byte alike."""

import pytest
from sqlalchemy import text

from mapservice import web
from tests import database
from tests.attack import changes
from tests.attack import world as worlds
from tests.attack.corpus import Crawler
from tests.conftest import DATABASE


@pytest.fixture(scope="module")
def twin(world, crawler, answers):
    """The copy in which all persons are others; its own release was made afterwards."""
    crawler.rest()
    made = worlds.copy(world, f"{DATABASE}_twin")
    changes.everyone(made)
    made.release()
    yield made
    database.drop(world.cluster, made.name)


@pytest.fixture(scope="module")
def mirror(twin):
    with Crawler(twin) as crawler:
        yield crawler


def differences(one: dict, other: dict) -> list[str]:
    assert list(one) == list(other)
    return [url for url in one if one[url] != other[url]]


def people(world) -> list:
    with world.owner() as session:
        return session.execute(
            text("""
            SELECT a.public_code, a.created_at, p.name, p.point, a.point::text
            FROM core.address AS a LEFT JOIN private.person_private AS p ON p.address_id = a.id
            WHERE a.id = ANY(:ids) ORDER BY a.id"""),
            {"ids": list(world.targets)},
        ).all()


def test_the_twin_really_differs_in_everybody(world, twin):
    pairs = list(zip(people(world), people(twin), strict=True))
    assert len(pairs) == len(world.targets)
    for one, other in pairs:
        assert one[0] != other[0] and one[1] != other[1]
        assert (one[2], one[3]) != (other[2], other[3]) or one[4] != other[4]
    with twin.owner() as session:
        confirmed = text("SELECT count(*) FROM core.assignment WHERE status = 'confirmed'")
        assert session.scalar(confirmed) > 0


def test_every_public_address_answers_alike(answers, mirror):
    assert mirror.urls() == list(answers)
    assert differences(answers, mirror.crawl()) == []


def test_so_do_other_methods_and_broken_requests(crawler, mirror):
    for method in ("HEAD", "OPTIONS", "POST", "PUT", "DELETE"):
        for url in ("/", "/layers/people.geojson", "/layers/needs/near", "/places/AAAAAAAA"):
            assert crawler.ask(url, method=method) == mirror.ask(url, method=method)


def test_so_do_other_languages_formats_and_repeated_questions(crawler, mirror, answers):
    asked = (
        "/",
        "/layers/people.geojson",
        "/layers/teams.geojson",
        "/units/24",
        "/places/AAAAAAAA",
    )
    for url in asked:
        for headers in (
            {"Accept": "application/json"},
            {"Accept-Language": "en"},
            {"Accept-Encoding": "br, gzip"},
            {"If-None-Match": dict(answers.get(url, crawler.ask(url)).headers).get("ETag", "*")},
            {"Range": "bytes=0-99"},
            {"Origin": "https://other.example"},
        ):
            one, other = crawler.ask(url, headers=headers), mirror.ask(url, headers=headers)
            assert one == other, (url, headers)


@pytest.mark.parametrize(
    "question",
    [
        "SELECT public_code FROM core.address WHERE nature = 'person' ORDER BY 1 LIMIT 1",
        "SELECT round(ext.ST_X(point)::numeric, 2)::text FROM core.address WHERE sensitive"
        " ORDER BY id LIMIT 1",
        "SELECT sum(urgency)::text FROM core.need WHERE nature = 'person'",
    ],
)
def test_a_route_that_reads_the_tables_is_found(crawler, mirror, monkeypatch, question):
    """Alive: one address among all the others reads through the office."""
    urls = ["/about/privacy", "/about/privacy?lang=en"]

    @web.allow_anonymous
    def hole():
        return web.session().scalar(text(question))

    for one in (crawler, mirror):
        monkeypatch.setitem(one.app.view_functions, "layers.privacy", hole)
    assert differences(crawler.crawl(urls), mirror.crawl(urls)) == urls
