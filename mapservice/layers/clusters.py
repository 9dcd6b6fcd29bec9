"""Clusters of needs and places: what a view shows where its features would be too many.

Category and urgency are answered from the pyramid, which holds what is open and lags by the
second until the next fold. Every other filter is counted anew, up to a number of rows.
"""

from collections.abc import Mapping

from sqlalchemy import Connection

from mapservice import geo
from mapservice.geo import Box
from mapservice.layers import cluster_queries as queries
from mapservice.layers import statements
from mapservice.layers.collection import Collection
from mapservice.layers.filters import Where

BELOW_ZOOM = 15
ABOVE = 120  # features in the view; fewer are shown one by one
# Layer -> the filters that its pyramid answers, and what the pyramid calls them.
COUNTED = {
    "needs": {"category": "category", "urgency": "urgency"},
    "places": {"kind": "category"},
}
NO_FILTER = {"bbox", "zoom", "limit", "cluster"}


def of_view(
    connection: Connection, layer: str, condition: Where, query: Mapping[str, object]
) -> Collection | None:
    """The view's clusters, None where it is to show features: few, or more than are counted.

    `condition` is what `query` (loaded, its box whole cells of its zoom) asks for.
    """
    zoom = query.get("zoom")
    if layer not in COUNTED or zoom is None or zoom >= BELOW_ZOOM or not query.get("cluster", True):
        return None
    asked = {name: value for name, value in query.items() if value and name not in NO_FILTER}
    drawn = {
        "level": zoom + geo.CELLS_OF_TILE,
        "cells": query.get("limit", queries.MOST_CELLS),
    }
    from_pyramid = asked.keys() <= COUNTED[layer].keys()
    if from_pyramid:
        ask = statements.planned_once
        names = COUNTED[layer]
        chosen = {names[name]: value for name, value in asked.items()}
        statement = queries.counted_before(layer, chosen.keys())
        values = geo.cells_of(query.get("bbox"), zoom)._asdict() | chosen | {"layer": layer}
    else:
        # What was met shows one by one, or where it is asked for; clusters are of what is open.
        ask = statements.one
        only_open = layer == "needs" and "status" not in asked
        statement = queries.counted_now(layer, condition, only_open=only_open)
        values = condition.values
    found = ask(connection, statement, values | drawn)
    if found.matched <= ABOVE or found.matched > found.most:
        return None
    box = _counted_in(query, found.level) if from_pyramid else query.get("bbox")
    return Collection(found.body, found.returned, found.matched, box)


def _counted_in(query: Mapping[str, object], level: int) -> Box | None:
    """The whole cells that were counted: larger ones than asked for where those were too many."""
    box = query.get("bbox")
    return box and geo.snapped(box, level - geo.CELLS_OF_TILE)
