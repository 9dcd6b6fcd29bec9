"""Origins: exactly one site, in the form that a browser compares, or nothing at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice import config, origins
from mapservice.errors import Invalid

GOOD = {
    "https://tinhdoan.example.vn": "https://tinhdoan.example.vn",
    "HTTPS://TinhDoan.Example.VN/": "https://tinhdoan.example.vn",
    " https://a.vn:8443 ": "https://a.vn:8443",
    "https://a.vn:443": "https://a.vn",
    "https://tỉnhđoàn.vn": "https://" + "tỉnhđoàn.vn".encode("idna").decode(),
    "http://localhost:8080": "http://localhost:8080",
    "http://127.0.0.1": "http://127.0.0.1",
}
BAD = [
    "", "*", "https://*", "https://*.example.vn", "example.vn", "//example.vn", "http://example.vn",
    "https://", "https://a.vn/bai-viet", "https://a.vn?x=1", "https://a.vn#x", "https://u@a.vn",
    "https://a.vn:0x50", "https://a.vn:99999", "https://a.vn; script-src *", "https://a.vn 'self'",
    "https://a.vn\nX: y", "https://a.vn,https://b.vn", "https://-a.vn", "https://a..vn", "'self'",
    "javascript:alert(1)", "data:text/html,x", "https://a\\b.vn", 'https://a".vn', "https://[::1]",
    "https://" + "a" * 64 + ".vn", "https://" + "a." * 130 + "vn", "http://localhost.evil.vn",
    "null",
]  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_what_names_one_origin_is_written_as_browsers_do(text):
    assert origins.parse(text) == GOOD[text]


@pytest.mark.parametrize("text", BAD)
def test_everything_else_is_refused_at_its_field(text):
    with pytest.raises(Invalid) as refusal:
        origins.parse(text)
    assert list(refusal.value.fields) == ["origin"]


@given(st.text(max_size=60) | st.from_regex(r"https?://[^/]{1,30}", fullmatch=True))
def test_nothing_that_passes_can_leave_its_place_in_a_header(text):
    try:
        found = origins.parse(text)
    except Invalid:
        return
    assert re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?", found)
    assert origins.parse(found) == found


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://a.vn/tin/1?x=2#y", "https://a.vn"),
        ("http://a.vn:80/tin", "http://a.vn"),
        ("https://user:secret@a.vn:8443/", "https://a.vn:8443"),
        ("about:blank", None),
        ("https://a.vn:port/", None),
        ("https://[bad/", None),
        ("a.vn", None),
        ("", None),
    ],
)
def test_the_origin_of_a_page(address, origin):
    assert origins.of_address(address) == origin


def test_the_setting_names_several_and_refuses_all_for_one(tmp_path):
    home = {"MAPSERVICE_HOME": str(tmp_path)}
    assert config.load(home)["EMBED_ORIGINS"] == ()
    given = config.load(home | {"EMBED_ORIGINS": "https://a.vn, https://b.vn:8443/"})
    assert given["EMBED_ORIGINS"] == ("https://a.vn", "https://b.vn:8443")
    with pytest.raises(Invalid) as refusal:
        config.load(home | {"EMBED_ORIGINS": "https://a.vn, *"})
    assert list(refusal.value.fields) == ["EMBED_ORIGINS"]
