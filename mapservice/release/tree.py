"""The tree as data: reading and writing seed/<province>/partition.csv, loading it."""

import csv
from collections.abc import Iterable
from pathlib import Path

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from mapservice.errors import Invalid, NotFound
from mapservice.release import drawing, queries
from mapservice.release.drawing import Node
from mapservice.release.models import PartitionNode
from mapservice.territory.models import AdminUnit, Level

FILE = "partition.csv"
HEADER = ("node", "parent", "level", "name", "communes")


def read(path: Path) -> list[Node]:
    """The nodes of a file, parents first. Raises NotFound, or Invalid where it is no tree."""
    if not path.is_file():
        raise NotFound(f"Chưa có cây phân vùng {path}: xem `mapservice territory draw-partition`.")
    with path.open(encoding="utf-8", newline="") as file:
        nodes = [
            Node(
                row["node"], row["parent"] or None, row["level"], row["name"],
                tuple(row["communes"].split()),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip
    _require_tree(path, nodes)
    return nodes


def write(path: Path, nodes: Iterable[Node]) -> int:
    """Write the file; how many nodes it holds."""
    rows = [(n.code, n.parent or "", n.level, n.name, " ".join(n.communes)) for n in nodes]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([HEADER, *rows])
    return len(rows)


def draw(session: Session, province: str) -> list[Node]:
    """The tree of a province (code of 2022) from the areas in the database. Raises NotFound."""
    rows = session.execute(queries.COMMUNES, {"province": province}).all()
    if not rows:
        raise NotFound(f"Chưa có xã, phường nào của tỉnh mang mã {province}.")
    communes = [
        drawing.Commune(r.code, r.short_name, r.district, shapely.from_wkb(bytes(r.area)))
        for r in rows
    ]
    return list(drawing.draw(province, communes))


def load(session: Session, province: str, folder: Path) -> int:
    """Bring `folder`/`province`/partition.csv into the database, as the owner; rows written.

    Nodes are added and mended, never removed: releases remember them. A province without a file
    has no tree, and nobody of it is published.
    """
    path = folder / province / FILE
    if not path.is_file():
        return 0
    units = dict(
        session.execute(
            select(AdminUnit.code, AdminUnit.id).where(
                AdminUnit.level == Level.COMMUNE, AdminUnit.valid_to.is_(None)
            )
        ).all()
    )
    known = {node.code: node for node in session.scalars(queries.nodes())}
    written = 0
    for node in read(path):
        if node.level == "commune" and node.code not in units:
            raise Invalid(f"{path.name}: {node.code} không phải xã, phường hiện nay.")
        row = {
            "parent_code": node.parent,
            "level": node.level,
            "name": node.name,
            "unit_id": units[node.code] if node.level == "commune" else None,
        }
        stored = known.get(node.code) or PartitionNode(code=node.code)
        if any(getattr(stored, name) != value for name, value in row.items()):
            written += 1
            for name, value in row.items():
                setattr(stored, name, value)
        session.add(stored)
        session.flush()  # parents first
    return written


def _require_tree(path: Path, nodes: list[Node]) -> None:
    """Every node's communes are those of its children, each commune once."""
    by_code = {node.code: node for node in nodes}
    below: dict[str, list[str]] = {}
    for node in nodes:
        if node.parent:
            below.setdefault(node.parent, []).extend(node.communes)
    wrong = [
        node.code
        for node in nodes
        if (node.parent and node.parent not in by_code)
        or (node.level == "commune" and node.communes != (node.code,))
        or (node.level != "commune" and sorted(below.get(node.code, ())) != sorted(node.communes))
    ]
    roots = [code for node in nodes if not node.parent for code in node.communes]
    if wrong or len(by_code) != len(nodes) or len(set(roots)) != len(roots):
        raise Invalid(f"{path.name}: các dòng không thành một cây: {', '.join(wrong[:10])}.")
