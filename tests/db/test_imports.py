"""A list from its file to records and back: tried without a trace, committed once, undone."""

from datetime import datetime, time, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.disclosure import lists
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.entry import Field
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.imports import commit, keeping, queries, service, undoing, uploading
from mapservice.imports.fields import Kind
from mapservice.imports.models import BatchStatus, Fate
from mapservice.territory.eras import today
from tests import office as offices
from tests.factories import make_place

PLACES = """Tên địa điểm;Loại địa điểm;Xã;Huyện;Số hộ;SĐT liên hệ;Việc cần giúp;Lĩnh vực hỗ trợ
Điểm trường Nà Mẫu;Trường học;xã An Lạc;huyện Sơn Động;12;0912345678;Sửa mái hai phòng học;Giáo dục
Nhà văn hóa thôn Thử;Địa chỉ khác;xã An Lạc;huyện Sơn Động;30;;;
Trạm y tế Thử;Trạm y tế;xã Không Có Thật;;5;;;
"""
PERSONS = """Họ và tên;Nhóm;Năm sinh;Số điện thoại;Xã;Huyện;Người đồng ý;Cách hỏi;Bằng chứng
Lường Thị Canary Một;Người cao tuổi;1950;0911222333;xã An Lạc;huyện Sơn Động;có;giấy;phiếu 1
Vi Văn Canary Hai;Người cao tuổi;1951;;xã An Lạc;huyện Sơn Động;;;
"""
TABLES = text("""
    SELECT c.oid::regclass::text FROM pg_class AS c
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relnamespace IN ('core'::regnamespace, 'private'::regnamespace, 'pub'::regnamespace)
    ORDER BY 1""")
OWN = {"core.import_batch", "core.import_row", "core.import_heading", "private.import_file",
       "private.import_cells", "core.audit_event", "core.audit_unsealed"}  # fmt: skip


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def registrar(world, office):
    return rights.actor(office, world.here.accounts[Role.REGISTRAR])


def checksums(session) -> dict[str, str]:
    """Of every table what is in it, but for the batch's own rows and the trail."""
    session.flush()
    found = {}
    for name in session.scalars(TABLES).all():
        if name not in OWN:
            rows = session.scalars(text(f"SELECT t::text FROM {name} AS t ORDER BY 1")).all()
            found[name] = sha256("\n".join(rows).encode()).hexdigest()
    return found


def tried(office, actor, content: str, kind: Kind = Kind.PLACES):
    """A list that was uploaded and tried."""
    batch = service.upload(office, actor, "danh-sach.csv", content.encode(), kind)
    columns = {int(at): key for at, key in batch.mapping.items()}
    return service.arrange(office, actor, batch.id, batch.version, batch.sheet, columns)


def rows(office, batch) -> dict[int, object]:
    return {
        row.number: row
        for row in keeping.opened(office, office.scalars(queries.rows(batch.id)).all())
    }


def fates(office, batch) -> list[str]:
    return [str(row.fate) for row in rows(office, batch).values()]


def committed(office, actor, content: str, kind: Kind = Kind.PLACES):
    batch = tried(office, actor, content, kind)
    return commit.begin(office, actor, batch.id, batch.version)


def test_a_dry_run_writes_nothing_but_its_own_rows(session, office, registrar):
    before = checksums(session)
    batch = tried(office, registrar, PLACES)
    assert batch.status is BatchStatus.CHECKED
    assert fates(office, batch) == ["new", "new", "refused"]
    assert batch.totals["new"] == 2 and batch.totals["refused"] == 1
    assert checksums(session) == before


