"""What protects a person's record: consents and emergency; and its private data, asked for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address
from mapservice.consent import service as consent
from mapservice.consent.models import Channel, Consent, EmergencyBasis, Giver, Ground, Purpose
from mapservice.decision import Decision, Facts, decide
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.entry import Field
from mapservice.disclosure.vault import PERSONS, PLACES
from mapservice.errors import Conflict, Invalid
from mapservice.review import queries, records

PURPOSES = {
    Purpose.REGISTER: "Được đăng ký",
    Purpose.SHARE_WITH_TEAM: "Cho đội nhận việc biết tên và nơi ở",
}
GIVERS = {
    Giver.PERSON: "Chính người được đăng ký",
    Giver.GUARDIAN: "Cha, mẹ hoặc người giám hộ",
    Giver.CHILD: "Chính em",
}
CHANNELS = {
    Channel.SPOKEN: "Bằng lời, đọc cho nghe",
    Channel.PAPER: "Ký trên giấy",
    Channel.ONLINE: "Qua mạng",
}
GROUNDS = {
    Ground.LIFE_OR_HEALTH: "Nguy hiểm đến tính mạng, sức khoẻ",
    Ground.CHILD_AT_RISK: "Trẻ em đang gặp nguy hiểm",
    Ground.NATURAL_DISASTER: "Thiên tai",
    Ground.FIRE_OR_ACCIDENT: "Hoả hoạn, tai nạn",
}
FIELDS = {
    Field.NAME: "Họ tên",
    Field.ROLE: "Chức vụ",
    Field.PHONE: "Số điện thoại",
    Field.BIRTH_YEAR: "Năm sinh",
    Field.GUARDIAN: "Người giám hộ",
    Field.DOOR: "Số nhà, đường",
    Field.HAMLET: "Thôn, xóm",
    Field.POINT: "Vị trí",
    Field.STORY: "Hoàn cảnh",
    Field.NOTE: "Ghi chú",
}
NOBODY_NAMED = "Địa điểm này chưa ghi người liên hệ."
NOT_A_PERSON = "Địa điểm không cần sự đồng ý của ai."
# What stands for the consents of a person who is no longer known.
ERASED = {"erased": True, "purposes": [], "emergency": None, "version": None}
SURE = "Đánh dấu rằng bạn hiểu: mọi thông tin của người này sẽ bị xoá ngay."


@dataclass(frozen=True, slots=True)
class Reading:
    """Who is asked, what that one is called, and the text to read out."""

    giver: Giver
    words: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One purpose: who must agree, what is read to each, who has agreed until when."""

    purpose: Purpose
    words: str
    holds: bool
    readings: Sequence[Reading]
    given: Sequence[Consent]


@dataclass(frozen=True, slots=True)
class PrivateCard:
    """What the page says of private data without showing any."""

    may_reveal: bool
    reason_wanted: bool
    contact: bool
    may_ask: bool
    asked: Sequence[Asked] = ()
    emergency: EmergencyBasis | None = None
    now: datetime | None = None


def card(session: Session, actor: Actor, address: Address) -> PrivateCard:
    """How this record is protected, and whether this actor may ask to see more."""
    facts = Facts(actor.role, actor.level, actor.account.active, covered=True)
    decision = decide(facts)
    person = records.is_person(address)
    contact = person or disclosure.has_place_contact(session, address.id)
    return PrivateCard(
        may_reveal=contact and decision in {Decision.OFFICE, Decision.NEEDS_REASON},
        reason_wanted=decision is Decision.NEEDS_REASON,
        contact=contact,
        may_ask=person and actor.may(Action.REGISTER),
        asked=_asked_of(session, address) if person else (),
        emergency=session.get(EmergencyBasis, address.id) if person else None,
        now=session.scalar(queries.now()),
    )


