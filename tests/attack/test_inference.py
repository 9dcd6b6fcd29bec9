"""Repeating, halving, measuring, zooming and subtracting tell nothing of where a person is.

The posterior is the set of places a person may be in after the attack: those for which every
answer would have been the same. Here it stays all of them; on the leaky map it shrinks to one.
"""

import json
import random

import pytest
from sqlalchemy import text

from mapservice.addresses.models import Address
from mapservice.disclosure import service as disclosure
from mapservice.layers import queries
from mapservice.layers.schemas import SCHEMAS
from tests import database, factories
from tests.attack import attackers, changes
from tests.attack import world as worlds
from tests.attack.attackers import Frame, Prior, metres
from tests.attack.corpus import Crawler
from tests.attack.leaky import LeakyMap
from tests.conftest import DATABASE

PERSON, SHELTER = 0, -1  # who is looked for: a person, a place that is treated as one
PLACES = 4  # where he or she may be
FILTERS = {
    "needs": {"urgency": ["1", "2", "3", "4"], "status": ["published", "matched", "met"]},
    "places": {"kind": ["school", "social_centre", "locality"]},
    "teams": {"status": ["ready", "busy"], "kind": ["volunteer"]},
    "people": {"group": ["child", "youth", "household", "elderly", "other"]},
}


class Listener:
    """Passes questions on and keeps everything it heard."""

    def __init__(self, ask):
        self.heard = []
        self._ask = ask

    def __call__(self, url: str) -> dict | None:
        answer = self._ask(url)
        self.heard.append((url, json.dumps(answer, sort_keys=True)))
        return answer


def attack(ask, prior: Prior, layers: list[str]) -> dict:
    """Every attacker on every layer; their estimates by name."""
    found = {"trilateration": attackers.trilateration(ask, prior)}
    for layer in layers:
        found["averaging", layer] = attackers.averaging(ask, prior, layer)
        found["bisection", layer] = attackers.bisection(ask, prior, layer)
        found["zoom_split", layer] = attackers.zoom_split(ask, prior, layer)
        filters = FILTERS.get(layer, {})
        found["differencing", layer] = attackers.differencing(ask, prior, layer, filters)
        found["spelling", layer] = attackers.spelling(ask, prior, layer, "qyx", "bcdfghjk")
    return found


def posterior(worlds_heard: list) -> int:
    """How many of the possible worlds sound like the first, which is the true one."""
    return sum(heard == worlds_heard[0] for heard in worlds_heard)


@pytest.fixture(scope="module")
def maze(world, crawler):
    """A copy in which the person looked for is moved about."""
    crawler.rest()
    made = worlds.copy(world, f"{DATABASE}_maze")
    yield made
    database.drop(world.cluster, made.name)


@pytest.fixture(scope="module")
def site(maze):
    with Crawler(maze) as crawler:

        def ask(url: str) -> dict | None:
            answer = crawler.ask(url)
            return json.loads(answer.body) if answer.status == 200 else None

        yield ask


@pytest.fixture(scope="module")
def prior(maze):
    return {target: know(maze, target) for target in (PERSON, SHELTER)}


def know(world, target: int) -> Prior:
    """The frame of the target's commune and all that is public."""
    with world.owner() as session:
        box = changes.box_of(session, world.targets[target])
        known = set()
        for table in ("need", "place", "team", "person_cell"):
            known |= set(session.scalars(text(f"SELECT code FROM pub.{table}")))
        known |= set(session.scalars(text("SELECT key FROM pub.unit")))
    return Prior(Frame(box.west, box.south, box.east, box.north), frozenset(known))


def spots(frame: Frame) -> list[tuple[float, float]]:
    chance = random.Random(11)
    return [
        (
            round(chance.uniform(frame.west, frame.east), 7),
            round(chance.uniform(frame.south, frame.north), 7),
        )
        for _ in range(PLACES)
    ]


@pytest.mark.parametrize("target", [PERSON, SHELTER])
def test_no_answer_tells_where_somebody_is(maze, site, prior, target):
    heard, estimates = [], []
    for number, spot in enumerate(spots(prior[target].frame)):
        with maze.owner() as session:
            address = session.get_one(Address, maze.targets[target])
            if target == PERSON:
                disclosure.change_private(session, address, point=spot, hamlet=f"Thôn {number}")
            else:
                changes.move_place(session, address.id, *spot, title=f"Mái ấm qyx{number}")
            factories.make_need(
                session, address=address, title=None if target == PERSON else f"Cần {number} thứ"
            )
        maze.release()
        listener = Listener(site)
        estimates.append(attack(listener, prior[target], list(SCHEMAS)))
        heard.append(listener.heard)
    assert len(heard[0]) > 400
    assert posterior(heard) == PLACES
    assert all(estimate == estimates[0] for estimate in estimates)


