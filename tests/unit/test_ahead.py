"""What the map's page has the browser fetch ahead of its scripts."""

import pytest

from mapservice.layers import ahead

PROVINCE = [105.83, 21.07, 107.08, 21.68]


def test_a_phone_sees_the_province_from_farther_away():
    phone, desk = ahead.needs(PROVINCE, {"lang": "en", "teams": "1"})
    assert (phone["zoom"], desk["zoom"]) == (8, 9)
    assert phone["address"] == "/layers/needs.geojson?bbox=105.83,21.07,107.08,21.68&zoom=8"


def test_a_tall_province_is_held_by_the_height_of_the_screen():
    phone, desk = ahead.needs([105.0, 18.0, 106.0, 21.0], {})
    assert (phone["zoom"], desk["zoom"]) == (7, 8)


@pytest.mark.parametrize("name", ["lat", "unit", "category", "urgency", "q"])
def test_another_view_or_a_filter_is_asked_for_by_the_script(name):
    assert ahead.needs(PROVINCE, {name: "1"}) == []