def standing(session: Session, actor: Actor, code: str) -> dict[str, object]:
    """The consents of a record that the actor may change: by purpose, with the wordings of today.

    Raises NotFound, Forbidden.
    """
    address = records.address(session, actor, Action.REGISTER, code)
    person = records.is_person(address)
    return {
        "address": code,
        "erased": False,
        "purposes": _asked_of(session, address) if person else [],
        "emergency": session.get(EmergencyBasis, address.id) if person else None,
        "version": address.version,
    }


def reveal(
    session: Session, actor: Actor, code: str, reason: str | None = None
) -> list[tuple[str, object]]:
    """(what, value) of a person, or of who answers for a place, as `disclosure` decides.

    The caller commits before showing it. Raises as `disclosure.service.reveal`; Conflict where a
    place names nobody.
    """
    address = records.address(session, actor, Action.SEE_PERSONS, code)
    person = records.is_person(address)
    if not person and not disclosure.has_place_contact(session, address.id):
        raise Conflict(NOBODY_NAMED, code="no-contact")
    show = disclosure.reveal if person else disclosure.reveal_place_contact
    vault = PERSONS if person else PLACES
    shown = show(session, actor.account, address.id, sorted(vault.fields), reason)
    values: Mapping[Field, object] = shown.values
    return [(words, _shown(values[field])) for field, words in FIELDS.items() if values.get(field)]


def give(
    session: Session,
    actor: Actor,
    code: str,
    purpose: Purpose,
    givers: Collection[Giver],
    channel: Channel,
) -> Address:
    """Write down who agreed just now, to the wording that was shown.

    Raises NotFound, Forbidden; Conflict for a place; Invalid naming `consent` or `givers`.
    """
    address = _person(session, actor, code)
    wanted = consent.GIVERS[address.age_band]
    if set(givers) != wanted:
        sentence = f"Cần sự đồng ý của: {', '.join(GIVERS[g].lower() for g in sorted(wanted))}."
        raise Invalid(sentence, code="givers", fields={"givers": [sentence]})
    consent.give(session, address.id, purpose, givers, channel=channel, by=actor.id)
    return address


def take_back(
    session: Session,
    actor: Actor,
    code: str,
    purpose: Purpose,
    sure: bool,
    version: int | None = None,
) -> bool:
    """Withdraw consent; True when the record was erased with it. Raises as `give`.

    `version`: of the address as it was seen, where somebody says so (Conflict: `stale`).
    """
    address = _person(session, actor, code)
    if version is not None:
        records.lock(session, actor, address, version)
    erases = purpose is Purpose.REGISTER
    if erases and not sure:
        raise Invalid(SURE, code="sure", fields={"sure": [SURE]})
    consent.withdraw(session, address.id, purpose, actor.id)
    return erases


def _person(session: Session, actor: Actor, code: str) -> Address:
    address = records.address(session, actor, Action.REGISTER, code)
    if not records.is_person(address):
        raise Conflict(NOT_A_PERSON, code="place")
    return address


def _asked_of(session: Session, address: Address) -> list[Asked]:
    """Every purpose of a person's record."""
    given = session.scalars(queries.consents(address.id)).all()
    return [_asked(session, address, purpose, given) for purpose in PURPOSES]


def _asked(session: Session, address: Address, purpose: Purpose, given: Sequence[Consent]) -> Asked:
    givers = sorted(consent.GIVERS[address.age_band])
    now = session.scalar(queries.now())
    holding = {
        one.giver
        for one in given
        if one.purpose is purpose and one.withdrawn_at is None and one.valid_until > now
    }
    return Asked(
        purpose=purpose,
        words=PURPOSES[purpose],
        holds=holding >= set(givers),
        readings=[
            Reading(giver, GIVERS[giver], consent.wording(session, purpose, giver).text)
            for giver in givers
        ],
        given=[one for one in given if one.purpose is purpose],
    )


def _shown(value: object) -> object:
    if isinstance(value, tuple):
        lng, lat = value
        return f"{lat:.5f}, {lng:.5f}"
    return value
