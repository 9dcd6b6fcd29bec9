"""Where pictures lie on disk: MAPSERVICE_HOME/uploads/<2 hex>/<id>.webp and <id>.small.webp.

A file is complete or absent, and readable by the service alone. A file without a row is possible
(a transaction that was rolled back): `purging.purge` finds it; a row without a file is not.
"""

import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from mapservice import config

FULL, SMALL = "webp", "small.webp"
NAME = re.compile(r"([0-9a-f-]{36})\.(?:small\.)?webp(?:\.[0-9a-f]{16})?")


def init_app(app: Flask) -> None:
    """Sessions of this application find pictures below its own home."""
    uploads = Uploads(Path(str(app.config["MAPSERVICE_HOME"])))
    for kind in ("office_sessions", "public_sessions"):
        sessions = app.extensions[kind]
        sessions.configure(info=(sessions.kw.get("info") or {}) | {"uploads": uploads})


def of(session: Session) -> "Uploads":
    """The store this session works with: its own, else that of the process's settings."""
    return session.info.get("uploads") or _default()


@cache
def _default() -> "Uploads":
    return Uploads(Path(str(config.load()["MAPSERVICE_HOME"])))


@dataclass(frozen=True, slots=True)
class Uploads:
    """The pictures of one home."""

    home: Path

    @property
    def root(self) -> Path:
        return self.home / "uploads"

    def path(self, photo_id: UUID, kind: str = FULL) -> Path:
        name = str(photo_id)
        return self.root / name[:2] / f"{name}.{kind}"

    def write(self, photo_id: UUID, full: bytes, small: bytes) -> None:
        """Both files, on disk when this returns. Nothing is left when it raises OSError."""
        folder = self.path(photo_id).parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            for kind, content in ((FULL, full), (SMALL, small)):
                _write(self.path(photo_id, kind), content)
            _sync_folder(folder)
            _sync_folder(self.root)
        except OSError:
            self.delete(photo_id)
            raise

    def delete(self, photo_id: UUID) -> None:
        for kind in (FULL, SMALL):
            self.path(photo_id, kind).unlink(missing_ok=True)

    def keeps(self, photo_id: UUID, path: Path) -> bool:
        """Whether the name is one of the photo's two: others are writes that were cut off."""
        return path in (self.path(photo_id), self.path(photo_id, SMALL))

    def folders(self) -> list[Path]:
        return sorted(self.root.glob("[0-9a-f][0-9a-f]"))

    def strays(self, folder: Path, older_than: float) -> Iterator[tuple[UUID, Path]]:
        """Files of a folder (and of which photo) not touched for so many seconds."""
        limit = time.time() - older_than
        for path in sorted(folder.iterdir()):
            named = NAME.fullmatch(path.name)
            if named and path.stat().st_mtime < limit:
                yield UUID(named[1]), path


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