def test_a_place_without_coordinates_says_so_until_somebody_sets_them(session, office, registrar):
    committed(office, registrar, PLACES)
    estimated = text("""SELECT point_estimated FROM core.address
        WHERE title = 'Điểm trường Nà Mẫu'""")
    assert session.scalar(estimated) is True
    code = session.scalar(
        text("SELECT public_code FROM core.address WHERE title = 'Điểm trường Nà Mẫu'")
    )
    lines = [
        "Mã hồ sơ;Tên địa điểm;Loại địa điểm;Xã;Huyện;Toạ độ",
        f"{code};Điểm trường Nà Mẫu;Trường học;xã An Lạc;huyện Sơn Động;21.3282, 106.9693",
    ]
    batch = committed(office, registrar, "\n".join(lines))
    assert session.scalar(estimated) is False
    undoing.undo(office, registrar, batch.id, batch.version)
    assert session.scalar(estimated) is True


def test_committed_rows_are_drafts_with_needs_and_sealed_contacts(session, office, registrar):
    batch = committed(office, registrar, PLACES)
    assert batch.status is BatchStatus.COMMITTED, batch.progress
    made = session.execute(
        text("""SELECT a.title, a.status, a.households, n.title AS need, p.name IS NOT NULL AS said
            FROM core.import_row AS r JOIN core.address AS a ON a.id = r.address_id
              LEFT JOIN core.need AS n ON n.address_id = a.id
              LEFT JOIN private.place_contact AS p ON p.address_id = a.id
            WHERE r.batch_id = :id ORDER BY r.number"""),
        {"id": batch.id},
    ).all()
    assert [tuple(row) for row in made] == [
        ("Điểm trường Nà Mẫu", "draft", 12, "Sửa mái hai phòng học", True),
        ("Nhà văn hóa thôn Thử", "draft", 30, None, False),
    ]
    with pytest.raises(NotFound):
        uploading.require_file(office, batch)


def test_a_code_that_a_list_cannot_speak_of_says_why(session, office, registrar, world):
    records = world.here.records
    home = {"commune": "07645", "organisation_id": world.here.commune.id}
    ended = make_place(session, status="withdrawn", **home)
    codes = [ended.public_code, records["person"].public_code]
    codes += [world.there.records["place"].public_code, "ZZZZZZZZ"]
    lines = [f"{code};Điểm trường {code};Trường học;xã An Lạc" for code in codes]
    batch = tried(office, registrar, "\n".join(["Mã;Tên địa điểm;Loại;Xã", *lines]))
    said = [row.faults[0][1] for row in rows(office, batch).values()]
    assert "đã kết thúc" in said[0] and "không thuộc loại danh sách" in said[1]
    assert said[2] == said[3]  # of elsewhere and of nobody alike
    assert "trong địa bàn của bạn" in said[2]


def test_the_same_file_five_times_is_once(session, office, registrar):
    count = text("SELECT count(*) FROM core.address")
    committed(office, registrar, PLACES)
    once = session.scalar(count)
    for _ in range(4):
        batch = committed(office, registrar, PLACES)
        assert fates(office, batch) == ["same", "same", "refused"]
    assert session.scalar(count) == once


def test_a_row_that_repeats_another_otherwise_written_stays_left_out(session, office, registrar):
    """The same file again does not rename a person as its second row spells the name."""
    again = PERSONS.splitlines(keepends=True)[1].replace("Lường Thị", "Luong Thi")
    first = committed(office, registrar, PERSONS + again, Kind.PERSONS)
    assert fates(office, first) == ["new", "waiting", "same"]
    before = checksums(session)
    assert fates(office, tried(office, registrar, PERSONS + again, Kind.PERSONS)) == [
        "same", "waiting", "same",
    ]  # fmt: skip
    assert checksums(session) == before


def test_imports_are_undone_one_after_the_other(session, office, registrar):
    before = session.scalar(text("SELECT count(*) FROM core.address"))
    first = committed(office, registrar, PERSONS, Kind.PERSONS)
    second = committed(office, registrar, PERSONS.replace("0911222333", "0911222334"), Kind.PERSONS)
    assert fates(office, second)[0] == "changed"
    with pytest.raises(Conflict, match="Không hoàn tác được"):
        undoing.undo(office, registrar, first.id, first.version)
    undoing.undo(office, registrar, second.id, second.version)
    undoing.undo(office, registrar, first.id, first.version)
    assert session.scalar(text("SELECT count(*) FROM core.address")) == before


