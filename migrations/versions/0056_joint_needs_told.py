"""The public text of a need tells that its teams come together, and how many people they bring."""

from alembic import op

revision = "0056"
down_revision = "0049"

NAME = "(SELECT u.name FROM core.admin_unit AS u WHERE u.id = f.{})"
# `people_in_all`: of such a need alone; its teams bring `skills` between them, each only `people`.
JOINT = """,
          'together', (SELECT n.together AND n.parts > 1 FROM core.need AS n WHERE n.id = f.id),
          'people_in_all', (SELECT n.people_in_all FROM core.need AS n WHERE n.id = f.id)"""


def upgrade() -> None:
    _text(JOINT)


def downgrade() -> None:
    _text("")


def _text(joint: str) -> None:
    op.execute(f"""
    CREATE OR REPLACE VIEW core.published_need AS
      SELECT f.*, json_build_object('type', 'Feature', 'id', f.code,
        'geometry', ext.ST_AsGeoJSON(f.geom, 6)::json, 'properties', json_build_object(
          'code', f.code, 'title', f.title, 'place', f.place, 'place_title', f.place_title,
          'kind', f.place_kind, 'category', f.category, 'urgency', f.urgency, 'status', f.status,
          'quantity', f.quantity, 'unit', f.unit, 'parts', f.parts, 'parts_taken', f.parts_taken,
          'people', f.people_per_part, 'skills', f.skills, 'wanted_from', f.wanted_from,
          'wanted_until', f.wanted_until, 'campaign', f.campaign,
          'commune', {NAME.format("commune_id")},
          'former_commune', {NAME.format("former_commune_id")},
          'district', (SELECT d.name FROM core.admin_unit AS d WHERE d.id =
            (SELECT u.parent_id FROM core.admin_unit AS u WHERE u.id = f.former_commune_id)),
          'checked_on', f.checked_on{joint}))::text AS feature
      FROM core.public_need AS f;
    SELECT core.rebuild_public();
    """)
