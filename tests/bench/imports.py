"""What a long list costs: `python -m tests.bench.imports [--rows 10000] [--stored 20000]`.

A list of places with needs and contacts, one in 20 registered already, is tried and committed in
a province of 20,000 places, then one of persons, one in 20 of them twice; then all of them once
more with another figure in every row, and again with figure, number to call and need anew; nothing
of it stays. Each kind runs in a process of its own, whose peak memory is printed. CPU
seconds are those of this process and of its server process together, alike however busy the
machine is.
"""

import argparse
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session
from xlsxwriter import Workbook

from mapservice import data_key
from mapservice.accounts import rights
from mapservice.accounts.models import Organisation, OrganisationUnit, Role
from mapservice.accounts.rights import Actor
from mapservice.consent import service as consent
from mapservice.imports import commit, service
from mapservice.imports.fields import FIELDS, Kind
from mapservice.sealing import KeyRing
from tests import double_corpus
from tests.bench import province
from tests.bench.bars import Bar
from tests.bench.tools import cpu_seconds, peak_megabytes
from tests.factories import make_account

STORED = 20_000
SECONDS, MEGABYTES = 30, 300
AGAIN = 20  # one row of so many is registered already
COMMUNES = text("""
    SELECT u.name, d.name AS district FROM core.admin_unit AS u
      JOIN core.admin_unit AS d ON d.id = u.parent_id
    WHERE u.level = 'commune' AND daterange(u.valid_from, u.valid_to) @> date '2022-12-31'
    ORDER BY u.id""")
KNOWN = text("""
    SELECT a.title, u.name, d.name AS district FROM core.address AS a
      JOIN core.admin_unit AS u ON u.id = a.former_commune_id
      JOIN core.admin_unit AS d ON d.id = u.parent_id
    WHERE a.nature = 'place' ORDER BY a.id LIMIT :most""")
CONSENT = {
    "consent_given": "Bản thân",
    "consent_channel": "Giấy có chữ ký",
    "consent_evidence": "Phiếu ở Đoàn xã",
}