def test_an_undone_import_leaves_everything_as_it_was(session, office, registrar):
    before = checksums(session)
    batch = committed(office, registrar, PLACES)
    assert checksums(session) != before
    undoing.undo(office, registrar, batch.id, batch.version)
    after = checksums(session)
    assert {name for name in after if after[name] != before[name]} <= {"pub.change_step"}
    again = tried(office, registrar, PLACES)
    assert fates(office, again) == ["new", "new", "refused"]


def test_what_was_built_on_an_import_stands_in_the_way_of_its_undo(session, office, registrar):
    batch = committed(office, registrar, PLACES)
    (code, *_) = session.scalars(
        text("""UPDATE core.address SET status = 'submitted', version = version + 1
            WHERE title = 'Nhà văn hóa thôn Thử' RETURNING public_code""")
    ).all()
    with pytest.raises(Conflict) as refused:
        undoing.undo(office, registrar, batch.id, batch.version)
    assert refused.value.code == "built-on" and code in refused.value.detail
    assert session.scalar(text("SELECT count(*) FROM core.address WHERE title LIKE '%Mẫu'")) == 1


def test_a_file_replaced_after_the_dry_run_is_refused(session, office, registrar):
    batch = tried(office, registrar, PLACES)
    other = service.upload(office, registrar, "khac.csv", PLACES.replace("12", "13").encode())
    content, about = lists.open_file(office, other.id)
    lists.forget_file(office, batch.id)
    lists.keep_file(office, batch.id, content, about)
    with pytest.raises(Conflict) as refused:
        commit.begin(office, registrar, batch.id, batch.version)
    assert refused.value.code == "file-replaced"


def test_a_row_is_mended_in_place(office, registrar):
    batch = tried(office, registrar, PLACES)
    bad = next(row for row in rows(office, batch).values() if row.fate is Fate.REFUSED)
    mended = {"commune_text": "xã An Lạc", "district_text": "huyện Sơn Động"}
    row = service.mend(office, registrar, batch.id, batch.version, bad.number, mended)
    assert row.fate is Fate.NEW and batch.totals["refused"] == 0
    commit.begin(office, registrar, batch.id, batch.version)
    assert batch.totals["new"] == 3


def test_persons_without_consent_wait_and_their_cells_are_sealed(session, office, registrar):
    batch = tried(office, registrar, PERSONS, Kind.PERSONS)
    assert fates(office, batch) == ["new", "waiting"]
    names = session.scalars(TABLES).all()
    clear = [
        name
        for name in names
        if session.scalar(text(f"SELECT count(*) FROM {name} AS t WHERE t::text ILIKE '%canary%'"))
    ]
    assert clear == []
    waiting = max(rows(office, batch))
    given = {"consent_given": "có", "consent_channel": "giấy", "consent_evidence": "phiếu 2"}
    row = service.mend(office, registrar, batch.id, batch.version, waiting, given)
    assert row.fate is Fate.NEW, row.faults
    batch = commit.begin(office, registrar, batch.id, batch.version)
    assert batch.totals["new"] == 2
    left = text("""SELECT count(c.content) FROM private.import_cells AS c
        JOIN core.import_row AS r ON r.id = c.row_id WHERE r.batch_id = :id""")
    assert session.scalar(left, {"id": batch.id}) == 0
    again = committed(office, registrar, PERSONS, Kind.PERSONS)
    assert fates(office, again)[0] == "same"


