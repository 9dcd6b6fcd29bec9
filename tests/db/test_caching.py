"""Tags, kept bodies and withdrawn codes: never an old answer, never a wait, no word of people."""

import gzip
import json
import re

import brotli
import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from mapservice import db
from mapservice.caching import answers, versions, withdrawals
from mapservice.layers import upkeep
from mapservice.release import service as release
from tests.factories import (
    make_assignment,
    make_need,
    make_organisation,
    make_person,
    make_place,
    make_team,
    unit_id,
)

LAYERS = ("needs", "places", "teams", "units", "people")
NEEDS = "/layers/needs.geojson"


def seen(session) -> dict[str, str]:
    return {layer: versions.current(session.connection(), (layer,)) for layer in LAYERS}


def changed(session, before) -> set[str]:
    now = seen(session)
    return {layer for layer in LAYERS if now[layer] != before[layer]}


def tag_of(client, url=NEEDS, **headers) -> str:
    reply = client.get(url, headers=headers)
    assert reply.status_code == 200, reply.text
    return reply.headers["ETag"]


@pytest.fixture
def statements(connection):
    """What the database is asked, in order."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield asked
    event.remove(connection, "before_cursor_execute", note)


def test_a_change_moves_its_own_layers(session):
    before = seen(session)
    place = make_place(session)
    assert changed(session, before) == {"places"}
    before = seen(session)
    need = make_need(session, address=place)
    assert changed(session, before) == {"needs"}
    before = seen(session)
    make_team(session)
    assert changed(session, before) == {"teams"}
    before = seen(session)
    need.title = "Tên khác"
    session.flush()
    assert changed(session, before) == {"needs"}
    before = seen(session)
    session.execute(text("UPDATE core.admin_unit SET name = name || ' mới' WHERE code = '07654'"))
    assert "units" in changed(session, before)


def test_people_move_nothing(session):
    """Registered, given a need, taken by a team, moved, withdrawn."""
    team = make_team(session)
    before = seen(session)
    person = make_person(session)
    need = make_need(session, address=person)
    make_assignment(session, need=need, team=team, status="accepted")
    need.urgency = 4
    session.refresh(person)
    person.commune_id, person.former_commune_id = None, unit_id(session, "07207")
    session.flush()
    person.status, person.status_reason = "withdrawn", "moved_away"
    session.flush()
    assert changed(session, before) == set()


def test_a_release_that_finds_the_same_says_nothing(session):
    organisation = make_organisation(session)
    for _ in range(25):
        make_person(session, organisation_id=organisation.id)
    before = seen(session)
    release.run(session, least=10)
    assert changed(session, before) == {"people"}
    before = seen(session)
    release.run(session, least=10)
    assert changed(session, before) == set()
    session.execute(text("DELETE FROM pub.person_cell"))
    assert changed(session, before) == {"people"}


def test_the_clock_is_part_of_the_version(session):
    need = make_need(session, status="met")
    leaves = session.scalar(text("SELECT public_until FROM pub.need"))
    before = versions.current(session.connection(), ("needs",))
    session.execute(
        text("UPDATE core.need SET status_at = now() - interval '31 days' WHERE id = :id"),
        {"id": need.id},
    )
    moment = session.scalar(text("SELECT extract(epoch FROM public_until) FROM pub.need"))
    assert before.count(".") == 1 and leaves
    assert versions.current(session.connection(), ("needs",)).endswith(f".{moment}")


def test_who_has_the_answer_is_told_so_by_one_look_up(client, session, statements):
    make_need(session)
    url = f"{NEEDS}?bbox=106.9,21.3,107.0,21.4&zoom=12&category=health,education"
    first = client.get(url)
    assert first.headers["Cache-Control"] == "public, max-age=20, stale-while-revalidate=30"
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert first.headers["Vary"] == "Accept-Encoding"
    tag = first.headers["ETag"]
    assert tag.startswith('W/"')
    statements.clear()
    again = client.get(url, headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert "Content-Type" not in again.headers and again.headers["Vary"] == "Accept-Encoding"
    assert [s for s in statements if "FROM pub." in s] == []
    assert len([s for s in statements if "pub.versions" in s]) == 1
    head = client.head(url)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", tag)
    assert head.headers["Content-Length"] == first.headers["Content-Length"]

    make_need(session)
    fresh = client.get(url, headers={"If-None-Match": tag})
    assert fresh.status_code == 200 and fresh.headers["ETag"] != tag
    assert len(json.loads(fresh.text)["features"]) == 2


def test_a_body_is_made_and_compressed_once(client, session, statements):
    place = make_place(session)
    for _ in range(5):
        make_need(session, address=place)
    plain = client.get(NEEDS)
    for encoding, unpack in (("br", brotli.decompress), ("gzip", gzip.decompress)):
        replies = []
        statements.clear()
        for _ in range(2):
            replies.append(client.get(NEEDS, headers={"Accept-Encoding": encoding}))
        assert [r.headers["Content-Encoding"] for r in replies] == [encoding, encoding]
        assert unpack(replies[0].data) == plain.data and replies[0].data == replies[1].data
        assert replies[0].headers["ETag"] == plain.headers["ETag"]
        assert len([s for s in statements if "string_agg" in s and "pub.need" in s]) == 1


def test_a_crowd_asks_for_the_versions_once_in_a_while(app, client, session, statements):
    """Unless told otherwise: an answer is at most that much older than its versions."""
    recent = app.extensions["versions"]
    assert (recent.seconds, answers.VERSIONS_SECONDS) == (0, 0.25)
    make_need(session)
    recent.seconds = 3600
    tag = tag_of(client)
    statements.clear()
    assert client.get(NEEDS, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(NEEDS).headers["ETag"] == tag
    make_need(session)
    assert client.get(NEEDS).headers["ETag"] == tag
    assert [s for s in statements if "pub.versions" in s or "FROM pub." in s] == []
    client.set_cookie(app.config["SESSION_COOKIE_NAME"], "of somebody in the office")
    assert tag_of(client) != tag
    client.delete_cookie(app.config["SESSION_COOKIE_NAME"])
    assert tag_of(client) == tag
    recent.seconds = 0
    assert tag_of(client) != tag


@pytest.mark.parametrize(
    ("accepted", "given"),
    [
        ("br, gzip", "br"),
        ("gzip, deflate, br;q=0", "gzip"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("deflate", None),
        ("", None),
    ],
)
def test_encodings_as_the_asker_takes_them(client, session, accepted, given):
    place = make_place(session)
    for _ in range(3):
        make_need(session, address=place)
    reply = client.get(NEEDS, headers={"Accept-Encoding": accepted})
    assert reply.headers.get("Content-Encoding") == given
    assert reply.headers["Vary"] == "Accept-Encoding"


def test_questions_that_mean_the_same_share_an_answer(client, session):
    make_need(session)
    same = [
        "?zoom=12&bbox=106.9,21.3,107.0,21.4&urgency=1&urgency=2",
        "?urgency=2,1&bbox=106.9001,21.3001,106.9999,21.3999&zoom=12.0",
        "?urgency=2,1,2&cluster=true&bbox=106.9,21.3,107.0,21.4&zoom=12",
    ]
    replies = [client.get(NEEDS + query) for query in same]
    assert len({reply.headers["ETag"] for reply in replies}) == 1
    west, south, east, north = json.loads(replies[1].text)["bbox"]
    assert west <= 106.9 and south <= 21.3 and east >= 107.0 and north >= 21.4
    others = ["?zoom=12&bbox=106.5,21.3,107.0,21.4&urgency=1,2", "?urgency=1", "?unit=24", ""]
    tags = {tag_of(client, NEEDS + query) for query in others}
    assert len(tags | {replies[0].headers["ETag"]}) == 5


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/layers/needs.geojson?unit=99999", 400),
        ("/stats.json?unit=99999", 404),
        ("/ogc/collections/needs/items/ABCD2345", 404),
        ("/ogc/collections/needs/items?within=99999", 400),
        ("/layers/needs.geojson", 200),
    ],
)
def test_any_answer_is_what_nobody_has(client, session, path, status):
    """`If-None-Match: *` does not turn an error, nor an answer, into 304."""
    make_need(session)
    assert client.get(path).status_code == status
    starred = client.get(path, headers={"If-None-Match": "*"})
    assert starred.status_code == status and starred.data


@pytest.mark.parametrize(
    "path",
    [
        "/layers/needs.geojson",
        "/tiles/needs.json",
        "/ogc/",
        "/search.json?q=a",
        "/stats.json",
    ],
)
def test_a_page_of_another_site_may_ask_with_a_tag_and_read_it(client, path):
    asked = {
        "Origin": "https://other.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    allowed = client.options(path, headers=asked)
    assert allowed.status_code == 200
    for reply in (allowed, client.get(path), client.get(f"{path.partition('?')[0]}?x=1")):
        assert reply.headers.getlist("Access-Control-Allow-Origin") == ["*"]
        assert "ETag" in reply.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in reply.headers
    assert allowed.headers["Access-Control-Allow-Headers"] == "*"
    assert "GET" in allowed.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Methods" not in client.get(path).headers
    office = client.options("/sign-in", headers=asked).headers
    assert not [name for name, _ in office if name.startswith("Access-Control")]


@pytest.mark.parametrize("path", ["/units/220@2022", "/stats", "/stats?unit=220@2022"])
def test_sums_of_a_page_are_counted_once_for_what_they_are(client, session, statements, path):
    def told() -> tuple[list[str], list[str]]:
        """The figures at the head of the page, and the statements that counted."""
        statements.clear()
        page = client.get(path).text
        counts = [
            s for s in statements if "feature_count" in s or ("count(*)" in s and "pub." in s)
        ]
        return re.findall(r"<dd>\s*([0-9]+)\s*</dd>", page), counts

    make_need(session)
    first, counted = told()
    again, not_counted = told()
    assert counted and not not_counted and again == first and "1" in first
    make_need(session)
    assert told()[0] != first


def test_errors_are_not_kept(client, session):
    for query in ("?x=1", "?unit=99999"):
        reply = client.get(NEEDS + query)
        assert reply.status_code == 400
        assert "ETag" not in reply.headers and "Cache-Control" not in reply.headers


DOCUMENTS = ("/ogc/", "/ogc/conformance", "/ogc/api", "/ogc/collections", "/ogc/collections/needs",
             "/ogc/collections/needs/queryables", "/tiles/needs.json")  # fmt: skip


def test_documents_have_tags_that_move_with_what_they_say(client, app):
    """The language, the address of the site."""
    tags = {path: tag_of(client, path) for path in DOCUMENTS}
    assert len(set(tags.values())) == len(DOCUMENTS)
    for path, tag in tags.items():
        again = client.get(path, headers={"If-None-Match": tag})
        assert again.status_code == 304
        assert again.headers.getlist("Access-Control-Allow-Origin") == ["*"]
        assert again.headers["Cache-Control"] == "public, max-age=300"
        if path.startswith("/ogc/"):
            assert tag_of(client, f"{path}?lang=en") != tag
            assert "Accept" in again.headers["Vary"].split(", ")
    moved = answers.program_id({**app.config, "BASE_URL": "https://khac.example"})
    assert moved != app.extensions["program"]
    app.extensions["program"] = moved
    assert not {tag_of(client, path) for path in DOCUMENTS} & set(tags.values())


def test_a_rebuild_forgets_every_tag(client, session):
    make_need(session)
    tag = tag_of(client)
    upkeep.rebuild(session)
    assert tag_of(client) != tag
    assert withdrawals.codes(session.connection(), withdrawals.since()) == "[]"


def test_withdrawn_codes_are_told_for_a_week(client, session):
    place = make_place(session)
    need, stays = make_need(session, address=place), make_need(session)
    met = make_need(session, status="met")
    team = make_team(session)
    person = make_person(session)
    make_need(session, address=person)
    told = "/layers/withdrawn.json"
    tag = tag_of(client, told)
    place.title = "Chỉ đổi tên"
    person.status, person.status_reason = "withdrawn", "moved_away"
    session.flush()
    assert json.loads(client.get(told).text)["codes"] == []

    place.status, place.status_reason = "withdrawn", "đã dời đi"
    team.verified = False
    session.flush()
    session.execute(
        text("UPDATE core.need SET status_at = now() - interval '31 days' WHERE id = :id"),
        {"id": met.id},
    )
    reply = client.get(told)
    gone = {place.public_code, need.public_code, team.public_code, met.public_code}
    assert set(json.loads(reply.text)["codes"]) == gone and stays.public_code not in gone
    assert reply.headers["ETag"] != tag
    assert client.get(f"{told}?x=1").status_code == 400

    team.verified = True
    session.flush()
    assert team.public_code not in client.get(told).text
    session.execute(text("UPDATE pub.withdrawal SET withdrawn_at = now() - interval '9 days'"))
    assert json.loads(withdrawals.codes(session.connection(), withdrawals.since())) == [
        met.public_code
    ]
    assert withdrawals.forget_old(session) == 2


def test_writers_neither_wait_nor_deadlock_and_no_step_is_lost(committed, engine):
    """One touches places, then teams, the other the other way round; a fold comes between."""
    place, team = make_place(committed), make_team(committed)
    other, late = make_place(committed), make_team(committed)
    committed.commit()
    ids = {"place": place.id, "team": team.id, "other": other.id, "late": late.id}
    edit = "UPDATE core.{} SET {} = {} || ' mới' WHERE id = :{}"
    with Session(engine) as one, Session(engine) as two, Session(engine) as folding:
        for work in (one, two, folding):
            work.execute(text("SET LOCAL lock_timeout = '500ms'"))
        before = seen(folding)
        one.execute(text(edit.format("address", "title", "title", "place")), ids)
        two.execute(text(edit.format("team", "name", "name", "team")), ids)
        one.execute(text(edit.format("team", "name", "name", "late")), ids)
        two.execute(text(edit.format("address", "title", "title", "other")), ids)
        assert changed(folding, before) == set()
        versions.fold(folding)
        assert changed(folding, before) == set()
        two.commit()
        assert changed(folding, before) == {"places", "teams"}
        between = seen(folding)
        versions.fold(folding)
        assert changed(folding, between) == set()
        one.commit()
        assert changed(folding, between) == {"places", "teams"}
        after = seen(folding)
        assert versions.fold(folding) == 2 and versions.fold(folding) == 0
        assert changed(folding, after) == set()
        folding.commit()


def test_a_connection_that_lay_idle_is_asked_whether_it_lives(settings, engine, monkeypatch):
    public = db.public_engine(settings)
    with public.connect() as connection:
        first = connection.scalar(text("SELECT current_setting('application_name')"))
    ended = text("""SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE usename = 'mapservice_public' AND datname = current_database()""")
    with engine.connect() as superuser:
        assert superuser.scalar(ended) >= 1
    monkeypatch.setattr(db, "ASKED_AFTER", 0)
    with public.connect() as connection:
        assert connection.scalar(text("SELECT current_setting('application_name')")) == first
    public.dispose()
