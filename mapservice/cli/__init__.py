"""The `mapservice` command: one module a group, each only calls services.

Exit status 0 done, 1 refused (with the reason), 2 wrong usage.
"""

import importlib
import sys

import click
from sqlalchemy.exc import OperationalError

from mapservice.errors import DomainError

QUERY_CANCELED = "57014"  # our own time limit, not an outage
# Modules of this package in the order that `--help` shows; each has a click command `command`.
MODULES = (
    "up",
    "db",
    "seed",
    "territory",
    "user",
    "import",
    "match",
    "release",
    "pub",
    "privacy",
    "audit",
    "worker",
)

NAMED_OTHERWISE = {"import": "imports"}  # a module cannot be called so


class Commands(click.Group):
    """Imports only the module that is asked for: a command line should answer at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in MODULES:
            return None
        module = NAMED_OTHERWISE.get(cmd_name, cmd_name)
        return importlib.import_module(f"mapservice.cli.{module}").command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Bản đồ số địa chỉ tình nguyện: the volunteer-address map."""


def main() -> None:
    """Run the command line; refusals become one message and status 1."""
    try:
        commands()
    except DomainError as error:
        _refuse(error.detail)
    except OperationalError as error:
        if getattr(error.orig, "pgcode", None) == QUERY_CANCELED:
            _refuse("The database took longer than this command allows; nothing was changed.")
        # Only the server's own message: the statement may hold what people typed.
        _refuse(
            f"The database did not answer: {str(error.orig).strip()}\n"
            "Is it running? `mapservice db start` starts the private one."
        )


def _refuse(message: str) -> None:
    click.echo(message, err=True)
    sys.exit(1)
