"""Every public address of the application, asked with published and with hostile values.

Built from the url map and from what `pub` holds, so a route added later is attacked without
anybody thinking of it.
"""

import contextlib
import hashlib
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import structlog
from sqlalchemy import text
from werkzeug.routing import Rule

from mapservice.layers.schemas import SCHEMAS
from mapservice.ogc.collections import COLLECTIONS
from tests.attack.world import LINK, RECEIPT, World
from tests.tiles import tile_of

HOSTILE = (
    "' OR 1=1 --",
    "../../etc/passwd",
    "00000000-0000-0000-0000-000000000000",
    "%F1%80",
    "<script>",
    "9" * 60,
    "a\x00b",
)
STATIC = ["css/base.css", "js/map/start.js", "../seed/README.md"]
ZOOMS = ("0", "7", "9", "12", "15", "18", "24")
OURS = "http://127.0.0.1:8000"  # BASE_URL of the worlds
UNSTEADY = ("X-Request-ID", "Date")  # headers that differ from one request to the next
MASKS = (
    (re.compile(rb'"request_id": ?"[^"]*"'), b'"request_id":"-"'),
    (re.compile(rb'"timeStamp": ?"[^"]*"'), b'"timeStamp":"-"'),
    (re.compile(rb'(name="id" value=")[^"]*'), rb"\1-"),
    (re.compile(rb'(name="csrf_token"[^>]*value=")[^"]*'), rb"\1-"),
    (re.compile(rb"M\xc3\xa3 y\xc3\xaau c\xe1\xba\xa7u:?\s*\S+"), b"-"),
)
SIGN_IN = "/sign-in"  # the one anonymous page with a cookie: the form's protection needs it


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in their order, body; per-request parts masked."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def text(self) -> str:
        head = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{head}\n\n{self.body.decode(errors='replace')}"

    @property
    def digest(self) -> str:
        return hashlib.sha256(repr((self.status, self.headers, self.body)).encode()).hexdigest()


@dataclass
class Published:
    """Values that `pub` shows, by what a parameter may be called."""

    codes: list[str] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)
    units: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    spots: list[tuple[float, float]] = field(default_factory=list)


class Crawler:
    """A client of one world's application; also keeps what it logs."""

    def __init__(self, world: World):
        self.world = world
        self.logged = io.StringIO()
        self.app = world.app()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.rest()

    def rest(self) -> None:
        """Close all connections: a database that is copied may have no visitors."""
        for kind in ("office", "public", "intake"):
            self.app.extensions[f"{kind}_sessions"].kw["bind"].dispose()

    def urls(self) -> list[str]:
        """The corpus, in a fixed order."""
        seen = published(self.world)
        return sorted({url for rule in public_rules(self.app) for url in _urls(rule, seen)})

    def crawl(self, urls: Iterable[str] | None = None) -> dict[str, Answer]:
        # The last application made says where all of them log.
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(self.logged))
        return {url: self.ask(url) for url in (self.urls() if urls is None else urls)}

    def ask(self, url: str, **options) -> Answer:
        """One anonymous request, of a visitor who was never here before."""
        client = self.app.test_client(use_cookies=False)
        with contextlib.redirect_stderr(self.logged):
            return _answer(url, client.open(url, **options))


def public_rules(app) -> list[Rule]:
    """The routes that anybody may GET."""
    return [
        rule for rule in app.url_map.iter_rules() if "GET" in rule.methods and is_public(app, rule)
    ]


def is_public(app, rule: Rule) -> bool:
    view = app.view_functions[rule.endpoint]
    return rule.endpoint == "static" or getattr(view, "allow_anonymous", False)


