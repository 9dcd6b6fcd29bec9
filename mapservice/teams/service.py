"""Keeping teams: registered by the office, verified by an officer, kept by their leaders. Flushes.

Suspending a team frees its needs too, which is why it is in `matching`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping, Select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from mapservice import refusals
from mapservice.accounts import rights
from mapservice.accounts.models import Organisation, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.audit import service as audit
from mapservice.errors import BadRequest, Conflict, DomainError, Invalid, NotFound, Stale
from mapservice.geo import point
from mapservice.teams import queries, windows
from mapservice.teams.models import Team, TeamState
from mapservice.territory import service as territory

ABSENT = "Không có đội này."
STALE = "Hồ sơ đội vừa được người khác sửa."
FARTHEST = 40_000  # metres of a base from its commune's label point: beyond, it is a slip
# What an officer looks at before verifying; changed by somebody else it is to be looked at again.
# The team stays verified meanwhile: taking it off the map because somebody learned to drive would
# cost more help than a wrong skill does, and needs of persons are proposed by an officer alone.
LEADS = "Đội đã được xác minh: nhờ cán bộ phụ trách đổi đội trưởng."
VERIFIED_FOR = frozenset({"skills", "base", "commune_id", "former_commune_id", "kind"})


def register(session: Session, actor: Actor, **values: object) -> Team:
    """A new team, not yet verified. `values`: as `_columns` reads them.

    Raises Invalid naming the fields at fault, also where the base lies outside the territory.
    """
    rights.require(actor, Action.REGISTER)
    owner = {"organisation": values.get("organisation") or actor.organisation.code}
    team = Team(**_columns(session, actor, values | owner))
    session.add(team)
    _flush(session, team)
    _refuse_outside(actor, team)
    audit.record(session, "team_registered", table_name="team", record_id=team.id)
    return team


def change(session: Session, actor: Actor, code: str, version: int, **values: object) -> Team:
    """Change a team as the office knows it; Stale when it is no longer at `version`."""
    team = find(session, actor, code, Action.REGISTER, lock=True)
    match(team, version)
    if "state" in values and team.state is TeamState.SUSPENDED:
        raise Conflict("Đội đang ngừng hoạt động.", code="team-suspended")
    _write(session, actor, team, _columns(session, actor, values))
    _refuse_outside(actor, team)
    return team


def verify(session: Session, actor: Actor, code: str, version: int | None = None) -> Team:
    """An officer answers for the team as it is now; again after changes.

    `version`, here and below: the one that was seen, where somebody says so (Stale).
    """
    team = _officers(session, actor, code, version)
    if team.verified and not team.to_recheck:
        raise Conflict("Đội đã được xác minh.", code="team-verified")
    team.verified, team.to_recheck = True, False
    team.verified_at, team.verified_by = datetime.now(UTC), actor.id
    _changed(session, "team_verified", team)
    return team


def unverify(session: Session, actor: Actor, code: str, version: int | None = None) -> Team:
    """Take the verification back: off the map, and nothing new is proposed to the team."""
    team = _officers(session, actor, code, version)
    if not team.verified:
        raise Conflict("Đội chưa được xác minh.", code="team-unverified")
    team.verified = team.to_recheck = False
    team.verified_at = team.verified_by = None
    _changed(session, "team_unverified", team)
    return team


def resume(session: Session, actor: Actor, code: str, version: int | None = None) -> Team:
    """End a suspension; the team rests until its leader says that it is ready."""
    team = _officers(session, actor, code, version)
    if team.state is not TeamState.SUSPENDED:
        raise Conflict("Đội không bị ngừng hoạt động.", code="team-not-suspended")
    team.suspension_reason, team.state = None, TeamState.RESTING
    _changed(session, "team_resumed", team)
    return team


def set_state(session: Session, actor: Actor, code: str, state: TeamState) -> Team:
    """The leader says whether the team is ready, busy or resting."""
    team = own(session, actor, code, lock=True)
    if TeamState.SUSPENDED in {state, team.state}:
        raise Conflict("Chỉ cán bộ phụ trách ngừng hoặc mở lại đội.", code="team-suspended")
    if team.state is not state:
        team.state = state
        _changed(session, "team_state", team, {"state": state})
    return team


def keep(session: Session, actor: Actor, code: str, version: int, **values: object) -> Team:
    """The leader's own part: `people`, `max_concurrent`, `vehicles`, `skills`, `available`."""
    team = own(session, actor, code, lock=True)
    match(team, version)
    _write(session, actor, team, _columns(session, actor, values))
    return team


