"""Sealing everything anew under the highest key of DATA_KEY, in small committed steps.

Interrupted at any point it is continued by running it again. People go on working meanwhile:
rows somebody is writing are passed over and taken later.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Select, func, select, text, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from mapservice.audit import service as audit
from mapservice.disclosure import keys, queries, vault
from mapservice.disclosure.models import KeyFloor
from mapservice.disclosure.vault import PERSONS, VAULTS, Row, Vault
from mapservice.errors import Conflict
from mapservice.sealing import KeyRing

BATCH = 200  # rows of one transaction: well below a second


@dataclass(frozen=True, slots=True)
class Rotated:
    """`done` rows were sealed anew; `left` still hold an older version (somebody holds them).
    `settled`: every write that began under an older key has ended, so `left` is final."""

    version: int
    done: int
    left: int
    settled: bool

    @property
    def complete(self) -> bool:
        """Whether every key but `version` may be removed from DATA_KEY."""
        return self.left == 0 and self.settled


def rotate(
    sessions: sessionmaker,
    ring: KeyRing,
    *,
    batch: int = BATCH,
    progress: Callable[[str, int, int], None] = lambda table, done, left: None,
) -> Rotated:
    """Bring every sealed row and its hashes to the ring's current version.

    `progress` is told (table, rows done, rows left) after each commit. Raises Conflict when the
    ring's current key is older than one that already wrote.
    """
    with sessions.begin() as session:
        _raise_floor(session, ring)
    done = 0
    for each in VAULTS:
        done += _rotate_table(sessions, ring, each, batch, progress)
    settled = _writers_have_ended(sessions)
    with sessions.begin() as session:
        left = sum(session.scalars(_older(each, ring)).one() for each in VAULTS)
        found = Rotated(ring.current, done, left, settled)
        detail = {"version": ring.current, "left": left, "complete": found.complete}
        audit.record(session, "rotated_keys", table_name="key_floor", detail=detail)
    return found


def _raise_floor(session: Session, ring: KeyRing) -> None:
    """From now on no process with an older DATA_KEY can write: none of its rows come later."""
    floor = session.scalars(select(KeyFloor.version).with_for_update()).one()
    if floor > ring.current:
        raise Conflict(
            f"DATA_KEY ends with version {ring.current}, but version {floor} already writes."
        )
    for version in ring.versions:
        keys.recognise(session, ring, version)
    session.execute(update(KeyFloor).values(version=ring.current))
    detail = {"version": ring.current}
    audit.record(session, "rotate_keys", table_name="key_floor", detail=detail)


def _rotate_table(
    sessions: sessionmaker,
    ring: KeyRing,
    each: Vault,
    batch: int,
    progress: Callable[[str, int, int], None],
) -> int:
    done = 0
    while True:
        with sessions.begin() as session:
            taken = _rotate_batch(session, ring, each, batch)
            left = session.scalars(_older(each, ring)).one()
        done += taken
        progress(each.table, done, left)
        # Nothing taken though some are left: others hold them; the last look waits for those.
        if left == 0 or taken == 0:
            return done + (_wait_for_rest(sessions, ring, each) if left else 0)


def _rotate_batch(session: Session, ring: KeyRing, each: Vault, batch: int) -> int:
    found = _of_older(each, ring).limit(batch).with_for_update(of=each.model, skip_locked=True)
    rows = session.scalars(found).all()
    for row in rows:
        _renew(session, ring, each, row)
    session.flush()
    return len(rows)


def _wait_for_rest(sessions: sessionmaker, ring: KeyRing, each: Vault) -> int:
    """Take the last rows one by one, waiting for whoever holds them as long as the database
    lets a statement wait for a lock; those that stay held are left to the next run."""
    done = 0
    with sessions.begin() as session:
        key = getattr(each.model, each.key)
        waiting = session.scalars(select(key).where(each.model.key_version < ring.current)).all()
    for record in waiting:
        try:
            with sessions.begin() as session:
                row = session.scalar(queries.locked(each.model, record))
                if row is not None and row.key_version < ring.current:
                    _renew(session, ring, each, row)
                    done += 1
        except OperationalError as error:
            _raise_unless_held(error)
    return done


def _renew(session: Session, ring: KeyRing, each: Vault, row: Row) -> None:
    code = session.scalar(queries.commune_of(row.address_id)) if each is PERSONS else None
    values = each.open_all(ring, row)
    each.seal_all(ring, row, values)
    if code is not None:
        vault.hash_person(ring, row, values, code)


def _writers_have_ended(sessions: sessionmaker) -> bool:
    """Wait for the writes that began before the floor rose; False when one takes too long."""
    names = ", ".join(f"private.{each.table}" for each in VAULTS)
    try:
        with sessions.begin() as session:
            session.execute(text(f"LOCK TABLE {names} IN SHARE MODE"))
    except OperationalError as error:
        _raise_unless_held(error)
        return False
    return True


def _raise_unless_held(error: OperationalError) -> None:
    """Lock or statement timeout: somebody holds a row; everything else is a failure."""
    if getattr(error.orig, "pgcode", None) not in {"55P03", "57014"}:
        raise error


def _older(each: Vault, ring: KeyRing) -> Select[tuple[int]]:
    return select(func.count()).where(each.model.key_version < ring.current)


def _of_older(each: Vault, ring: KeyRing) -> Select[tuple[Row]]:
    key = getattr(each.model, each.key)
    return select(each.model).where(each.model.key_version < ring.current).order_by(key)
