"""The pages of imports: a file is dropped, arranged, tried, mended, committed, undone."""

import json
import re
from base64 import b64encode
from io import BytesIO

import pytest
from sqlalchemy import select, text

from mapservice.accounts.models import Role
from mapservice.cli import imports
from mapservice.errors import Conflict, Invalid
from mapservice.imports import service, tables, work
from mapservice.imports.models import ImportBatch
from tests import commands
from tests import office as offices
from tests.db.test_imports import PERSONS, PLACES
from tests.factories import make_place
from tests.programs import program


@pytest.fixture
def world(session):
    return offices.build(session)


@pytest.fixture
def registrar(world, sign_in):
    return sign_in(world.here.accounts[Role.REGISTRAR])


def uploaded(client, content: str, **form) -> str:
    """The path of a list that was dropped."""
    file = (BytesIO(content.encode()), "danh-sach.csv")
    reply = client.post("/manage/imports/new", data={"file": file, **form})
    assert reply.status_code == 303, reply.text
    return reply.location


def version(page: str) -> str:
    return re.search(r'name="version" value="(\d+)"', page)[1]


def arranged(client, path: str) -> str:
    """The page of a list whose columns were taken as they were guessed."""
    page = client.get(path).text
    columns = re.findall(r'<option value="(\d+:[a-z_]+)" selected', page)
    given = {"version": version(page), "sheet": "0", "column": columns}
    reply = client.post(f"{path}/columns", data=given)
    assert reply.status_code == 303, reply.text
    return client.get(path).text


def test_a_list_goes_all_the_way(client, session, registrar):
    path = uploaded(client, PLACES)
    page = client.get(path).text
    assert "Điểm trường Nà Mẫu" in page and "Tên địa điểm, đơn vị" in page  # a sample, a field
    page = arranged(client, path)
    assert "Không nhận" in page and "Trạm y tế Thử" in page
    assert "Nhà văn hóa thôn Thử" not in page  # what waits for somebody is shown first
    assert "Nhà văn hóa thôn Thử" in client.get(f"{path}?fate=").text
    assert "Nhà văn hóa thôn Thử" in client.get(f"{path}?fate=new").text
    # The row that was refused is mended in place.
    number = re.search(r'name="number" value="(\d+)"', page)[1]
    keys = re.findall(r'name="shown" value="([a-z_]+)"', page)
    mended = {"version": version(page), "number": number, "shown": keys}
    reply = client.post(f"{path}/row", data=mended | {"cell-commune_text": "xã An Lạc"})
    assert reply.status_code == 303, reply.text
    page = client.get(path).text
    assert "Ghi 3 dòng" in page
    reply = client.post(f"{path}/commit", data={"version": version(page)})
    assert reply.status_code == 303, reply.text
    page = client.get(path).text
    assert "Đã ghi" in page and "Hoàn tác cả lần nhập" in page
    made = text("SELECT count(*) FROM core.address WHERE title = 'Trạm y tế Thử'")
    assert session.scalar(made) == 1
    assert "Gửi duyệt 3 hồ sơ" in page
    reply = client.post(f"{path}/submit", data={"version": version(page)})
    assert reply.status_code == 303, reply.text
    page = client.get(path).text
    assert "Cả 3 hồ sơ đã được gửi duyệt." in page
    assert "Trạm y tế Thử" in client.get(f"{path}?state=submitted").text
    assert "Không có dòng nào." in client.get(f"{path}?state=draft").text
    reply = client.post(f"{path}/undo", data={"version": version(page)})
    assert reply.status_code == 303 and session.scalar(made) == 0
    assert "Đã hoàn tác" in client.get(path).text
    assert client.get(f"{path}/history").status_code == 200


def test_a_cell_that_takes_words_of_a_list_offers_them(client, registrar):
    wrong = PLACES.replace(";Trường học;", ";Nhà lạ;")
    page = arranged(client, uploaded(client, wrong))
    assert 'list="offered-place_kinds"' in page
    offered = re.search(r'<datalist id="offered-place_kinds">(.*?)</datalist>', page, re.S)[1]
    assert '<option value="Trường học">' in offered


def test_a_cell_of_several_lines_is_corrected_with_its_lines(client, registrar):
    several = 'Tên địa điểm;Xã;Giới thiệu\nTrạm y tế Thử;xã An Lạc;"- Mái dột\n- Thiếu bàn"\n'
    page = arranged(client, uploaded(client, several))
    assert re.search(
        r"<textarea[^>]* name=\"cell-summary\"[^>]*>- Mái dột\n- Thiếu bàn</textarea>", page
    )


