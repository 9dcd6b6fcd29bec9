"""Keeping, showing, publishing and taking away photos. Flushes; the caller commits.

`store` asks for no right: who may write the record may give it a photo, and that was decided
before. Everything that begins with a photo's id asks here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Select
from sqlalchemy.orm import Session

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.accounts.rights import Action, Actor
from mapservice.addresses import service as addresses
from mapservice.addresses.models import Address, Nature
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid, NotFound
from mapservice.photos import captions, files, images, queries
from mapservice.photos.models import Photo

MOST_OF_ADDRESS, MOST_OF_REPORT = 8, 6
ABSENT = "Không có ảnh này."
NO_REPORT = "Không có báo cáo này."


@dataclass(frozen=True, slots=True)
class Gallery:
    """What macros/photos.html shows of a record: its photos, and those that may come back.

    `closed`: the record is protected since they came; they can only be removed.
    """

    kept: Sequence[Photo]
    removed: Sequence[Photo]
    most: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class _Holder:
    """What decides about a photo: where its record lies, whom it protects, whose team reported."""

    unit_ids: Sequence[int]
    nature: str
    sensitive: bool
    leader_id: UUID | None = None

    @property
    def protected(self) -> bool:
        return self.nature == Nature.PERSON or self.sensitive


def store(
    session: Session,
    data: bytes,
    *,
    by: UUID,
    address_id: UUID | None = None,
    field_report_id: UUID | None = None,
) -> Photo:
    """Keep `data`, drawn anew, as a photo of one place or one report; the same bytes again: one.

    Raises TooLarge and Unsupported (what is no plain picture), Invalid for the record of a
    person or a protected place, Conflict when the record has enough photos.
    """
    if (address_id is None) == (field_report_id is None):
        raise ValueError("a photo has exactly one owner")
    _refuse_protected(_holder(session, address_id, field_report_id, lock=True))
    digest = sha256(data).hexdigest()
    kept = session.scalars(queries.of_owner(address_id, field_report_id)).all()
    same = next((photo for photo in kept if photo.upload_sha256 == digest), None)
    if same is not None:
        return same
    _refuse_more(len(kept), MOST_OF_ADDRESS if address_id else MOST_OF_REPORT)
    picture = images.redraw(data)
    photo = Photo(
        id=uuid4(),
        address_id=address_id,
        field_report_id=field_report_id,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.full),
        sha256=sha256(picture.full).hexdigest(),
        upload_sha256=digest,
        position=max((other.position for other in kept), default=0) + 1,
        taken_by=by,
    )
    session.add(photo)
    session.flush()
    files.of(session).write(photo.id, picture.full, picture.small)
    audit.record(session, "photo_stored", table_name="photo", record_id=photo.id)
    return photo


def of_address(session: Session, address_id: UUID) -> Gallery:
    """Its photos in order; whoever asks was allowed to see the record."""
    kept = session.scalars(queries.of_owner(address_id, None)).all()
    removed = session.scalars(queries.removed_of_address(address_id)).all()
    return Gallery(kept, removed, MOST_OF_ADDRESS, _holder(session, address_id, None).protected)


def of_reports(session: Session, report_ids: Sequence[UUID]) -> dict[UUID, list[Photo]]:
    """Photos by report, in order."""
    found: dict[UUID, list[Photo]] = {report: [] for report in report_ids}
    for photo in session.scalars(queries.of_reports(list(report_ids))):
        found[photo.field_report_id].append(photo)
    return found


def open_address(session: Session, actor: Actor, code: str) -> Address:
    """The address with this public code, when the actor may give it photos."""
    found = session.scalar(queries.address_by_code(code))
    where = {"table": "address", "record_id": found and found.id}
    rights.permit(session, actor, Action.REGISTER, found and found.unit_ids, **where)
    return found


def open_report(session: Session, actor: Actor, report_id: UUID) -> UUID:
    """The report's id, when it is of the actor's own team."""
    rights.require(actor, Action.KEEP_OWN_TEAM)
    holder = _found(session, None, report_id)
    if holder is None or holder.leader_id != actor.id:
        where = {"table": "field_report", "record_id": holder and report_id, "sentence": NO_REPORT}
        rights.refuse(session, actor.id, Action.KEEP_OWN_TEAM, **where)
    return report_id


def read(session: Session, actor: Actor, photo_id: UUID) -> Photo:
    """A photo whose record the actor may see; a removed one only who may bring it back."""
    photo = session.get(Photo, photo_id)
    if photo is None:
        raise NotFound(ABSENT)
    _permit(session, actor, Action.KEEP_PHOTOS if photo.removed_at else Action.SEE_PHOTOS, photo)
    return photo


def listed(session: Session, actor: Actor, code: str) -> Select[tuple[Photo]]:
    """The photos of a place that the actor may read; none where it is protected like a person."""
    place = addresses.read(session, actor, code)
    return queries.of_place(place["id"], shown=not place["protected"])


def see(session: Session, actor: Actor, photo_id: UUID, *, small: bool = False) -> Path:
    """The file of a photo as `read`."""
    photo = read(session, actor, photo_id)
    return files.of(session).path(photo.id, files.SMALL if small else files.FULL)


def remove(session: Session, actor: Actor, photo_id: UUID, version: int | None = None) -> Photo:
    """Take a photo away from every screen; `restore` brings it back within thirty days.

    `version`, here and below: the one that was seen, where somebody says so (Conflict: `stale`).
    """
    photo = _open(session, actor, Action.KEEP_PHOTOS, photo_id, version)
    if photo.removed_at is None:
        photo.removed_at = datetime.now(UTC)
        photo.public_at = photo.public_by = None
        _changed(session, "photo_removed", photo)
    return photo


def restore(session: Session, actor: Actor, photo_id: UUID, version: int | None = None) -> Photo:
    """Undo `remove`; it is not public again by that."""
    photo = _open(session, actor, Action.KEEP_PHOTOS, photo_id, version)
    if photo.removed_at is None:
        return photo
    holder = _holder(session, photo.address_id, photo.field_report_id, lock=True)
    _refuse_protected(holder)
    kept = session.scalars(queries.of_owner(photo.address_id, photo.field_report_id)).all()
    if any(other.upload_sha256 == photo.upload_sha256 for other in kept):
        raise Conflict("Ảnh này đã được gửi lại.", code="photo-there")
    _refuse_more(len(kept), MOST_OF_ADDRESS if photo.address_id else MOST_OF_REPORT)
    photo.removed_at = None
    _changed(session, "photo_restored", photo)
    return photo


def describe(
    session: Session,
    actor: Actor,
    photo_id: UUID,
    version: int | None = None,
    *,
    caption: str | None,
) -> Photo:
    """Say in words what a photo shows (None: nothing); of a public one nothing like a name."""
    photo = _open(session, actor, Action.KEEP_PHOTOS, photo_id, version)
    if photo.caption != caption:
        if photo.public_at is not None:
            captions.refuse_names(session, photo, caption)
        photo.caption = caption
        _changed(session, "photo_described", photo)
    return photo


def publish(
    session: Session, actor: Actor, photo_id: UUID, version: int | None = None, *, no_face: bool
) -> Photo:
    """Make a photo public: an officer says that it shows no face of somebody who is helped.

    Invalid without that, and for a caption that reads like a name.
    """
    photo = _open(session, actor, Action.REVIEW, photo_id, version)
    _refuse_protected(_holder(session, photo.address_id, photo.field_report_id))
    if photo.removed_at is not None:
        raise Conflict("Ảnh này đã được gỡ.", code="photo-removed")
    if not no_face:
        sentence = "Cần xác nhận ảnh không có khuôn mặt của người được giúp."
        raise Invalid(sentence, code="photo-face", fields={"no_face": [sentence]})
    captions.refuse_names(session, photo, photo.caption)
    if photo.public_at is None:
        photo.public_at, photo.public_by = datetime.now(UTC), actor.id
        _changed(session, "photo_published", photo)
    return photo


def hide(session: Session, actor: Actor, photo_id: UUID, version: int | None = None) -> Photo:
    """Take a photo back from the public."""
    photo = _open(session, actor, Action.REVIEW, photo_id, version)
    if photo.public_at is not None:
        photo.public_at = photo.public_by = None
        _changed(session, "photo_hidden", photo)
    return photo


def _open(
    session: Session, actor: Actor, action: Action, photo_id: UUID, version: int | None
) -> Photo:
    photo = session.scalar(queries.locked(photo_id))
    if photo is None:
        rights.require(actor, action)
        raise NotFound(ABSENT)
    _permit(session, actor, action, photo)
    if version is not None and photo.version != version:
        raise Conflict("Có người vừa sửa ảnh này. Hãy xem lại.", code="stale")
    return photo


def _permit(session: Session, actor: Actor, action: Action, photo: Photo) -> None:
    """As its record: by territory, and for team leaders by what their own teams do."""
    holder = _holder(session, photo.address_id, photo.field_report_id)
    # A place may have been protected after its photos came: then they are like its record.
    hidden = holder.protected and not actor.may(Action.SEE_PERSONS)
    where = {"table": "photo", "record_id": photo.id, "sentence": ABSENT}
    rights.require(actor, action)
    if actor.role is not Role.TEAM_LEADER:
        if hidden:
            rights.refuse(session, actor.id, action, **where)
        rights.permit(session, actor, action, holder.unit_ids, **where)
        return
    own = holder.leader_id == actor.id
    if photo.address_id is not None:
        visit = {"address": photo.address_id, "leader": actor.id}
        seeing = action is Action.SEE_PHOTOS and not hidden
        own = seeing and session.scalar(queries.sent_there(), visit)
    if not own:
        rights.refuse(session, actor.id, action, **where)


def _holder(
    session: Session, address_id: UUID | None, report_id: UUID | None, *, lock: bool = False
) -> _Holder:
    found = _found(session, address_id, report_id, lock=lock)
    if found is None:
        raise NotFound("Không có hồ sơ này.")
    return found


def _found(
    session: Session, address_id: UUID | None, report_id: UUID | None, *, lock: bool = False
) -> _Holder | None:
    if address_id is not None:
        row = session.execute(queries.address(address_id, lock=lock)).one_or_none()
    else:
        row = session.execute(queries.holder(lock=lock), {"report": report_id}).one_or_none()
    return _Holder(*row) if row else None


def _refuse_protected(holder: _Holder) -> None:
    if holder.protected:
        sentence = "Không nhận ảnh của người dân."
        raise Invalid(sentence, code="photo-of-person", fields={"photos": [sentence]})


def _refuse_more(kept: int, most: int) -> None:
    if kept >= most:
        sentence = f"Đã đủ {most} ảnh. Hãy gỡ bớt ảnh cũ trước khi thêm."
        raise Conflict(sentence, code="photo-limit", fields={"photos": [sentence]})


def _changed(session: Session, action: str, photo: Photo) -> None:
    photo.version += 1
    session.flush()
    audit.record(session, action, table_name="photo", record_id=photo.id)
