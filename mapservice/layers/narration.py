"""Spoken stories of places: files of the operator, MAPSERVICE_HOME/narration/<code>.mp3.

Nothing is uploaded and no row speaks of them: a file is there and heard, or it is not.
"""

from dataclasses import dataclass
from pathlib import Path

MOST_BYTES = 20 * 1024 * 1024
# Ending -> media type, what such files begin with.
KINDS = {
    "mp3": ("audio/mpeg", (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")),
    "ogg": ("audio/ogg", (b"OggS",)),
    "opus": ("audio/ogg", (b"OggS",)),
}


@dataclass(frozen=True, slots=True)
class Narration:
    """A file and its media type."""

    path: Path
    media_type: str


def find(home: Path, code: str) -> Narration | None:
    """The story of the place with this public code, as it is stored; None without one.

    A file that is too large, or is not what its name says, is as good as none.
    """
    for ending, (media_type, beginnings) in KINDS.items():
        path = home / "narration" / f"{code}.{ending}"
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            with path.open("rb") as file:
                if file.read(4).startswith(beginnings):
                    return Narration(path, media_type)
    return None