def test_a_row_that_is_refused_keeps_what_was_typed_where_it_stood(client, registrar):
    path = uploaded(client, PLACES)
    page = arranged(client, path)
    number = re.search(r'name="number" value="(\d+)"', page)[1]
    sent = {"number": number, "shown": ["commune_text"], "cell-commune_text": "xã An Lạch"}
    where = {"fate": "refused", "page": "1"}
    stale = client.post(f"{path}/row", data={"version": "1", **sent, **where})
    assert stale.status_code == 409 and 'value="xã An Lạch"' in stale.text
    assert 'fate=refused" aria-current="page"' in stale.text
    long = {"version": version(page), **sent, **where, "cell-commune_text": "x" * 4001}
    refused = client.post(f"{path}/row", data=long)
    assert refused.status_code == 422 and "x" * 4001 in refused.text
    lost = client.post(f"{path}/row", data={**long, "fate": "castle", "page": "0"})
    assert lost.status_code == 422 and "x" * 4001 in lost.text


def test_headings_are_remembered_for_the_office(client, registrar):
    unknown = "Tên địa điểm;Xã;Cột lạ\nNhà văn hóa Thử;xã An Lạc;12\n"
    path = uploaded(client, unknown)
    page = client.get(path).text
    columns = ["0:title", "1:commune_text", "2:households"]
    client.post(f"{path}/columns", data={"version": version(page), "column": columns})
    again = client.get(uploaded(client, unknown)).text
    assert '<option value="2:households" selected' in again


def test_what_is_said_for_all_rows_fills_their_empty_cells(client, world, sign_in):
    sign_in(world.here.accounts[Role.OFFICER])
    lacking = "Tên địa điểm;Xã\nKhe Một;\nKhe Hai;xã Lệ Viễn\n"
    path = uploaded(client, lacking)
    page = client.get(path).text
    given = {"version": version(page), "column": ["0:title", "1:commune_text"]}
    said = {"all-kind": "Trường học", "all-commune_text": "An Lạc"}
    refused = client.post(
        f"{path}/columns", data={**given, "column": ["0:title", "1:title"], **said}
    )
    assert refused.status_code == 422 and 'value="An Lạc"' in refused.text
    assert "<option selected>Trường học</option>" in refused.text
    assert client.post(f"{path}/columns", data={**given, **said}).status_code == 303
    page = client.get(path).text
    assert "Mới <strong>2</strong>" in page
    again = client.get(f"{path}?columns=1").text  # to be corrected once more
    assert 'value="An Lạc"' in again and '<option value="0:title" selected' in again
    client.post(f"{path}/columns", data={**given, "version": version(again)})
    assert "Không nhận <strong>2</strong>" in client.get(path).text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["0:commune_text"], "Chưa có cột nào là"),
        (["0:title", "1:title"], "Hai cột cùng là mục này"),
        (["0:status"], "Chọn trong danh sách."),
    ],
)
def test_columns_that_cannot_be_are_refused(client, registrar, columns, said):
    path = uploaded(client, PLACES)
    given = {"version": version(client.get(path).text), "column": columns}
    reply = client.post(f"{path}/columns", data=given)
    assert reply.status_code == 422 and said in reply.text


def test_the_rows_to_correct_are_taken_home_and_come_back(client, registrar, tmp_path):
    path = uploaded(client, PLACES)
    arranged(client, path)
    file = client.get(f"{path}/refused.xlsx")
    assert file.status_code == 200
    kept = tmp_path / "can-sua.xlsx"
    kept.write_bytes(file.data)
    (table, *_) = tables.read(kept, kept.name)
    assert any("Trạm y tế Thử" in row for row in table.rows)
    reply = client.post("/manage/imports/new", data={"file": (BytesIO(file.data), kept.name)})
    assert reply.status_code == 303
    assert "Trạm y tế Thử" in arranged(client, reply.location)


@pytest.mark.parametrize("kind", ["places", "persons", "teams"])
def test_an_empty_list_is_downloaded(client, registrar, kind):
    assert client.get(f"/manage/imports/template.xlsx?kind={kind}").data[:2] == b"PK"
    assert client.get("/manage/imports/template.xlsx?kind=castles").status_code == 400


def test_a_form_without_a_file_says_so(client, registrar):
    reply = client.post("/manage/imports/new", data={})
    assert reply.status_code == 422 and 'id="file-error"' in reply.text


def test_only_the_office_that_dropped_it_sees_the_rows(client, world, sign_in):
    sign_in(world.here.accounts[Role.REGISTRAR])
    path = uploaded(client, PERSONS)
    assert "Canary" in arranged(client, path)
    sign_in(world.here.accounts[Role.OFFICER])
    page = client.get(path)
    assert page.status_code == 200 and "Canary" not in page.text
    assert client.get(f"{path}/refused.xlsx").status_code == 409
    sign_in(world.there.accounts[Role.OFFICER])
    assert client.get(path).status_code == 404


