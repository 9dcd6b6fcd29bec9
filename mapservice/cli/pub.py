"""`mapservice pub`: the public read model."""

import json

import click

from mapservice import config as settings
from mapservice.cli.session import session
from mapservice.layers import upkeep


@click.group("pub")
def command() -> None:
    """The public read model: recompute it, put it in order, or prove it right."""


@command.command()
def rebuild() -> None:
    """Recompute all of it from the registered data; writers wait meanwhile."""
    with session(settings.load(), "owner") as work:
        counts = upkeep.rebuild(work)
    click.echo(", ".join(f"{name} {count}" for name, count in counts.items()))


@command.command()
def cluster() -> None:
    """Put its rows in the order of the map again; the public layers wait for some seconds."""
    config = settings.load()
    for table in upkeep.ORDERED:
        with session(config, "owner") as work:
            upkeep.cluster(work, table)
    click.echo("The rows lie in the order of the map.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def check(as_json: bool) -> None:
    """Compare every public row with a recomputation, and hold cells to their rules.

    Status 1 where anything is not what it should be.
    """
    with session(settings.load()) as work:
        found = upkeep.check(work)
    if as_json:
        answer = {"ok": not found, "findings": [difference.as_dict() for difference in found]}
        click.echo(json.dumps(answer, ensure_ascii=False))
    for difference in [] if as_json else found:
        click.echo(
            f"pub.{difference.table}: {difference.missing} missing, {difference.extra} extra "
            f"({', '.join(difference.examples)} …): run mapservice {difference.remedy}"
        )
    if found:
        raise SystemExit(1)
    if not as_json:
        click.echo("The public read model is what it should be.")
