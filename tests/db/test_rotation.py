"""Keys are renewed while people work, from wherever it was interrupted; a dump tells nothing."""

import base64
import itertools
import json
import random
import re
import struct
import unicodedata
from collections.abc import Iterator

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import sessionmaker

from mapservice import cli, cluster_files, data_key, keyring
from mapservice.accounts.models import OrganisationLevel, OrganisationUnit, Role
from mapservice.disclosure import drafts, lookup, rotation, service
from mapservice.errors import Conflict, SealBroken
from mapservice.sealing import KeyRing
from mapservice.territory.names import fold
from tests import database
from tests.conftest import DATA_KEY, DATABASE
from tests.factories import (
    AN_LAC,
    make_account,
    make_consent,
    make_draft,
    make_organisation,
    make_person,
    make_place,
    make_team,
    unit_id,
)

NEXT_KEY = f"{DATA_KEY},2:VJtl2cPXfXHa7xWqJ4MEDJKtOVSuKOLrE5vNbXHRCjY="
OLD, BOTH = KeyRing.parse(DATA_KEY), KeyRing.parse(NEXT_KEY)
NEW = KeyRing({2: data_key.parse(NEXT_KEY)[2]})
CANARIES = 500
HEAD = 8  # characters; every spelling looked for is as long at least


@pytest.fixture
def office(cluster):
    """A maker of office sessions on a database of this test's own: they really commit."""
    name = f"{DATABASE}_rotation"
    database.clone(cluster, name)
    engine = create_engine(cluster.url("office", name))
    yield sessionmaker(engine, info={"keys": OLD}, expire_on_commit=False)
    engine.dispose()
    database.drop(cluster, name)


@pytest.fixture
def impatient(cluster, office):
    """The office's sessions, which give up a held lock at once instead of after two seconds."""
    options = {"options": "-c lock_timeout=50ms"}
    engine = create_engine(cluster.url("office", f"{DATABASE}_rotation"), connect_args=options)
    yield sessionmaker(engine)
    engine.dispose()


@pytest.fixture
def owner(cluster, office):
    engine = create_engine(cluster.url("owner", f"{DATABASE}_rotation"))
    yield sessionmaker(engine, info={"keys": OLD}, expire_on_commit=False)
    engine.dispose()


def people(owner, count, start=0) -> list:
    """`count` persons, a contact of a place and a leader's, sealed under the old key."""
    with owner.begin() as session:
        organisation = make_organisation(session)
        found = []
        for number in range(start, start + count):
            person = make_person(session, organisation_id=organisation.id)
            service.register_private(
                session, person, name=f"Người Thử {number}", phone=f"09123{number:05}"
            )
            found.append(person)
        service.set_place_contact(session, make_place(session), name="Cô Hiệu Trưởng")
        service.set_team_contact(session, make_team(session), name="Anh Đội Trưởng")
    return found


def versions(office) -> dict[int, int]:
    statement = """SELECT key_version, count(*) FROM (
        SELECT key_version FROM private.person_private
        UNION ALL SELECT key_version FROM private.place_contact
        UNION ALL SELECT key_version FROM private.form_draft
        UNION ALL SELECT key_version FROM private.team_contact) AS every GROUP BY 1"""
    with office() as session:
        return dict(session.execute(text(statement)).all())


def officer(owner):
    with owner.begin() as session:
        above = make_organisation(session)
        organisation = make_organisation(
            session, level=OrganisationLevel.COMMUNE, parent_id=above.id
        )
        unit = unit_id(session, AN_LAC)
        session.add(OrganisationUnit(organisation_id=organisation.id, unit_id=unit))
        return make_account(session, organisation=organisation, role=Role.OFFICER)


def test_a_draft_is_opened_by_the_new_key_alone(office, owner):
    with owner.begin() as session:
        account = make_account(session)
        draft = make_draft(session, by=account)
    rotation.rotate(office, BOTH)
    assert versions(office) == {2: 1}
    with office.begin() as session:
        session.info["keys"] = NEW
        assert drafts.open_own(session, account.id, draft.id).fields == draft.fields


