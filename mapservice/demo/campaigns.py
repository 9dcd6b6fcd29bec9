"""Campaigns of this year and the two before it, of the province and of its hardest districts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from mapservice.demo import catalogue
from mapservice.demo.communes import Commune, hardest
from mapservice.demo.copying import Copier
from mapservice.demo.needs import Wish
from mapservice.demo.offices import Offices
from mapservice.demo.randomness import Stream

YEARS_BACK = 2
HARDEST_DISTRICTS = 3
JOINS = 0.35  # of the needs that fall into a campaign's days


@dataclass(frozen=True)
class Campaign:
    id: UUID
    first: date
    last: date
    district_code: str | None  # None: the whole province


class Campaigns:
    """Writes campaigns, and finds the one a need belongs to."""

    def __init__(self, stream: Stream, copier: Copier, offices: Offices, today: date):
        self._stream, self._copier, self._offices = stream, copier, offices
        self._years = range(today.year - YEARS_BACK, today.year + 1)
        self._all: list[Campaign] = []

    def announce(self, communes: Sequence[Commune]) -> None:
        words = catalogue.words("campaigns")
        for year in self._years:
            for row in words["yearly"]:
                self._add(row, year, None)
            for commune in hardest(communes)[:HARDEST_DISTRICTS]:
                for row in words["districts"]:
                    self._add(row, year, commune)

    def fitting(self, stream: Stream, commune: Commune, wish: Wish, made: date) -> UUID | None:
        """A campaign during which the need is wanted (or was made, if any day will do)."""
        day = wish.window[0] if wish.window else made
        if not stream.chance(JOINS):
            return None
        found = [
            campaign.id
            for campaign in self._all
            if campaign.first <= day <= campaign.last
            and campaign.district_code in (None, commune.district_code)
        ]
        return stream.choice(found) if found else None

    def _add(self, row: dict, year: int, commune: Commune | None) -> None:
        first = date.fromisoformat(f"{year}-{row['from']}")
        last = date.fromisoformat(f"{year}-{row['to']}")
        if last < first:
            last = last.replace(year=year + 1)
        district = commune.district_code if commune else None
        made = Campaign(self._stream.uuid(), first, last, district)
        self._all.append(made)
        code = f"{row['code']}-{district}-{year}" if district else f"{row['code']}-{year}"
        name = row["name"].format(year=year, district=commune.district_short if commune else "")
        organisation = self._offices.district[district] if district else self._offices.province
        self._copier.add(
            "core.campaign",
            id=made.id,
            code=code,
            name=name,
            kind=row["kind"],
            starts_on=first,
            ends_on=last,
            organisation_id=organisation,
        )
