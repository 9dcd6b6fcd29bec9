"""What an answer depends on, and the tag that names it (RFC 9110: a weak ETag).

Equal tags mean equal answers. A tag is of the versions of the layers that the answer is made of,
of the question in its canonical form, and of the program that answers.
"""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from mapservice.caching import queries

TAG_BYTES = 12
ENCODER = json.JSONEncoder(sort_keys=True, default=str)
CURRENT = text(queries.VERSIONS)


@dataclass(frozen=True)
class Question:
    """What is asked: of which route, with which values, answered from which public layers.

    `values` are the loaded ones, defaults filled in: two queries that mean the same are the same
    question. An answer that depends on the day or the language holds it among them.
    """

    name: str
    layers: tuple[str, ...]
    values: Mapping[str, object]

    def canonical(self) -> str:
        """The question as text: parameters and members of lists in order, each once."""
        values = {name: _canonical(value) for name, value in self.values.items()}
        return ENCODER.encode([self.name, values])


def current(connection: Connection, layers: tuple[str, ...]) -> str:
    """The versions of these layers ("needs", "places", "teams", "units", "people") as of now.

    Read it before the body, never after: what is newer than its tag is asked for again, what is
    older would be kept.
    """
    return connection.scalar(CURRENT, {"layers": list(layers)})


class Recent:
    """The versions as a process read them last, for so many seconds: a crowd asks in no time.

    What is newer than they tell is seen that much later; nothing old is ever kept as new, for they
    are read before the body.
    """

    def __init__(self, seconds: float):
        self.seconds = seconds
        self._read: dict[tuple[str, ...], tuple[float, str]] = {}

    def of(self, layers: tuple[str, ...], read: Callable[[], str]) -> str:
        """The versions of these layers; `read` gives them where they are unknown or too old."""
        asked_at = time.monotonic()
        read_at, versions = self._read.get(layers, (-math.inf, ""))
        if asked_at - read_at >= self.seconds:
            versions = read()
            self._read[layers] = asked_at, versions
        return versions


def tag(versions: str, question: Question, build: str) -> str:
    """The opaque text of the answer's ETag."""
    told = "\n".join((build, versions, question.canonical()))
    return blake2b(told.encode(), digest_size=TAG_BYTES).hexdigest()


def renew(session: Session) -> None:
    """Let no version from before match again, as after a rebuild or a restore; as the owner."""
    session.execute(text(queries.RENEW))


def fold(session: Session) -> int:
    """Add up the steps of the versions, so that reading them stays cheap; how many there were."""
    return session.scalar(text(queries.FOLD))


def _canonical(value: object) -> object:
    if isinstance(value, list):
        return sorted({str(member) for member in value})
    return value.isoformat() if isinstance(value, date) else value
