"""The sample configuration in the real nginx: what is kept, what never is, what outages show."""

import gzip
import http.client
import json
import socket
import time
from collections import Counter
from contextlib import ExitStack
from threading import Thread

import brotli
import pytest
from flask import Flask, Response, request
from werkzeug.serving import make_server

from mapservice import create_app
from tests import front

UNITS = "/layers/units.geojson?level=district&date=2022-12-31"


class Behind:
    """What nginx speaks to: an application that may be exchanged; counts what reaches it."""

    def __init__(self, app):
        self.app = app
        self.asked: Counter = Counter()

    def __call__(self, environ, start_response):
        self.asked[environ["PATH_INFO"]] += 1
        return self.app(environ, start_response)


@pytest.fixture(scope="module")
def app(settings):
    app = create_app(settings)
    yield app
    for kind in ("office", "public", "intake"):
        app.extensions[f"{kind}_sessions"].kw["bind"].dispose()


@pytest.fixture
def behind(app):
    behind = Behind(app)
    server = make_server("127.0.0.1", 0, behind, threaded=True)
    behind.port = server.server_port
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()

    def stop():
        if thread.is_alive():
            server.shutdown()
            thread.join()
            server.server_close()

    behind.stop = stop
    yield behind
    stop()


@pytest.fixture
def ask(behind, tmp_path):
    """`ask(path, method=…, header=…)` through nginx."""
    changes = {"proxy_cache_valid 200 2s;": "proxy_cache_valid 200 1s;"}  # soon too old
    with front.running(tmp_path / "nginx", behind.port, **changes) as port:

        def ask(path, method="GET", **headers):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            reply = connection.getresponse()
            reply.body = reply.read()
            connection.close()
            return reply

        yield ask


def answering(body: str = "seen", **headers) -> Flask:
    """An application that gives one answer to everything."""
    app = Flask("answering")
    app.add_url_rule("/<path:_path>", "all", lambda _path: Response(body, headers=headers))
    return app


def test_a_second_visitor_is_answered_from_the_cache(ask, behind):
    first, second = ask(UNITS), ask(UNITS)
    assert (first.status, first.getheader("X-Cache")) == (200, "MISS")
    assert (second.status, second.getheader("X-Cache")) == (200, "HIT")
    assert behind.asked["/layers/units.geojson"] == 1
    assert first.body == second.body and len(json.loads(second.body)["features"]) == 10
    assert second.getheader("Content-Type") == "application/geo+json; charset=utf-8"
    assert second.getheader("Access-Control-Allow-Origin") == "*"
    assert second.getheader("Content-Security-Policy")
    same = ask(UNITS, If_None_Match=second.getheader("ETag"))
    assert (same.status, same.body) == (304, b"")
    head = ask(UNITS, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert behind.asked["/layers/units.geojson"] == 1


@pytest.mark.parametrize("path", ["/layers/x.geojson", "/places/ABCD2345"])
def test_the_office_sees_what_is_new_and_renews_it_for_all(ask, behind, path):
    behind.app = answering("old", **{"Cache-Control": "max-age=60"})
    assert ask(path).body == b"old"
    behind.app = answering("new", **{"Cache-Control": "max-age=60"})
    assert ask(path, Cookie="other=1; x__Host-session=1").body == b"old"
    signed_in = ask(path, Cookie="other=1; __Host-session=abc")
    assert (signed_in.body, signed_in.getheader("X-Cache")) == (b"new", "BYPASS")
    assert (ask(path).body, ask(path).getheader("X-Cache")) == (b"new", "HIT")


def test_each_encoding_is_kept_once(ask, behind):
    plain = ask(UNITS).body
    named = {
        "br": ["br", "gzip, deflate, br, zstd", "gzip, BR;q=0.9"],
        "gzip": ["gzip", "deflate, gzip;q=0.5", "br;q=0, gzip"],
        None: ["identity", "deflate", "gzip;q=0, br;q=0.0"],
    }
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}
    for encoding, asked in named.items():
        for accepted in asked:
            reply = ask(UNITS, Accept_Encoding=accepted)
            assert reply.getheader("Content-Encoding") == encoding, accepted
            assert unpack[encoding](reply.body) == plain
            assert reply.getheader("Vary") == "Accept-Encoding"
    assert behind.asked["/layers/units.geojson"] == 3


def test_pages_and_documents_of_one_address_are_kept_apart(ask, behind):
    behind.app = app = Flask("two forms")
    headers = {"Cache-Control": "max-age=60", "Vary": "Accept"}
    app.add_url_rule(
        "/ogc/<path:_path>", "all", lambda _path: Response(request.headers["Accept"], 200, headers)
    )
    browser = "text/html,application/xhtml+xml,*/*;q=0.8"
    page, document = b"text/html", b"application/json"
    asked = {browser: page, "application/geo+json": document, "text/html": page, "*/*": document}
    for accepted, form in list(asked.items()) * 2:
        assert ask("/ogc/collections/needs", Accept=accepted).body == form
    assert behind.asked["/ogc/collections/needs"] == 2


