"""What the public sends, once and sealed; and how it is taken back. Flushes; the caller commits.

The receipt is a code that only the sender gets: it follows from the form's id by a secret key, so
that the same form sent again is answered with the same code, and only its hash is kept.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.addresses.models import Nature, PlaceKind
from mapservice.audit import service as audit
from mapservice.disclosure import keys, vault
from mapservice.disclosure.vault import OFFERS, SUGGESTIONS, Vault
from mapservice.errors import BadRequest, Conflict, Invalid, NotFound
from mapservice.geo import point
from mapservice.inbox import queries
from mapservice.inbox.models import Offer, OfferStatus, Suggestion, SuggestionStatus
from mapservice.territory import service as territory
from mapservice.territory.models import AdminUnit, Level

RECEIPT_BYTES = 10  # 80 random bits, 16 letters
KINDS = ((Offer, OFFERS), (Suggestion, SUGGESTIONS))
SENDER = ("name", "phone", "note")
OTHER_FORM = "Biểu mẫu này đã được gửi với nội dung khác. Tải lại trang để gửi biểu mẫu mới."
OPEN = {OfferStatus.NEW, OfferStatus.CONTACTED, SuggestionStatus.NEW}


@dataclass(frozen=True, slots=True)
class Taken:
    """What was received, the sender's receipt, and whether it was there already."""

    record: Offer | Suggestion
    receipt: str
    again: bool


def submit_offer(session: Session, values: Mapping[str, object]) -> Taken:
    """Receive an offer (`schemas.OfferInput`). The same form again is the same offer.

    Raises Invalid naming the fields at fault; code `other-form` for the same id with another
    content. What is not on the map cannot be helped: its code is answered like an unknown one.
    """
    columns = _target(session, values) | {
        name: values[name]
        for name in ("kind", "people", "available_from", "available_until", "pledged_quantity")
    }
    return _receive(session, Offer, OFFERS, values, columns)


def submit_suggestion(session: Session, values: Mapping[str, object]) -> Taken:
    """Receive a suggestion (`schemas.SuggestionInput`), likewise."""
    unit = _commune(session, str(values["commune"]))
    today = "commune_id" if unit.valid_to is None else "former_commune_id"
    columns: dict[str, object] = {today: unit.id, "person_kind": values["group"]}
    if values["group"]:
        columns["nature"] = Nature.PERSON
    else:
        if session.get(PlaceKind, values["kind"]) is None:
            sentence = "Chọn loại địa điểm trong danh sách."
            raise Invalid(sentence, fields={"kind": [sentence]})
        columns |= {name: values[name] for name in ("kind", "title", "words")}
        columns |= {"nature": Nature.PLACE, "point": point(values["lng"], values["lat"])}
    return _receive(session, Suggestion, SUGGESTIONS, values, columns)


def find_by_receipt(session: Session, receipt: str) -> Offer | Suggestion:
    """What this receipt was given for. Raises NotFound."""
    wanted = _hash(receipt)
    for model, _ in KINDS:
        found = session.scalar(queries.by_receipt(model, wanted))
        if found is not None:
            return found
    raise NotFound("Không có mã biên nhận này.")


def withdraw_by_receipt(session: Session, receipt: str) -> Offer | Suggestion:
    """The sender takes it back: it is closed and who sent it is forgotten at once.

    Raises NotFound, Conflict when it was answered already.
    """
    found = find_by_receipt(session, receipt)
    if found.status == OfferStatus.WITHDRAWN:
        return found
    if found.status not in OPEN:
        raise Conflict("Đã được xử lý, không rút lại được nữa.", code="answered")
    now = session.scalar(queries.now())
    found.closed_at, found.version = now, found.version + 1
    found.previous_status, found.status = found.status, type(found.status).WITHDRAWN
    known = dict(KINDS)[type(found)]
    audit.record(session, "withdraw", table_name=found.__tablename__, record_id=found.id)
    session.flush()
    contact = session.get(known.model, found.id)
    if contact is not None:
        session.delete(contact)
        session.flush()
    return found


def _receive(
    session: Session,
    model: type,
    known: Vault,
    values: Mapping[str, object],
    columns: Mapping[str, object],
) -> Taken:
    form_id = values["id"]
    sender = {name: values.get(name) for name in SENDER}
    receipts = _receipts(session, form_id)
    there = session.scalar(queries.by_id(model, form_id))
    if there is None:
        record = model(id=form_id, receipt_hash=_hash(receipts[0]), **columns)
        try:
            with session.begin_nested():
                session.add(record)
                session.flush()
        except IntegrityError as error:
            # Sent twice at once: the other one was first, and is there now.
            there = session.scalar(queries.by_id(model, form_id))
            if there is None:
                raise refusals.explain(error) from error
    if there is not None:
        same = all(_alike(getattr(there, name), value) for name, value in columns.items())
        if not same or not vault.is_sender(session, known, there.id, **sender):
            raise Invalid(OTHER_FORM, code="other-form", fields={"id": [OTHER_FORM]})
        given = next(code for code in receipts if _hash(code) == there.receipt_hash)
        return Taken(there, given, again=True)
    vault.keep_sender(session, known, record.id, **sender)
    session.refresh(record)
    audit.record(session, "received", table_name=model.__tablename__, record_id=record.id)
    return Taken(record, receipts[0], again=False)


def _alike(stored: object, given: object) -> bool:
    """Points are not compared: two of the same form differ in nothing else but by design."""
    if stored is None or given is None or hasattr(given, "desc"):
        return (stored is None) == (given is None)
    return float(stored) == given if isinstance(given, float) else stored == given


def _target(session: Session, values: Mapping[str, object]) -> dict[str, object]:
    if values["address"] is None:
        unit = _commune(session, str(values["commune"]))
        return {"commune_id": unit.id, "person_kind": values["group"]}
    place = session.scalar(queries.place(str(values["address"])))
    if place is None:
        raise _unknown("address", "Không có địa chỉ này trên bản đồ.")
    found: dict[str, object] = {"address_id": place.id}
    if values["need"] is not None:
        need = session.scalar(queries.need(str(values["need"]), place.id))
        if need is None:
            raise _unknown("need", "Nhu cầu này không còn mở.")
        found["need_id"] = need.id
    return found


def _commune(session: Session, name: str) -> AdminUnit:
    try:
        unit = territory.find_unit(session, name)
    except (BadRequest, NotFound):
        raise _unknown("commune", "Không có xã, phường này.") from None
    if unit.level is not Level.COMMUNE:
        raise _unknown("commune", "Không có xã, phường này.")
    return unit


def _unknown(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, fields={field: [sentence]})


def _receipts(session: Session, form_id: UUID) -> list[str]:
    """The receipt of this form by each key of the ring, the one for new forms first."""
    ring = keys.of(session)
    hashes = [ring.hash("receipt", str(form_id)), *ring.hashes("receipt", str(form_id))]
    return [base64.b32encode(each[:RECEIPT_BYTES]).decode() for each in hashes]


def _hash(receipt: str) -> bytes:
    return sha256("".join(receipt.split()).upper().encode()).digest()
