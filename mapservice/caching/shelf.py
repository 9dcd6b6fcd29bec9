"""Bodies that were made and compressed once, kept by this process, the oldest use leaving first."""

from collections import OrderedDict
from threading import Lock
from typing import NamedTuple

SHARE = 8  # a body larger than this part of the shelf would push out too much
OVERHEAD = 600  # bytes that keeping a body costs besides it and the text of its tag


class Body(NamedTuple):
    """Bytes as they are sent, and the encoding they are in (None: as they are)."""

    data: bytes
    encoding: str | None


class Shelf:
    """Bodies in `room` bytes of memory, by tag and encoding asked for. Threads may share it.

    What an empty body takes to keep counts too. No room: nothing is kept.
    """

    def __init__(self, room: int):
        self.room = room
        self.used = 0
        self._bodies: OrderedDict[tuple[str, str], Body] = OrderedDict()
        self._lock = Lock()

    def get(self, tag: str, encoding: str) -> Body | None:
        with self._lock:
            found = self._bodies.get((tag, encoding))
            if found is not None:
                self._bodies.move_to_end((tag, encoding))
            return found

    def put(self, tag: str, encoding: str, body: Body) -> None:
        """Keep it, unless it is too large; makes room by what was not asked for longest."""
        if _cost(tag, body) * SHARE > self.room:
            return
        with self._lock:
            before = self._bodies.pop((tag, encoding), None)
            self._bodies[tag, encoding] = body
            self.used += _cost(tag, body) - (_cost(tag, before) if before else 0)
            while self.used > self.room:
                (left, _encoding), gone = self._bodies.popitem(last=False)
                self.used -= _cost(left, gone)


def _cost(tag: str, body: Body) -> int:
    return OVERHEAD + len(tag) + len(body.data)
