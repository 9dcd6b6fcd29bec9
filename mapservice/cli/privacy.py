"""`mapservice privacy`: keys of the personal data; further commands from their own modules."""

import importlib
import os
from pathlib import Path

import click
from rich.console import Console
from sqlalchemy.orm import sessionmaker

from mapservice import config as settings
from mapservice import data_key, keyring
from mapservice.db import office_engine
from mapservice.disclosure.rotation import Rotated, rotate

# Modules of this package whose click commands (`commands`) belong to this group.
MORE = ("privacy_erasure",)


@click.group("privacy")
def command() -> None:
    """Keys of the personal data, retention and erasure."""


@command.command("new-key")
def new_key() -> None:
    """Make a key: for the private cluster into its file, else printed for DATA_KEY.

    It writes from the next start on; `rotate-key` then brings the older data to it.
    """
    if os.environ.get("DATABASE_URL") and not os.environ.get("DATA_KEY"):
        click.echo("The first key; keep a copy apart from the backups. DATA_KEY is:", err=True)
        click.echo(data_key.new_key(1))
        return
    config = settings.load()
    home = Path(str(config["MAPSERVICE_HOME"]))
    file = home / data_key.FILE
    if file.exists() and config["DATA_KEY"] == data_key.kept(home):
        version = data_key.append(home)
        click.echo(f"Key {version} is in {file}; save that file elsewhere too.")
        click.echo("Restart the map, then run `mapservice privacy rotate-key`.")
    else:
        version = max(data_key.parse(str(config["DATA_KEY"]))) + 1
        click.echo("Add this to DATA_KEY, after a comma, of every process; restart all:", err=True)
        click.echo(data_key.new_key(version))


@command.command("rotate-key")
@click.option("--batch", default=200, show_default=True, help="Rows of one transaction.")
def rotate_key(batch: int) -> None:
    """Seal all personal data anew under the newest key of DATA_KEY.

    May be interrupted and run again, and works while people go on; status 1 when some rows are
    left for another run. It says when the older keys may be removed.
    """
    engine = office_engine(settings.load())
    console = Console(stderr=True)

    def progress(table: str, done: int, left: int) -> None:
        console.print(f"{table}: {done} sealed anew, {left} left", highlight=False)

    try:
        done = rotate(sessionmaker(engine), keyring.ring(), batch=batch, progress=progress)
    finally:
        engine.dispose()
    _tell(done)


def _tell(done: Rotated) -> None:
    older = [version for version in keyring.ring().versions if version < done.version]
    click.echo(f"{done.done} rows were sealed anew under key {done.version}.")
    if not done.complete:
        click.echo(f"{done.left} rows are held by others: run it again. Keep all keys.")
        raise SystemExit(1)
    if older:
        names = ", ".join(map(str, older))
        click.echo(f"All rows are under key {done.version}: key {names} may leave DATA_KEY.")
        click.echo("Keep it with the backups made before now: they need it.")


for _module in MORE:
    for _command in importlib.import_module(f"mapservice.cli.{_module}").commands:
        command.add_command(_command)
