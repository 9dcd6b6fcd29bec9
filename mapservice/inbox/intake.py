"""What the public sends, once and sealed; and how it is taken back. The caller commits.

Works with a session of the intake role, which calls four functions of the database and can read
nothing of what others sent. The receipt is a code that only the sender gets: it follows from the
form's id by a secret key, so that the same form sent again is answered with the same code, and only
its hash is kept.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import RowMapping, TextClause
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.disclosure import keys, vault
from mapservice.disclosure.vault import OFFERS, SUGGESTIONS, Vault
from mapservice.errors import Conflict, NotFound
from mapservice.inbox import queries
from mapservice.language import gettext as _

RECEIPT_BYTES = 10  # 80 random bits, 16 letters
SENDER = ("name", "phone", "note")
WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Taken:
    """The form that was received, its sender's receipt, and whether it was there already."""

    form: UUID
    receipt: str
    again: bool


def submit_offer(session: Session, values: Mapping[str, object]) -> Taken:
    """Receive an offer (`schemas.OfferInput`). The same form again is the same offer.

    Raises Invalid naming the fields at fault; code `tr_form_other` for the same id with another
    content. What is not on the map cannot be helped: its code is answered like an unknown one.
    """
    told = {
        "place": values["address"],
        "need": values["need"],
        "commune": values["commune"],
        "people_group": values["group"],
        "way": values["kind"],
        "people": values["people"],
        "first_day": values["available_from"],
        "last_day": values["available_until"],
        "quantity": values["pledged_quantity"],
    }
    return _receive(session, queries.RECEIVE_OFFER, OFFERS, values, told)


def submit_suggestion(session: Session, values: Mapping[str, object]) -> Taken:
    """Receive a suggestion (`schemas.SuggestionInput`), likewise."""
    names = ("commune", "kind", "title", "words", "lng", "lat")
    told = {name: values[name] for name in names} | {"people_group": values["group"]}
    return _receive(session, queries.RECEIVE_SUGGESTION, SUGGESTIONS, values, told)


def look_up(session: Session, receipt: str) -> RowMapping:
    """What became of what this receipt was given for: `what` ("offer", "suggestion"), `status`,
    `kind`, `sent_at`, `people_group`, `commune`; `place`, `place_title` of a place that is on the
    map. Raises NotFound."""
    found = session.execute(queries.LOOK_UP, {"wanted": _hash(receipt)}).mappings().first()
    if found is None:
        raise NotFound(_("Không có mã biên nhận này. Kiểm tra lại từng chữ."))
    return found


def withdraw_by_receipt(session: Session, receipt: str) -> None:
    """The sender takes it back: it is closed and who sent it is forgotten at once.

    Raises NotFound, Conflict when it was answered already.
    """
    if session.scalar(queries.WITHDRAW, {"wanted": _hash(receipt)}):
        return
    if look_up(session, receipt)["status"] != WITHDRAWN:
        raise Conflict(_("Đã được xử lý, không rút lại được nữa."), code="answered")


def _receive(
    session: Session,
    statement: TextClause,
    known: Vault,
    values: Mapping[str, object],
    told: Mapping[str, object],
) -> Taken:
    form, ring = values["id"], keys.of(session)
    sender = {name: values.get(name) for name in SENDER}
    sealed = vault.seal_sender(ring, known, form, **sender)
    receipts = keys.hashes(session, "receipt", f"{known.table}|{form}")
    receipts = [base64.b32encode(each[:RECEIPT_BYTES]).decode() for each in receipts]
    content = json.dumps([str(form), told, sender], default=str, sort_keys=True)
    given = {
        **told,
        "form": form,
        "receipts": [_hash(receipt) for receipt in receipts],
        "contents": keys.hashes(session, "form", content),
        "consent": values["consent"],
        "key": sealed.key_version,
        "key_mark": ring.mark(sealed.key_version),
        **{f"sealed_{name}": getattr(sealed, name) for name in SENDER},
    }
    try:
        with session.begin_nested():
            found = session.execute(statement, given).one()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    kept = bytes(found.receipt)
    receipt = next(code for code in receipts if _hash(code) == kept)
    return Taken(form, receipt, found.again)


def _hash(receipt: str) -> bytes:
    return sha256("".join(receipt.split()).upper().encode()).digest()
