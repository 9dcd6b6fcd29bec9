"""`mapservice user`: accounts, from the server itself."""

import json
import secrets
from datetime import timedelta

import click

from mapservice import config as settings
from mapservice.accounts import (
    api_tokens,
    management,
    organisations,
    queries,
    resets,
    second_factor,
    service,
    sessions,
)
from mapservice.accounts.models import Role, Scope
from mapservice.cli.session import session


@click.group("user")
def command() -> None:
    """Accounts: make, list, shut and open them, from the server itself."""


@command.command()
@click.argument("email")
@click.option("--role", required=True, type=click.Choice([role.value for role in Role]))
@click.option("--organisation", required=True, metavar="CODE", help="The organisation's code.")
@click.option("--name", help="Default: the part of the address before @.")
def add(email: str, role: str, organisation: str, name: str | None) -> None:
    """Make an account (a phone number will do for EMAIL) and print its first password.

    In an empty database the first admin also founds the province's organisation, with this code.
    """
    config = settings.load()
    password = secrets.token_urlsafe(12)
    with session(config) as work:
        if role == Role.ADMIN:
            organisations.found_province(work, organisation, str(config["PROVINCE"]))
        made = service.add(
            work,
            login=email,
            password=password,
            name=name or email.partition("@")[0],
            role=Role(role),
            organisation=organisation,
        )
    click.echo(f"Account {made.login} made. First password: {password}")
    if second_factor.required(made):
        click.echo("At the first sign-in it sets up its second factor (an app on a phone).")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def list_accounts(as_json: bool) -> None:
    """Every account with role, organisation, and whether it may sign in."""
    with session(settings.load()) as work:
        rows = [
            {
                "email": account.login,
                "role": account.role,
                "organisation": organisation.code,
                "active": account.active,
                "name": account.name,
            }
            for account, organisation in work.execute(queries.accounts())
        ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = "" if row["active"] else "  disabled"
        click.echo(f"{row['email']}  {row['role']}  {row['organisation']}{state}")


@command.command()
@click.argument("email")
def disable(email: str) -> None:
    """Shut an account; it is out at its next request. The last admin is not shut."""
    with session(settings.load()) as work:
        management.shut(work, management.by_login(work, email))
    click.echo(f"{email} is disabled.")


@command.command()
@click.argument("email")
def enable(email: str) -> None:
    """Let a shut account in again."""
    with session(settings.load()) as work:
        management.reopen(work, management.by_login(work, email))
    click.echo(f"{email} is enabled.")


@command.command()
@click.argument("email")
@click.option(
    "--second-factor", "factor", is_flag=True, help="Remove the second factor too (phone lost)."
)
def reset(email: str, factor: bool) -> None:
    """Print a link that sets a new password: once, within 15 minutes.

    Signs the account out everywhere, its programs too.
    """
    config = settings.load()
    with session(config) as work:
        account = management.by_login(work, email)
        if factor:
            second_factor.remove(work, account.id)
        api_tokens.revoke_all(work, account.id)
        sessions.end_all(work, account.id)
        _, token = resets.give(work, account, None)
    click.echo(f"{config['BASE_URL']}/password/{token}")


@command.command()
@click.argument("email")
@click.option("--name", default="mapservice user token", help="What it is for.")
@click.option("--scope", type=click.Choice([scope.value for scope in Scope]), default="read")
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True)
def token(email: str, name: str, scope: str, days: int) -> None:
    """Print a new API token of this account; `write` reads too. It is shown this once."""
    with session(settings.load()) as work:
        account = management.by_login(work, email)
        _, text = api_tokens.add(
            work,
            account,
            name=name,
            scopes=api_tokens.CHOICES[Scope(scope)],
            lifetime=timedelta(days=days),
        )
    click.echo(text)
