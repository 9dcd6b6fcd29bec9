"""Makes the demo: a synthetic province in one transaction, the same for the same seed and day."""

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from mapservice import keyring
from mapservice.accounts.models import Role
from mapservice.cluster import Cluster
from mapservice.consent import service as consents
from mapservice.demo import communes as territory
from mapservice.demo import drafts, places, queries, sign_ins
from mapservice.demo import people as persons
from mapservice.demo.assignments import Dispatcher
from mapservice.demo.calendar import LOCAL, Calendar
from mapservice.demo.campaigns import Campaigns
from mapservice.demo.communes import Commune
from mapservice.demo.copying import Copier
from mapservice.demo.letters import Postbag
from mapservice.demo.offices import Founder, Offices
from mapservice.demo.people import Surveys
from mapservice.demo.randomness import Stream
from mapservice.demo.registry import Registry
from mapservice.demo.tables import TABLES
from mapservice.demo.teams import Recruiter, Team
from mapservice.errors import Conflict, Forbidden
from mapservice.layers import upkeep

ADDRESSES, TEAMS, SEED = 1_500, 60, 594  # 594 is the number of the programme's decision
ADDRESSES_PER_TEAM = 25  # in a demo larger than the default
FACTS_SHARE = 7  # at most one place in seven is a real site or school
BATCH = 5_000  # rows sent at a time
FILLED = ("core.address", "core.team", "core.organisation")

Report = Callable[[str, int, int], None]  # step, done, of how many


@dataclass(frozen=True)
class Size:
    """What is asked for; `today` is the day that all others are counted from."""

    addresses: int
    teams: int
    seed: int
    today: date


@dataclass(frozen=True)
class Made:
    """Rows by table, and the text that tells the sign-ins."""

    counts: Mapping[str, int]
    sign_ins: str


def today() -> date:
    """Today in Việt Nam, wherever the machine's clock thinks it stands."""
    return datetime.now(LOCAL).date()


