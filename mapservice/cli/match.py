"""`mapservice match`: propose teams for open needs; `--commit` sends the proposals."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from mapservice import config as settings
from mapservice.accounts import management, rights
from mapservice.accounts.rights import Actor
from mapservice.cli import progress
from mapservice.db import office_engine
from mapservice.matching import (
    dispatching,
    explain,
    loading,
    planning,
    plans,
    schemas,
    sending,
    service,
)
from mapservice.matching.planning import Plan
from mapservice.matching.scope import Grouping, Scope
from mapservice.matching.sending import Committed
from mapservice.territory.service import find_unit

SHOWN = 50  # rows of a table on a terminal


@click.command("match")
@click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="CODE[@ERA]",
    help="Only needs in this unit, e.g. 215@2022; may be given several times.",
)
@click.option("--commit", is_flag=True, help="Send the proposals to the teams' leaders.")
@click.option(
    "--store",
    metavar="EMAIL",
    help="Keep the plan, of what this account's office may plan, for its page.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--problem",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Write the instance solved, as JSON.",
)
def command(
    units: tuple[str, ...], commit: bool, store: str | None, as_json: bool, problem: Path | None
) -> None:
    """Match open needs to ready teams: as many urgent needs as possible, fairly, nearest first.

    Proposals that nobody answered in time are freed before. Without --commit nothing is proposed;
    with --store the plan is kept as a draft, to be looked at, changed and sent on its page.
    """
    config = settings.load()
    engine = office_engine(config)
    try:
        with Session(engine) as session:
            service.expire_overdue(session)
            session.commit()
            kept, plan = _made(session, units, Grouping.of(config), store)
            session.commit()
            if problem:
                _write(problem, schemas.problem_document(plan.instance))
            committed = _commit(session, plan, kept) if commit else None
    finally:
        engine.dispose()
    if as_json:
        click.echo(json.dumps(_document(plan, committed, kept), ensure_ascii=False))
    else:
        _show(Console(markup=False, highlight=False), plan, committed, kept)


@dataclass(frozen=True)
class Kept:
    """A plan that was stored, and for whom; told when its session is over, too."""

    actor: Actor
    plan: UUID
    version: int


def _made(
    session: Session, units: tuple[str, ...], grouping: Grouping, store: str | None
) -> tuple[Kept | None, Plan]:
    with progress.steps() as report:
        if store:
            actor = rights.actor(session, management.by_login(session, store))
            stored, plan = plans.keep(session, actor, units, grouping, report)
            return Kept(actor, stored.id, stored.version), plan
        ids = [find_unit(session, unit).id for unit in units] or None
        scope = Scope(units=ids, grouping=grouping)
        patience = loading.COMMAND_PATIENCE
        return None, planning.plan(session, scope, patience=patience, report=report)


def _commit(session: Session, plan: Plan, kept: Kept | None) -> Committed:
    """Piece by piece, each in a transaction: leaders who answer meanwhile do not wait for all."""
    if kept:
        dispatching.send(session, kept.actor, kept.plan, kept.version, at_once=0)
        session.commit()
        while dispatching.send_on(session, kept.plan):
            session.commit()
        return dispatching.outcome(session, kept.plan)
    instance = plan.instance
    explained = {
        (found.need.code, found.team.code): explain.kept(
            found, instance.skill_names, instance.travel_cost
        )
        for found in plan.proposals
    }
    committed = Committed([], [])
    for piece in sending.pieces(list(explained)):
        done = sending.commit(
            session, piece, explained=explained, patience=loading.COMMAND_PATIENCE
        )
        session.commit()
        committed.sent.extend(done.sent)
        committed.refused.extend(done.refused)
    return committed


def _document(plan: Plan, committed: Committed | None, kept: Kept | None) -> dict:
    document = schemas.document(plan)
    if kept:
        document["plan"] = str(kept.plan)
    if committed:
        document["committed"] = len(committed.sent)
        document["refused"] = [
            {"need": pair.need, "team": pair.team, "reason": pair.reason}
            for pair in committed.refused
        ]
    return document


def _write(path: Path, document: dict) -> None:
    try:
        path.write_text(json.dumps(document, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None


def _show(console: Console, plan: Plan, committed: Committed | None, kept: Kept | None) -> None:
    problem = plan.instance.problem
    console.print(
        f"{len(problem.needs)} nhu cầu ({problem.parts} lượt đội), {len(problem.teams)} đội còn "
        f"chỗ, {len(problem.pairs)} cặp phù hợp; {len(plan.proposals)} đề nghị, "
        f"{len(plan.unmet)} nhu cầu còn thiếu đội ({plan.seconds:.1f} s)."
    )
    precision = plan.solution.precision
    console.print(explain.proof(plan.solution.status, precision and vars(precision)))
    if plan.proposals:
        console.print(_proposals(plan))
    if plan.unmet:
        console.print(_unmet(plan))
    console.print(_certificate(plan))
    if plan.combined.needs:
        console.print(
            f"Nhu cầu cần nhiều đội cùng lúc: {plan.combined.served}/{plan.combined.needs} có đủ "
            f"đội, nhiều nhất có thể {plan.combined.bound}."
        )
    if kept:
        console.print(f"Đã lưu phương án: /manage/plans/{kept.plan}")
    if committed:
        console.print(f"Đã gửi {len(committed.sent)} đề nghị.")
        for pair in committed.refused:
            console.print(f"  Không gửi {pair.need} – {pair.team}: {pair.reason}")
    elif plan.proposals:
        console.print("Chưa gửi gì: thêm --commit để gửi đề nghị cho các đội.")


def _proposals(plan: Plan) -> Table:
    table = _table("Đề nghị", "Nhu cầu", "Mức", "Xã", "Đội", "km", "Vì sao", total=plan.proposals)
    for found in plan.proposals[:SHOWN]:
        card = plan.instance.cards[found.need.code]
        reasons = explain.sentences(found, plan.instance.skill_names)
        table.add_row(
            found.need.code,
            str(found.need.urgency),
            card["commune"],
            f"{found.team.name} ({found.team.code})",
            explain.number(found.pair.metres / 1000),
            reasons[1],
        )
    return table


def _unmet(plan: Plan) -> Table:
    table = _table("Còn thiếu đội", "Nhu cầu", "Mức", "Xã", "Vì sao", total=plan.unmet)
    for item in plan.unmet[:SHOWN]:
        commune = plan.instance.cards[item.need.code]["commune"]
        table.add_row(item.need.code, str(item.need.urgency), commune, item.reason)
    return table


def _table(title: str, *columns: str, total: list) -> Table:
    more = f" ({SHOWN} dòng đầu trong {len(total)})" if len(total) > SHOWN else ""
    table = Table(title=title + more, title_justify="left")
    for column in columns:
        table.add_column(column, justify="right" if column in {"km", "Mức"} else "left")
    return table


def _certificate(plan: Plan) -> Table:
    most = "Nhiều nhất có thể" if plan.bounds_hold else "Nhiều nhất, trong các cặp đã xét"
    table = _table("Đáp ứng được", "Mức", "Đã ghép", most, total=[])
    for row in schemas.certificate(plan):
        table.add_row(f"≥ {row['urgency']}", str(row["served"]), str(row["bound"]))
    return table