def test_after_a_rotation_the_old_key_is_not_needed(office, owner):
    found = people(owner, 30)
    told = []
    done = rotation.rotate(office, BOTH, batch=7, progress=lambda *step: told.append(step))
    assert done == rotation.Rotated(version=2, done=32, left=0, settled=True)
    assert done.complete and versions(office) == {2: 32}
    assert told[:5] == [("person_private", n, 30 - n) for n in (7, 14, 21, 28, 30)]
    viewer = officer(owner)
    with office.begin() as session:
        session.info["keys"] = NEW
        shown = service.reveal(session, viewer, found[3].id, ["name", "phone"])
        assert dict(shown.values) == {"name": "Người Thử 3", "phone": "+84912300003"}
        assert len(lookup.find_same(session, viewer, phone="0912300003")) == 1
        where = {"name": "NGƯỜI THỬ 3", "commune_id": found[3].commune_id}
        assert [m.by for m in lookup.find_same(session, viewer, **where)] == ["identity"]
    again = rotation.rotate(office, BOTH)
    assert (again.done, again.left) == (0, 0)


def test_interrupted_anywhere_it_goes_on_where_it_stopped(office, owner):
    people(owner, 25)

    class Interrupted(Exception):
        pass

    def stop(table, done, left):
        if done >= 10:
            raise Interrupted

    with pytest.raises(Interrupted):
        rotation.rotate(office, BOTH, batch=5, progress=stop)
    assert versions(office) == {1: 17, 2: 10}
    viewer = officer(owner)
    with office.begin() as session:  # in between both keys are needed, and both find
        session.info["keys"] = BOTH
        for number in (0, 24):
            assert len(lookup.find_same(session, viewer, phone=f"09123{number:05}")) == 1
    assert rotation.rotate(office, BOTH, batch=5).done == 17
    assert versions(office) == {2: 27}


def test_a_failure_within_a_batch_changes_nothing_of_it(office, owner, monkeypatch):
    people(owner, 10)
    seal, sealed = KeyRing.seal, itertools.count()

    def fails(self, *arguments, **place):
        if next(sealed) == 15:
            raise RuntimeError("the power is gone")
        return seal(self, *arguments, **place)

    monkeypatch.setattr(KeyRing, "seal", fails)
    with pytest.raises(RuntimeError):
        rotation.rotate(office, BOTH, batch=5)
    monkeypatch.undo()
    before = versions(office)
    assert sum(before.values()) == 12 and before.get(2, 0) % 5 == 0
    assert rotation.rotate(office, BOTH).complete


def test_writers_with_the_new_setting_go_on(office, owner):
    """Between any two batches somebody registers, changes and erases."""
    found = people(owner, 20)
    fresh = itertools.count(900)

    def work(_table, done, _left):
        with owner.begin() as session:
            session.info["keys"] = BOTH
            person = make_person(session)
            service.register_private(session, person, name=f"Người Mới {next(fresh)}")
            changed = found[(done * 7) % 15]
            service.change_private(session, changed, note=f"lần {done}")
            session.execute(
                text("DELETE FROM private.person_private WHERE address_id = :id"),
                {"id": found[15 + done % 5].id},
            )

    done = rotation.rotate(office, BOTH, batch=3, progress=work)
    assert done.complete
    assert set(versions(office)) == {2}


def test_a_row_that_is_being_written_is_passed_over_and_taken_later(office, owner, impatient):
    found = people(owner, 12)
    writer = office()
    service.change_private(writer, found[0], note="đang sửa")
    told = []

    def give_up_late(table, done, left):
        told.append((table, done, left))
        if table == "team_contact" and writer.in_transaction():
            writer.rollback()

    first = rotation.rotate(impatient, BOTH, batch=5, progress=give_up_late)
    assert ("person_private", 11, 1) in told, "the others did not wait for it"
    assert (first.left, first.complete) == (1, False)
    assert rotation.rotate(office, BOTH).done == 1
    assert versions(office) == {2: 14}