def published(world: World) -> Published:
    """What an attacker learns from the public data first."""
    found = Published()
    with world.owner() as session:
        for table in ("place", "need", "team"):
            found.codes += session.scalars(
                text(f"SELECT code FROM pub.{table} ORDER BY code LIMIT 6")
            ).all()
        found.codes += session.scalars(text("SELECT code FROM pub.person_cell ORDER BY 1")).all()
        found.photos += map(str, session.scalars(text("SELECT id FROM pub.photo ORDER BY 1")))
        rows = session.execute(
            text("""
            SELECT u.key, ext.ST_XMin(u.bounds), ext.ST_YMin(u.bounds), ext.ST_XMax(u.bounds),
                   ext.ST_YMax(u.bounds), ext.ST_X(u.label_point), ext.ST_Y(u.label_point)
            FROM pub.unit AS u WHERE u.level <> 'commune'
              OR u.id IN (SELECT unnest(unit_ids) FROM pub.need)
              OR u.id IN (SELECT unnest(unit_ids) FROM pub.person_cell)
            ORDER BY u.key""")
        ).all()
    for key, west, south, east, north, lng, lat in rows[:40]:
        found.units.append(key)
        found.boxes.append(f"{west:.6f},{south:.6f},{east:.6f},{north:.6f}")
        found.spots.append((round(lng, 3), round(lat, 3)))
    return found


def _urls(rule: Rule, seen: Published) -> Iterator[str]:
    for values in _paths(rule, seen):
        path = rule.rule
        for name, value in values.items():
            path = re.sub(rf"<[^<>]*\b{name}>", quote(value, safe="@%/"), path)
        yield path
        if rule.endpoint != "static" and not path.startswith("/static/"):
            yield from (f"{path}?{query}" for query in _queries(path, seen))


def _paths(rule: Rule, seen: Published) -> Iterator[dict[str, str]]:
    names = sorted(rule.arguments)
    choices = [_values(rule.rule, name, seen) for name in names]
    most = max((len(values) for values in choices), default=1)
    for turn in range(most):  # every value of each parameter, not every pair of them
        yield {n: values[turn % len(values)] for n, values in zip(names, choices, strict=True)}


def _values(rule: str, name: str, seen: Published) -> list[str]:
    if name == "collection_id":
        return [*COLLECTIONS, HOSTILE[0]]
    if name in {"layer", "collection"}:
        return [*SCHEMAS, "persons", HOSTILE[0]]
    if rule.startswith("/static/"):
        return ["0" * 12] if name == "build" else STATIC
    if name == "photo":
        return [*seen.photos, "0" * 8 + "-0000-4000-8000-" + "0" * 12, HOSTILE[0]]
    if rule.startswith("/receipt/"):
        return [RECEIPT, *HOSTILE]
    if name == "token":
        return [LINK, *HOSTILE]
    if rule.startswith("/tiles/"):  # each tile comes with each layer
        tiles = [tile for tile in _tiles(seen) for _ in range(len(SCHEMAS) + 2)]
        return [tile[name] for tile in tiles]
    return [*seen.codes, *seen.units, *HOSTILE]


def _tiles(seen: Published) -> Iterator[dict[str, str]]:
    yield {"z": "0", "x": "0", "y": "0"}
    yield {"z": "99", "x": "1", "y": "1"}
    for zoom in (7, 12, 16):
        for lng, lat in seen.spots[:3]:
            x, y = tile_of(lng, lat, zoom)
            yield {"z": str(zoom), "x": str(x), "y": str(y)}


def _queries(path: str, seen: Published) -> Iterator[str]:
    """Query strings for one address: each known parameter with each kind of value, and pairs."""
    layer = next((name for name in SCHEMAS if f"/{name}.geojson" in path), None)
    if layer:
        yield from _viewports(layer, seen)
        return
    if path.startswith(("/ogc/", "/tiles/", "/search")):
        yield from _open_data(path, seen)
        return
    if path.startswith(("/embed", "/oembed")):
        yield from _embedding(path, seen)
    if path.endswith("/near"):
        for lng, lat in seen.spots:
            yield urlencode({"lng": lng, "lat": lat, "limit": "100"})
    if path.startswith(("/places/", "/units/", "/photos/", "/static")):
        yield "lang=en&utm_source=zalo&offset=30"
        return
    for unit in seen.units[:6]:
        yield urlencode({"unit": unit})
    for word in ("trường", "nguyen", "qyx", "'", "0987"):
        yield urlencode({"q": word})
    for name, value in (("lang", "en"), ("offset", "30"), ("next", "//x"), ("limit", "1e309")):
        yield urlencode({name: value})


