"""Rows of addresses and needs: the state each has reached, when, and by whose hand."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from mapservice.demo import history, needs, numbers
from mapservice.demo.calendar import Calendar, days
from mapservice.demo.campaigns import Campaigns
from mapservice.demo.communes import Commune
from mapservice.demo.consents import Consents
from mapservice.demo.copying import Copier, point
from mapservice.demo.needs import Wish
from mapservice.demo.offices import Offices, union_in_text
from mapservice.demo.people import Someone
from mapservice.demo.places import KINDS, Place
from mapservice.demo.randomness import Bag, PublicCodes, Stream
from mapservice.demo.texts import Writer

SHORTER = (
    ("Trường Tiểu học", "Trường TH"),
    ("Trường Mầm non", "Trường MN"),
    ("Điểm trường", "Điểm lẻ"),
    ("Trạm Y tế", "TYT"),
    ("Điểm hỗ trợ", "Nơi hỗ trợ"),
    ("Thôn", "Xóm"),
    ("Bản", "Xóm"),
)
DOUBLE_NEAR_M = 40
# Columns of a need that are a wish's own.
AS_WISHED = ("category", "title", "description", "quantity", "unit", "parts", "together",
             "people_in_all", "skills", "urgency")  # fmt: skip


@dataclass(frozen=True)
class Original:
    """A published place with its open needs, which a double may point to."""

    address_id: UUID
    place: Place
    needs: list[tuple[UUID, Wish]]


class Registry:
    """Writes what the unions of the province registered, one commune after the other."""

    def __init__(
        self,
        seed: int,
        calendar: Calendar,
        copier: Copier,
        offices: Offices,
        campaigns: Campaigns,
    ):
        self._calendar, self._copier = calendar, copier
        self._offices, self._campaigns = offices, campaigns
        self._history = history.History(calendar, offices)
        self._consents = Consents(copier, offices)
        self._codes = PublicCodes(Stream(seed, "codes"))
        self._address_states = Bag(Stream(seed, "address states"), history.ADDRESS_STATES)
        self._need_states = Bag(Stream(seed, "need states"), history.NEED_STATES)
        self._person_states = Bag(
            Stream(seed, "person states"),
            history.ADDRESS_STATES | {"published": 86, "duplicate": 0, "withdrawn": 0},
        )
        self._wisher = needs.Wisher(seed, calendar)

    def commune(
        self, stream: Stream, commune: Commune, places: list[Place], persons: Iterable[Someone]
    ) -> None:
        """Register these places and people of a commune."""
        writer = Writer(stream, union_in_text(commune))
        taken: set[str] = set()
        originals: list[Original] = []
        for place in places:
            status = self._address_states.draw()
            if status == "duplicate" and originals:
                self._double(stream, originals.pop(stream.randrange(len(originals))))
                continue
            status = "published" if status == "duplicate" else status
            counted = numbers.columns(stream, place)
            figures = numbers.slots(stream, counted)
            wishes = self._wisher.for_place(stream, place, writer, figures, taken)
            summary = place.summary or writer.summary(place, figures)
            row = counted | {"summary": summary, "status": status}
            made = self._place(stream, place, row, wishes)
            if status == "published":
                originals.append(made)
        for someone in persons:
            self._person(stream, commune, someone)

    def _place(
        self, stream: Stream, place: Place, row: dict[str, object], wishes: list[Wish]
    ) -> Original:
        """A place's address with what `row` says of it, and its needs."""
        address_id, status = stream.uuid(), str(row["status"])
        urgency = max((wish.urgency for wish in wishes), default=1)
        ages = self._history.ages(stream, status, urgency)
        self._copier.add(
            "core.address",
            id=address_id,
            public_code=self._codes.draw(),
            nature="place",
            kind=KINDS[place.what],
            title=place.title,
            hamlet=place.hamlet,
            point=point(place.point),
            former_commune_id=place.commune.id,
            severity=urgency,
            sensitive=place.sensitive,
            demo=True,
            **(row | self._history.columns(stream, place.commune, status, ages, urgency)),
        )
        open_needs: list[tuple[UUID, Wish]] = []
        for wish in wishes:
            made = self._need(stream, address_id, place.commune, wish, status, ages[0], open_needs)
            if made:
                open_needs.append((made, wish))
        return Original(address_id, place, open_needs)

    def _double(self, stream: Stream, original: Original) -> None:
        """The same place registered again in other words; its need is a double too."""
        place = original.place
        spot = place.commune.point_near(stream, place.point, DOUBLE_NEAR_M)
        row = {
            "summary": f"Đăng ký theo danh sách của chi đoàn, {place.around}.",
            "status": "duplicate",
            "duplicate_of_id": original.address_id,
        }
        double = replace(place, title=_in_other_words(place.title), point=spot)
        made = self._place(stream, double, row, [])
        if original.needs:
            need_id, wish = original.needs[0]
            self._add_need(stream, made.address_id, place.commune, wish, "duplicate", 20, need_id)

    def _person(self, stream: Stream, commune: Commune, someone: Someone) -> None:
        """A person's row: commune, kind and age band, nothing else (and no private row yet)."""
        address_id, status = stream.uuid(), self._person_states.draw()
        wishes = self._wisher.for_person(stream, commune, someone.kind)
        urgency = max(wish.urgency for wish in wishes)
        ages = self._history.ages(stream, status, urgency)
        columns = self._history.columns(stream, commune, status, ages, urgency, person=True)
        self._copier.add(
            "core.address",
            id=address_id,
            public_code=self._codes.draw(),
            nature="person",
            person_kind=someone.kind,
            age_band=someone.age_band,
            household_id=someone.home,
            former_commune_id=commune.id,
            severity=urgency,
            sensitive=False,
            demo=True,
            **columns,
        )
        if status != "draft":
            checked = columns["updated_at"]
            self._consents.give(stream, commune, address_id, someone.age_band, checked)
        for wish in wishes:
            self._add_need(stream, address_id, commune, wish, status, ages[0])

    def _need(
        self,
        stream: Stream,
        address_id: UUID,
        commune: Commune,
        wish: Wish,
        address_status: str,
        age: int,
        open_needs: list[tuple[UUID, Wish]],
    ) -> UUID | None:
        """A need in the state of its address, or one of its own; its id when it is open."""
        status = address_status
        if status == "published":
            status = self._need_states.draw()
        double_of = open_needs[-1][0] if status == "duplicate" and open_needs else None
        if status == "duplicate" and not double_of:
            status = "published"
        made = self._add_need(stream, address_id, commune, wish, status, age, double_of)
        return made if status == "published" else None

    def _add_need(
        self,
        stream: Stream,
        address_id: UUID,
        commune: Commune,
        wish: Wish,
        status: str,
        age: int,
        double_of: UUID | None = None,
    ) -> UUID:
        need_id = stream.uuid()
        made_ago = stream.randint(4, max(age, 4))
        made = self._calendar.moment(stream, made_ago)
        officer = self._offices.officer[commune.district_code]
        self._copier.add(
            "core.need",
            id=need_id,
            public_code=self._codes.draw(),
            address_id=address_id,
            nature="place" if wish.title else "person",
            **{name: getattr(wish, name) for name in AS_WISHED},
            people_per_part=wish.people,
            wanted_during=days(wish.window),
            campaign_id=self._campaigns.fitting(stream, commune, wish, made.date()),
            status=status,
            status_reason=history.reason(stream, status, person=not wish.title),
            status_at=self._history.status_at(stream, status, made, made_ago),
            registered_by=self._offices.registrar[commune.code],
            verified_by=officer if status in history.VERIFIED else None,
            duplicate_of_id=double_of,
            created_at=made,
        )
        return need_id


def _in_other_words(title: str) -> str:
    for long, short in SHORTER:
        if title.startswith(long):
            return title.replace(long, short, 1)
    return f"{title} (đăng ký lại)"