def consented(session: Session, actor: Actor, team: Team) -> None:
    """The leader agreed, to this account, that name and phone are kept and shown as told: another
    version of the team, for who wrote them at the same time."""
    team.contact_consent_at, team.contact_consent_by = datetime.now(UTC), actor.id
    _changed(session, "team_contact_consent", team)


def listed(session: Session, actor: Actor, filters: Mapping[str, object]) -> Select:
    """The teams in the actor's reach, filtered as `queries.listed` says; `unit` by its name."""
    return queries.listed(actor.territory, territory.with_unit_id(session, filters))


def read(session: Session, actor: Actor, code: str) -> RowMapping:
    """One team; NotFound for one that is unknown or elsewhere."""
    found = session.execute(queries.by_code(code)).mappings().first()
    rights.permit(
        session,
        actor,
        Action.SEE_RECORDS,
        found["unit_ids"] if found else None,
        table="team",
        record_id=found["id"] if found else None,
        sentence=ABSENT,
    )
    return found


def read_own(session: Session, actor: Actor, code: str) -> RowMapping:
    """One team that the actor leads (NotFound)."""
    own(session, actor, code)
    return session.execute(queries.by_code(code)).mappings().one()


def find(session: Session, actor: Actor, code: str, action: Action, *, lock: bool = False) -> Team:
    """The team with this public code, when the actor may do `action` to it."""
    rights.require(actor, action)
    team = session.scalar(queries.locked(code) if lock else queries.record(code))
    units, record = (team.unit_ids, team.id) if team else (None, None)
    where = {"table": "team", "record_id": record, "sentence": ABSENT}
    rights.permit(session, actor, action, units, **where)
    return team


def match(team: Team, version: int | None) -> None:
    """Raise Stale unless a locked team is still as it was seen, where somebody says how."""
    if version is not None and team.version != version:
        raise Stale(STALE)


def own(session: Session, actor: Actor, code: str, *, lock: bool = False) -> Team:
    """The team with this code, when the actor leads it; another's is NotFound like an unknown."""
    rights.require(actor, Action.KEEP_OWN_TEAM)
    team = session.scalar(queries.locked(code) if lock else queries.record(code))
    if team is None or team.leader_id != actor.id:
        where = {"table": "team", "record_id": team and team.id, "sentence": ABSENT}
        rights.refuse(session, actor.id, Action.KEEP_OWN_TEAM, **where)
    return team


def of_leader(session: Session, actor: Actor) -> Sequence[Team]:
    return session.scalars(queries.of_leader(actor.id)).all()


def skill_names(session: Session) -> dict[str, str]:
    return dict(session.execute(queries.skills()).all())


def _officers(session: Session, actor: Actor, code: str, version: int | None) -> Team:
    team = find(session, actor, code, Action.VERIFY_TEAMS, lock=True)
    match(team, version)
    return team


def _columns(session: Session, actor: Actor, values: Mapping[str, object]) -> dict[str, object]:
    """Column values of what people say: `organisation` a code, `leader` a login or None,
    `commune` CODE or CODE@era, `position` (lng, lat) or None, `available` windows."""
    found = dict(values)
    if (code := found.pop("organisation", None)) is not None:
        found["organisation_id"] = _organisation(session, actor, str(code)).id
    if "leader" in found:
        found["leader_id"] = _leader(session, actor, found.pop("leader"))
    if "commune" in found:
        found |= _base(session, str(found.pop("commune")), found.pop("position", None))
    if "available" in found:
        found["available_during"] = windows.write(found.pop("available"))
    return found


