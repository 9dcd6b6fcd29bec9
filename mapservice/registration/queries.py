"""What registering asks of the database. Lists have a total order."""

import json
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from geoalchemy2 import WKTElement
from sqlalchemy import Select, TextClause, func, select, text

from mapservice.addresses.models import Address, PlaceKind
from mapservice.needs.models import Need, NeedCategory, NeedStatus
from mapservice.teams.models import Skill
from mapservice.territory.models import AdminUnit, Level, UnitWithin

KINDS = select(PlaceKind).order_by(PlaceKind.position, PlaceKind.code)
CATEGORIES = select(NeedCategory).order_by(NeedCategory.position, NeedCategory.code)
SKILLS = select(Skill).order_by(Skill.position, Skill.code)


def address(code: str) -> Select[tuple[Address]]:
    """The address with this public code, as the database has it now."""
    return (
        select(Address).where(Address.public_code == code).execution_options(populate_existing=True)
    )


def needs_of(address_id: UUID) -> Select[tuple[Need]]:
    """Its needs that were not withdrawn, the oldest first."""
    return needs_of_all([address_id])


def needs_of_all(address_ids: Collection[UUID]) -> Select[tuple[Need]]:
    """As `needs_of`, of several addresses, one after the other."""
    return (
        select(Need)
        .where(Need.address_id.in_(address_ids), Need.status != NeedStatus.WITHDRAWN)
        .order_by(Need.address_id, Need.created_at, Need.id)
        .execution_options(populate_existing=True)
    )


def containers(unit_id: int) -> Select[tuple[int]]:
    """Ids of every unit that wholly holds this one, itself included."""
    return select(UnitWithin.container_id).where(UnitWithin.unit_id == unit_id)


def containers_of(unit_ids: Collection[int]) -> Select[tuple[int, int]]:
    """(unit, a unit that wholly holds it) of these units, each itself included."""
    return select(UnitWithin.unit_id, UnitWithin.container_id).where(
        UnitWithin.unit_id.in_(unit_ids)
    )


# The communes of today, then of 2022, in a territory (`:everywhere`: all). `district` is that of
# 2022; `now` the name of today's commune that holds a former one.
COMMUNES = text("""
    SELECT u.id, u.code, u.name, u.valid_to IS NULL AS today, d.name AS district, n.name AS now
    FROM core.admin_unit AS u
      LEFT JOIN core.admin_unit AS d ON d.id = u.parent_id AND d.level = 'district'
      LEFT JOIN LATERAL (
        SELECT h.name FROM core.unit_within AS w JOIN core.admin_unit AS h ON h.id = w.container_id
        WHERE w.unit_id = u.id AND h.level = 'commune' AND h.valid_to IS NULL
          AND u.valid_to IS NOT NULL LIMIT 1) AS n ON true
    WHERE u.level = 'commune'
      AND (u.valid_to IS NULL OR (u.valid_from <= :former AND u.valid_to > :former))
      AND (:everywhere OR EXISTS (SELECT FROM core.unit_within AS w
        WHERE w.unit_id = u.id AND w.container_id = ANY(CAST(:territory AS integer[]))))
    ORDER BY today DESC, d.name COLLATE "vi-x-icu", u.name COLLATE "vi-x-icu", u.id""")

# The communes of today and of 2022 that hold each of the points (`position` from 1), by their
# areas.
COMMUNES_AT = text("""
    SELECT p.position, u.id, u.code, u.name, u.valid_to IS NULL AS today, u.approximate,
           d.name AS district
    FROM unnest(CAST(:lngs AS float8[]), CAST(:lats AS float8[]))
        WITH ORDINALITY AS p (lng, lat, position)
      JOIN core.admin_unit AS u
        ON ext.ST_Intersects(u.geom, ext.ST_SetSRID(ext.ST_MakePoint(p.lng, p.lat), 4326))
      LEFT JOIN core.admin_unit AS d ON d.id = u.parent_id AND d.level = 'district'
    WHERE u.level = 'commune'
      AND (u.valid_to IS NULL OR (u.valid_from <= :former AND u.valid_to > :former))
    ORDER BY p.position, today DESC, u.id""")

# [west, south, east, north] of the provinces this territory has a part in (null: of all).
PROVINCE_BOX = text("""
    SELECT ext.ST_XMin(box), ext.ST_YMin(box), ext.ST_XMax(box), ext.ST_YMax(box)
    FROM (SELECT ext.ST_Extent(bounds)::ext.geometry AS box FROM core.admin_unit
          WHERE level = 'province') AS whole
    WHERE box IS NOT NULL""")

# The same of a territory: where its map begins.
TERRITORY_BOX = text("""
    SELECT ext.ST_XMin(box), ext.ST_YMin(box), ext.ST_XMax(box), ext.ST_YMax(box)
    FROM (SELECT ext.ST_Extent(bounds)::ext.geometry AS box FROM core.admin_unit
          WHERE id = ANY(:ids)) AS whole
    WHERE box IS NOT NULL""")


