"""What a verifier ticks in the texts of a record: finds that name nobody."""

from collections.abc import Collection

from sqlalchemy.orm import Session

from mapservice.accounts.rights import Action, Actor
from mapservice.addresses.models import Address
from mapservice.errors import Conflict
from mapservice.review import records
from mapservice.screening import service as screening

MOVED = "Lời trong hồ sơ vừa thay đổi: xem lại từng chỗ."


def tick(
    session: Session,
    actor: Actor,
    code: str,
    checked: Collection[str],
    version: int | None = None,
) -> Address:
    """Call these finds (by their marks) harmless; ticks of what is no longer there end.

    Raises NotFound, Forbidden; Conflict for a mark that is not, or no longer, in a text, and for
    an address that is not at `version` any more, where somebody says which was seen.
    """
    address = records.address(session, actor, Action.REVIEW, code)
    needs = records.needs(session, address)
    session.refresh(address, with_for_update={"key_share": True})
    if version is not None:
        records.expect(session, address, version)
    there = screening.tick(session, actor, address, screening.passages(address, needs), checked)
    if not set(checked) <= there:
        raise Conflict(MOVED, code="names-found")
    return address


def found(session: Session, actor: Actor, code: str) -> dict[str, object]:
    """Every find in the texts of an address and its needs. Raises NotFound, Forbidden."""
    address = records.address(session, actor, Action.REVIEW, code)
    written = screening.passages(address, records.needs(session, address))
    finds = [
        {
            "field": screened.passage.path,
            "text": find.hit.text,
            "kind": find.hit.kind,
            "mark": find.mark,
            "harmless": find.harmless,
        }
        for screened in screening.screen(session, written)
        for find in screened.finds
    ]
    return {"address": code, "finds": finds, "version": address.version}