def _viewports(layer: str, seen: Published) -> Iterator[str]:
    for box, zoom in zip(itertools.cycle(seen.boxes[:14]), ZOOMS * 2, strict=False):
        yield urlencode({"bbox": box, "zoom": zoom})
    yield urlencode({"bbox": "-180,-90,180,90", "limit": "3"})
    for name in SCHEMAS[layer]().fields:
        yield from (urlencode({name: value}) for value in _filter_values(name, seen))


def _open_data(path: str, seen: Published) -> Iterator[str]:
    """The forms of a document; of items also boxes, pages and each filter's values; searches."""
    if path.startswith("/search"):
        for word in (*seen.codes[:6], "truong", "an lạc", "qyx", "tr", "%", "x" * 10_000, *HOSTILE):
            yield urlencode({"q": word})
    yield from ("f=json", "f=html", "f=xml", "utm_source=zalo")
    found = re.fullmatch(r"/ogc/collections/(\w+)/items", path)
    if found and found[1] in COLLECTIONS:
        yield from ("f=csv", "limit=1", "limit=1&f=html", "limit=1000000", "limit=0", "after=%00")
        yield from (urlencode({"bbox": box}) for box in seen.boxes[:10])
        yield from ("bbox=170,-90,-170,90", "datetime=2024-01-01", "datetime=../x")
        for name, theirs in COLLECTIONS[found[1]].filters.items():
            yield from (urlencode({name: value}) for value in _filter_values(theirs, seen))


def _embedding(path: str, seen: Published) -> Iterator[str]:
    """Pages of ours and of others as frames, looks of a frame, sites that want one."""
    pages = ("/", "/embed?urgency=4", *(f"/places/{code}" for code in seen.codes[:6]), "/manage")
    ours = [OURS + page for page in (*pages, f"/units/{seen.units[0]}")]
    if path == "/oembed":
        yield from (urlencode({"url": url, "maxwidth": "300"}) for url in ours)
        yield from (urlencode({"url": url}) for url in ("https://la.example/", *HOSTILE))
    if path == "/embed/check":
        yield from (urlencode({"site": site}) for site in (*ours, "la.example", *HOSTILE))
    yield from ("place=ZZZZZZZZ&teams=1&people=0", "lat=21.3&lng=106.5&zoom=12", "lat=NaN&list=0")
    for name in ("category", "place", "theme", "legend", "height"):
        yield urlencode({name: HOSTILE[4]})


def _filter_values(name: str, seen: Published) -> list[str]:
    known = {
        "bbox": ["1,2,3", "NaN,1,2,3"],
        "zoom": ["-1", "9"],
        "unit": [*seen.units[:12], "99999"],
        "q": ["truong", "nguyễn", "qyx", "0987", "%", "_"],
        "limit": ["1", "1000", "1001"],
        "urgency": ["1", "4", "5"],
        "status": ["published", "met", "draft", "ready"],
        "level": ["commune", "district", "all"],
        "date": ["2022-12-31", "2025-08-01", "x"],
        "category": ["education", "health"],
        "kind": ["school", "volunteer", "household"],
        "group": ["child", "youth", "household", "elderly", "other", "all"],
    }
    return [*known.get(name, ["child", "household", "education", "1"]), HOSTILE[0]]


def _answer(url: str, response) -> Answer:
    body = response.get_data()
    for pattern, mask in MASKS:
        body = pattern.sub(mask, body)
    headers = tuple(
        (name, value)
        for name, value in response.headers
        if name not in UNSTEADY
        and not (url.partition("?")[0] == SIGN_IN and name == "Set-Cookie")
        and not (name == "Expires" and url.startswith("/static/"))  # now and a year
        and not (name == "Content-Length" and body != response.get_data())
    )
    response.close()
    return Answer(url, response.status_code, headers, body)