def test_looking_at_persons_rows_is_recorded(client, session, registrar):
    path = uploaded(client, PERSONS)
    arranged(client, path)
    seen = text("SELECT count(*) FROM core.audit_event WHERE action = 'import_seen'")
    before = session.scalar(seen)
    client.get(path)
    assert session.scalar(seen) == before + 1


def test_what_was_changed_elsewhere_is_not_overwritten(client, registrar):
    path = uploaded(client, PLACES)
    page = arranged(client, path)
    old = {"version": str(int(version(page)) - 1)}
    reply = client.post(f"{path}/commit", data=old)
    assert reply.status_code == 409 and "vừa được sửa ở nơi khác" in reply.text


def test_a_program_imports_a_list(app, client, session, world):
    registrar = program(app, session, world.here.accounts[Role.REGISTRAR])
    body = {"file_name": "a.csv", "kind": "places", "file": b64encode(PLACES.encode()).decode()}
    made = registrar.post("/imports", body, **{"Idempotency-Key": "list"})
    assert made.status_code == 201, made.text
    batch = made.json
    again = registrar.post("/imports", body, **{"Idempotency-Key": "list"})
    assert again.headers["Idempotency-Replayed"] == "true" and again.json["id"] == batch["id"]
    other = body | {"file_name": "b.csv"}
    assert registrar.post("/imports", other, **{"Idempotency-Key": "list"}).status_code == 422
    assert (batch["status"], batch["totals"]["new"], batch["totals"]["refused"]) == (
        "checked",
        2,
        1,
    )
    (problem,) = batch["problems"]
    assert problem["fate"] == "refused" and problem["faults"][0]["field"] == "commune_text"
    path = f"/imports/{batch['id']}"
    mended = {"number": problem["number"], "cells": {"commune_text": "xã An Lạc"}}
    assert registrar.step(f"{path}/row", batch["version"] + 1, mended).status_code == 412
    batch = registrar.step(f"{path}/row", batch["version"], mended).json
    assert batch["totals"]["new"] == 3 and batch["problems"] == []
    batch = registrar.step(f"{path}/commit", batch["version"]).json
    assert batch["status"] == "committed" and batch["records"] == {"draft": 3}
    batch = registrar.step(f"{path}/submit", batch["version"]).json
    assert batch["records"] == {"submitted": 3} and not batch["submitting"]
    batch = registrar.step(f"{path}/undo", batch["version"]).json
    assert batch["status"] == "undone"
    assert [row["id"] for row in registrar.get("/imports").json["items"]].count(batch["id"]) == 1
    wrong = registrar.post("/imports", body | {"file": "%%"}, **{"Idempotency-Key": "other"})
    assert wrong.status_code == 422 and "file" in wrong.json["errors"]


@pytest.fixture
def command(office, settings, monkeypatch):
    """`mapservice import`, inside the test's transaction."""
    return commands.inside(monkeypatch, imports, office)


def test_the_command_tries_and_commits(command, session, world, tmp_path):
    file, report = tmp_path / "a.csv", tmp_path / "can-sua.xlsx"
    file.write_text(PLACES, encoding="utf-8")
    login = world.here.accounts[Role.REGISTRAR].login
    told = command("addresses", str(file), "--as", login, "--json", "--report", str(report))
    assert told.exit_code == 0, told.output
    document = json.loads(told.stdout)
    kept = ("rows", "new", "changed", "same", "duplicate", "waiting", "refused")
    assert [document[name] for name in kept] == [3, 2, 0, 0, 0, 0, 1]
    (problem,) = document["problems"]
    assert problem["row"] == 4 and problem["column"] == "commune_text" and problem["reason"]
    assert report.read_bytes()[:2] == b"PK"
    made = text("SELECT count(*) FROM core.address WHERE title = 'Điểm trường Nà Mẫu'")
    assert session.scalar(made) == 0
    assert session.scalar(text("SELECT count(content) FROM private.import_file")) == 2  # the sides'
    done = command("addresses", str(file), "--as", login, "--commit")
    assert done.exit_code == 0 and "3 dòng: 2 mới, 1 không nhận" in done.stdout, done.output
    assert session.scalar(made) == 1
    again = command("addresses", str(file), "--as", login, "--commit", "--submit", "--json")
    document = json.loads(again.stdout)
    assert document["same"] == 2 and document["submitted"] == 0 and session.scalar(made) == 1
    file.write_text(PLACES.replace("Mẫu;", "Khác;").replace("Thử;", "Thêm;"), encoding="utf-8")
    sent = command("addresses", str(file), "--as", login, "--commit", "--submit")
    assert sent.exit_code == 0 and "Đã gửi duyệt 2 hồ sơ." in sent.stdout, sent.output
    assert session.scalar(text("SELECT count(*) FROM core.address WHERE status = 'submitted'"
                               " AND title LIKE 'Điểm trường Nà Khác'")) == 1  # fmt: skip


