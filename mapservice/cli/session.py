"""One transaction for one command, as the database role that its work needs."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from mapservice import db

ENGINES = {"office": db.office_engine, "public": db.public_engine, "owner": db.owner_engine}


@contextmanager
def session(config: dict[str, object], role: str = "office") -> Iterator[Session]:
    """A session that is committed when the block ends well; `role` is one of ENGINES."""
    engine = ENGINES[role](config)
    try:
        with Session(engine) as work, work.begin():
            yield work
    finally:
        engine.dispose()
