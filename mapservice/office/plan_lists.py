"""The list of stored plans: those of the actor's organisations, with how much came of each."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Select, SmallInteger, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from mapservice.accounts.models import Organisation, OrganisationUnit, UserAccount
from mapservice.accounts.rights import Action, Actor
from mapservice.decision import VIETNAM
from mapservice.matching import plan_queries
from mapservice.matching.models import PairState, PlanPair, StoredPlan
from mapservice.office import schemas
from mapservice.office.columns import Column, Kind, Listing
from mapservice.office.queries import VIETNAMESE
from mapservice.territory import service as territory
from mapservice.territory.models import AdminUnit, UnitWithin
from mapservice.territory.names import fold

PROVINCE, TERRITORY = "province", "territory"
PLAN = "/manage/plans/{id}"


def _plans(session: Session, actor: Actor, filters: Mapping[str, object]) -> Select:
    units = _units()
    statement = (
        plan_queries.reachable(actor)
        .with_only_columns(
            *(getattr(StoredPlan, name) for name in KEPT),
            units.label("title"),
            case((StoredPlan.province, PROVINCE), else_=TERRITORY).label("scope"),
            _pairs(PairState.PROPOSED, PairState.SENT).label("pairs"),
            _pairs(PairState.SENT).label("sent"),
            Organisation.name.label("organisation_name"),
            UserAccount.name.label("maker"),
        )
        .join(Organisation, Organisation.id == StoredPlan.organisation_id)
        .join(UserAccount, UserAccount.id == StoredPlan.made_by)
    )
    given = territory.with_unit_id(session, filters)
    if "status" in given:
        statement = statement.where(StoredPlan.status == given["status"])
    if "organisation" in given:
        statement = statement.where(Organisation.code == given["organisation"])
    if "year" in given:
        made = func.timezone(VIETNAM.utcoffset(None), StoredPlan.created_at)
        year = cast(func.extract("year", made), SmallInteger)
        statement = statement.where(year == given["year"])
    if "unit" in given:
        statement = statement.where(_of_unit(given["unit"]))
    if "q" in given:
        words = fold(str(given["q"]))
        said = func.core.fold(func.concat_ws(" ", units, UserAccount.name, Organisation.name))
        statement = statement.where(said.contains(words, autoescape=True))
    return statement


KEPT = ("id", "status", "needs", "created_at", "finished_at", "sent_at")


def _units() -> ColumnElement[str]:
    """The names of a plan's units, null for one of a whole territory."""
    names = func.string_agg(
        AdminUnit.name, aggregate_order_by(", ", AdminUnit.name.collate(VIETNAMESE))
    )
    return select(names).where(AdminUnit.id == func.any(StoredPlan.units)).scalar_subquery()


def _pairs(*states: PairState) -> ColumnElement[int]:
    found = select(func.count()).where(
        PlanPair.plan_id == StoredPlan.id, PlanPair.state.in_(states)
    )
    return found.scalar_subquery()


def _of_unit(unit: object) -> ColumnElement[bool]:
    """Made for some of this unit; one without units of its own is for its office's territory."""
    inside = select(UnitWithin.unit_id).where(UnitWithin.container_id == unit)
    chosen = inside.where(UnitWithin.unit_id == func.any(StoredPlan.units))
    held = inside.join(OrganisationUnit, OrganisationUnit.unit_id == UnitWithin.unit_id).where(
        OrganisationUnit.organisation_id == StoredPlan.organisation_id
    )
    return or_(chosen.exists(), and_(StoredPlan.units.is_(None), held.exists()))


PLANS = Listing(
    name="plans",
    under="matching",
    title="Phương án ghép đội",
    file="phuong-an-ghep-doi",
    query=schemas.PlansQuery,
    select=_plans,
    order="-created_at",
    unique="id",
    action=Action.SEE_PLANS,
    new=("/manage/matching", "Lập phương án"),
    adding=Action.KEEP_PLANS,
    search="Địa bàn, người lập hoặc đơn vị",
    empty="Chưa có phương án nào. Bấm “Lập phương án” để ghép đội với nhu cầu.",
    columns=(
        Column("title", "Địa bàn", width=44, instead=("scope", "plan_scopes"), link=PLAN),
        Column("status", "Trạng thái", Kind.WORDS, 20, "plans", sorts=True),
        Column("needs", "Nhu cầu", Kind.NUMBER, 10, sorts=True),
        Column("pairs", "Đề nghị", Kind.NUMBER, 10, sorts=True),
        Column("sent", "Đã gửi", Kind.NUMBER, 10, sorts=True),
        Column("organisation_name", "Đơn vị", width=34, sorts=True),
        Column("maker", "Người lập", width=26, sorts=True),
        Column("created_at", "Lập lúc", Kind.MOMENT, 16, sorts=True),
        Column("finished_at", "Tính xong lúc", Kind.MOMENT, 16, screen=False),
        Column("sent_at", "Gửi lúc", Kind.MOMENT, 16, screen=False),
    ),
)