def places(session: Session, rows: int) -> list[dict[str, object]]:
    """Rows of places, one in twenty of which stands there already."""
    chance = random.Random(7)
    communes = session.execute(COMMUNES).all()
    known = session.execute(KNOWN, {"most": rows // AGAIN}).all()
    found = []
    for number in range(rows):
        there = known[number // AGAIN] if number % AGAIN == 0 else None
        commune = there or chance.choice(communes)
        hamlet = f"thôn {chance.choice(double_corpus.HAMLETS)} {number}"
        found.append({
            "title": there.title if there else f"Nhà văn hóa {hamlet}",
            "kind": "Trường học" if there else "Địa chỉ khác",
            "hamlet": None if there else hamlet,
            "commune_text": commune.name,
            "district_text": commune.district,
            "households": chance.randint(10, 200),
            "contact_name": "Lê Thị Mẫu",
            "contact_phone": f"09{chance.randint(10**7, 10**8 - 1)}",
            "need_title": "Sửa mái nhà văn hóa",
            "need_category": "Nhà ở",
            "need_urgency": chance.choice(("Gấp", "Cần sớm", 1)),
        })  # fmt: skip
    return found


def persons(session: Session, rows: int) -> list[dict[str, object]]:
    """Rows of grown-up persons with consent, one in twenty a row before spelt otherwise."""
    chance = random.Random(7)
    communes = session.execute(COMMUNES).all()
    found: list[dict[str, object]] = []
    for number in range(rows):
        commune, (one,) = chance.choice(communes), double_corpus.persons(chance, 1)
        row = CONSENT | {
            "name": one.name,
            "person_kind": "Người cao tuổi",
            "birth_year": chance.randint(1935, 1990),
            "phone": one.phone,
            "hamlet": one.hamlet,
            "commune_text": commune.name,
            "district_text": commune.district,
            "need_category": "Chăm sóc sức khỏe",
        }
        if number % AGAIN == 0 and found:
            row = found[-1] | {"name": str(found[-1]["name"]).upper(), "phone": None}
        found.append(row)
    return found


LISTS: dict[Kind, Callable[[Session, int], list[dict[str, object]]]] = {
    Kind.PLACES: places,
    Kind.PERSONS: persons,
}


def sheet(kind: Kind, rows: list[dict[str, object]]) -> bytes:
    """The rows as a workbook with our own headings."""
    content = BytesIO()
    columns = [field for field in FIELDS[kind] if any(field.key in row for row in rows)]
    with Workbook(content, {"in_memory": True, "constant_memory": False}) as book:
        page = book.add_worksheet("Danh sách")
        page.write_row(0, 0, [field.heading for field in columns])
        for number, row in enumerate(rows, start=1):
            page.write_row(number, 0, [row.get(field.key) for field in columns])
    return content.getvalue()


def figures_changed(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The same records, each once, with another figure."""
    return [row | {"severity": 3} for row in _once(rows)]


def all_changed(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """The same with all that a list says of them anew: a figure, a number to call, the need."""
    chance, found = random.Random(8), []
    for row in _once(rows):
        called = "contact_phone" if "contact_phone" in row else "phone"
        anew = {called: f"091{chance.randint(10**6, 10**7 - 1)}", "need_urgency": "Khẩn cấp"}
        found.append(row | anew | {"severity": 4})
    return found


def _once(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Without those that repeat a row before."""
    told = ("birth_year", "commune_text", "district_text")
    first = {(str(r.get("name", r.get("title"))).upper(), *map(r.get, told)): r for r in rows[::-1]}
    return list(first.values())[::-1]


CHANGES = {
    "new": list,
    "a figure of each changed": figures_changed,
    "all of each changed": all_changed,
}


def measure(kind: str, rows: int, stored: int, *files: str) -> list[dict[str, object]]:
    """The lists in these files, one after the other tried and committed beside so many stored
    places; of each CPU seconds of both steps, memory, and what became of the rows."""
    engine = _province(stored)
    with Session(engine, info={"keys": KeyRing.parse(data_key.new_key(1))}) as session:
        consent.seed_wordings(session)
        actor = rights.actor(session, _officer(session))
        figures = [
            _one(session, actor, Kind(kind), rows, Path(file).read_bytes()) for file in files
        ]
        session.rollback()
    engine.dispose()
    return figures


def _one(
    session: Session, actor: Actor, kind: Kind, rows: int, content: bytes
) -> dict[str, object]:
    server = session.scalar(text("SELECT pg_backend_pid()"))
    began = cpu_seconds(server)
    batch = service.upload(session, actor, "danh-sach.xlsx", content, kind)
    columns = {int(at): key for at, key in batch.mapping.items()}
    service.arrange(session, actor, batch.id, batch.version, batch.sheet, columns)
    if rows > service.AT_ONCE:
        service.check(session, actor, batch)
    tried = cpu_seconds(server)
    totals = dict(batch.totals)
    commit.begin(session, actor, batch.id, batch.version)
    if rows > service.AT_ONCE:
        commit.run(session, actor, batch)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    done = cpu_seconds(server)
    if not batch.totals == totals:
        raise SystemExit(f"{totals} were shown, {batch.totals} were done")
    return {
        "list": f"{batch.rows} {kind}",
        "tried_s": round(tried - began, 1),
        "committed_s": round(done - tried, 1),
        "peak_mb": peak_megabytes(),
        "totals": totals,
    }


def _province(stored: int) -> Engine:
    """So many places in a database that stays, asked for as its owner."""
    size = stored * province.NEEDS_OF_PLACE
    cluster, name, _ = province.prepare(Path(os.environ["BENCH_HOME"]), size)
    return create_engine(cluster.url("owner", name))


def _officer(session: Session):
    """An officer of a district union whose territory is the whole province: who may look at
    persons without saying why."""
    top = session.scalars(text("SELECT id FROM core.organisation WHERE level = 'province'")).first()
    home = Organisation(code="BX", name="Đo thử", level="district", parent_id=top)
    session.add(home)
    session.flush()
    units = session.scalars(text("SELECT id FROM core.admin_unit WHERE level = 'province'"))
    session.add_all(OrganisationUnit(organisation_id=home.id, unit_id=unit) for unit in units)
    return make_account(session, organisation=home, role=Role.OFFICER)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--stored", type=int, default=STORED)
    parser.add_argument("--home", type=Path, default=Path(".local/bench"))
    asked = parser.parse_args()
    os.environ["BENCH_HOME"] = str(asked.home.resolve())
    engine = _province(asked.stored)
    for kind, rows in LISTS.items():
        with TemporaryDirectory() as folder:
            # Made here, so that the peak is that of reading them.
            with Session(engine) as session:
                listed = rows(session, asked.rows)
            files = [str(Path(folder, f"{number}.xlsx")) for number in range(len(CHANGES))]
            for file, change in zip(files, CHANGES.values(), strict=True):
                Path(file).write_bytes(sheet(kind, change(listed)))
            what = f"m.measure('{kind}', {asked.rows}, {asked.stored}, *{files})"
            code = f"import json, tests.bench.imports as m; print(json.dumps({what}))"
            done = subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            )
        found = json.loads(done.stdout.splitlines()[-1])
        for name, figures in zip(CHANGES, found, strict=True):
            _print(f"{kind}, {name}", figures)


def _print(name: str, figures: dict[str, object]) -> None:
    print(json.dumps(figures))
    for bar in (
        Bar(f"{name}: tried, CPU s", False, SECONDS, figures["tried_s"]),
        Bar(f"{name}: committed, CPU s", False, SECONDS, figures["committed_s"]),
        Bar(f"{name}: peak memory, MB", False, MEGABYTES, figures["peak_mb"]),
    ):
        print(bar)


if __name__ == "__main__":
    main()
