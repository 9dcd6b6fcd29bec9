"""Bounding boxes: whatever is sent, an answer at once, never a crash."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice import geo
from mapservice.errors import BadRequest

degrees = st.floats(allow_nan=False, allow_infinity=False, min_value=-180, max_value=180)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "105.8,21.1,107.1",
        "105.8,21.1,107.1,21.7,0,9",
        "107.1,21.1,105.8,21.7",  # inverted
        "105.8,21.7,107.1,21.1",
        "105.8,21.1,105.8,21.7",  # no width
        "NaN,21.1,107.1,21.7",
        "105.8,21.1,inf,21.7",
        "1e309,21.1,107.1,21.7",
        "200,10,210,20",  # off the earth
        "105.8;21.1;107.1;21.7",
        "a,b,c,d",
        "1_05,21,107,22",
        "١٠٥,21,107,22",
        "105, 21,107,22",
        "0x69,21,107,22",
        f"{'9' * 200},21.1,107.1,21.7",
        "105.8," + "1" * 300 + ",107.1,21.7",
    ],
)
def test_bad_bbox_is_refused_by_name(text):
    with pytest.raises(BadRequest) as caught:
        geo.parse_bbox(text)
    assert list(caught.value.fields) == ["bbox"]


def test_a_box_larger_than_the_earth_is_clamped():
    assert geo.parse_bbox("-999,-999,999,999") == (-180, -90, 180, 90)


@given(st.text())
def test_any_text_gives_a_box_on_earth_or_a_refusal(text):
    try:
        box = geo.parse_bbox(text)
    except BadRequest:
        return
    assert -180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90


@given(degrees, degrees, degrees, degrees)
def test_boxes_keep_their_numbers(west, south, east, north):
    text = f"{west!r},{south!r},{east!r},{north!r}"
    clamped_south, clamped_north = max(south, -90), min(north, 90)
    if west < east and clamped_south < clamped_north:
        assert geo.parse_bbox(text) == (west, clamped_south, east, clamped_north)
    else:
        with pytest.raises(BadRequest):
            geo.parse_bbox(text)


@pytest.mark.parametrize(
    "text", ["nan", "1e400", "1_0", "٩", " 9", "-1", "25", "9" * 60, "", "abc"]
)
def test_numbers_out_of_range_are_refused(text):
    with pytest.raises(BadRequest):
        geo.parse_number(text, "zoom", 0, 24)


def test_numbers_in_range_pass():
    assert math.isclose(geo.parse_number("9.5", "zoom", 0, 24), 9.5)
