"""`mapservice db`: the private cluster and the migrations."""

import json
import os
import shutil

import click
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from mapservice import config as settings
from mapservice import migrate
from mapservice.cluster import Cluster
from mapservice.db import owner_engine
from mapservice.embed import service as embed

ADDRESSES = {
    "office": "DATABASE_URL",
    "public": "PUBLIC_DATABASE_URL",
    "owner": "OWNER_DATABASE_URL",
}


@click.group("db")
def command() -> None:
    """The private cluster and the migrations."""


@command.command()
def start() -> None:
    """Start the private cluster (made first where there is none)."""
    cluster = private_cluster(settings.load())
    started = cluster.ensure()
    started_by_up(cluster).unlink(missing_ok=True)
    click.echo("PostgreSQL started." if started else "PostgreSQL was already running.")


@command.command()
def stop() -> None:
    """Stop the private cluster; connections are closed."""
    stopped = private_cluster(settings.load()).stop()
    click.echo("PostgreSQL stopped." if stopped else "PostgreSQL was not running.")


@command.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Whether the private cluster runs, and where it lies; status 1 when it does not run."""
    found = private_cluster(settings.load()).status()
    if as_json:
        values = vars(found) | {"data": str(found.data), "socket": str(found.socket)}
        click.echo(json.dumps(values, ensure_ascii=False))
    else:
        click.echo(f"running  {f'yes, process {found.pid}' if found.running else 'no'}")
        click.echo(f"version  {found.version or 'no cluster yet'}")
        click.echo(f"data     {found.data}")
        click.echo(f"socket   {found.socket}")
    if not found.running:
        raise SystemExit(1)


@command.command()
def upgrade() -> None:
    """Apply the migrations; starts the private cluster, which then keeps running."""
    config = settings.load()
    if config["PRIVATE_CLUSTER"] and private_cluster(config).ensure():
        click.echo("PostgreSQL started; `mapservice db stop` stops it.")
    before, after = upgrade_schema(config)
    click.echo(f"Schema is at {after}." if before == after else f"Schema: {before} → {after}.")


@command.command(context_settings={"ignore_unknown_options": True})
@click.option("--public", is_flag=True, help="As the public role (reads `pub` only).")
@click.option("--office", is_flag=True, help="As the office role.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def psql(public: bool, office: bool, arguments: tuple[str, ...]) -> None:
    """Open psql as the owner; ARGUMENTS are handed to it."""
    role = "public" if public else "office" if office else "owner"
    if shutil.which("psql") is None:
        raise click.ClickException("psql is not installed (Debian: postgresql-client).")
    os.execvp("psql", ["psql", libpq_url(settings.load(), role), *arguments])


@command.command()
@click.option("--public", is_flag=True, help="Of the public role.")
def url(public: bool) -> None:
    """Print the connection URL of the office (or public) role, as psql and GDAL read it."""
    click.echo(libpq_url(settings.load(), "public" if public else "office"))


def private_cluster(config: dict[str, object]) -> Cluster:
    """The cluster of this home. Refuses when DATABASE_URL names a server of somebody else."""
    if not config["PRIVATE_CLUSTER"]:
        raise click.ClickException(
            "DATABASE_URL is set: that server is not ours to start or stop. "
            "Unset it to use the private cluster."
        )
    return Cluster(str(config["MAPSERVICE_HOME"]))


def started_by_up(cluster: Cluster):
    """The mark of a server that `up` started and has to stop, even after a crash of `up`."""
    return cluster.home / "started-by-up"


def upgrade_schema(config: dict[str, object]) -> tuple[str | None, str | None]:
    """Migrate to the newest revision in one transaction; (revision before, revision after).

    A list of embedding sites that is still empty begins with those of the settings.
    """
    engine = owner_engine(config)
    try:
        with engine.begin() as connection:
            before = migrate.current(connection)
            if before != migrate.head():
                migrate.upgrade(connection)
            with Session(connection) as session:
                embed.seed(session, config["EMBED_ORIGINS"])
                session.commit()  # of this part: the connection commits all of it
            return before, migrate.head()
    finally:
        engine.dispose()


def libpq_url(config: dict[str, object], role: str) -> str:
    """The address of a role without SQLAlchemy's driver name, password included."""
    address = make_url(str(config[ADDRESSES[role]])).set(drivername="postgresql")
    return address.render_as_string(hide_password=False)
