"""The world under attack, its twin and what every public address answers: made once a process."""

import pytest

from tests import database
from tests.attack import world as worlds
from tests.attack.corpus import Crawler
from tests.conftest import DATABASE


@pytest.fixture(scope="session")
def world(cluster, settings):
    made = worlds.make(cluster, f"{DATABASE}_attack", settings)
    yield made
    database.drop(cluster, made.name)


@pytest.fixture(scope="session")
def crawler(world):
    """Asks the world's application, anonymously, everything in the corpus."""
    with Crawler(world) as crawler:
        yield crawler


@pytest.fixture(scope="session")
def answers(crawler):
    return crawler.crawl()
