"""Claiming a key, forgetting old ones, and the next page of any list."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import Delete, Select, Update, delete, func, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import InstrumentedAttribute

from mapservice.rest.models import IdempotentRequest


def claim(account: UUID, key: str, fingerprint: bytes) -> Insert:
    """Take the key; no row comes back where it is taken.

    A twin that runs at the same time waits here until the first one has committed or given up.
    """
    values = {"account_id": account, "key": key, "fingerprint": fingerprint}
    return (
        insert(IdempotentRequest)
        .values(values)
        .on_conflict_do_nothing()
        .returning(IdempotentRequest.key)
    )


def claimed(account: UUID, key: str) -> Select[tuple[IdempotentRequest]]:
    """The request that took the key."""
    return select(IdempotentRequest).where(
        IdempotentRequest.account_id == account, IdempotentRequest.key == key
    )


def keep(account: UUID, key: str, made: str) -> Update:
    """Note what the request made."""
    return (
        update(IdempotentRequest)
        .where(IdempotentRequest.account_id == account, IdempotentRequest.key == key)
        .values(made=made)
    )


def forget(older_than: timedelta) -> Delete:
    """The requests nobody repeats any more."""
    return delete(IdempotentRequest).where(IdempotentRequest.created_at < func.now() - older_than)


def following(
    statement: Select, name: InstrumentedAttribute, after: str | None, limit: int
) -> Select:
    """At most `limit` rows of a list behind the one called `after`, in the order of `name`.

    `name` is unique and never changes, so a row is met exactly once however many come and go
    between two pages.
    """
    if after is not None:
        statement = statement.where(name > name.type.python_type(after))
    return statement.order_by(None).order_by(name).limit(limit)
