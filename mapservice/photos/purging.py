"""Deleting pictures for ever: by the worker, of photos that were taken away long enough ago."""

from pathlib import Path

from sqlalchemy.orm import Session

from mapservice.photos import files, queries

KEPT_DAYS = 30  # a removed photo may come back so long
STRAY_SECONDS = 24 * 3600  # no transaction lasts so long


def purge(session: Session, home: Path) -> int:
    """Delete for ever what was removed KEPT_DAYS ago, and files that no row knows; how many."""
    uploads, done = files.Uploads(home), 0
    for photo in session.scalars(queries.removed_before(KEPT_DAYS)).all():
        # The file first: a row without one can be deleted again, the other way it would stay.
        uploads.delete(photo.id)
        session.delete(photo)
        done += 1
    session.flush()
    for folder in uploads.folders():
        strays = list(uploads.strays(folder, STRAY_SECONDS))
        known = set(session.scalars(queries.known([photo_id for photo_id, _ in strays])))
        for photo_id, path in strays:
            if photo_id not in known or not uploads.keeps(photo_id, path):
                path.unlink(missing_ok=True)
                done += 1
    return done
