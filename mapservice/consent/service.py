"""Consents: read out, given, withdrawn. Nothing here knows a name.

The database itself refuses at commit an active record without consent or emergency; what is
here makes the right thing easy. Times are the database's.
"""

import csv
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from mapservice.addresses.models import Address, AgeBand, Nature
from mapservice.audit.service import record, record_many
from mapservice.config import ROOT
from mapservice.consent import queries
from mapservice.consent.models import (
    Channel,
    Consent,
    ConsentWording,
    EmergencyBasis,
    Giver,
    Ground,
    Purpose,
)
from mapservice.decision import VIETNAM
from mapservice.errors import Conflict, Invalid, NotFound

WORDINGS = ROOT / "seed" / "consent" / "wordings.csv"
LASTS = timedelta(days=365)  # what the wording says, and the most the database accepts
EMERGENCY = timedelta(days=30)  # likewise
NOT_THEN = "Ngày đồng ý ở sau hôm nay hoặc đã quá một năm: cần hỏi lại."
OTHER_GIVERS = "Người đồng ý không hợp với độ tuổi."
GIVERS: dict[AgeBand, frozenset[Giver]] = {
    AgeBand.UNDER_7: frozenset({Giver.GUARDIAN}),
    AgeBand.UNKNOWN: frozenset({Giver.GUARDIAN}),
    AgeBand.FROM_7_TO_15: frozenset({Giver.GUARDIAN, Giver.CHILD}),
    AgeBand.FROM_16: frozenset({Giver.PERSON}),
}


