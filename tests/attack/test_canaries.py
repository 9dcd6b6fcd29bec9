"""Unique people are planted; nothing the public can get holds any of them, in any spelling."""

import re
import time
from uuid import UUID

import pytest
from sqlalchemy import text

from mapservice.config import ROOT
from tests.attack.canaries import Canary, Scanner, spellings
from tests.attack.world import PERSONS

TEXT_FILES = {".css", ".js", ".svg", ".html", ".json", ".txt", ".webmanifest", ".xml"}


@pytest.fixture(scope="module")
def scanner(world):
    return Scanner(world.canaries)


def test_every_spelling_of_every_person_would_be_found(world, scanner):
    for one in world.canaries:
        for spelling in spellings(one):
            found = scanner.hits(f'..."{spelling}", "x": 1')
            assert any(number == one.number for _, number in found), spelling


def test_a_stranger_is_not_found(scanner):
    other = Canary(4000, 106.9512345, 21.4512345, words=("ZZZZZZZZ",))
    for spelling in spellings(other):
        assert scanner.hits(spelling) == set(), spelling


def test_the_people_are_in_the_database(world):
    """The scan is worth nothing when nobody was planted."""
    assert len(world.canaries) > PERSONS
    with world.owner() as session:
        held = session.scalar(
            text("SELECT count(*) FROM private.person_private WHERE address_id = ANY(:ids)"),
            {"ids": list(world.targets)},
        )
        cells = session.scalar(text("SELECT count(*) FROM pub.person_cell"))
    assert held == PERSONS
    assert cells > 0


def test_no_public_answer_holds_anybody(answers, scanner):
    texts = {answer.digest: (url, answer.text) for url, answer in answers.items()}
    assert len(texts) > 100
    for url, found in texts.values():
        # The visitor's own words, and the address asked for, come back in some answers.
        hits = {hit for hit in scanner.hits(found) if hit not in scanner.hits(url)}
        assert not hits, (url, hits)


def test_who_guesses_a_code_learns_nothing(world, crawler):
    """The code or id of a person, or of a need, answers as one that never was."""
    logged = crawler.logged.tell()
    for prefix in ("/places/", "/units/", "/layers/needs.geojson?q=", "/?q="):
        for one in world.canaries[::25] + world.canaries[PERSONS:]:
            for word in one.words:
                unknown = re.sub("[0-9A-Z]", "7", word) if len(word) == 8 else str(UUID(int=7))
                mine, other = crawler.ask(prefix + word), crawler.ask(prefix + unknown)
                assert mine.status == other.status
                assert _untagged(mine).replace(word, unknown) == _untagged(other), prefix + word
    crawler.logged.seek(logged)  # these paths were typed, not told
    crawler.logged.truncate()


def _untagged(answer) -> str:
    """A tag names the question too, which is what was guessed."""
    return re.sub(r"(?m)^ETag: .*$", "", answer.text)


def test_a_route_that_leaks_is_found(world, crawler, scanner):
    """Alive: a position rounded to three decimals, behind one address among hundreds."""
    one = world.canaries[5]
    leaking = crawler.ask("/about/privacy").text + f'<i data-at="{one.lng:.3f},{one.lat:.3f}">'
    assert scanner.hits(leaking) == {("spot", 5)}


def test_no_row_of_the_read_model_holds_anybody(world, scanner):
    """Every row the public role may read, geometries as text."""
    with world.owner() as session:
        tables = session.scalars(
            text("""SELECT c.oid::regclass::text FROM pg_class AS c
            WHERE c.relkind IN ('r', 'v', 'm', 'p') AND c.relnamespace <> 'ext'::regnamespace
              AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
              AND has_any_column_privilege('mapservice_public', c.oid, 'SELECT')""")
        ).all()
        assert len(tables) >= 10
        for table in tables:
            rows = session.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} AS t"))
            assert scanner.hits("\n".join(rows)) == set(), table


def test_no_static_file_holds_anybody(scanner):
    files = [
        path
        for path in (ROOT / "static").rglob("*")
        if path.suffix in TEXT_FILES and "vendor" not in path.parts
    ]
    assert len(files) > 20
    for path in files:
        assert scanner.hits(path.read_text(encoding="utf-8")) == set(), path


def test_no_log_holds_anybody(world, crawler, answers, scanner):
    """What visitors typed is theirs: only paths are logged, and nobody's row."""
    lines = crawler.logged.getvalue()
    assert lines.count('"event": "request"') >= len(answers) * 0.9
    assert scanner.hits(lines) == set()
    server = world.cluster.log.read_text(encoding="utf-8", errors="replace")
    assert scanner.hits(server[-2_000_000:]) == set()


def test_the_database_itself_holds_no_clear_text_of_a_person(world, scanner):
    """A dump, as text: names, phones, doors, stories and points are ciphertext there.

    Codes and ids are in it, and so is what is written of sensitive places, which only the read
    model leaves out.
    """
    persons = Scanner(
        Canary(one.number, one.lng, one.lat) for one in world.canaries if one.number < PERSONS
    )
    begun = time.monotonic()
    with world.owner() as session:
        tables = session.scalars(
            text("""SELECT c.oid::regclass::text FROM pg_class AS c
            WHERE c.relnamespace::regnamespace::text IN ('core', 'private', 'pub')
              AND c.relkind IN ('r', 'm', 'p')""")
        ).all()
        for table in tables:
            rows = session.scalars(text(f"SELECT to_jsonb(t)::text FROM {table} AS t")).all()
            if table not in {"core.admin_unit", "pub.unit"}:  # 10 MB of borders, nobody's
                assert persons.hits("\n".join(rows)) == set(), table
    assert time.monotonic() - begun < 30