def test_a_consent_counts_from_the_day_that_the_sheet_says(session, office, registrar):
    day = today() - timedelta(days=40)
    head, row, _ = PERSONS.splitlines()
    batch = committed(office, registrar, f"{head};Ngày đồng ý\n{row};{day:%d/%m/%Y}", Kind.PERSONS)
    assert fates(office, batch) == ["new"]
    given = text("""
        SELECT timezone('Asia/Ho_Chi_Minh', c.given_at) AS at, c.valid_until - c.given_at AS lasts
        FROM core.consent AS c JOIN core.import_row AS r ON r.address_id = c.address_id
        WHERE r.batch_id = :batch""")
    (told,) = session.execute(given, {"batch": batch.id}).all()
    assert told.at == datetime.combine(day, time()) and told.lasts == timedelta(days=365)
    person = office.scalars(queries.rows(batch.id)).one().address_id
    shown = disclosure.reveal(office, registrar.account, person, ["note"]).values
    assert shown[Field.NOTE] == f"Bằng chứng đồng ý: {day:%d/%m/%Y}, phiếu 1"


def test_a_later_file_changes_what_it_says_and_an_undo_brings_it_back(session, office, registrar):
    committed(office, registrar, PLACES)
    code = session.scalar(
        text("SELECT public_code FROM core.address WHERE title = 'Điểm trường Nà Mẫu'")
    )
    lines = [
        "Mã hồ sơ;Tên địa điểm;Loại địa điểm;Xã;Huyện;Số hộ",
        f"{code};Điểm trường Nà Mẫu;Trường học;xã An Lạc;huyện Sơn Động;15",
    ]
    batch = tried(office, registrar, "\n".join(lines))
    (row,) = rows(office, batch).values()
    assert row.fate is Fate.CHANGED and row.fields == {"households": 12}, row
    commit.begin(office, registrar, batch.id, batch.version)
    count = text("SELECT households FROM core.address WHERE public_code = :code")
    assert session.scalar(count, {"code": code}) == 15
    undoing.undo(office, registrar, batch.id, batch.version)
    assert session.scalar(count, {"code": code}) == 12


def test_a_later_file_changes_persons_too(session, office, registrar):
    agreed = PERSONS.replace(";;;\n", ";có;giấy;phiếu 2\n")
    committed(office, registrar, agreed, Kind.PERSONS)
    head, *people = agreed.splitlines()
    worse = [f"{head};Mức khó khăn", *(f"{person};Rất khó khăn" for person in people)]
    batch = committed(office, registrar, "\n".join(worse), Kind.PERSONS)
    assert fates(office, batch) == ["changed", "changed"], rows(office, batch)
    severities = text("""SELECT a.severity FROM core.address AS a
        JOIN core.import_row AS r ON r.address_id = a.id WHERE r.batch_id = :batch""")
    assert session.scalars(severities, {"batch": batch.id}).all() == [3, 3]
    undoing.undo(office, registrar, batch.id, batch.version)
    kept = text("SELECT severity FROM core.address WHERE nature = 'person' AND status = 'draft'")
    assert session.scalars(kept).all() == [1, 1]


def test_a_consent_that_a_list_says_again_is_no_new_one(session, office, registrar):
    head, person, _ = PERSONS.splitlines()
    head, day = f"{head};Ngày đồng ý;Mức khó khăn", today() - timedelta(days=40)

    kept = {}

    def consents(*cells: str) -> int:
        batch = committed(office, registrar, f"{head}\n{';'.join((person, *cells))}", Kind.PERSONS)
        (row,) = rows(office, batch).values()
        assert row.fate in (Fate.NEW, Fate.CHANGED), row
        shown = disclosure.reveal(office, registrar.account, row.record, ["note"])
        kept["note"] = shown.values[Field.NOTE]
        count = text("SELECT count(*) FROM core.consent WHERE address_id = :id")
        return session.scalar(count, {"id": row.record})

    told = f"{day:%d/%m/%Y}"
    assert consents(told, "") == 1
    assert consents(told, "Khó khăn") == 1 and kept["note"] == f"Bằng chứng đồng ý: {told}, phiếu 1"
    other = person = person.replace("phiếu 1", "phiếu 9")
    assert consents(told, "Rất khó khăn") == 2
    assert kept["note"].splitlines() == [
        f"Bằng chứng đồng ý: {told}, phiếu 1",
        f"Bằng chứng đồng ý: {told}, phiếu 9",
    ]
    person = other.replace("giấy", "trực tiếp")
    assert consents(told, "Khó khăn") == 3


