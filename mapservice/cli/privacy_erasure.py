"""`mapservice privacy due|erase|ledger|reapply`: what is kept no longer, and erasing it."""

import json
from collections.abc import Iterable
from typing import TextIO

import click

from mapservice import config as settings
from mapservice.cli.session import session
from mapservice.consent import retention
from mapservice.consent.retention import Due


@click.command("due")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def due(as_json: bool) -> None:
    """Count the persons' records whose time is over, by reason; names nobody."""
    with session(settings.load()) as work:
        found = retention.due(work)
    click.echo(json.dumps(_document(found)) if as_json else _table(found))


@click.command("erase")
@click.option("--yes", is_flag=True, help="Really erase; without it nothing changes.")
@click.option(
    "--i-know",
    "confirmed",
    type=click.IntRange(1),
    metavar="COUNT",
    help="That so many are due is right, though it is more than 2 % of all.",
)
def erase(yes: bool, confirmed: int | None) -> None:
    """Erase what is due, for good; a line of the ledger remembers each record's random id.

    Stops with status 1 when more than 2 % of the persons' records are due at once.
    """
    with session(settings.load()) as work:
        if not yes:
            found = retention.due(work)
            click.echo(f"{_table(found)}\nNothing was erased: add --yes to erase.")
            if found.above_limit and confirmed != found.count:
                raise click.ClickException(
                    f"{found.count} of {found.persons} is more than {retention.LIMIT_PERCENT} %: "
                    f"if that is right, add --i-know {found.count} too."
                )
            return
        suspended = retention.suspend_without_basis(work)
        found = retention.erase(work, confirmed=confirmed)
    click.echo(_table(found))
    click.echo(f"Erased {found.erased}; {suspended} left the list for want of consent.")


@click.command("ledger")
def ledger() -> None:
    """Print the ledger of erasures, one JSON object a line: keep it beside every backup."""
    with session(settings.load()) as work:
        for line in retention.ledger(work):
            click.echo(json.dumps(line))


@click.command("reapply")
@click.argument("file", type=click.File("r", encoding="utf-8"), required=False)
def reapply(file: TextIO | None) -> None:
    """After restoring a backup, erase again whom the ledger names.

    FILE is the output of `mapservice privacy ledger` from before the restore (`-`: standard
    input): the restored ledger does not know what was erased after the backup.
    """
    with session(settings.load(), "owner") as work:
        count = retention.reapply(work, _lines(file or ()))
    click.echo(f"{count} records had come back and were erased again.")


def _lines(lines: Iterable[str]) -> list[dict[str, str]]:
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            found.append({key: entry[key] for key in ("record", "purpose", "at")})
        except (ValueError, KeyError, TypeError):
            raise click.ClickException(f"Line {number} is no line of a ledger.") from None
    return found


def _document(found: Due) -> dict[str, object]:
    return {
        "persons": found.persons,
        "due": found.count,
        "above_limit": found.above_limit,
        "kinds": [
            {
                "purpose": kind.purpose,
                "keep_days": kind.keep_days,
                "due": kind.count,
                "oldest": kind.oldest.isoformat() if kind.oldest else None,
            }
            for kind in found.kinds
        ],
    }


def _table(found: Due) -> str:
    lines = [f"{found.count} of {found.persons} persons' records are due."]
    for kind in found.kinds:
        since = f", the oldest since {kind.oldest:%Y-%m-%d}" if kind.oldest else ""
        lines.append(f"  {kind.purpose:18} kept {kind.keep_days:3} days: {kind.count}{since}")
    return "\n".join(lines)


commands = (due, erase, ledger, reapply)