def usual_teams(addresses: int) -> int:
    """How many teams a demo of this size has when nobody says."""
    return max(TEAMS, addresses // ADDRESSES_PER_TEAM)


def require_private(config: Mapping[str, object]) -> None:
    """Forbidden unless the database is the private cluster, served on a loopback address."""
    if not config["PRIVATE_CLUSTER"]:
        raise Forbidden(
            "DATABASE_URL is set: demo data goes only into the private cluster of "
            "MAPSERVICE_HOME, never into a database of somebody else."
        )
    if not on_loopback(str(config["BASE_URL"])):
        raise Forbidden(
            f"BASE_URL is {config['BASE_URL']}: demo data is served on a loopback address only. "
            "Unset BASE_URL, or leave this map without the demo."
        )


def on_loopback(base_url: str) -> bool:
    """Whether only this machine can open the address."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def require_empty(connection: Connection, cluster: Cluster | None = None) -> None:
    """Conflict when the database holds anything of its own, or no territory.

    Keeps others from writing until the transaction ends.
    """
    connection.execute(text(f"LOCK TABLE {', '.join(FILLED)} IN EXCLUSIVE MODE"))
    for table in FILLED:
        if connection.scalar(text(f"SELECT EXISTS (SELECT FROM {table})")):  # noqa: S608
            raise Conflict(f"The database is not empty ({table} has rows). {_start_over(cluster)}")
    if not connection.scalar(text("SELECT EXISTS (SELECT FROM core.admin_unit)")):
        raise Conflict("There is no territory yet: run `mapservice seed territory` first.")


def fill(
    connection: Connection, province: str, size: Size, report: Report, keys: keyring.KeyRing
) -> Made:
    """Write the demo into the connection's transaction, as the owner; commits nothing.

    `keys` seal who sent what is in the inbox.
    """
    communes = territory.read(connection, province)
    if not communes:
        raise Conflict(f"The territory of province {province} is not loaded.")
    with Session(connection, join_transaction_mode="rollback_only") as work:
        consents.seed_wordings(work)
    calendar, copier = Calendar(size.today), Copier(connection, TABLES)
    founder = Founder(Stream(size.seed, "offices"), calendar, copier)
    offices = founder.found(connection, province, communes)
    campaigns = Campaigns(Stream(size.seed, "campaigns"), copier, offices, size.today)
    campaigns.announce(communes)
    copier.send()
    registry = Registry(size.seed, calendar, copier, offices, campaigns)
    surveys = Surveys(connection, size.seed, communes)
    _register(registry, surveys, copier, province, communes, size, report)
    report("teams", 0, size.teams)
    teams = Recruiter(size.seed, calendar, copier, founder, offices).recruit(communes, size.teams)
    copier.send()
    report("teams", size.teams, size.teams)
    _analyse(connection)
    by_id = {commune.id: commune for commune in communes}
    dispatcher = Dispatcher(size.seed, calendar, copier, offices, by_id)
    report("assignments", 0, len(teams))
    for done, _team in enumerate(dispatcher.dispatch(connection, teams), 1):
        _send_batch(copier)
        report("assignments", done, len(teams))
    copier.send()
    dispatcher.settle(connection)
    Postbag(size.seed, calendar, copier).fill(connection, communes, keys)
    _make_ready(connection)
    shown = _shown(connection, communes, offices, teams)
    if size.today == today():  # a plan is of what is open now
        drafts.ask(connection, shown[Role.ADMIN], shown[Role.OFFICER])
    return Made(copier.counts, sign_ins.give(connection, shown))


def _register(
    registry: Registry,
    surveys: Surveys,
    copier: Copier,
    province: str,
    communes: Sequence[Commune],
    size: Size,
    report: Report,
) -> None:
    """Addresses and needs, commune by commune: more where life is harder."""
    people = persons.number(size.addresses)
    ordinary = size.addresses - people
    known = {commune.code for commune in communes}
    facts = [row for row in places.facts(province) if row["code"] in known]
    facts = facts[: ordinary // FACTS_SHARE]
    weights = [commune.weight for commune in communes]
    counts = territory.share_out(Stream(size.seed, "places"), weights, ordinary - len(facts))
    registered = surveys.spread(people)
    done = 0
    report("addresses", done, size.addresses)
    for commune, count, person_count in zip(communes, counts, registered, strict=True):
        stream = Stream(size.seed, "commune", commune.code)
        own = [row for row in facts if row["code"] == commune.code]
        made = places.Builder(stream, commune).places(own, count)
        asked = surveys.people(stream, commune, person_count)
        registry.commune(stream, commune, made, asked)
        _send_batch(copier)
        done += len(made) + person_count
        report("addresses", done, size.addresses)
    copier.send()


def _send_batch(copier: Copier) -> None:
    if copier.waiting() >= BATCH:
        copier.send()


def _analyse(connection: Connection) -> None:
    """Statistics of the new rows, which the planner needs before anybody asks."""
    connection.execute(text(f"ANALYZE {', '.join(TABLES)}"))


def _make_ready(connection: Connection) -> None:
    """Statistics, and the clusters of the map's first look, which may come before a worker does."""
    _analyse(connection)
    with Session(connection, join_transaction_mode="rollback_only") as work:
        upkeep.fold(work)


def _shown(
    connection: Connection,
    communes: Sequence[Commune],
    offices: Offices,
    teams: Sequence[Team],
) -> dict[Role, str]:
    """One login of each role, from the district where most is registered.

    The team leader is one who has a proposal to answer and work begun, if there is one.
    """
    hardest = territory.hardest(communes)[0]
    asked, begun = (
        set(connection.scalars(text(queries.TEAMS_WITH), {"statuses": statuses}))
        for statuses in (["proposed"], ["underway"])
    )
    logins = {
        Role.ADMIN: offices.logins[offices.admin],
        Role.OFFICER: offices.logins[offices.officer[hardest.district_code]],
        Role.REGISTRAR: offices.logins[offices.registrar[hardest.code]],
        Role.VIEWER: offices.logins[offices.viewer],
    }
    if teams:
        leader = min(
            teams,
            key=lambda team: (
                team.id not in asked,
                team.id not in begun,
                team.commune.district_code != hardest.district_code,
            ),
        ).leader
        logins[Role.TEAM_LEADER] = offices.logins[leader]
    return logins


def _start_over(cluster: Cluster | None) -> str:
    if cluster is None:
        return "Demo data goes only into an empty one."
    return (
        "To start over (everything in it is lost): `mapservice db stop`, remove "
        f"{cluster.data.resolve()}"
        + (f" and the link {cluster.data}" if cluster.data.is_symlink() else "")
        + ", then `mapservice up`."
    )
