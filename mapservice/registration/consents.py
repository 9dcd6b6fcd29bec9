"""Who agreed to a person's record, as the registrar heard it while registering."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address
from mapservice.consent import service as consent
from mapservice.consent.models import Channel, Giver, Ground, Purpose
from mapservice.errors import Invalid

PROVED = "consent_proved"  # among the values of a person: the evidence they name is kept already
ON = "consent_on"  # among the values of a person: the day of the consent, if it was before today
PURPOSES = {Purpose.REGISTER: "consent_register", Purpose.SHARE_WITH_TEAM: "consent_share"}
MISSING = {
    frozenset({Giver.PERSON}): "Cần chính người được đăng ký đồng ý, hoặc một lý do khẩn cấp.",
    frozenset({Giver.GUARDIAN}): (
        "Trẻ dưới 7 tuổi hoặc chưa rõ tuổi: cần người giám hộ đồng ý, hoặc một lý do khẩn cấp."
    ),
    frozenset({Giver.GUARDIAN, Giver.CHILD}): (
        "Trẻ từ 7 đến dưới 16 tuổi: cần cả người giám hộ và chính em đồng ý, hoặc một lý do khẩn "
        "cấp."
    ),
}


def take(session: Session, actor: Actor, person: Address, values: Mapping[str, object]) -> None:
    """Record the consents that were given, or the emergency; a record cannot be without one.

    A consent of which the evidence is kept (PROVED), and that holds as it is said, is no new one.
    Raises Invalid naming `consent_register`, `consent_share`, `channel` or `ground`.
    """
    take_many(session, actor, [(person, values)])


def take_many(
    session: Session, actor: Actor, people: Sequence[tuple[Address, Mapping[str, object]]]
) -> None:
    """As `take`, of several persons, in one statement a table. Raises as `take`."""
    proved = [person.id for person, values in people if values.get(PROVED)]
    known = consent.in_force(session, proved) if proved else {}
    given = []
    for person, values in people:
        for purpose, field in PURPOSES.items():
            givers = {Giver(giver) for giver in values[field]}
            if not givers:
                continue
            _require_whole(person, field, givers, values)
            said = (purpose, givers, Channel(values["channel"]), values.get(ON))
            if not consent.repeats(known.get(person.id, ()), *said):
                given.append((person, *said))
        if values["ground"]:
            consent.state_emergency(session, person.id, Ground(values["ground"]), by=actor.id)
    consent.give_many(session, given, by=actor.id)
    _require_basis(session, people)


def _require_basis(
    session: Session, people: Sequence[tuple[Address, Mapping[str, object]]]
) -> None:
    silent = [p for p, values in people if not values[PURPOSES[Purpose.REGISTER]]]
    lacking = consent.without_basis(session, [p.id for p in silent]) if silent else ()
    for person in silent:
        if person.id in lacking:
            raise _invalid("consent_register", MISSING[consent.GIVERS[person.age_band]])


def _require_whole(
    person: Address, field: str, givers: Collection[Giver], values: Mapping[str, object]
) -> None:
    """Everybody whom the age asks for agreed, and somebody said how they were asked (Invalid)."""
    asked = consent.GIVERS[person.age_band]
    if set(givers) != asked:
        raise _invalid(field, MISSING[asked])
    if not values["channel"]:
        raise _invalid("channel", "Chọn cách đã hỏi sự đồng ý.")


def _invalid(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: [sentence]})
