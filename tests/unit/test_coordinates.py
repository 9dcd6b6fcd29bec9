"""What people paste as a position is read as they meant it, or refused in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice.errors import Invalid
from mapservice.geo import Box
from mapservice.registration.coordinates import LONGEST, SHORT_LINK, parse

PROVINCE = Box(105.8, 20.9, 107.1, 21.7)
LAT = st.floats(20.95, 21.65)
LNG = st.floats(105.9, 107.0)
GOOGLE = "https://www.google.com/maps"


def degrees(value: float, letter: str) -> str:
    whole = int(value)
    minutes = int((value - whole) * 60)
    seconds = ((value - whole) * 60 - minutes) * 60
    return f"{whole}°{minutes}'{min(seconds, 59.999):.3f}\"{letter}"


STYLES = {
    "decimal": lambda lat, lng: f"{lat:.6f}, {lng:.6f}",
    "spaces": lambda lat, lng: f"  {lat:.6f}   {lng:.6f} ",
    "comma decimals": lambda lat, lng: f"{lat:.6f}, {lng:.6f}".replace(".", ","),
    "comma decimals, no space": lambda lat, lng: f"{lat:.6f};{lng:.6f}".replace(".", ","),
    "letters": lambda lat, lng: f"{lat:.6f}°N {lng:.6f}°E",
    "letters, swapped": lambda lat, lng: f"E{lng:.6f} N{lat:.6f}",
    "swapped": lambda lat, lng: f"{lng:.6f}, {lat:.6f}",
    "in words": lambda lat, lng: f"Vĩ độ: {lat:.6f}, kinh độ: {lng:.6f}",
    "degrees": lambda lat, lng: f"{degrees(lat, 'N')} {degrees(lng, 'E')}",
    "degrees in Vietnamese": lambda lat, lng: f"{degrees(lat, 'B')}, {degrees(lng, 'Đ')}",
    "geo": lambda lat, lng: f"geo:{lat:.6f},{lng:.6f};u=35",
    "geo query": lambda lat, lng: f"geo:0,0?q={lat:.6f},{lng:.6f}(Nh%C3%A0)",
    "google window": lambda lat, lng: f"{GOOGLE}/@{lat:.6f},{lng:.6f},15z",
    "google place": lambda lat, lng: f"{GOOGLE}/place/X/@1,2,9z/data=!3d{lat:.6f}!4d{lng:.6f}!16s",
    "google query": lambda lat, lng: f"https://maps.google.com/?q={lat:.6f},{lng:.6f}",
    "google search": lambda lat, lng: f"{GOOGLE}/search/{lat:.6f},+{lng:.6f}?entry=tts",
    "osm marker": lambda lat, lng: f"https://www.openstreetmap.org/?mlat={lat:.6f}&mlon={lng:.6f}",
    "osm window": lambda lat, lng: f"https://www.openstreetmap.org/#map=15/{lat:.6f}/{lng:.6f}",
}


@pytest.mark.parametrize("style", STYLES)
@given(lat=LAT, lng=LNG)
def test_what_is_written_is_read_back(style, lat, lng):
    found = parse(STYLES[style](lat, lng), PROVINCE)
    assert found.lat == pytest.approx(lat, abs=1e-5)
    assert found.lng == pytest.approx(lng, abs=1e-5)
    assert found.swapped == (style == "swapped")


@given(st.text(max_size=80))
def test_any_text_is_a_position_or_refused_at_its_field(text):
    try:
        found = parse(text, PROVINCE)
    except Invalid as refusal:
        assert set(refusal.fields) == {"pasted"}
    else:
        assert -90 <= found.lat <= 90 and -180 <= found.lng <= 180


@pytest.mark.parametrize(
    "link", ["https://maps.app.goo.gl/AbC", "https://goo.gl/maps/x", "https://osm.org/go/abc"]
)
def test_a_short_link_says_why_it_is_refused(link):
    with pytest.raises(Invalid, match="rút gọn") as refused:
        parse(link, PROVINCE)
    assert refused.value.detail == SHORT_LINK


@pytest.mark.parametrize("text", ["", "21.35", "21°75'N 106°E", "91, 181", "1" * (LONGEST + 1)])
def test_what_is_no_position(text):
    with pytest.raises(Invalid):
        parse(text, PROVINCE)


def test_a_position_outside_is_read_and_left_to_the_caller():
    assert parse("10.5, 106.7", PROVINCE)[:2] == (106.7, 10.5)
