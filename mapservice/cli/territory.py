"""`mapservice territory`: official boundaries, and the commune of an address."""

import json
import sys
from pathlib import Path

import click

from mapservice import config as settings
from mapservice.cli.session import session
from mapservice.release import tree
from mapservice.territory import boundaries, resolver, service


@click.group("territory")
def command() -> None:
    """Official boundaries, and the commune of an address."""


@command.command("load-boundaries")
@click.argument("file", type=click.Path(path_type=Path))
def load_boundaries(file: Path) -> None:
    """Replace approximate areas by the official ones of a GeoJSON file.

    All features are checked first; with one bad feature nothing is loaded.
    """
    with session(settings.load(), "owner") as work:
        report = boundaries.load(work, file)
    for skipped in report.skipped:
        click.echo(f"Bỏ qua: {skipped}")
    click.echo(
        f"Đã nạp ranh giới chính thức của {report.loaded} đơn vị từ {file.name}; "
        f"{report.redrawn} vùng gần đúng xung quanh đã được vẽ lại."
    )


@command.command("draw-partition")
@click.argument("file", type=click.Path(path_type=Path))
def draw_partition(file: Path) -> None:
    """Write the tree that people are published in, from the areas in the database.

    Once for a province, as seed/PROVINCE/partition.csv: a tree that changes between two releases
    lets them be subtracted from each other.
    """
    config = settings.load()
    with session(config) as work:
        nodes = tree.draw(work, str(config["PROVINCE"]))
    click.echo(f"{file}: {tree.write(file, nodes)} nodes.")


@command.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object a line.")
def resolve(text: str, as_json: bool) -> None:
    """Find the commune of an address in both eras; `-` reads one address a line.

    With `-` the answers are always JSON, one line each. Where nothing is sure it offers
    candidates.
    """
    if text == "-":
        _resolve_lines()
        return
    # An argument that is no UTF-8 arrives with surrogates, which could not be printed.
    query = text.encode("utf-8", errors="replace").decode("utf-8")
    with session(settings.load()) as work:
        found = service.resolve(work, query)
    click.echo(_json(found) if as_json else _sentences(found))


def _resolve_lines() -> None:
    """Answers each line as it comes; no transaction stays open while waiting for the next."""
    with session(settings.load()) as work:
        gazetteer = service.gazetteer(work)
    for line in sys.stdin.buffer:
        query = line.decode("utf-8", errors="replace").rstrip("\r\n")
        click.echo(_json(resolver.resolve(gazetteer, query)))


def _json(found: resolver.Resolution) -> str:
    return json.dumps(resolver.as_dict(found), ensure_ascii=False)


def _sentences(found: resolver.Resolution) -> str:
    if found.match:
        return _sentence(found.match)
    if not found.candidates:
        return "Không tìm thấy xã, phường nào trong địa chỉ này."
    lines = [f"  {option.score:.2f}  {_sentence(option)}" for option in found.candidates]
    return "\n".join(["Chưa chắc chắn, có thể là:", *lines])


def _sentence(place: resolver.Match | resolver.Candidate) -> str:
    today = f"{place.name_2025} ({place.code_2025}) từ 1/7/2025"
    if place.name_2022:
        return f"{place.name_2022} ({place.code_2022}), {place.district} năm 2022 → {today}"
    former = ", ".join(place.codes_2022)
    return f"{today}; năm 2022 là một trong: {former}" if former else today