def test_a_writer_that_does_not_end_keeps_the_old_key(office, owner, impatient):
    """Its row is not visible yet: only the wait for it tells that the old key is still needed."""
    people(owner, 2)
    with owner.begin() as session:
        person = make_person(session)
    writer = office()
    service.register_private(writer, person, name="Người Đến Muộn")
    done = rotation.rotate(impatient, BOTH)
    assert (done.left, done.settled, done.complete) == (0, False, False)
    writer.commit()
    assert versions(office) == {1: 1, 2: 4}
    assert rotation.rotate(office, BOTH).complete


def test_a_process_with_the_old_setting_can_no_longer_write(office, owner):
    found = people(owner, 2)
    rotation.rotate(office, BOTH)
    with owner.begin() as session:
        person = make_person(session)
    with office() as session, pytest.raises(Conflict, match="khóa cũ"):
        service.register_private(session, person, name="Người Đến Muộn")
    with owner() as session, pytest.raises(IntegrityError, match="may no longer write"):
        session.execute(
            text("UPDATE private.person_private SET key_version = 1 WHERE address_id = :id"),
            {"id": found[0].id},
        )
    with pytest.raises(Conflict, match="version 2 already writes"):
        rotation.rotate(office, OLD)


def test_another_key_under_a_known_version_seals_nothing(office, owner):
    """The file with the key was lost, and the next start made a new one."""
    (known,) = people(owner, 1)
    other = KeyRing({1: data_key.parse(NEXT_KEY)[2]})
    with owner.begin() as session:
        person = make_person(session)
    with office() as session:
        session.info["keys"] = other
        with pytest.raises(Conflict, match="not the key that sealed"):
            service.register_private(session, person, name="Người Đến Sau")
        with pytest.raises(Conflict, match="not the key that sealed"):
            service.change_private(session, known, note="x")
        with pytest.raises(SealBroken):
            service.reveal(session, officer(owner), known.id, ["name"])
    mixed = KeyRing({1: data_key.parse(NEXT_KEY)[2], 3: data_key.parse(DATA_KEY)[1]})
    with pytest.raises(Conflict, match="version 1 is not the key"):
        rotation.rotate(office, mixed)
    assert versions(office) == {1: 3}
    assert rotation.rotate(office, BOTH).complete


@pytest.fixture
def run(cluster, office, monkeypatch):
    name = f"{DATABASE}_rotation"
    environment = {
        "SECRET_KEY": "a key for tests only, of thirty-two or more letters",
        "DATABASE_URL": cluster.url("office", name),
        "PUBLIC_DATABASE_URL": cluster.url("public", name),
        "INTAKE_DATABASE_URL": cluster.url("intake", name),
        "OWNER_DATABASE_URL": cluster.url("owner", name),
    }

    def run(*arguments, **values):
        keyring.ring.cache_clear()
        done = CliRunner().invoke(cli.commands, ["privacy", *arguments], env=environment | values)
        keyring.ring.cache_clear()
        return done

    return run


def test_the_command_says_when_the_old_key_may_go(run, owner, office):
    people(owner, 5)
    made = run("new-key", DATA_KEY=DATA_KEY)
    added = made.output.strip().splitlines()[-1]
    assert made.exit_code == 0 and added.startswith("2:")
    both = f"{DATA_KEY},{added}"
    done = run("rotate-key", "--batch", "2", DATA_KEY=both)
    assert done.exit_code == 0, done.output
    assert "7 rows were sealed anew under key 2." in done.output
    assert "key 1 may leave DATA_KEY" in done.output
    assert "person_private: 2 sealed anew, 3 left" in done.output
    only = run("rotate-key", DATA_KEY=added)
    assert only.exit_code == 0 and "may leave" not in only.output
    assert run("rotate-key", DATA_KEY=DATA_KEY).exit_code == 1


