"""The public text of places, needs and teams has no blanks between its parts: a ninth of it less.

It is what answers are mostly made of: read, put together, sent on and packed for each of them.
"""

from alembic import op

revision = "0066"
down_revision = "0065"

NAME = "(SELECT u.name FROM core.admin_unit AS u WHERE u.id = f.{})"
DISTRICT = """(SELECT d.name FROM core.admin_unit AS d WHERE d.id =
    (SELECT u.parent_id FROM core.admin_unit AS u WHERE u.id = f.former_commune_id))"""
IN_COMMUNE = {
    "commune": NAME.format("commune_id"),
    "former_commune": NAME.format("former_commune_id"),
    "district": DISTRICT,
}
# Copy -> its properties: their names, where they come from.
COPIES = {
    "place": {"code": "f.code", "title": "f.title", "kind": "f.kind"}
    | IN_COMMUNE
    | {"checked_on": "f.checked_on"},
    "need": {name: f"f.{name}" for name in ("code", "title", "place", "place_title")}
    | {"kind": "f.place_kind"}
    | {name: f"f.{name}" for name in ("category", "urgency", "status", "quantity", "unit", "parts")}
    | {"parts_taken": "f.parts_taken", "people": "f.people_per_part"}
    | {name: f"f.{name}" for name in ("skills", "wanted_from", "wanted_until", "campaign")}
    | IN_COMMUNE
    | {
        "checked_on": "f.checked_on",
        "together": "(SELECT n.together AND n.parts > 1 FROM core.need AS n WHERE n.id = f.id)",
        "people_in_all": "(SELECT n.people_in_all FROM core.need AS n WHERE n.id = f.id)",
    },
    "team": {name: f"f.{name}" for name in ("code", "name", "kind", "skills", "people")}
    | {name: f"f.{name}" for name in ("radius_km", "state", "organisation")}
    | {"commune": NAME.format("commune_id"), "district": DISTRICT},
}
# Copy -> the column that names its address, where it has one.
ADDRESS = {"place": "id", "need": "place_id"}
# row_to_json writes no blanks, json_build_object does.
WITHOUT = """(SELECT row_to_json(whole)::text FROM (
        SELECT 'Feature' AS type, f.code AS id, ext.ST_AsGeoJSON(f.geom, 6)::json AS geometry,
          (SELECT told FROM (SELECT {}) AS told) AS properties) AS whole)"""
WITH = """json_build_object('type', 'Feature', 'id', f.code,
        'geometry', ext.ST_AsGeoJSON(f.geom, 6)::json, 'properties', json_build_object({}))::text"""
# Only where it is so: what is known takes no room.
ESTIMATED = """left({}, -2) || CASE
        WHEN (SELECT a.point_estimated FROM core.address AS a WHERE a.id = f.{})
        THEN '{}' ELSE '}}}}' END"""


def upgrade() -> None:
    for name, properties in COPIES.items():
        told = ", ".join(f"{source} AS {key}" for key, source in properties.items())
        _write(name, WITHOUT.format(told), r',"point_estimated"\:true}}')


def downgrade() -> None:
    for name, properties in COPIES.items():
        told = ", ".join(f"'{key}', {source}" for key, source in properties.items())
        _write(name, WITH.format(told), ', "point_estimated" : true}}')


def _write(name: str, feature: str, estimated: str) -> None:
    if name in ADDRESS:
        feature = ESTIMATED.format(feature, ADDRESS[name], estimated)
    op.execute(f"""
    CREATE OR REPLACE VIEW core.published_{name} AS
      SELECT f.*, {feature} AS feature FROM core.public_{name} AS f;
    SELECT core.refresh_public_{name}(ARRAY(SELECT p.id FROM pub.{name} AS p))""")
