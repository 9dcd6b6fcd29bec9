"""`mapservice import`: lists of addresses and teams, tried, and committed when asked to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice import config as settings
from mapservice.accounts import management, rights
from mapservice.accounts import queries as accounts
from mapservice.accounts.rights import Actor
from mapservice.addresses.models import AddressStatus
from mapservice.audit import queries as audit
from mapservice.cli import progress
from mapservice.db import office_engine
from mapservice.errors import Invalid, NotFound
from mapservice.imports import commit as committing
from mapservice.imports import keeping, pages, queries, service, submitting
from mapservice.imports.fates import Report, Row
from mapservice.imports.fields import FIELDS, Kind
from mapservice.imports.models import BatchStatus, Fate, ImportBatch

SUBMITTING = "submitting"
PATIENCE = "30s"  # of one statement
SHOWN = 30  # rows of the table on a terminal
FATES = {
    Fate.NEW: "mới",
    Fate.CHANGED: "thay đổi",
    Fate.SAME: "không đổi",
    Fate.DUPLICATE: "có thể trùng",
    Fate.WAITING: "chờ bổ sung",
    Fate.REFUSED: "không nhận",
}


@click.group("import")
def command() -> None:
    """Lists of the districts (xlsx, xls, ods, csv): every row gets a fate and a reason."""


@dataclass(frozen=True)
class Options:
    """How a list is taken: by whom, whether it is written, where the refused rows go."""

    login: str | None
    commit: bool
    submit: bool
    report: Path | None
    as_json: bool


def _options(act):
    """What both commands take."""
    for option in (
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
        click.option(
            "--as", "login", metavar="EMAIL", help="Whose act it is: an admin's by itself."
        ),
        click.option("--commit", is_flag=True, help="Write what is new or changed."),
        click.option(
            "--submit", is_flag=True, help="With --commit: send the new drafts to be verified."
        ),
        click.option(
            "--report",
            type=click.Path(dir_okay=False, writable=True, path_type=Path),
            metavar="OUT.xlsx",
            help="The rows that were not taken, with the reasons, to be corrected.",
        ),
        click.option("--json", "as_json", is_flag=True, help="For programs."),
    ):
        act = option(act)
    return act


@command.command()
@_options
def addresses(file: Path, **options) -> None:
    """Places, or persons with their consents: the headings tell which.

    Nothing but the list's own rows is written without --commit, and these are gone afterwards.
    """
    _run(file, None, Options(**options))


@command.command()
@_options
def teams(file: Path, **options) -> None:
    """Teams of volunteers."""
    _run(file, Kind.TEAMS, Options(**options))


def _run(file: Path, kind: Kind | None, options: Options) -> None:
    engine = office_engine(settings.load())
    try:
        with Session(engine) as session, progress.steps() as report:
            actor = _actor(session, options.login)
            batch = _tried(session, actor, file, kind, report)
            if options.commit:
                _commit(session, actor, batch, report)
            if options.commit and options.submit:
                _submit(session, actor, batch, report)
            rows = keeping.opened(session, session.scalars(queries.rows(batch.id)))
            sent = submitting.states(session, batch).get(AddressStatus.SUBMITTED, 0)
            told, kind = document(batch, rows, sent), Kind(batch.kind)
            if options.report:
                with _acting(session, actor):
                    _write(options.report, pages.refused_file(session, batch))
            if not options.commit:
                with _acting(session, actor):
                    service.drop(session, actor, batch.id, batch.version)
    finally:
        engine.dispose()
    if options.as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        _show(Console(markup=False, highlight=False), kind, told)
        if not options.commit:
            click.echo("Chưa ghi gì: thêm --commit để ghi các dòng mới và thay đổi.")


def document(batch: ImportBatch, rows: list[Row], sent: int) -> dict[str, object]:
    """What `--json` prints: totals, and the problems at their columns."""
    problems = [
        {"row": row.number, "column": name, "reason": reason}
        for row in rows
        for name, reason in pages.reasons(row)
    ]
    totals = {fate.value: batch.totals.get(fate.value, 0) for fate in Fate}
    return {"rows": batch.rows, **totals, "submitted": sent, "problems": problems}


def _actor(session: Session, login: str | None) -> Actor:
    """The account that is named, else the first admin of the province."""
    if login:
        return rights.actor(session, management.by_login(session, login))
    admin = session.scalar(accounts.first_admin())
    if admin is None:
        raise NotFound("No admin yet: `mapservice user add … --role admin` makes one.")
    return rights.actor(session, admin)


@contextmanager
def _acting(session: Session, actor: Actor) -> Iterator[None]:
    """One transaction of this account."""
    session.execute(audit.act_as(actor.id))
    session.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE}'"))
    yield
    session.commit()


def _tried(
    session: Session, actor: Actor, file: Path, kind: Kind | None, report: Report
) -> ImportBatch:
    with _acting(session, actor):
        batch = service.upload(session, actor, file.name, file.read_bytes(), kind)
        if kind is None and batch.kind == Kind.TEAMS:
            raise Invalid("Đây là danh sách đội: dùng `mapservice import teams`.")
        batch.status = BatchStatus.CHECKING
        session.flush()
        service.check(session, actor, batch, report)
    return batch


def _commit(session: Session, actor: Actor, batch: ImportBatch, report: Report) -> None:
    with _acting(session, actor):
        found = service.lock(session, actor, batch.id, batch.version, (BatchStatus.CHECKED,))
        found.status = BatchStatus.COMMITTING
        session.flush()
        committing.run(session, actor, found, report)


def _submit(session: Session, actor: Actor, batch: ImportBatch, report: Report) -> None:
    """Send its drafts, some in each transaction."""
    drafts, tried = submitting.states(session, batch).get(AddressStatus.DRAFT, 0), 0
    if not drafts:
        return
    with _acting(session, actor):
        submitting.ask(session, actor, batch.id, batch.version)
    while batch.submitting_by is not None:
        with _acting(session, actor):
            tried += submitting.send_some(session, actor, batch)
        report(SUBMITTING, tried, drafts)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None


def _show(console: Console, kind: Kind, told: dict) -> None:
    counted = [f"{told[fate]} {said}" for fate, said in FATES.items() if told[fate]]
    console.print(f"{told['rows']} dòng: {', '.join(counted)}.")
    if told["submitted"]:
        console.print(f"Đã gửi duyệt {told['submitted']} hồ sơ.")
    headings, problems = {each.key: each.heading for each in FIELDS[kind]}, told["problems"]
    if not problems:
        return
    table = Table(title="Cần xem", title_justify="left")
    for column in ("Dòng", "Cột", "Vì sao"):
        table.add_column(column)
    for problem in problems[:SHOWN]:
        column = headings.get(problem["column"], "")
        table.add_row(str(problem["row"]), column, problem["reason"])
    console.print(table)
    if len(problems) > SHOWN:
        console.print(f"… và {len(problems) - SHOWN} điều nữa (--report OUT.xlsx).")