@pytest.mark.parametrize("fault", ["application", "database"])
def test_an_outage_shows_the_last_answer(ask, behind, offline_app, fault):
    behind.app = answering(**{"Cache-Control": "max-age=1"})
    assert ask("/layers/places.geojson").getheader("X-Cache") == "MISS"
    behind.app = answering()
    assert ask("/places/ABCD2345").getheader("X-Cache") == "MISS"
    if fault == "application":
        behind.stop()
    else:
        behind.app = offline_app
    # What was never kept says that it cannot be had.
    never = ask("/layers/needs.geojson")
    assert never.status == (502 if fault == "application" else 503)
    for path in ("/layers/places.geojson", "/places/ABCD2345"):
        reply = until_old(ask, path)
        assert (reply.status, reply.body, reply.getheader("X-Cache")) == (200, b"seen", "STALE")


def until_old(ask, path):
    """The first answer from the cache that is past its time, which is a second."""
    while (reply := ask(path)).getheader("X-Cache") == "HIT":
        time.sleep(0.1)
    return reply


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/manage/", {"Cache-Control": "public, max-age=60"}),
        ("/sign-in", {"Cache-Control": "public, max-age=60"}),
        ("/api/v1/needs", {"Cache-Control": "public, max-age=60"}),
        ("/embed", {"Cache-Control": "public, max-age=60"}),
        ("/layers/x.geojson", {"Cache-Control": "public, max-age=60", "Set-Cookie": "a=b"}),
        ("/layers/x.geojson", {"Cache-Control": "no-store"}),
        ("/layers/x.geojson", {}),
        ("/places/X", {"Set-Cookie": "a=b"}),
    ],
)
def test_what_is_somebodys_is_never_kept(ask, behind, path, headers):
    behind.app = answering(**headers)
    for _ in range(3):
        assert ask(path).getheader("X-Cache") in {None, "MISS"}
    assert behind.asked[path] == 3


def test_a_frame_for_hundreds_of_sites_comes_through(ask, behind):
    sites = " ".join(f"https://doan-xa-{number}.example.vn" for number in range(900))
    behind.app = answering(**{"Content-Security-Policy": f"frame-ancestors 'self' {sites}"})
    assert ask("/embed").getheader("Content-Security-Policy").endswith("doan-xa-899.example.vn")


def test_errors_are_not_kept(ask, behind, offline_app, app):
    refused = "/layers/units.geojson?nothing=1"
    assert [ask(refused).status, ask(refused).status] == [400, 400]
    behind.app = offline_app
    assert ask(UNITS).status == 503
    behind.app = app
    assert ask(UNITS).status == 200
    assert behind.asked["/layers/units.geojson"] == 4


def test_a_flood_is_told_to_come_back(ask):
    replies = [ask("/healthz") for _ in range(90)]
    assert replies[0].status == 200
    last = replies[-1]
    assert (last.status, last.getheader("Retry-After")) == (429, "5")
    assert json.loads(last.body)["title"] == "Quá nhiều yêu cầu"
    # Who only reads goes on.
    assert ask(UNITS).status == 200


HALF_HEADER = b"GET /healthz HTTP/1.1\r\nHost: map\r\nX-Slow: "
HALF_BODY = b"POST /sign-in HTTP/1.1\r\nHost: map\r\nContent-Length: 1000\r\n\r\nlogin="
UNREAD = b"GET /places/ABCD2345 HTTP/1.1\r\nHost: map\r\n\r\n"
SHORT = {  # a second, so that the suite does not wait for it
    "client_header_timeout 10s;": "client_header_timeout 1s;",
    "client_body_timeout 15s;": "client_body_timeout 1s;",
    "send_timeout 15s;": "send_timeout 1s;",
}


@pytest.fixture
def behind_one_at_a_time(app):
    """The port of an application that nobody else is served by while it waits for somebody."""
    large = answering("x" * 16_000_000)

    def either(environ, start_response):
        return (large if environ["PATH_INFO"].startswith("/places/") else app)(
            environ, start_response
        )

    server = make_server("127.0.0.1", 0, either, threaded=False)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("sent", [HALF_HEADER, HALF_BODY, UNREAD], ids=["header", "body", "unread"])
def test_who_is_slow_holds_up_nobody_and_is_let_go(behind_one_at_a_time, tmp_path, sent):
    with (
        front.running(tmp_path / "nginx", behind_one_at_a_time, **SHORT) as port,
        ExitStack() as all_,
    ):
        slow = [all_.enter_context(socket.socket()) for _ in range(8)]
        for client in slow:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.settimeout(20)
            client.connect(("127.0.0.1", port))
            client.sendall(sent)
        other = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        other.request("GET", UNITS)
        assert other.getresponse().status == 200
        other.close()
        if sent is not UNREAD:  # of an answer that is not read, its reader learns nothing
            assert [ended(client) for client in slow] == [True] * len(slow)


def ended(client: socket.socket) -> bool:
    """Whether the other side closes before the test's patience is at its end."""
    try:
        while client.recv(4096):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def test_the_log_holds_no_question_and_no_link(ask, tmp_path):
    ask("/layers/needs/near?lng=106.123&lat=21.123")
    ask("/password/a-secret-link")
    ask("/metrics")
    lines = (tmp_path / "nginx" / "access.log").read_text(encoding="utf-8")
    assert "/layers/needs/near 200" in lines and "/password/... 404" in lines
    assert "106.123" not in lines and "a-secret-link" not in lines
