"""What the public of the demo sent: offers of help and proposed addresses.

Each has a sealed sender, so that calling one back can be tried; that it is nobody's number is
said in the sender's own note.
"""

from collections.abc import Sequence
from datetime import timedelta
from itertools import cycle
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from mapservice import keyring
from mapservice.demo import catalogue, hamlets, queries
from mapservice.demo import communes as territory
from mapservice.demo.calendar import Calendar
from mapservice.demo.communes import Commune
from mapservice.demo.copying import Copier, point
from mapservice.demo.randomness import PublicCodes, Stream
from mapservice.disclosure import vault

OFFERS, SUGGESTIONS = 12, 6  # of a whole demo; a small one has fewer needs to be helped
TO_PEOPLE = 3  # one offer of so many goes to the people of a commune
DAYS_BACK = 20
# What the queue is full of, in turn: mostly new ones.
NEW = {"status": "new", "status_reason": None, "closed_at": None}
NAME, PHONE = "Người gửi Mẫu {number}", "0900 000 {number:03}"
NOTE = "Dữ liệu minh họa: số này không của ai, xin đừng gọi."
ANSWERS = ("new", "new", "contacted", "new", "declined", "new")


class Postbag:
    """Writes offers to open needs and to people of hard communes, and suggestions."""

    def __init__(self, seed: int, calendar: Calendar, copier: Copier):
        self._stream = Stream(seed, "letters")
        self._codes = PublicCodes(Stream(seed, "letter codes"))
        self._calendar, self._copier = calendar, copier
        self._sent = 0
        self._senders: list[tuple[vault.Vault, UUID]] = []

    def fill(
        self, connection: Connection, communes: Sequence[Commune], keys: keyring.KeyRing
    ) -> None:
        """The rows, their senders sealed with these keys; needs are read back, for only an open
        one can be helped. What is meant for a commune goes to the hardest first, so that the
        officer whose sign-in is shown finds something to answer."""
        hardest = territory.hardest(communes)
        needs = connection.execute(text(queries.HELPABLE), {"most": OFFERS}).all()
        for number, need in enumerate(needs):
            if number % TO_PEOPLE == TO_PEOPLE - 1:
                self._to_people(hardest[number // TO_PEOPLE % len(hardest)])
            else:
                self._to_need(need)
        suggested = catalogue.words("letters")["suggestions"][: min(SUGGESTIONS, len(needs))]
        for row, commune in zip(suggested, cycle(hardest), strict=False):
            self._suggest(row, commune)
        self._copier.send()
        info = {"keys": keys}
        with Session(connection, join_transaction_mode="rollback_only", info=info) as work:
            for number, (kept_in, record) in enumerate(self._senders, 1):
                sender = {"name": NAME.format(number=number), "phone": PHONE.format(number=number)}
                vault.keep_sender(work, kept_in, record, **sender, note=NOTE)

    def _to_need(self, need) -> None:
        kind = self._stream.choice(("join", "items", "team"))
        pledged = max(1, int(need.quantity) // 3) if kind == "items" else None
        target = {"address_id": need.address_id, "need_id": need.id}
        self._offer(kind, target, pledged)

    def _to_people(self, commune: Commune) -> None:
        group = self._stream.choice(catalogue.words("letters")["groups"])
        self._offer("join", {"commune_id": commune.current_id, "person_kind": group}, None)

    def _offer(self, kind: str, target: dict, pledged: int | None) -> None:
        people = self._stream.randint(1, 12) if kind != "items" else None
        self._copier.add(
            "core.offer",
            kind=kind,
            people=people,
            pledged_quantity=pledged,
            **self._received(vault.OFFERS),
            **target,
        )

    def _suggest(self, row: dict, commune: Commune) -> None:
        hamlet = next(hamlets.own_names(self._stream, commune.terrain))
        self._copier.add(
            "core.suggestion",
            nature="place",
            kind=row["kind"],
            title=row["title"].format(hamlet=hamlet),
            words=row["words"],
            point=point(commune.point_near(self._stream, commune.label, 800)),
            former_commune_id=commune.id,
            **(
                self._received(vault.SUGGESTIONS)
                | {"status": "new", "status_reason": None, "closed_at": None}
            ),
        )

    def _received(self, kept_in: vault.Vault) -> dict[str, object]:
        """What offers and suggestions have alike; the receipts are nobody's."""
        record = self._stream.uuid()
        self._senders.append((kept_in, record))
        status = ANSWERS[self._sent % len(ANSWERS)]
        self._sent += 1
        sent = self._calendar.moment(self._stream, self._stream.randint(1, DAYS_BACK))
        answered = sent if status == "new" else sent + timedelta(hours=5)
        return {
            "id": record,
            "public_code": self._codes.draw(),
            "receipt_hash": f"\\x{self._stream.randbytes(32).hex()}",
            "status": status,
            "status_reason": "no_answer" if status == "declined" else None,
            "status_at": answered,
            "closed_at": answered if status == "declined" else None,
            "created_at": sent,
            "demo": True,
        }