def test_another_telephone_leaves_the_rest_that_is_sealed(session, office, registrar):
    head, person, _ = PERSONS.splitlines()
    noted = f"{head};Ghi chú;Thôn\n{person};Gọi buổi tối;thôn Thử"
    committed(office, registrar, noted, Kind.PERSONS)
    batch = committed(
        office, registrar, f"{head}\n{person.replace('0911222333', '0911222444')}", Kind.PERSONS
    )
    (row,) = rows(office, batch).values()
    assert row.fate is Fate.CHANGED and list(row.fields) == ["phone"], row
    fields = ["note", "phone", "hamlet"]
    shown = disclosure.reveal(office, registrar.account, row.record, fields).values
    assert shown[Field.NOTE].splitlines() == ["Gọi buổi tối", "Bằng chứng đồng ý: phiếu 1"]
    assert shown[Field.PHONE] == "+84911222444" and shown[Field.HAMLET] == "thôn Thử"
    undoing.undo(office, registrar, batch.id, batch.version)
    again = disclosure.reveal(office, registrar.account, row.record, fields).values
    assert again == shown | {Field.PHONE: "+84911222333"}


def test_an_undo_brings_back_all_that_a_list_changed(session, office, registrar):
    people = PERSONS.replace(";;;\n", ";có;giấy;phiếu 2\n")
    head, school, house, _ = PLACES.splitlines()
    sites = f"{head};Mức khẩn\n{school};Gấp\n{house};Gấp\n"
    first = (
        committed(office, registrar, sites),
        committed(office, registrar, people, Kind.PERSONS),
    )
    kept = text("""
        SELECT a.title, a.households, a.age_band, p.address_id IS NOT NULL AS answered,
          (SELECT array_agg(n.title || n.urgency ORDER BY n.title)
           FROM core.need AS n WHERE n.address_id = a.id AND n.status <> 'withdrawn') AS needs
        FROM core.address AS a LEFT JOIN private.place_contact AS p ON p.address_id = a.id
        WHERE a.status = 'draft' ORDER BY a.title, a.id""")
    (place, _), (person, _) = ([row.record for row in rows(office, b).values()] for b in first)

    def phones() -> list[object]:
        of_place, of_person = disclosure.reveal_place_contact, disclosure.reveal
        asked = ((of_place, place), (of_person, person))
        who = registrar.account
        return [ask(office, who, key, ["phone"]).values[Field.PHONE] for ask, key in asked]

    before = session.execute(kept).all(), phones()
    anew = sites.replace("0912345678", "0912345679").replace("Gấp", "Khẩn cấp")
    anew = anew.replace(";30;;;;", ";31;0912345680;Tặng sách;Văn hóa;")
    told = people.replace("0911222333", "0911222444")
    later = (
        committed(office, registrar, anew),
        committed(office, registrar, told, Kind.PERSONS),
    )
    assert [fates(office, batch)[0] for batch in later] == ["changed", "changed"]
    after = session.execute(kept).all(), phones()
    assert sum(row.answered for row in after[0]) == 2 and after[1] != before[1]
    for batch in later:
        undoing.undo(office, registrar, batch.id, batch.version)
    assert (session.execute(kept).all(), phones()) == before


