"""`mapservice audit`: the trail of who did or saw what."""

import json
import re

import click

from mapservice import config as settings
from mapservice.audit import service
from mapservice.audit.verification import verify as prove
from mapservice.cli.session import session


@click.group("audit")
def command() -> None:
    """The audit trail: prove it whole, drop what is over twelve months old."""


def _head(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value and not re.fullmatch(r"[0-9]+:[0-9a-f]{64}", value):
        raise click.BadParameter("POSITION:HASH, as `audit verify` prints it")
    return value


@command.command()
@click.option("--head", callback=_head, help="POSITION:HASH of an earlier run, to find again.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def verify(head: str | None, as_json: bool) -> None:
    """Check every event against its seal; status 1, and what is wrong, where one does not fit."""
    with session(settings.load()) as work:
        result = prove(work, head)
    if as_json:
        answer = {
            "ok": result.ok,
            "findings": [finding.as_dict() for finding in result.findings],
            "events": result.events,
            "waiting": result.waiting,
            "head": result.head,
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for finding in result.findings:
            click.echo(f"{finding.kind}: {finding.message}")
        verdict = "The trail is whole" if result.ok else "THE TRAIL IS NOT WHOLE"
        click.echo(f"{verdict}: {result.events} events checked, {result.waiting} to be sealed.")
        click.echo(f"Head {result.head}")
    if not result.ok:
        raise SystemExit(1)


@command.command()
def expire() -> None:
    """Drop the months that ended over twelve months ago, as the owner; their seals stay."""
    with session(settings.load(), "owner") as work:
        dropped = service.drop_expired(work)
    for month, events in dropped:
        click.echo(f"{month:%Y-%m}: {events} events dropped.")
    if not dropped:
        click.echo("No month is due.")
