"""What others paste to show the map: the builder's texts, oEmbed, the check of an empty frame."""

import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapservice.config import ROOT
from mapservice.embed.pages import LOOK, snippets
from mapservice.layers.schemas import MAP_STATE
from tests.factories import make_account, make_place, make_site

BASE = "http://127.0.0.1:8000"
DROPPED = {"script", "volunteer-map", "object", "embed", "style"}
KEPT = {"src", "href", "width", "height", "title", "frameborder"}


class Cleaner(HTMLParser):
    """What a careful site leaves of HTML: no scripts, no unknown elements, few attributes, and no
    fragment in an address."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag not in DROPPED:
            kept = {name: value.partition("#")[0] for name, value in attrs if name in KEPT}
            self.found.append((tag, kept))

    def handle_data(self, data):
        self.said += data

    def one(self, tag: str) -> dict[str, str]:
        (found,) = [attributes for name, attributes in self.found if name == tag]
        return found


def field(page, name: str) -> str:
    """The text of one of the builder's fields, as it would be copied."""

    class Reader(HTMLParser):
        inside, text = False, ""

        def handle_starttag(self, tag, attrs):
            self.inside = tag == "textarea" and dict(attrs).get("id") == name

        def handle_endtag(self, tag):
            self.inside = self.inside and tag != "textarea"

        def handle_data(self, data):
            self.text += data if self.inside else ""

    reader = Reader()
    reader.feed(page.text)
    assert reader.text, name
    return reader.text


def test_a_careful_site_leaves_the_frame_and_the_link_below(client):
    page = client.get("/embed/builder?unit=220@2022&q=h%23%20%22%3E%3Cb%3E&urgency=4&list=0")
    left = Cleaner(field(page, "iframe"))
    assert [tag for tag, _ in left.found] == ["iframe", "p", "a"]
    frame = urlsplit(left.one("iframe")["src"])
    assert f"{frame.scheme}://{frame.netloc}{frame.path}" == f"{BASE}/embed"
    asked = {"unit": ["220@2022"], "q": ['h# "><b>'], "urgency": ["4"], "list": ["0"]}
    assert parse_qs(frame.query) == asked
    assert left.one("iframe")["height"] == "600" and left.one("iframe")["width"] == "100%"
    whole = urlsplit(left.one("a")["href"])
    del asked["list"]
    assert (whole.path, parse_qs(whole.query)) == ("/", asked)
    assert "Mở bản đồ toàn màn hình" in left.said


def test_the_script_form_leaves_a_link_where_scripts_are_dropped(client):
    left = Cleaner(field(client.get("/embed/builder?unit=220@2022"), "element"))
    assert [tag for tag, _ in left.found] == ["a"]
    assert left.one("a")["href"] == f"{BASE}/?unit=220@2022"


def test_the_builder_shows_what_was_chosen_and_leaves_out_what_is_unreadable(client):
    page = client.get(
        "/embed/builder?unit=220@2022&teams=1&height=99999&theme=%3Cscript%3E&speak=en"
    )
    assert 'src="/embed?unit=220@2022&amp;lang=en&amp;teams=1"' in page.text
    assert '<option value="220@2022" selected>' in page.text
    assert 'name="height" type="number"' in page.text and 'value="99999"' not in page.text
    assert "<script>" not in page.text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    told = client.get("/embed/builder?unit=x1", headers={"Accept": "application/json"}).json
    assert told["preview"] == "/embed?unit=x1" and told["height"] == 600
    assert told["address"] == f"{BASE}/embed?unit=x1"


