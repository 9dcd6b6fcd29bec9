"""Keeping the public read model: recompute it, or prove that it is what it should be."""

from dataclasses import asdict, dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice.caching import versions
from mapservice.layers import upkeep_queries as queries

ORDERED = queries.ORDERED  # tables whose rows are points of the map


@dataclass(frozen=True)
class Difference:
    """A table of `pub` that is not what its projection says."""

    table: str
    missing: int  # rows that should be public and are not, or are not as they should be
    extra: int  # rows that should not be public, or not like this
    examples: list[str]  # codes of a few of them

    @property
    def remedy(self) -> str:
        """The command that mends it."""
        return "release" if self.table == "person_cell" else "pub rebuild"

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def rebuild(session: Session) -> dict[str, int]:
    """Recompute every table of `pub` and say how many rows each holds; as the owner.

    Writers wait until the caller commits; readers see the old copy until then.
    """
    session.execute(text("SELECT core.rebuild_public()"))
    forget_words(session)
    versions.renew(session)
    return {
        name: session.scalar(text(f"SELECT count(*) FROM pub.{name}"))  # noqa: S608
        for name in queries.COPIES
    }


def check(session: Session) -> list[Difference]:
    """Where the copies differ from a recomputation in the same snapshot; empty when nowhere.

    The cells of people are held to the rules of a release instead: each stands for a node of the
    tree, none below the floor, no two with the same people. They are not counted anew: figures
    are those of the last release.
    """
    found = []
    for name in queries.COPIES:
        row = session.execute(text(queries.difference(name))).one()
        if row.missing or row.extra:
            found.append(Difference(name, row.missing, row.extra, list(row.examples)))
    faults = session.scalars(text(queries.CELL_FAULTS)).all()
    if faults:
        found.append(Difference("person_cell", 0, len(faults), list(faults[:5])))
    return found


def learn_words(session: Session) -> int:
    """Take up the words of new titles, for the search; how many. 0 too while another does it."""
    return session.scalar(text(queries.LEARN_WORDS))


def forget_words(session: Session) -> int:
    """Drop the words that no public title holds any more; how many."""
    return session.scalar(text(queries.RELEARN_WORDS))


def fold(session: Session, most: int | None = None) -> int:
    """Add what was published and withdrawn to the counted cells, and to the sums of units; how many
    changes of cells.

    At most so many, the others later; 0 too while another does it. The versions of the layers move
    with the cells; of the sums readers knew before.
    """
    session.execute(text(queries.FOLD_TALLIES))
    return session.scalar(text(queries.FOLD), {"most": most})


def cluster(session: Session, table: str) -> None:
    """Put the rows of one of ORDERED in the order of the map again; as the owner.

    Neighbours on the map then lie on the same pages of the disk. The table is locked, for its
    readers too, until the caller commits.
    """
    for statement in queries.order(table):
        session.execute(text(statement))