def test_the_command_refuses_with_the_reason(command, world, tmp_path):
    file = tmp_path / "doi.csv"
    file.write_text("Tên đội;Loại đội;Xã;Số người\nĐội áo xanh;Tình nguyện;xã An Lạc;5\n", "utf-8")
    assert command("teams", str(tmp_path / "khong-co.csv")).exit_code == 2
    refused = command("addresses", str(file))
    assert isinstance(refused.exception, Invalid) and "import teams" in refused.exception.detail
    told = command("teams", str(file), "--json")
    assert json.loads(told.stdout)["new"] == 1, told.output


def test_a_long_list_is_left_to_the_worker(client, session, office, registrar, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 1)
    path = uploaded(client, PLACES)
    page = arranged(client, path)
    assert "Đang kiểm tra" in page and client.get(path).headers["Refresh"]
    assert work.next_step(office) == 1
    office.commit()
    page = client.get(path).text
    assert "Ghi 2 dòng" in page
    client.post(f"{path}/commit", data={"version": version(page)})
    assert "Đang ghi" in client.get(path).text
    assert work.next_step(office) == 1 and work.next_step(office) == 0
    office.commit()
    assert "Hoàn tác cả lần nhập" in client.get(path).text


def test_a_long_list_that_is_stopped_writes_nothing(
    client, session, office, registrar, monkeypatch
):
    monkeypatch.setattr(service, "AT_ONCE", 1)
    path = uploaded(client, PLACES)
    arranged(client, path)
    work.next_step(office)
    office.commit()
    page = client.get(path).text
    client.post(f"{path}/commit", data={"version": version(page)})
    batch = office.scalar(select(ImportBatch).where(ImportBatch.status == "committing"))
    tell = work.teller(office, batch.id, batch.status)
    tell("writing", 1, 2)
    assert "1/2" in client.get(path).text
    client.post(f"{path}/drop", data={"version": version(client.get(path).text)})
    with pytest.raises(Conflict):
        tell("writing", 2, 2)
    assert work.next_step(office) == 0
    made = text("SELECT count(*) FROM core.address WHERE title = 'Điểm trường Nà Mẫu'")
    assert session.scalar(made) == 0


@pytest.mark.parametrize("listing", ["addresses?nature=place&", "teams?"])
def test_a_list_of_our_own_comes_back_and_changes_nothing(client, world, sign_in, listing):
    sign_in(world.here.accounts[Role.OFFICER])
    file = client.get(f"/manage/{listing}format=xlsx", buffered=True).data
    reply = client.post("/manage/imports/new", data={"file": (BytesIO(file), "tai ve.xlsx")})
    page = arranged(client, reply.location)
    told = dict(re.findall(r"fate=([a-z]+)\"[^>]*>[^<]* <strong>(\d+)</strong>", page))
    assert set(told) == {"same"} and int(told["same"]) > 0, page


def test_todays_commune_of_our_own_list_leaves_the_former_one_as_it_is(
    client, world, sign_in, session
):
    """Lệ Viễn lies in An Lạc now, which another former commune was called too."""
    sign_in(world.here.accounts[Role.OFFICER])
    home = {"commune": "07654", "organisation_id": world.here.commune.id}
    place = make_place(session, title="Trường Lệ Viễn", kind="school", programme_year=2026, **home)
    stored = text("SELECT ext.ST_Y(point), ext.ST_X(point) FROM core.address WHERE id = :id")
    lat, lng = session.execute(stored, {"id": place.id}).one()
    heads = "Mã;Tên;Loại;Xã, phường;Năm;Vĩ độ;Kinh độ\n"
    row = f"{place.public_code};Trường Lệ Viễn;Trường học;Xã An Lạc;2026;"
    page = arranged(client, uploaded(client, f"{heads}{row}{lat!r};{lng!r}\n"))
    assert "Không đổi <strong>1</strong>" in page
    page = arranged(client, uploaded(client, f"{heads}{row};\n"))
    assert "Không đổi <strong>1</strong>" in page
    page = arranged(client, uploaded(client, f"{heads}{row}{lat + 0.004!r};{lng!r}\n"))
    assert "<del>Xã Lệ Viễn</del> → <ins>Xã An Lạc</ins>" in page
