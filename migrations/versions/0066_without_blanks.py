"""The public text of places, needs and teams has no blanks between its parts: a ninth of it less.

It is what answers are mostly made of: read, put together, sent on and packed for each of them.
"""

from alembic import op

revision = "0066"
down_revision = "0065"

NAME = "(SELECT u.name FROM core.admin_unit AS u WHERE u.id = f.{})"
COMMUNE = ("commune", NAME.format("commune_id"))
FORMER = ("former_commune", NAME.format("former_commune_id"))
DISTRICT = (
    "district",
    """(SELECT d.name FROM core.admin_unit AS d WHERE d.id =
    (SELECT u.parent_id FROM core.admin_unit AS u WHERE u.id = f.former_commune_id))""",
)
CHECKED = ("checked_on", "f.checked_on")


def _columns(names: str) -> list[tuple[str, str]]:
    return [(name, f"f.{name}") for name in names.split()]


# Copy -> its properties in their order, and where they come from.
COPIES = {
    "place": [*_columns("code title kind"), COMMUNE, FORMER, DISTRICT, CHECKED],
    "need": [
        *_columns("code title place place_title"),
        ("kind", "f.place_kind"),
        *_columns("category urgency status quantity unit parts parts_taken"),
        ("people", "f.people_per_part"),
        *_columns("skills wanted_from wanted_until campaign"),
        *(COMMUNE, FORMER, DISTRICT, CHECKED),
        ("together", "(SELECT n.together AND n.parts > 1 FROM core.need AS n WHERE n.id = f.id)"),
        ("people_in_all", "(SELECT n.people_in_all FROM core.need AS n WHERE n.id = f.id)"),
    ],
    "team": [
        *_columns("code name kind skills people radius_km state organisation"),
        *(COMMUNE, DISTRICT),
    ],
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
        told = ", ".join(f"{source} AS {key}" for key, source in properties)
        _write(name, WITHOUT.format(told), r',"point_estimated"\:true}}')
    op.execute("SELECT core.rebuild_public()")


def downgrade() -> None:
    for name, properties in COPIES.items():
        told = ", ".join(f"'{key}', {source}" for key, source in properties)
        _write(name, WITH.format(told), ', "point_estimated" : true}}')
    op.execute("SELECT core.rebuild_public()")


def _write(name: str, feature: str, estimated: str) -> None:
    if name in ADDRESS:
        feature = ESTIMATED.format(feature, ADDRESS[name], estimated)
    op.execute(f"""
    CREATE OR REPLACE VIEW core.published_{name} AS
      SELECT f.*, {feature} AS feature FROM core.public_{name} AS f""")
