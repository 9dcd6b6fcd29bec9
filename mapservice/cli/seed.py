"""`mapservice seed`: facts and demo data into the database."""

import click
from sqlalchemy.orm import Session

from mapservice import config as settings
from mapservice.db import owner_engine
from mapservice.territory import service


@click.group("seed")
def command() -> None:
    """Facts and demo data into the database."""


@command.command()
@click.option("--province", help="Code of the 2022 era; default: the setting PROVINCE.")
def territory(province: str | None) -> None:
    """Admin units of every era with crosswalk and old names, from the files in seed/.

    Running it again changes nothing; official boundaries loaded before stay.
    """
    config = settings.load()
    code = province or str(config["PROVINCE"])
    engine = owner_engine(config)
    try:
        with Session(engine) as session, session.begin():
            report = service.seed(session, code, settings.ROOT / "seed")
    finally:
        engine.dispose()
    click.echo(
        f"Territory of province {code}: {report.added} rows added, {report.changed} changed, "
        f"{report.same} as they were; {report.drawn} areas drawn."
    )