def seed_wordings(session: Session, file: Path = WORDINGS) -> int:
    """Load the wordings of the file, as the owner; how many were added or changed.

    Raises Conflict when the text of a wording that people agreed to was changed in the file.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    known = {
        (found.purpose, found.version, found.giver): found
        for found in session.query(ConsentWording)
    }
    written = 0
    for row in rows:
        key = (Purpose(row["purpose"]), int(row["version"]), Giver(row["giver"]))
        valid_from = datetime.strptime(row["valid_from"], "%Y-%m-%d").replace(tzinfo=UTC).date()
        found = known.get(key)
        if found and (found.text, found.valid_from) == (row["text"], valid_from):
            continue
        written += 1
        if found is None:
            found = ConsentWording(purpose=key[0], version=key[1], giver=key[2])
            session.add(found)
        found.text, found.valid_from = row["text"], valid_from
    session.flush()
    return written


def wording(session: Session, purpose: Purpose, giver: Giver) -> ConsentWording:
    """The text to read to this giver today. Raises NotFound when none is loaded."""
    found = session.scalar(queries.wording(purpose, giver, datetime.now(UTC).date()))
    if found is None:
        raise NotFound("Chưa có lời hỏi đồng ý: chạy `mapservice seed consent`.")
    return found


def give(
    session: Session,
    address_id: UUID,
    purpose: Purpose,
    givers: Collection[Giver],
    *,
    channel: Channel,
    by: UUID,
    lasts: timedelta = LASTS,
    on: date | None = None,
) -> list[Consent]:
    """Record that these givers agreed to today's wording; `by` is who asked them, `on` the day
    (of Vietnam) on which they did, if it was before: it counts from that day.

    Raises NotFound, or Invalid naming `consent` where the age band asks for other givers, or the
    day is to come or too long ago.
    """
    person = _person(session, address_id)
    _require_givers(person, givers)
    if not timedelta(0) < lasts <= LASTS:
        sentence = "Sự đồng ý có hiệu lực nhiều nhất một năm."
        raise Invalid(sentence, fields={"consent": [sentence]})
    given_at = _moment(session.scalar(queries.now()), on, lasts)
    given = [
        Consent(
            address_id=address_id,
            purpose=purpose,
            giver=giver,
            wording_version=wording(session, purpose, giver).version,
            channel=channel,
            collected_by=by,
            given_at=given_at,
            valid_until=given_at + lasts,
        )
        for giver in sorted(givers)
    ]
    session.add_all(given)
    session.flush()
    _tell(session, "consent.give", address_id, purpose, givers=sorted(givers))
    return given


def give_many(
    session: Session,
    people: Sequence[tuple[Address, Purpose, Collection[Giver], Channel, date | None]],
    *,
    by: UUID,
) -> None:
    """As `give`, of several persons at once, each on a day of its own; `by` asked them all."""
    now = session.scalar(queries.now())
    wordings: dict[tuple[Purpose, Giver], int] = {}
    given, told = [], {}
    for person, purpose, givers, channel, on in people:
        given_at = _moment(now, on, LASTS)
        _require_givers(person, givers)
        for giver in sorted(givers):
            if (purpose, giver) not in wordings:
                wordings[purpose, giver] = wording(session, purpose, giver).version
            given.append(
                {
                    "address_id": person.id,
                    "purpose": purpose,
                    "giver": giver,
                    "wording_version": wordings[purpose, giver],
                    "channel": channel,
                    "collected_by": by,
                    "given_at": given_at,
                    "valid_until": given_at + LASTS,
                }
            )
        told.setdefault((purpose, tuple(sorted(givers))), []).append(person.id)
    if given:
        session.execute(insert(Consent), given)
    for (purpose, givers), ids in told.items():
        detail = {"purpose": purpose, "givers": list(givers)}
        about = {"table_name": "address", "record_ids": ids, "detail": detail}
        record_many(session, "consent.give", **about)


def _require_givers(person: Address, givers: Collection[Giver]) -> None:
    if not set(givers) or not set(givers) <= GIVERS[person.age_band]:
        raise Invalid(OTHER_GIVERS, fields={"consent": [OTHER_GIVERS]})


def _moment(now: datetime, on: date | None, lasts: timedelta) -> datetime:
    """When it was given: at the beginning of its day, or now. Invalid where it does not hold."""
    given_at = now if on is None else min(now, datetime.combine(on, time(), VIETNAM))
    if (on is not None and on > now.astimezone(VIETNAM).date()) or given_at + lasts <= now:
        raise Invalid(NOT_THEN, fields={"consent": [NOT_THEN]})
    return given_at


def state_emergency(
    session: Session, address_id: UUID, ground: Ground, *, by: UUID, lasts: timedelta = EMERGENCY
) -> EmergencyBasis:
    """Say why this person has to be registered before anybody can be asked: once, for 30 days.

    Raises NotFound, Conflict when it was said before.
    """
    _person(session, address_id)
    if session.get(EmergencyBasis, address_id):
        raise Conflict("Đã dùng lý do khẩn cấp cho hồ sơ này: cần sự đồng ý.")
    now = session.scalar(queries.now())
    basis = EmergencyBasis(
        address_id=address_id, ground=ground, stated_by=by, stated_at=now, expires_at=now + lasts
    )
    session.add(basis)
    session.flush()
    record(
        session,
        "emergency.state",
        table_name="address",
        record_id=address_id,
        detail={"ground": ground},
    )
    return basis


def withdraw(session: Session, address_id: UUID, purpose: Purpose, by: UUID) -> int:
    """Take consent to `purpose` back, in this transaction; how many consents ended.

    Without consent to be registered nothing may be kept: the record, and every record marked as
    its double, is erased at once, an emergency does not hold it. Raises NotFound.
    """
    _person(session, address_id)
    ids = list(session.scalars(queries.same_person(address_id)))
    session.execute(queries.LOCK_ADDRESSES, {"ids": ids})
    ended = len(session.scalars(queries.take_back(ids, purpose)).all())
    _tell(session, "consent.withdraw", address_id, purpose, by=str(by), ended=ended)
    if purpose is Purpose.REGISTER:
        session.execute(queries.ERASE, {"ids": ids, "purpose": "consent_withdrawn"})
    session.expire_all()  # the database changed rows that the session may hold
    return ended


def in_force(session: Session, address_ids: Collection[UUID]) -> dict[UUID, list[Consent]]:
    """The consents of these persons that hold at this moment."""
    found: dict[UUID, list[Consent]] = {}
    for given in session.scalars(queries.in_force(address_ids)):
        found.setdefault(given.address_id, []).append(given)
    return found


def repeats(
    known: Collection[Consent],
    purpose: Purpose,
    givers: Collection[Giver],
    channel: Channel,
    on: date | None,
) -> bool:
    """Whether consents that hold already say this: everybody of `givers` agreed to it, asked so,
    and on this day where one is named."""
    told = {
        given.giver
        for given in known
        if given.purpose is purpose
        and given.channel is channel
        and (on is None or given.given_at.astimezone(VIETNAM).date() == on)
    }
    return set(givers) <= told


def without_basis(session: Session, address_ids: Collection[UUID]) -> set[UUID]:
    """Those of these persons whose record may not be processed at this moment."""
    return set(session.scalars(queries.without_basis(address_ids)))


def has_basis(session: Session, address_id: UUID) -> bool:
    """Whether this person's record may be processed at this moment; False for an unknown id."""
    return bool(session.scalar(queries.basis(address_id)))


def may_share(session: Session, address_id: UUID) -> bool:
    """Whether the team that helps may learn who this is and where. False for an unknown id.

    The record still has its basis, and everybody asked by the age band agreed to share it, or an
    emergency holds and nobody took such a consent back.
    """
    return bool(session.scalar(queries.shared(address_id)))


def _person(session: Session, address_id: UUID) -> Address:
    found = session.get(Address, address_id)
    if found is None or found.nature is not Nature.PERSON or found.erased_at:
        raise NotFound("Không có hồ sơ này.")
    return found


def _tell(
    session: Session, action: str, address_id: UUID, purpose: Purpose, **detail: object
) -> None:
    record(
        session,
        action,
        table_name="address",
        record_id=address_id,
        detail={"purpose": purpose, **detail},
    )
