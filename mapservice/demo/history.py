"""The state each address and need has reached: why, when, and by whose hand."""

from datetime import datetime, timedelta

from mapservice.demo import catalogue
from mapservice.demo.calendar import ASSURED_DAYS, URGENT_ASSURED_DAYS, Calendar
from mapservice.demo.communes import Commune
from mapservice.demo.offices import Offices
from mapservice.demo.randomness import Stream

# States of a hundred addresses, and of a hundred needs of published ones. What follows from
# assignments (matched … met, closed) is not here: the database derives it.
ADDRESS_STATES = {
    "published": 84,
    "draft": 3,
    "submitted": 4,
    "returned": 2,
    "verified": 2,
    "expired": 2,
    "rejected": 1,
    "withdrawn": 1,
    "duplicate": 1,
}
NEED_STATES = {
    "published": 86,
    "draft": 2,
    "submitted": 3,
    "returned": 1,
    "verified": 2,
    "expired": 2,
    "rejected": 1,
    "withdrawn": 2,
    "duplicate": 1,
}
VERIFIED = {"verified", "published", "expired"}
# Such records are not left lying: a person's would be erased after 30 days.
UNFINISHED, UNFINISHED_DAYS = {"draft", "returned", "rejected"}, 20

# Codes of core.person_reason: of a person nothing is told in words.
PERSON_REASONS = {
    "returned": ["incomplete", "wrong_record"],
    "rejected": ["not_verified", "out_of_scope"],
    "withdrawn": ["no_longer_needed", "moved_away"],
}


class History:
    """Dates and hands, as columns."""

    def __init__(self, calendar: Calendar, offices: Offices):
        self._calendar, self._offices = calendar, offices

    def ages(self, stream: Stream, status: str, urgency: int) -> tuple[int, int]:
        """Days since it was registered, and since it was last checked."""
        if status == "expired":
            checked = stream.randint(ASSURED_DAYS + 3, ASSURED_DAYS + 90)
        elif status in UNFINISHED:
            checked = stream.randint(1, UNFINISHED_DAYS)
        else:
            checked = stream.randint(1, 10 if urgency == 4 else ASSURED_DAYS - 5)
        return self._calendar.registered(stream, checked + 5), checked

    def columns(
        self,
        stream: Stream,
        commune: Commune,
        status: str,
        ages: tuple[int, int],
        urgency: int,
        *,
        person: bool = False,
    ) -> dict[str, object]:
        """Who registered and checked an address, when, and where it stands."""
        made = self._calendar.moment(stream, ages[0])
        checked = self._calendar.moment(stream, ages[1])
        columns = {
            "programme_year": made.year,
            "organisation_id": self._offices.commune[commune.code],
            "registered_by": self._offices.registrar[commune.code],
            "status": status,
            "status_reason": reason(stream, status, person=person),
            "created_at": made,
            "updated_at": checked,
            "status_at": checked + timedelta(days=ASSURED_DAYS * (status == "expired")),
        }
        if status in VERIFIED:
            officer = self._offices.officer[commune.district_code]
            lasts = URGENT_ASSURED_DAYS if urgency == 4 and status != "expired" else ASSURED_DAYS
            columns |= {
                "verified_by": officer,
                "assured_by": officer,
                "assured_at": checked,
                "assured_until": checked + timedelta(days=lasts),
            }
        return columns

    def status_at(self, stream: Stream, status: str, made: datetime, made_ago: int) -> datetime:
        """When a need made so many days ago came to its state."""
        if status == "draft":
            return made
        return self._calendar.moment(stream, stream.randint(1, made_ago - 1))


def reason(stream: Stream, status: str, *, person: bool) -> str | None:
    """Why a record was returned, rejected or withdrawn (a person's: a code); else None."""
    reasons = (PERSON_REASONS if person else catalogue.words("status_reasons")).get(status)
    return stream.choice(reasons) if reasons else None
