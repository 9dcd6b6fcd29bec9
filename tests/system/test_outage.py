"""The database goes away while we serve: everything says so, and heals by itself."""

import json

import pytest
from sqlalchemy import create_engine

from mapservice import create_app, migrate
from mapservice.cluster import Cluster
from tests import database

PAGES = ("/", "/places/ABCD2345", "/units/24")
MACHINES = ("/layers/needs.geojson", "/layers/needs/near?lng=106&lat=21", "/readyz")


@pytest.fixture
def own_cluster(tmp_path):
    cluster = Cluster(tmp_path / "home", durable=False)
    cluster.ensure()
    yield cluster
    database.remove(cluster)


@pytest.fixture
def app(own_cluster):
    engine = create_engine(own_cluster.url("owner"))
    with engine.begin() as connection:
        migrate.upgrade(connection)
    engine.dispose()
    app = create_app(
        {
            "TESTING": True,
            "VERSIONS_SECONDS": 0,
            "SECRET_KEY": "a key for tests only, of thirty-two or more letters",
            "DATABASE_URL": own_cluster.url("office"),
            "PUBLIC_DATABASE_URL": own_cluster.url("public"),
            "INTAKE_DATABASE_URL": own_cluster.url("intake"),
        }
    )
    yield app
    for kind in ("office_sessions", "public_sessions", "intake_sessions"):
        app.extensions[kind].kw["bind"].dispose()


def test_an_outage_is_said_and_heals(own_cluster, app):
    client = app.test_client()
    assert client.get("/layers/needs.geojson").status_code == 200
    assert client.get("/readyz").status_code == 200

    own_cluster.stop()
    for path in MACHINES:
        reply = client.get(path)
        assert (reply.status_code, reply.headers["Retry-After"]) == (503, "5"), path
        assert json.loads(reply.text)["title"] == "Tạm thời gián đoạn"
    for path in PAGES:
        reply = client.get(path)
        assert reply.status_code == 503 and reply.mimetype == "text/html", path
        assert "Cơ sở dữ liệu chưa trả lời" in reply.text
    assert client.get("/healthz").status_code == 200
    assert client.get("/sign-in").status_code == 200

    own_cluster.ensure()
    for path in ("/layers/needs.geojson", "/readyz", "/"):
        assert client.get(path).status_code == 200, path
