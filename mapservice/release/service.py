"""Releasing people: count, cut, publish in one transaction. Nothing else changes what is public."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice.audit import service as audit
from mapservice.refusals import explain
from mapservice.release import queries
from mapservice.release.partition import Partition, Tally, Tree, cut, k_of

EVERY = timedelta(days=7)  # figures
PARTITION_EVERY = timedelta(days=28)  # new splits; closing is never put off


@dataclass(frozen=True)
class Report:
    """What a release published: cells by level, households by fate (for the operator only)."""

    cells: int
    levels: dict[str, int]
    published: int
    withheld: int  # in areas with fewer than k
    outside: int  # in communes that the tree does not know
    partitioned: bool

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def run(session: Session, *, least: int, partition: bool = True) -> Report:
    """Publish the cells of now, in the caller's transaction, as the office role.

    `least` is the setting RELEASE_K. With `partition` false, nodes are closed where they must be
    and never split anew. The database counts again: Conflict, and nothing changed, when a cell
    has fallen below k meanwhile.
    """
    session.execute(queries.LIMIT_OF_A_JOB)
    tree = Tree({node.code: node.parent_code for node in session.scalars(queries.nodes())})
    counts = {
        (row.commune, row.need_group): Tally(row.households, row.guarded)
        for row in session.execute(queries.COUNTS)
    }
    before = session.scalars(queries.splits()).all()
    made = cut(tree, counts, split_before=before, least=least, may_open=partition)
    published = _publish(session, made, least, partition)
    report = _report(session, made, counts, partition)
    audit.record(
        session,
        "release",
        table_name="person_cell",
        detail={"cells": published, "partitioned": partition, "k": k_of(Tally(), least)},
    )
    return report


def due(session: Session) -> bool:
    """Whether the figures are a week old, or were never published."""
    return _older_than(session, EVERY, None)


def run_scheduled(session: Session, *, least: int) -> Report:
    """A release as the worker makes it: nodes are split anew only every four weeks."""
    return run(session, least=least, partition=_older_than(session, PARTITION_EVERY, True))


def _older_than(session: Session, age: timedelta, partitioned: bool | None) -> bool:
    last = session.scalar(queries.last_release(partitioned))
    now: datetime = session.scalar(select(func.now()))
    return last is None or now - last.released_at >= age


def _publish(session: Session, made: Partition, least: int, partition: bool) -> int:
    cells = [{"node": cell.node, "group": cell.group} for cell in made.cells]
    values = {
        "cells": json.dumps(cells),
        "splits": sorted(made.splits),
        "least": least,
        "partitioned": partition,
    }
    try:
        return session.scalar(queries.PUBLISH, values)
    except IntegrityError as error:  # somebody left between the count and the publication
        raise explain(error) from error


def _report(
    session: Session, made: Partition, counts: dict[tuple[str, str], Tally], partition: bool
) -> Report:
    levels = {node.code: node.level for node in session.scalars(queries.nodes())}
    published = sum(cell.tally.households for cell in made.cells)
    return Report(
        cells=len(made.cells),
        levels=dict(Counter("group" if c.group else levels[c.node] for c in made.cells)),
        published=published,
        withheld=sum(tally.households for tally in counts.values()) - published,
        outside=session.scalar(queries.OUTSIDE),
        partitioned=partition,
    )