WORDS = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn"), max_codepoint=0xFFFF),
    max_size=30,
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "category": st.lists(st.sampled_from(["education", "health", "housing"]), min_size=1),
        "urgency": st.lists(st.integers(1, 4), min_size=1),
        "unit": st.sampled_from(["220@2022", "07645@2022", "24@2022", "07210", "x-9@2025-07-01"]),
        "q": WORDS,
        "place": st.from_regex(r"[0-9A-Z]{8}", fullmatch=True),
        "lang": st.sampled_from(["vi", "en"]),
        "teams": st.sampled_from(["1", "0"]),
        "people": st.sampled_from(["1", "0"]),
        "view": st.tuples(
            st.floats(-90, 90),
            st.floats(-180, 180),
            st.floats(0, 22),
            st.just(("lat", "lng", "zoom")),
        ),
    },
)
LOOKS = st.fixed_dictionaries(
    {},
    optional={
        "list": st.sampled_from(["0", "1"]),
        "legend": st.sampled_from(["0", "1"]),
        "theme": st.sampled_from(["light", "dark"]),
        "height": st.integers(240, 2000).map(str),
    },
)
USUAL = ("list", "1")  # not written
THROUGH_THE_FORM = 30  # of the states tried: each is a page
READ = """
import { readState, writeState } from "%s/static/js/map/state.js";
const asked = JSON.parse(process.argv[1] === undefined ? "[]" : process.argv[1]);
console.log(JSON.stringify(asked.map((query) => [writeState(readState(query)), readState(query)])));
"""


def states_of(queries: list[str]) -> list[list]:
    """For each query the map's own address of it and its state, by the map's own script."""
    node = shutil.which("node", path=f"{os.environ['PATH']}:{ROOT}/.venv/bin")
    command = [node, "--input-type=module", "-e", READ % ROOT.as_uri(), json.dumps(queries)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def query_of(state: dict) -> str:
    parts = []
    for name, value in state.items():
        if name == "view":
            parts += [
                f"{key}={number:.6f}" for key, number in zip(value[3], value[:3], strict=True)
            ]
        elif isinstance(value, list):
            parts.append(f"{name}={','.join(map(str, value))}")
        else:
            parts.append(f"{name}={quote(str(value))}")
    return "&".join(parts)


class Chosen(HTMLParser):
    """What a browser sends of the builder's form as it stands, without what is empty."""

    def __init__(self, html: str):
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.select = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "select":
            self.select = given["name"]
        elif tag == "option" and "selected" in given and given["value"]:
            self.fields.append((self.select, given["value"]))
        elif tag == "input" and given.get("value") and _is_sent(given):
            self.fields.append((given["name"], given["value"]))


def _is_sent(given: dict) -> bool:
    return given["type"] != "checkbox" or "checked" in given


def preview(client, query) -> str:
    """The query of the frame that the builder makes."""
    asked = {"query_string": query, "headers": {"Accept": "application/json"}}
    return urlsplit(client.get("/embed/builder", **asked).json["preview"]).query


def test_every_state_of_the_map_comes_back_from_the_frame_that_the_builder_makes(client):
    """What the map writes into its address, and each look, goes through the builder's page and its
    form into the frame's."""
    tried: list[tuple[str, dict[str, str]]] = []

    @settings(max_examples=200, suppress_health_check=list(HealthCheck))
    @given(STATES, LOOKS)
    def gather(state, look):
        tried.append((query_of(state), look))

    gather()
    looks = [look for _state, look in tried]
    addresses = [address for address, _state in states_of([state for state, _look in tried])]
    asked = [
        "&".join(filter(None, pair)) for pair in zip(addresses, map(urlencode, looks), strict=True)
    ]
    made = [preview(client, query) for query in asked]
    for wanted, framed in zip(states_of(addresses), states_of(made), strict=True):
        assert framed == wanted
    for look, framed in zip(looks, made, strict=True):
        shown = {name: value for name, value in parse_qsl(framed) if name in LOOK}
        assert shown == {name: value for name, value in look.items() if (name, value) != USUAL}
    for query, framed in list(zip(asked, made, strict=True))[-THROUGH_THE_FORM:]:
        form = Chosen(client.get(f"/embed/builder?{query}").text)
        # The page speaks Vietnamese unless it is asked, and so does the frame.
        assert preview(client, form.fields) == "&".join(
            part for part in framed.split("&") if part != "lang=vi"
        )
    assert len(tried) >= 200


def ask(client, url: str, **more: str):
    return client.get("/oembed", query_string={"url": url, **more})


def test_oembed_answers_for_the_map_a_place_and_a_unit(client, session):
    place = make_place(session, title="Trường <A> & B")
    for page, title, wanted in (
        ("/?urgency=4&utm_source=zalo", "Bản đồ địa chỉ tình nguyện", "urgency=4"),
        ("/embed?theme=dark&height=500", "Bản đồ địa chỉ tình nguyện", "theme=dark"),
        (f"/places/{place.public_code}?lang=en", "Trường <A> & B", f"place={place.public_code}"),
        ("/units/220@2022", "Huyện Sơn Động", "unit=220@2022"),
    ):
        reply = ask(client, BASE + page)
        told = reply.json
        assert reply.mimetype == "application/json" and told["type"] == "rich", page
        assert told["version"] == "1.0" and told["title"].startswith(title)
        frame = Cleaner(told["html"]).one("iframe")
        assert wanted in frame["src"] and "utm" not in frame["src"]
        assert "<A>" not in told["html"]
        assert (frame["width"], frame["height"]) == (str(told["width"]), str(told["height"]))
    assert "lang=en" in ask(client, f"{BASE}/places/{place.public_code}?lang=en").json["html"]


def test_oembed_keeps_to_the_size_it_is_given(client):
    told = ask(client, f"{BASE}/", maxwidth="320", maxheight="400").json
    assert (told["width"], told["height"]) == (320, 400)
    told = ask(client, f"{BASE}/", maxwidth="9000", maxheight="9000").json
    assert (told["width"], told["height"]) == (800, 600)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("", 400),
        ("x", 400),
        ("javascript:alert(1)", 400),
        ("https://[bad/", 400),
        ("x" * 3000, 400),
        ("https://la.example/", 404),
        ("http://127.0.0.1.la.example:8000/", 404),
        (f"{BASE}/manage/", 404),
        (f"{BASE}/places/ZZZZZZZZ", 404),
        (f"{BASE}/units/%3Cscript%3E", 404),
        (f"{BASE}/oembed?url={BASE}/", 404),
    ],
)
def test_oembed_refuses_clearly_what_is_not_ours(client, url, status):
    reply = ask(client, url)
    assert reply.status_code == status
    assert reply.mimetype == "application/problem+json"
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert "<script>" not in reply.text


