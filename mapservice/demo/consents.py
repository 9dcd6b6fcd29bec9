"""Consents of the demo's persons: without them no transaction with active persons commits."""

from datetime import datetime, timedelta
from uuid import UUID

from mapservice.addresses.models import AgeBand
from mapservice.consent.models import Channel, Giver, Purpose
from mapservice.consent.service import GIVERS, LASTS
from mapservice.demo.calendar import LOCAL
from mapservice.demo.communes import Commune
from mapservice.demo.copying import Copier
from mapservice.demo.offices import Offices
from mapservice.demo.randomness import Stream

SHARED = 0.7  # of the persons agreed that a team may come by itself
LEAST_LEFT = timedelta(days=120)  # of every consent, on the day the demo is made


class Consents:
    """Everybody is asked again when the record is checked; a child's own word is spoken."""

    def __init__(self, copier: Copier, offices: Offices):
        self._copier, self._offices = copier, offices
        today = datetime.now(LOCAL).replace(hour=0, minute=0, second=0, microsecond=0)
        # The database holds consents against its own clock, whatever day the demo is made for.
        self._earliest, self._latest = today - (LASTS - LEAST_LEFT), today

    def give(
        self, stream: Stream, commune: Commune, address_id: UUID, age_band: str, checked: datetime
    ) -> None:
        """The consents that this age band asks for, given when the record was checked."""
        at = min(max(checked, self._earliest), self._latest)
        shared = stream.random() < SHARED
        for purpose in [Purpose.REGISTER, *[Purpose.SHARE_WITH_TEAM] * shared]:
            for giver in sorted(GIVERS[AgeBand(age_band)]):
                self._copier.add(
                    "core.consent",
                    id=stream.uuid(),
                    address_id=address_id,
                    purpose=purpose,
                    giver=giver,
                    wording_version=1,
                    channel=Channel.SPOKEN if giver is Giver.CHILD else Channel.PAPER,
                    collected_by=self._offices.registrar[commune.code],
                    given_at=at,
                    valid_until=at + LASTS,
                )
