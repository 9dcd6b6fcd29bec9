"""`mapservice seed`: facts and demo data into the database."""

from datetime import datetime
from pathlib import Path

import click

from mapservice import config as settings
from mapservice import keyring
from mapservice.cli import progress
from mapservice.cli.session import session
from mapservice.cluster import Cluster
from mapservice.consent import service as consents
from mapservice.demo import service as demonstration
from mapservice.demo import sign_ins
from mapservice.release import tree
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
    with session(config, "owner") as work:
        report = service.seed(work, code, settings.ROOT / "seed")
        tree.load(work, code, settings.ROOT / "seed")
    click.echo(
        f"Territory of province {code}: {report.added} rows added, {report.changed} changed, "
        f"{report.same} as they were; {report.drawn} areas drawn."
    )


@command.command()
def consent() -> None:
    """What people are asked to agree to, word for word, from seed/consent/wordings.csv.

    Running it again changes nothing; a text that people agreed to is never changed.
    """
    with session(settings.load(), "owner") as work:
        written = consents.seed_wordings(work)
    click.echo(f"Consent wordings: {written} added or changed.")


@command.command()
@click.option("--addresses", type=click.IntRange(1, 5_000_000), default=demonstration.ADDRESSES)
@click.option("--teams", type=click.IntRange(0, 500_000), help="Default: 60, or addresses / 25.")
@click.option("--seed", type=int, default=demonstration.SEED, help="The same gives the same.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="Day that all others count from.")
def demo(addresses: int, teams: int | None, seed: int, today: datetime | None) -> None:
    """A believable, synthetic province, into an empty private cluster only.

    The same seed and day give the same rows (docs/demo.md); passwords are new each time.
    """
    config = settings.load()
    demonstration.require_private(config)
    size = demonstration.Size(
        addresses,
        demonstration.usual_teams(addresses) if teams is None else teams,
        seed,
        today.date() if today else demonstration.today(),
    )
    home = Path(str(config["MAPSERVICE_HOME"]))
    with progress.steps() as report, session(config, "owner") as work:
        connection = work.connection()
        demonstration.require_empty(connection, Cluster(home))
        keys = keyring.ring_of(config)
        made = demonstration.fill(connection, str(config["PROVINCE"]), size, report, keys)
        report("commit", 0, 1)
        prepared = sign_ins.prepare(home, made.sign_ins)
        work.commit()
        sign_ins.keep(prepared)
        report("commit", 1, 1)
    told = ", ".join(f"{count} {table}" for table, count in made.counts.items())
    click.echo(f"Demo: {told}. Sign-ins are in {home / sign_ins.FILE}.")
