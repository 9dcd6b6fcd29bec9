"""`mapservice release`: publish people as cells of at least k households."""

import json

import click

from mapservice import config as settings
from mapservice.cli.session import session
from mapservice.release import service


@click.command("release")
@click.option("--keep-partition", is_flag=True, help="New figures; no area is split anew.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(keep_partition: bool, as_json: bool) -> None:
    """Publish the people in hardship as areas with a band of households, all at once.

    Between two releases nothing that is written about a person changes anything public.
    """
    config = settings.load()
    with session(config) as work:
        report = service.run(work, least=int(config["RELEASE_K"]), partition=not keep_partition)
    if as_json:
        click.echo(json.dumps(report.as_dict(), ensure_ascii=False))
        return
    levels = ", ".join(f"{level} {count}" for level, count in sorted(report.levels.items()))
    click.echo(f"{report.cells} cells published ({levels or 'none'}).")
    click.echo(f"Households: {report.published} in them, {report.withheld} in areas too small.")
    if report.outside:
        click.echo(f"{report.outside} households are in communes that partition.csv does not name.")