def test_the_first_key_is_made_before_there_is_one(run):
    """With DATABASE_URL the map refuses to start without a key: this command must not."""
    assert run("rotate-key", DATA_KEY="").exit_code == 1
    made = run("new-key", DATA_KEY="")
    assert made.exit_code == 0
    assert list(data_key.parse(made.stdout.strip())) == [1]


def test_a_private_home_gets_its_new_key_in_its_file(tmp_path):
    environment = {"MAPSERVICE_HOME": str(tmp_path)}
    done = CliRunner().invoke(cli.commands, ["privacy", "new-key"], env=environment)
    assert done.exit_code == 0, done.output
    kept = data_key.kept(tmp_path)
    assert list(data_key.parse(kept)) == [1, 2]
    assert all(part.split(":")[1] not in done.output for part in kept.split(","))


# -- what a dump holds --------------------------------------------------------------------------

SYLLABLES = "Ấn Bảo Chiến Dũng Đạt Giỏi Hiếu Khôi Lượng Mỹ Nghĩa Phượng Quý Sửu Thủy Ước Vĩnh Xuân"


def canary(number: int) -> dict[str, object]:
    """A person like nobody else: every field holds something that occurs nowhere else."""
    chance = random.Random(number)
    mark = "".join(chance.choice("bcdfghklmnpqrstvx") for _ in range(6)).title() + f"q{number}z"
    return {
        "name": f"{' '.join(chance.sample(SYLLABLES.split(), 2))} Ỷ{mark}",
        "phone": f"091{chance.randrange(1_000_000, 9_999_999)}",
        "birth_year": chance.randrange(1930, 2015),
        "guardian": f"Ông Đỗ {mark}gh",
        "door": f"Số {chance.randrange(1000)} ngõ {mark}dr",
        "hamlet": f"Thôn Đồng {mark}hm",
        "story": f"Mồ côi từ nhỏ, ở với bà {mark}st, nhà dột.",
        "note": f"Rẽ trái ở quán {mark}nt",
        "point": (106 + chance.random(), 21 + chance.random()),
    }


def spellings(person: dict[str, object]) -> Iterator[str]:
    """Everything the fields may be written as: whole, in words, folded, encoded."""
    fields = [str(person[f]) for f in ("name", "guardian", "door", "hamlet", "story", "note")]
    marked = {word.strip(",.") for field in fields for word in field.split() if "q" in word}
    words = set(fields) | {word for word in marked if len(word) >= HEAD}
    national = str(person["phone"])[1:]
    numbers = {f"0{national}", f"+84{national}", f"84{national}", national}
    groups = (national[:2], national[2:5], national[5:])
    numbers |= {sign.join((f"0{groups[0]}", *groups[1:])) for sign in " .-"}
    numbers |= {f"+84 {' '.join(groups)}", f"(+84) {national}"}
    for plain in words | numbers:
        for text_ in {plain, unicodedata.normalize("NFD", plain), fold(plain), plain.upper()}:
            yield text_
            encoded = text_.encode()
            yield encoded.hex()
            yield base64.b64encode(encoded).decode().rstrip("=")[:-1]
            yield json.dumps(text_)[1:-1]
    for digits in (4, 5, 6, 7, 15):  # as the database writes a geometry
        for number in person["point"]:
            yield struct.pack("<d", round(number, digits)).hex().upper()


PAIR = re.compile(r"(?=(?<![\d.])(\d+\.\d{3,})(?!\d)\D{1,12}(\d+\.\d{3,})(?!\d))")


def pairs(lng: float, lat: float) -> Iterator[str]:
    """The point in both orders, rounded to three to six places."""
    for digits in range(3, 7):
        rounded = f"{lng:.{digits}f}", f"{lat:.{digits}f}"
        yield from (" ".join(rounded), " ".join(reversed(rounded)))


