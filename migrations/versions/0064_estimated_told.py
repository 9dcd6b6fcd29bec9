"""The public text of a place, and of its needs, tells that its point is only estimated."""

from alembic import op

revision = "0064"
down_revision = "0061"

NAME = "(SELECT u.name FROM core.admin_unit AS u WHERE u.id = f.{})"
DISTRICT = """(SELECT d.name FROM core.admin_unit AS d WHERE d.id =
            (SELECT u.parent_id FROM core.admin_unit AS u WHERE u.id = f.former_commune_id))"""
# Copy -> the column that names its address, its properties.
COPIES = {
    "place": (
        "id",
        f"""'code', f.code, 'title', f.title, 'kind', f.kind,
          'commune', {NAME.format("commune_id")},
          'former_commune', {NAME.format("former_commune_id")}, 'district', {DISTRICT},
          'checked_on', f.checked_on""",
    ),
    "need": (
        "place_id",
        f"""'code', f.code, 'title', f.title, 'place', f.place, 'place_title', f.place_title,
          'kind', f.place_kind, 'category', f.category, 'urgency', f.urgency, 'status', f.status,
          'quantity', f.quantity, 'unit', f.unit, 'parts', f.parts, 'parts_taken', f.parts_taken,
          'people', f.people_per_part, 'skills', f.skills, 'wanted_from', f.wanted_from,
          'wanted_until', f.wanted_until, 'campaign', f.campaign,
          'commune', {NAME.format("commune_id")},
          'former_commune', {NAME.format("former_commune_id")}, 'district', {DISTRICT},
          'checked_on', f.checked_on,
          'together', (SELECT n.together AND n.parts > 1 FROM core.need AS n WHERE n.id = f.id),
          'people_in_all', (SELECT n.people_in_all FROM core.need AS n WHERE n.id = f.id)""",
    ),
}
FEATURE = """json_build_object('type', 'Feature', 'id', f.code,
        'geometry', ext.ST_AsGeoJSON(f.geom, 6)::json, 'properties', json_build_object(
          {}))::text"""
# Only where it is so: what is known takes no room.
TOLD = """left({}, -2) || CASE
        WHEN (SELECT a.point_estimated FROM core.address AS a WHERE a.id = f.{})
        THEN ', "point_estimated" : true}}}}' ELSE '}}}}' END"""
ESTIMATED = "SELECT a.id FROM core.address AS a WHERE a.point_estimated"


def upgrade() -> None:
    for name, (address, properties) in COPIES.items():
        _write(name, TOLD.format(FEATURE.format(properties), address))
    _refresh()


def downgrade() -> None:
    for name, (_, properties) in COPIES.items():
        _write(name, FEATURE.format(properties))
    _refresh()


def _write(name: str, feature: str) -> None:
    op.execute(f"""
    CREATE OR REPLACE VIEW core.published_{name} AS
      SELECT f.*, {feature} AS feature FROM core.public_{name} AS f""")


def _refresh() -> None:
    op.execute(f"""
    SELECT core.refresh_public_place(ARRAY({ESTIMATED}));
    SELECT core.refresh_public_need(ARRAY(
      SELECT n.id FROM core.need AS n WHERE n.address_id IN ({ESTIMATED})))""")
