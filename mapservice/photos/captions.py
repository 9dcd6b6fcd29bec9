"""Captions of photos: everybody reads them once the photo is public."""

from sqlalchemy.orm import Session

from mapservice.photos.models import Photo
from mapservice.screening import service as screening
from mapservice.screening.service import Passage


def refuse_names(session: Session, photo: Photo, caption: str | None) -> None:
    """Raise Invalid for a caption that reads as if it named somebody."""
    passage = Passage(Photo.__tablename__, photo.id, "caption", caption or "", "caption")
    screening.require_none(session, passage)