def points(haystack: str) -> set[str]:
    """Every two decimal numbers beside each other, to six places: a comma, a tab, JSON between."""
    found = {match.groups() for match in PAIR.finditer(haystack)}
    return {
        " ".join(
            number if len(number.split(".")[1]) <= 6 else f"{float(number):.6f}" for number in two
        )
        for two in found
    }


def dump(cluster) -> str:
    command = [cluster._program("pg_dump"), "-h", str(cluster.socket), "-p", "5432"]
    command += ["-U", cluster_files.SUPERUSER, "-d", f"{DATABASE}_rotation"]
    return cluster_files.run_as(cluster._user, command, check=True).stdout


def hits(haystack: str, persons) -> set[str]:
    """Which spellings occur. Bare digits inside a run of letters and digits do not count: nine
    of them occur by chance in megabytes of ciphertext."""
    wanted = {spelling for person in persons for spelling in spellings(person)}
    assert all(len(spelling) >= HEAD for spelling in wanted)
    lengths = sorted({len(spelling) for spelling in wanted})
    heads = {spelling[:HEAD] for spelling in wanted}
    found = set()
    for begin in range(len(haystack) - HEAD):
        if haystack[begin : begin + HEAD] in heads:
            around = {haystack[begin : begin + n] for n in lengths} & wanted
            found |= {f for f in around if not f.isdecimal() or _apart(haystack, begin, f)}
    return found | points(haystack) & {p for person in persons for p in pairs(*person["point"])}


def _apart(haystack: str, begin: int, found: str) -> bool:
    return not (haystack[begin - 1] + haystack[begin + len(found)]).isalnum()


def test_a_dump_holds_no_name_phone_door_story_or_point(cluster, owner, office):
    persons = [canary(number) for number in range(CANARIES)]
    with owner.begin() as session:
        collector = make_account(session)
        for person in persons + persons[:20]:
            address = make_person(session, organisation_id=collector.organisation_id, consent=False)
            make_consent(session, address=address, collector=collector)
            service.register_private(session, address, **person)
        stored = session.execute(
            text("SELECT count(*), count(DISTINCT name) FROM private.person_private")
        ).one()
        assert tuple(stored) == (CANARIES + 20, CANARIES + 20), "equal names, unlike bytes"
    rotation.rotate(office, BOTH)
    written = dump(cluster)
    assert written.count("\n") > CANARIES and "COPY private.person_private" in written
    assert hits(written, persons) == set()


def test_the_search_for_canaries_is_alive(cluster, owner):
    """One clear copy of one field, however it is written, is found in a dump."""
    persons = [canary(number) for number in range(20)]
    lng, lat = persons[8]["point"]
    with owner.begin() as session:
        session.execute(text("CREATE TABLE core.leak (words text, bytes bytea)"))
        leaks = [
            str(persons[7]["name"]),
            f'{{"x": {lng:.4f}, "y": {lat:.4f}}}',
            f"tel:{persons[9]['phone']}",
        ]
        leaks.append(fold(str(persons[10]["story"])))
        for leak in leaks:
            session.execute(text("INSERT INTO core.leak VALUES (:leak)"), {"leak": leak})
        shape = "INSERT INTO core.leak VALUES (ext.ST_MakePoint(:lng, :lat)::text)"
        session.execute(text(shape), dict(zip(("lng", "lat"), persons[12]["point"], strict=True)))
        hidden = str(persons[11]["hamlet"]).encode()
        session.execute(text("INSERT INTO core.leak VALUES ('', :leak)"), {"leak": hidden})
    found = hits(dump(cluster), persons)
    for number in range(7, 13):
        known = {*spellings(persons[number]), *pairs(*persons[number]["point"])}
        assert found & known, number
    assert not found & {s for n in (0, 1, 2) for s in spellings(persons[n])}