# Places that may be the same: near the point, or with a name that shares many letters with the
# wanted one. Either arm has an index; in the territory only (`:everywhere`: no limit).
SIMILAR_PLACES = text("""
    WITH spot AS (SELECT ext.ST_SetSRID(ext.ST_MakePoint(:lng, :lat), 4326) AS point),
    found AS (
      (SELECT a.id FROM core.address AS a, spot
       WHERE ext.ST_DWithin(ext.geography(a.point), ext.geography(spot.point), :metres)
         AND a.nature = 'place' AND (:everywhere OR a.unit_ids && CAST(:territory AS integer[]))
       ORDER BY ext.geography(a.point) OPERATOR(ext.<->) ext.geography(spot.point), a.id
       LIMIT 200)
      UNION
      (SELECT a.id FROM core.address AS a
       WHERE a.title_folded OPERATOR(ext.%) :folded
         AND a.nature = 'place' AND (:everywhere OR a.unit_ids && CAST(:territory AS integer[]))
       ORDER BY ext.similarity(a.title_folded, :folded) DESC, a.id
       LIMIT 200))
    SELECT a.id, a.public_code AS code, a.title, a.title_folded, a.kind, a.status, a.commune_id,
           u.name AS commune, ext.ST_Distance(ext.geography(a.point), ext.geography(spot.point))
             AS metres
    FROM found JOIN core.address AS a USING (id) JOIN core.admin_unit AS u ON u.id = a.commune_id,
         spot
    WHERE a.status NOT IN ('rejected', 'withdrawn', 'duplicate')
      AND a.id IS DISTINCT FROM CAST(:own AS uuid)
    ORDER BY metres, a.id""")

# Whether each of a place's needs is for few people of a protected group (core.helps_few_guarded).
HELPS_FEW = text("""
    SELECT n.id FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
    WHERE a.id = :address AND a.nature = 'place' AND n.status <> 'withdrawn'
      AND core.helps_few_guarded(n.category, n.concerns, n.helps_people, a.children, a.youth,
                                 a.elderly, a.disabled, a.households)
    ORDER BY n.created_at, n.id""")

NOW = text("SELECT clock_timestamp()")
CONSTRAINTS_NOW = text("SET CONSTRAINTS ALL IMMEDIATE")


def point_of(address_id: UUID) -> Select[tuple[float, float]]:
    """(lng, lat) of an address; nulls for a person's."""
    return select(func.ext.ST_X(Address.point), func.ext.ST_Y(Address.point)).where(
        Address.id == address_id
    )


def points_of(address_ids: Collection[UUID]) -> Select[tuple[UUID, float, float]]:
    """(id, lng, lat) of several addresses."""
    spot = func.ext.ST_X(Address.point), func.ext.ST_Y(Address.point)
    return select(Address.id, *spot).where(Address.id.in_(address_ids))


def addresses(ids: Collection[UUID]) -> Select[tuple[Address]]:
    """These addresses as the database has them now."""
    return select(Address).where(Address.id.in_(ids)).execution_options(populate_existing=True)


def locked(ids: Collection[UUID]) -> Select[tuple[Address]]:
    """The same, held until the end of the transaction, in one order for all."""
    return addresses(ids).order_by(Address.id).with_for_update(key_share=True)


def write_again(
    model: type[Address] | type[Need], rows: Sequence[Mapping[str, object]]
) -> TextClause:
    """Write these columns of records, by their `id`, as their next versions: one statement.

    As JSON, which PostgreSQL reads by the types of the table itself: naming each of some thousand
    values would take longer than writing them.
    """
    table = model.__table__
    anew = [f"{name} = n.{name}" for name in rows[0] if name != "id"]
    anew.append("version = r.version + 1")
    if "updated_at" in table.c:
        anew.append("updated_at = clock_timestamp()")
    statement = f"""
        UPDATE {table.fullname} AS r SET {", ".join(anew)}
        FROM jsonb_populate_recordset(CAST(NULL AS {table.fullname}), CAST(:rows AS jsonb)) AS n
        WHERE r.id = n.id"""
    return text(statement).bindparams(rows=json.dumps(rows, default=_spelt))


def _spelt(value: object) -> str:
    """A value as PostgreSQL reads its type: points, ranges, ids, decimals."""
    return f"SRID={value.srid};{value.desc}" if isinstance(value, WKTElement) else str(value)


def unit_codes(unit_ids: Collection[int]) -> Select[tuple[int, str]]:
    """(id, code) of several units."""
    return select(AdminUnit.id, AdminUnit.code).where(AdminUnit.id.in_(unit_ids))


def unit_name(unit_id: int) -> Select[tuple[str]]:
    return select(AdminUnit.name).where(AdminUnit.id == unit_id)


def commune_today(former_id: int) -> Select[tuple[int]]:
    """Id of today's commune that holds a former one."""
    return (
        select(AdminUnit.id)
        .join(UnitWithin, UnitWithin.container_id == AdminUnit.id)
        .where(
            UnitWithin.unit_id == former_id,
            AdminUnit.level == Level.COMMUNE,
            AdminUnit.valid_to.is_(None),
        )
    )


def label_point(unit_id: int) -> Select[tuple[float, float]]:
    """(lng, lat) where a unit's name stands on the map."""
    at = AdminUnit.label_point
    return select(func.ext.ST_X(at), func.ext.ST_Y(at)).where(AdminUnit.id == unit_id)
