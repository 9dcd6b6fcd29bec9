"""Vector tiles: what is refused, what is empty, how it is kept."""

import pytest
from sqlalchemy import text

from mapservice.caching.shelf import Shelf
from mapservice.geo import CELLS_OF_TILE
from mapservice.layers import upkeep
from mapservice.tiles import queries
from tests.factories import make_need, make_place, make_team
from tests.tiles import decoded, tile_of

SPOT = text("SELECT ext.ST_X(geom), ext.ST_Y(geom) FROM pub.need WHERE id = :id")


def tile(client, layer, z, x, y):
    return client.get(f"/tiles/{layer}/{z}/{x}/{y}.mvt")


@pytest.mark.parametrize(
    "path",
    ["needs/21/0/0", "needs/99/0/0", "needs/-1/0/0", "needs/2/4/0", "needs/2/0/4", "persons/0/0/0",
     "needs/1/99999999999999999999999/0", "needs/1.5/0/0"],
)  # fmt: skip
def test_outside_the_pyramid_is_missing(client, path):
    assert client.get(f"/tiles/{path}.mvt").status_code == 404


def test_nothing_to_draw_is_204_and_an_unknown_parameter_400(client):
    reply = tile(client, "needs", 4, 0, 0)
    assert (reply.status_code, reply.data) == (204, b"") and "Content-Type" not in reply.headers
    assert client.get("/tiles/needs/4/0/0.mvt?x=1").status_code == 400
    assert client.get("/tiles/needs.json?x=1").status_code == 400
    assert client.get("/tiles/persons.json").status_code == 404


def test_a_tile_is_kept_by_its_tag(client, session):
    lng, lat = session.execute(SPOT, {"id": make_need(session).id}).one()
    x, y = tile_of(lng, lat, 13)
    first = tile(client, "needs", 13, x, y)
    assert first.status_code == 200 and first.mimetype == "application/vnd.mapbox-vector-tile"
    again = client.get(first.request.path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_a_tile_of_clusters_is_read_from_the_pyramid(client, session):
    """What was withdrawn since the last fold is not drawn alone; what is new waits for it."""
    first = make_need(session)
    upkeep.fold(session)
    lng, lat = session.execute(SPOT, {"id": first.id}).one()
    address = ("needs", 9, *tile_of(lng, lat, 9))
    assert first.public_code.encode() in tile(client, *address).data
    session.execute(text("UPDATE core.address SET sensitive = true"))
    assert tile(client, *address).status_code == 204
    upkeep.fold(session)
    assert tile(client, *address).status_code == 204


@pytest.mark.parametrize(("layer", "zoom"), [("needs", 12), ("needs", 16), ("teams", 5)])
def test_a_crowded_tile_is_clusters_and_leaves_nobody_out(
    client, app, session, monkeypatch, tmp_path, layer, zoom
):
    """One more than are drawn one by one: two in one place, one a cell further east."""
    app.extensions["shelf"] = Shelf(0)
    cell = 360 / 2 ** (zoom + CELLS_OF_TILE)
    west = (106.9 // (4 * cell) + 1 / 8) * 4 * cell  # in the middle of the first of its cells
    for lng in (west, west, west + cell):
        if layer == "teams":
            make_team(session, base_public=True, lng=lng)
        else:
            make_need(session, address=make_place(session, lng=lng))
    upkeep.fold(session)
    lat = session.scalar(text(f"SELECT ext.ST_Y(geom) FROM pub.{layer[:-1]} LIMIT 1"))
    address = (layer, zoom, *tile_of(west, lat, zoom))
    codes = [row["code"] for row in decoded(tile(client, *address).data, layer, tmp_path)]
    assert len(set(codes)) == len(codes) == 3
    monkeypatch.setattr(queries, "MOST", 2)
    first, second = decoded(tile(client, *address).data, layer, tmp_path)
    many, single = (first, second) if first.get("cluster") else (second, first)
    assert (many["count"], many.get("code")) == (2, None)
    assert single["code"] in codes and not single.get("cluster")


def test_tilejson_says_how_to_ask(client):
    told = client.get("/tiles/needs.json").json
    assert told["tilejson"] == "3.0.0" and told["tiles"][0].endswith("/tiles/needs/{z}/{x}/{y}.mvt")
    [layer] = told["vector_layers"]
    assert layer["id"] == "needs" and layer["fields"]["urgency"] == "Number"
    west, south, east, north = told["bounds"]
    assert west < east and south < north
    assert all(edge == round(edge, 6) for edge in told["bounds"])