def _organisation(session: Session, actor: Actor, code: str) -> Organisation:
    mine = session.scalars(queries.organisations(actor.organisations))
    found = next((one for one in mine if one.code == code), None)
    if found is None:
        raise _at("organisation", "Không có tổ chức này trong phạm vi phụ trách.")
    return found


def _leader(session: Session, actor: Actor, login: object) -> UUID | None:
    if login is None:
        return None
    mine: Sequence[UserAccount] = session.scalars(queries.leaders(actor.organisations)).all()
    found = next((one for one in mine if one.login == login), None)
    if found is None:
        raise _at("leader", "Không có tài khoản đội trưởng này.")
    return found.id


def _base(session: Session, commune: str, position: object) -> dict[str, object]:
    """The commune in its era, and where travel starts: its label point unless a point is given."""
    try:
        unit = territory.find_unit(session, commune)
    except (BadRequest, NotFound):
        raise _at("commune", "Không có xã, phường này.") from None
    if unit.level != "commune":
        raise _at("commune", "Hãy chọn một xã, phường.")
    current = unit.valid_to is None
    found: dict[str, object] = {
        "commune_id": unit.id if current else None,
        "former_commune_id": None if current else unit.id,
        "base": unit.label_point,
    }
    if position is not None:
        lng, lat = position
        apart = session.scalar(text(queries.APART), {"lng": lng, "lat": lat, "unit": unit.id})
        if apart > FARTHEST:
            raise _at("position", "Tọa độ cách xa xã đã chọn. Viết vĩ độ trước, kinh độ sau.")
        found["base"] = point(lng, lat)
    return found


def _write(session: Session, actor: Actor, team: Team, columns: Mapping[str, object]) -> None:
    """Change these columns; where nothing is different, nothing happened."""
    before = _state(session, team, columns)
    for name, value in columns.items():
        setattr(team, name, value)
    _flush(session, team)
    after = _state(session, team, columns)
    if not audit.record_change(session, "team", team.id, before, after, protected=False):
        return
    changed = {name for name, value in after.items() if value != before[name]}
    if "leader_id" in changed and team.verified and not actor.may(Action.VERIFY_TEAMS):
        # Whoever leads it is told whom the team visits.
        raise Conflict(LEADS, code="team-verified", fields={"leader": [LEADS]})
    if changed & VERIFIED_FOR and team.verified and not actor.may(Action.VERIFY_TEAMS):
        team.to_recheck = True
    team.version += 1
    _flush(session, team)


def _state(session: Session, team: Team, columns: Mapping[str, object]) -> dict[str, object]:
    """The columns as they can be compared; the base as degrees."""
    values = {name: getattr(team, name) for name in columns if name != "base"}
    values |= {name: sorted(values[name]) for name in ("skills", "languages") if name in values}
    if "base" in columns:
        values["base"] = list(session.execute(queries.coordinates(team.id)).one())
    return values


def _refuse_outside(actor: Actor, team: Team) -> None:
    if not actor.covers(team.unit_ids):
        raise _at("commune", "Xã, phường này ngoài địa bàn phụ trách.")


def _changed(
    session: Session, action: str, team: Team, detail: dict[str, object] | None = None
) -> None:
    team.version += 1
    _flush(session, team)
    audit.record(session, action, table_name="team", record_id=team.id, detail=detail)


def _flush(session: Session, team: Team) -> None:
    """Write, and read what the database made of it (units, normal forms)."""
    try:
        session.flush()
    except IntegrityError as error:
        raise refusals.explain(error) from error
    session.refresh(team)


def _at(field: str, sentence: str) -> DomainError:
    return Invalid(sentence, code=field, fields={field: [sentence]})
