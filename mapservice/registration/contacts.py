"""Who answers for a place, as its form gives it: sealed, never shown in the form again."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Actor
from mapservice.addresses.models import Address, Nature
from mapservice.disclosure import service as disclosure
from mapservice.disclosure.entry import Field
from mapservice.errors import Forbidden, Invalid, NotFound

MARK = "contact"  # among what a page has seen: which sealed contact stood when it was opened
REMOVE, OFFICE_LINE = "contact_remove", "contact_office_line"
TYPED = {Field.NAME: "contact_name", Field.ROLE: "contact_role", Field.PHONE: "contact_phone"}
NAMES = (*TYPED.values(), OFFICE_LINE, REMOVE)
NOBODY = "(không có ai)"
Values = Mapping[str, object]


def write(session: Session, place: Address, values: Values) -> None:
    """Seal the contact that is given, or remove the stored one; without either it stays.

    Raises Invalid naming the fields of the form at fault.
    """
    if values[REMOVE]:
        disclosure.remove_place_contact(session, place)
    elif values[TYPED[Field.NAME]] is not None:
        given = {field.value: values[name] for field, name in TYPED.items()}
        with _at_the_forms_fields():
            disclosure.set_place_contact(
                session, place, office_line=bool(values[OFFICE_LINE]), **given
            )


def write_many(session: Session, given: Sequence[tuple[Address, Values]]) -> None:
    """As `write`, of several places at once."""
    removed = [place.id for place, values in given if values[REMOVE]]
    if removed:
        disclosure.remove_place_contacts(session, removed)
    contacts = [
        (place.id, bool(values[OFFICE_LINE]), {f.value: values[name] for f, name in TYPED.items()})
        for place, values in given
        if values[TYPED[Field.NAME]] is not None and not values[REMOVE]
    ]
    if not contacts:
        return
    with _at_the_forms_fields():
        disclosure.set_place_contacts(session, contacts)


@contextmanager
def _at_the_forms_fields() -> Iterator[None]:
    """What is refused of a contact is said where the form asks for it."""
    try:
        yield
    except Invalid as refusal:
        names = {field.value: name for field, name in TYPED.items()}
        fields = {names.get(name, name): said for name, said in refusal.fields.items()}
        raise Invalid(refusal.detail, code=refusal.code, fields=fields) from refusal


def mark(session: Session, address: Address) -> dict[str, str]:
    """What a page carries of the stored contact to tell whether it is another one later.

    Sealing anew gives other bytes even for the same words: the mark tells that somebody wrote,
    and nothing of what.
    """
    if address.nature is not Nature.PLACE:
        return {}
    return {MARK: sha256(disclosure.sealed_place_contact(session, address.id)).hexdigest()}


def typed(values: Values) -> str | None:
    """The contact of a form in one line; None where it says nothing of it."""
    if values.get(REMOVE):
        return NOBODY
    return _line([values.get(name) for name in TYPED.values()])


def shown(session: Session, actor: Actor, place: Address) -> str | None:
    """The stored contact in one line; None where this actor may not see it without a reason.

    Leaves its audit row: the caller commits before showing it.
    """
    if not disclosure.has_place_contact(session, place.id):
        return NOBODY
    try:
        found = disclosure.reveal_place_contact(session, actor.account, place.id, list(TYPED))
    except (Forbidden, Invalid, NotFound):
        return None
    return _line([found.values[field] for field in TYPED])


def _line(parts: list[object]) -> str | None:
    return " · ".join(str(part) for part in parts if part) or None