def test_oembed_speaks_json_alone(client):
    assert ask(client, f"{BASE}/", format="json").status_code == 200
    assert ask(client, f"{BASE}/", format="xml").status_code == 501
    assert client.get("/oembed").status_code == 400


def test_pages_say_where_to_ask(client, session):
    place = make_place(session)
    carried = "urgency=4&utm_source=zalo"
    for path in (
        f"/?{carried}",
        f"/embed?{carried}&list=0",
        f"/places/{place.public_code}",
        "/units/220@2022",
    ):
        page = client.get(path).text
        (address,) = [
            part.split('"')[0].replace("&amp;", "&")
            for part in page.split('type="application/json+oembed" href="')[1:]
        ]
        assert "utm_source" not in address
        assert client.get(address.removeprefix(BASE)).json["type"] == "rich", path


def test_the_script_is_plain_and_kept_for_minutes(client):
    script = client.get("/embed.js", buffered=True)
    assert script.mimetype == "text/javascript" and "volunteer-map" in script.text
    assert script.cache_control.max_age == 300 and script.cache_control.public
    assert "import " not in script.text.replace("// ", "")
    listed = re.search(r"const NAMES = \[(.*?)\]", script.text, re.DOTALL)[1]
    assert re.findall(r'"(\w+)"', listed) == [*MAP_STATE, *LOOK]  # as the frame's address has them