def wrong_cells(world) -> list[str]:
    """Published cells with too few households, a false band, or a household in two cells.

    Counted from the addresses alone: in this world everybody is a household of one.
    """
    with world.owner() as session:
        cells = session.execute(
            text("SELECT code, unit_ids, need_group, band_low, band_high FROM pub.person_cell")
        ).all()
        homes = session.execute(
            text("""
            SELECT a.commune_id, coalesce(a.person_kind, 'other') AS need_group FROM core.address a
            WHERE a.status = 'published' AND (a.nature = 'person' OR a.sensitive)""")
        ).all()

    def inside(cell) -> set[int]:
        return {
            number
            for number, home in enumerate(homes)
            if home.commune_id in cell.unit_ids and cell.need_group in ("all", home.need_group)
        }

    seen: set[int] = set()
    wrong = []
    for cell in cells:
        held = inside(cell)
        high = cell.band_high or len(homes)
        if len(held) < worlds.LEAST or not cell.band_low <= len(held) <= high or held & seen:
            wrong.append(cell.code)
        seen |= held
    return wrong


def test_no_figure_nor_difference_of_figures_is_small(world):
    """Disjoint cells of k: a sum of some is never smaller, a difference of sums neither."""
    assert wrong_cells(world) == []


def test_a_cell_too_small_is_found(maze):
    """Alive: somebody lowers the rule and publishes a commune with few households."""
    with maze.owner() as session:
        session.execute(
            text("""
            INSERT INTO pub.person_cell (code, area, level, name, need_group, band, band_low,
              band_high, unit_ids, label_point, geom)
            SELECT 'small', 'small', 'commune', 'x', 'all', '10_19', 10, 19, ARRAY[u.id],
              u.label_point, ext.ST_Multi(u.bounds)
            FROM core.admin_unit AS u WHERE u.level = 'commune' AND u.valid_to IS NULL
              AND u.id NOT IN (SELECT unnest(unit_ids) FROM pub.person_cell) LIMIT 1""")
        )
    assert wrong_cells(maze) == ["small"]


def test_the_attackers_find_what_a_leaky_map_hides():
    frame = Frame(106.86, 21.27, 107.03, 21.38)
    prior = Prior(frame, frozenset())
    for spot in spots(frame):
        shown, counted = LeakyMap(spot), LeakyMap(spot, blurred=False)
        assert metres(attackers.averaging(shown.ask, prior, "people", 1000), spot) < 40
        assert metres(attackers.bisection(shown.ask, prior, "people", 46), spot) < 1
        assert metres(attackers.trilateration(shown.ask, prior), spot) < 25
        assert metres(attackers.zoom_split(counted.ask, prior, "people"), spot) < 20
        assert attackers.spelling(shown.ask, prior, "people", "qyx", "bcdfghjk") == "qyxbcd"
        kinds = {"kind": ["child", "household"]}
        whole, sums = attackers.differencing(shown.ask, prior, "people", kinds)
        assert (whole, sums) == (1, (("kind", (1, 0), 0),))


def test_the_posterior_shrinks_on_a_leaky_map():
    frame = Frame(106.86, 21.27, 107.03, 21.38)
    prior = Prior(frame, frozenset())
    for attacker in (attackers.bisection, attackers.zoom_split):
        heard = []
        for spot in spots(frame):
            listener = Listener(LeakyMap(spot).ask)
            attacker(listener, prior, "people")
            heard.append(listener.heard)
        assert posterior(heard) == 1


def test_a_leak_in_one_layer_of_ours_is_found(maze, prior, monkeypatch):
    """Alive: the shelters are put into the public layer, at a point rounded to three decimals."""
    view, feature, order = queries.LAYERS["places"]
    spot = """ext.ST_SetSRID(ext.ST_MakePoint(round(ext.ST_X(point)::numeric, 3)::float8,
        round(ext.ST_Y(point)::numeric, 3)::float8), 4326)"""
    hole = f"""(SELECT id, code, kind, title, title_folded, summary, hamlet, geom, commune_id,
      former_commune_id, unit_ids, checked_on, feature FROM pub.place UNION ALL
      SELECT id, public_code, kind, 'x', 'x', '', '', {spot}, commune_id, former_commune_id,
        unit_ids, current_date, json_build_object('type', 'Feature', 'id', public_code,
          'geometry', ext.ST_AsGeoJSON({spot}, 6)::json,
          'properties', json_build_object('code', public_code))::text
      FROM core.address WHERE sensitive)"""
    monkeypatch.setitem(queries.LAYERS, "places", (hole, feature, order))
    with Crawler(maze) as crawler:
        office = crawler.app.extensions["office_sessions"]
        crawler.app.extensions["public_sessions"] = office
        crawler.app.extensions["public_connections"] = office.kw["bind"].connect

        def ask(url: str) -> dict | None:
            answer = crawler.ask(url)
            return json.loads(answer.body) if answer.status == 200 else None

        with maze.owner() as session:
            changes.move_place(session, maze.targets[SHELTER], 106.9512345, 21.3312345, "Mái ấm")
        street = prior[SHELTER]._replace(frame=Frame(106.95, 21.33, 106.953, 21.333))
        near = attackers.bisection(ask, street, "places")
    assert metres(near, (106.9512345, 21.3312345)) < 120
    assert view == "pub.place"