def test_what_somebody_saves_while_a_list_is_written_is_not_written_over(
    session, office, registrar, monkeypatch
):
    committed(office, registrar, PLACES)
    batch = tried(office, registrar, PLACES.replace(";12;", ";15;").replace(";30;", ";35;"))
    saved = text("""UPDATE core.address SET households = 13, version = version + 1
        WHERE title = 'Điểm trường Nà Mẫu'""")
    remember = lists.remember

    def meanwhile(*asked):
        session.execute(saved)
        return remember(*asked)

    monkeypatch.setattr(lists, "remember", meanwhile)
    commit.begin(office, registrar, batch.id, batch.version)
    assert fates(office, batch) == ["refused", "changed", "refused"]
    kept = text("SELECT households FROM core.address WHERE households > 0 ORDER BY households")
    assert session.scalars(kept).all() == [13, 35]


def test_an_empty_cell_changes_nothing_of_a_need(session, office, registrar):
    head, row, *_ = PLACES.splitlines()
    more = f"{head};Số lượng;Mức khẩn\n{row};20;Khẩn cấp\n"
    committed(office, registrar, more)
    batch = tried(office, registrar, f"{head}\n{row.replace(';12;', ';15;')}\n")
    (found,) = rows(office, batch).values()
    assert found.fate is Fate.CHANGED and list(found.fields) == ["households"]
    commit.begin(office, registrar, batch.id, batch.version)
    other = tried(office, registrar, f"{head};Số lượng\n{row};25\n")
    (found,) = rows(office, other).values()
    assert "need" in found.fields
    commit.begin(office, registrar, other.id, other.version)
    kept = session.execute(
        text("""SELECT n.quantity, n.urgency FROM core.need AS n
        JOIN core.address AS a ON a.id = n.address_id WHERE a.title = 'Điểm trường Nà Mẫu'""")
    )
    assert [tuple(map(int, need)) for need in kept] == [(25, 4)]


def test_several_needs_of_one_place_stand_in_several_rows(session, office, registrar):
    lines = PLACES.splitlines()
    more = lines[1].replace("Sửa mái hai phòng học", "Tặng sách cho thư viện")
    repeated = lines[1].replace(";12;", ";13;")  # the need of the first row, in another line
    batch = committed(office, registrar, "\n".join([*lines[:2], more, repeated]))
    assert fates(office, batch) == ["new", "new", "same"]
    needed = session.scalars(
        text("""SELECT n.title FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
            WHERE a.title = 'Điểm trường Nà Mẫu' ORDER BY n.title""")
    ).all()
    assert needed == ["Sửa mái hai phòng học", "Tặng sách cho thư viện"]
    count = text("SELECT count(*) FROM core.address WHERE title = 'Điểm trường Nà Mẫu'")
    assert session.scalar(count) == 1
    undoing.undo(office, registrar, batch.id, batch.version)
    assert session.scalar(count) == 0


def test_another_offices_rows_are_not_opened(world, office, registrar):
    batch = tried(office, registrar, PLACES)
    above = rights.actor(office, world.here.accounts[Role.OFFICER])
    elsewhere = rights.actor(office, world.there.accounts[Role.OFFICER])
    assert service.find(office, above, batch.id, own=False).id == batch.id
    with pytest.raises(Conflict):
        service.find(office, above, batch.id)
    with pytest.raises(NotFound):
        service.find(office, elsewhere, batch.id, own=False)


def test_what_waits_too_long_is_forgotten(session, office, registrar):
    batch = tried(office, registrar, PLACES)
    session.execute(text("UPDATE core.import_batch SET created_at = now() - interval '8 days'"))
    assert service.forget_old(office) >= 1
    office.refresh(batch)
    assert batch.status is BatchStatus.DROPPED
    assert session.scalar(text("SELECT count(*) FROM private.import_file")) == 0
    assert session.scalar(text("SELECT count(content) FROM private.import_cells")) == 0


def test_a_file_without_a_list_says_what_to_do(office, registrar):
    with pytest.raises(Invalid) as refused:
        service.upload(office, registrar, "a.csv", "một;hai\nba;bốn\n".encode())
    assert "file" in refused.value.fields