@pytest.fixture
def allowed(session):
    return make_site(session, by=make_account(session), origin="https://www.huyendoan.example.vn")


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ("https://www.huyendoan.example.vn/tin/1", "được phép nhúng"),
        ("www.huyendoan.example.vn", "được phép nhúng"),
        (BASE, "được phép nhúng"),
        ("https://huyendoan.example.vn", "Danh sách có https://www.huyendoan.example.vn"),
        ("https://la.example", "Nhờ quản trị tỉnh của bản đồ thêm https://la.example"),
        ("http://www.huyendoan.example.vn", "chưa dùng https"),
        ("https://[bad", "không phải là địa chỉ của một trang"),
        ("<script>alert(1)</script>", "không phải là địa chỉ của một trang"),
    ],
)
def test_the_check_says_why_a_frame_is_empty(client, allowed, site, said):
    page = client.get("/embed/check", query_string={"site": site})
    assert page.status_code == 200 and said in page.text
    assert "<script>alert" not in page.text


def test_the_check_tells_of_mixed_content(app, client, allowed):
    site = {"site": "https://www.huyendoan.example.vn"}
    assert "Bản đồ chưa có https" in client.get("/embed/check", query_string=site).text
    app.config["BASE_URL"] = "https://map.example.vn"
    page = client.get("/embed/check", query_string=site).text
    assert "Bản đồ chưa có https" not in page and "map.example.vn" in page


LEFT = [
    (f'<p><iframe src="{BASE}/embed?unit=220@2022" width="100%"></iframe></p>', "còn nguyên"),
    (f'<iframe src="https://video.example/1"></iframe><iframe src="{BASE}/embed">', "còn nguyên"),
    ('<iframe width="100%" height="600"></iframe>', "đã bỏ địa chỉ"),
    (f'<p><a href="{BASE}/">Mở bản đồ toàn màn hình</a></p>', "không còn thẻ iframe nào"),
    ("&lt;iframe src=&quot;http://x&quot;&gt;", "chữ thường"),
    ('<iframe src="https://la.example/embed"></iframe>', "không phải là của bản đồ này"),
    (f'<iframe src="{BASE}/"></iframe>', "không được phép hiện trong khung"),
    (f'<iframe src="{BASE}/embed" sandbox="allow-scripts"></iframe>', "sandbox"),
    (f'<script src="{BASE}/embed.js"></script><volunteer-map></volunteer-map>', "còn nguyên"),
    ("<volunteer-map></volunteer-map>", "đã bỏ phần script"),
    ("<iframe src='\"><script>alert(1)</script>'></iframe>", "không phải là của bản đồ này"),
]


def test_the_check_says_what_a_site_left_of_the_code(app, client):
    for code, said in LEFT:
        page = client.get("/embed/check", query_string={"code": code}).text
        found = re.search(r'aria-labelledby="found-title".*?</section>', page, re.DOTALL)[0]
        assert said in found, code
        assert "<script>alert" not in page
    assert client.get("/embed/check?code=%00").status_code == 200
    app.config["BASE_URL"] = "https://map.example.vn"
    code = {"code": '<iframe src="http://map.example.vn/embed"></iframe>'}
    assert "dùng http:" in client.get("/embed/check", query_string=code).text


def test_the_help_names_the_domain_as_a_site_has_to_trust_it(client):
    for path in ("/embed/builder", "/embed/check"):
        page = client.get(path).text
        assert "thêm 127.0.0.1 " in page and "frame-src" in page, path  # trusted without its port


def test_texts_never_hold_what_closes_their_element():
    made = snippets(BASE, {"q": '"></iframe><script>alert(1)</script>'}, '"><script>')
    for text in (made.iframe, made.element):
        assert "<script>alert" not in text and '"><script>' not in text
        assert [tag for tag, _ in Cleaner(text).found] in (["iframe", "p", "a"], ["a"])
