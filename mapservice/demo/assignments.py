"""Who took which need, and how it went: history that the database's own rules accept.

Each row is inserted in its last state, so every guard sees it; states of needs are not written
but follow from these rows. People's needs get none here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from mapservice.demo import catalogue, queries, texts
from mapservice.demo.calendar import Calendar
from mapservice.demo.communes import Commune, hardest
from mapservice.demo.copying import Copier
from mapservice.demo.offices import Offices
from mapservice.demo.randomness import Bag, Stream
from mapservice.demo.teams import Team
from mapservice.matching.models import HOLDS_PART

NEAREST = 120  # places a team looks at
CHOICE = 15  # of the nearest fitting needs it takes one
LEASE = timedelta(hours=72)
HISTORY = {
    "confirmed": 52,
    "done": 8,
    "disputed": 4,
    "declined": 13,
    "expired": 10,
    "released": 6,
    "cancelled": 7,
}
LIVE = {"proposed": 40, "accepted": 32, "underway": 28}
ORIGINS = {"solver": 50, "officer": 35, "claim": 15}
REPORTED = {"done", "disputed", "confirmed"}
BEGUN = REPORTED | {"underway"}
CLOSED_AFTER_DAYS = 45
LEFT_TO_CONFIRM = 2  # reports in the district of the officer whose sign-in is shown


@dataclass
class Wanted:
    """What is left of a need while teams choose."""

    row: RowMapping
    free: list[int]
    teams: set[UUID] = field(default_factory=set)


class Dispatcher:
    """Gives needs to teams, nearest first, and writes what became of it."""

    def __init__(
        self,
        seed: int,
        calendar: Calendar,
        copier: Copier,
        offices: Offices,
        communes: Mapping[int, Commune],
    ):
        self._stream = Stream(seed, "assignments")
        self._history = Bag(Stream(seed, "histories"), HISTORY)
        self._live = Bag(Stream(seed, "live"), LIVE)
        self._seen = Bag(Stream(seed, "seen"), {"yes": 60, "no": 40})
        self._calendar, self._copier, self._offices = calendar, copier, offices
        self._communes = communes
        self._shown = hardest(list(communes.values()))[0].district_code
        self._left = LEFT_TO_CONFIRM
        self._needs: dict[UUID, Wanted] = {}

    def dispatch(self, connection: Connection, teams: Sequence[Team]) -> Iterator[Team]:
        """Write the assignments of each team in turn; yields the team that was done."""
        near = self._candidates(connection)
        for team in teams:
            if team.verified:
                for status in self._statuses(team):
                    self._assign(team, status, near[team.id])
            yield team

    def settle(self, connection: Connection) -> None:
        """Close what was met long ago, and date the needs' states by their history."""
        before = self._calendar.today - timedelta(days=CLOSED_AFTER_DAYS)
        connection.execute(text(queries.CLOSE_OLD), {"before": before})
        connection.execute(text(queries.DATE_BY_HISTORY))

    def _candidates(self, connection: Connection) -> dict[UUID, list[RowMapping]]:
        near: dict[UUID, list[RowMapping]] = defaultdict(list)
        rows = connection.execute(text(queries.CANDIDATES), {"nearest": NEAREST}).mappings()
        for row in rows:
            near[row["team_id"]].append(row)
            if row["need_id"] not in self._needs:
                self._needs[row["need_id"]] = Wanted(row, list(range(1, row["parts"] + 1)))
        return near

    def _statuses(self, team: Team) -> list[str]:
        """What the team has behind it, then what it has to do now."""
        past = [self._history.draw() for _ in range(self._stream.randint(0, 5))]
        busy = {"busy": team.places, "ready": self._stream.randint(0, team.places - 1)}
        # A team with one place is idle half the time, so a few of them are taken too.
        if team.state == "ready" and team.places == 1 and self._stream.chance(0.3):
            busy["ready"] = 1
        live = [self._live.draw() for _ in range(busy.get(team.state, 0))]
        if team.state != "ready":
            live = ["accepted" if status == "proposed" else status for status in live]
        return past + live

    def _assign(self, team: Team, status: str, near: list[RowMapping]) -> None:
        fitting = [row for row in near if self._fits(team, status, row)]
        if not fitting:
            return
        row = self._stream.choice(fitting[:CHOICE])
        status = self._left_to_confirm(status, row)
        wanted = self._needs[row["need_id"]]
        wanted.teams.add(team.id)
        part = wanted.free.pop(0) if _holds_part(status) else self._any_part(row)
        self._write(team, status, row, part)

    def _left_to_confirm(self, status: str, row: RowMapping) -> str:
        """The first reports where the shown officer works wait for an answer."""
        here = self._communes[row["former_commune_id"]].district_code == self._shown
        if status != "confirmed" or not here or not self._left:
            return status
        self._left -= 1
        return "done"

    def _fits(self, team: Team, status: str, row: RowMapping) -> bool:
        wanted = self._needs[row["need_id"]]
        if team.id in wanted.teams or (_holds_part(status) and not wanted.free):
            return False
        today, window = self._calendar.today, row["wanted_during"]
        if status in LIVE:
            return window is None or window.upper > today
        # The past needs a need that is old enough, and wanted before today.
        return self._age(row) >= 9 and (window is None or window.lower < today)

    def _any_part(self, row: RowMapping) -> int:
        return self._stream.randint(1, row["parts"])

    def _age(self, row: RowMapping) -> int:
        return (self._calendar.today - row["created_at"].date()).days

    def _write(self, team: Team, status: str, row: RowMapping, part: int) -> None:
        stream, assignment_id = self._stream, self._stream.uuid()
        made, changed = self._times(status, row)
        origin = stream.weighted(ORIGINS)
        quantity = share(row["quantity"], row["parts"], part)
        commune = self._communes[row["former_commune_id"]]
        confirmer = self._offices.officer[commune.district_code]
        self._copier.add(
            "core.assignment",
            id=assignment_id,
            need_id=row["need_id"],
            team_id=team.id,
            part=part,
            quantity=quantity,
            origin=origin,
            explanation=_explanation(row) if origin == "solver" else {},
            lease_until=made + LEASE if status in {"proposed", "expired"} else None,
            status=status,
            status_reason=self._reason(status),
            status_at=changed,
            confirmer_id=confirmer if status == "confirmed" else None,
            created_at=made,
            seen_at=self._seen_at(status, changed),
            **(self._report(team, row, quantity) if status in REPORTED else {}),
        )
        if status in BEGUN and stream.chance(0.6):
            self._field_report(assignment_id, team, made, changed)

    def _times(self, status: str, row: RowMapping) -> tuple[datetime, datetime]:
        """When it was made, and when it came to its state."""
        stream, age = self._stream, self._age(row)
        if status == "proposed":
            made = self._calendar.moment(stream, 1)
            return made, made
        if status in LIVE:
            made_ago = stream.randint(2, min(14, age - 1))
            return self._pair(made_ago, stream.randint(1, made_ago - 1))
        made_ago = stream.randint(6, min(age - 1, 200))
        if status == "expired":
            made = self._calendar.moment(stream, made_ago)
            return made, made + LEASE
        slowest = 3 if status == "declined" else 40
        return self._pair(made_ago, max(1, made_ago - stream.randint(1, slowest)))

    def _pair(self, made_ago: int, changed_ago: int) -> tuple[datetime, datetime]:
        return (
            self._calendar.moment(self._stream, made_ago),
            self._calendar.moment(self._stream, changed_ago),
        )

    def _seen_at(self, status: str, changed: datetime) -> datetime | None:
        """Whoever answered has seen the proposal; of those asked some have."""
        if status == "proposed":
            return changed if self._seen.draw() == "yes" else None
        return None if status == "expired" else changed

    def _report(self, team: Team, row: RowMapping, quantity: Decimal) -> dict[str, object]:
        """What the leader told: hours of all volunteers together, volunteers, results."""
        people = min(team.people, row["people_per_part"] + self._stream.randint(0, 4))
        template = self._stream.choice(catalogue.words("reports")["results"])
        at = self._communes[row["former_commune_id"]].in_text
        return {
            "reporter_id": team.leader,
            "volunteers": people,
            "hours": people * self._stream.randint(3, 16),
            "results": template.format(quantity=texts.number(quantity), unit=row["unit"], at=at),
        }

    def _field_report(
        self, assignment_id: UUID, team: Team, made: datetime, changed: datetime
    ) -> None:
        words = self._stream.choice(catalogue.words("reports")["field"])
        happened = made + (changed - made) * self._stream.uniform(0.5, 1)
        happened = happened.replace(microsecond=0)
        self._copier.add(
            "core.field_report",
            id=self._stream.uuid(),
            assignment_id=assignment_id,
            reporter_id=team.leader,
            text=words.format(hour=self._stream.randint(7, 9), volunteers=team.people),
            happened_at=happened,
            created_at=happened,
        )

    def _reason(self, status: str) -> str | None:
        reasons = catalogue.words("status_reasons").get(status)
        return self._stream.choice(reasons) if reasons else None


def share(quantity: Decimal, parts: int, part: int) -> Decimal:
    """What the visit `part` (from 1) takes of a quantity; the shares add up to it."""
    tenths = int(quantity * 10)
    # Whole things are not divided, where there is one for each visit.
    unit = 10 if tenths % 10 == 0 and tenths // 10 >= parts else 1
    pieces = tenths // unit
    mine = pieces // parts + (1 if part <= pieces % parts else 0)
    return Decimal(mine * unit) / 10


def _holds_part(status: str) -> bool:
    return f"'{status}'" in HOLDS_PART


def _explanation(row: RowMapping) -> dict[str, object]:
    km = float(row["km"])
    reasons = ["Đội có đủ kỹ năng và số người.", f"Cách {texts.number(km)} km đường chim bay."]
    return {"km": km, "reasons": reasons, "discreet": True}
