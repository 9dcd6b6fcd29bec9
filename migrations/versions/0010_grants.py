"""Who may execute what: nothing by default, an allow-list by role.

Functions of the extensions belong to the superuser: deploy/database.sql has taken them from
PUBLIC and given them to the owner, who hands on here what the public layers use.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

# What the public layers use, and nothing beside it: an operator or a cast needs its function.
PUBLIC = (
    "ext.ST_AsGeoJSON(ext.geometry, integer, integer)",
    "ext.ST_MakeEnvelope(double precision, double precision, double precision,"
    " double precision, integer)",
    "ext.geometry_overlaps(ext.geometry, ext.geometry)",  # &&
    "ext.ST_MakePoint(double precision, double precision)",
    "ext.ST_SetSRID(ext.geometry, integer)",
    "ext.geography(ext.geometry)",
    "ext.geography_distance_knn(ext.geography, ext.geography)",  # <->
    "ext.ST_Distance(ext.geography, ext.geography, boolean)",
    "ext.ST_SimplifyPreserveTopology(ext.geometry, double precision)",
    "ext.ST_X(ext.geometry)",
    "ext.ST_Y(ext.geometry)",
    "ext.box3d(ext.geometry)",  # the cast that ST_XMin and its kin go through
    "ext.ST_XMin(ext.box3d)",
    "ext.ST_YMin(ext.box3d)",
    "ext.ST_XMax(ext.box3d)",
    "ext.ST_YMax(ext.box3d)",
)
# What the office's statements run: defaults, generated columns, and what triggers call, for a
# trigger's own function needs no right but those it calls do.
OFFICE = (
    "core.fold(text)",
    "core.new_public_code()",
    "core.former_era_day()",
    "core.unit_key(text, date, date)",
    "core.beneficiary_band(integer)",
    "core.holds_part(text)",
    "core.holds_team(text)",
    "core.free_part(uuid, smallint)",
    "core.need_status_by_assignments(uuid, smallint)",
    "core.follow_need(uuid)",
    "core.refresh_public_unit(integer[])",
    "core.refresh_public_place(uuid[])",
    "core.refresh_public_need(uuid[])",
    "core.refresh_public_team(uuid[])",
)


def upgrade() -> None:
    op.execute("""
    DO $$ BEGIN
      IF NOT has_function_privilege('ext.postgis_lib_version()', 'EXECUTE WITH GRANT OPTION') THEN
        RAISE EXCEPTION 'the rights on extensions are missing: run deploy/database.sql first'
          USING ERRCODE = 'insufficient_privilege';
      END IF;
    END $$;
    -- Of the role, not of a schema: a schema's default can only add to it.
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
    REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA core, private, pub FROM PUBLIC;
    """)
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(PUBLIC)} TO mapservice_public")
    op.execute(f"GRANT EXECUTE ON FUNCTION {', '.join(OFFICE)} TO mapservice_office")


def downgrade() -> None:
    op.execute(f"REVOKE EXECUTE ON FUNCTION {', '.join(OFFICE)} FROM mapservice_office")
    op.execute(f"REVOKE EXECUTE ON FUNCTION {', '.join(PUBLIC)} FROM mapservice_public")
    op.execute("""
    GRANT EXECUTE ON ALL ROUTINES IN SCHEMA core, private, pub TO PUBLIC;
    REVOKE EXECUTE ON FUNCTION core.rebuild_unit_within() FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES GRANT USAGE ON TYPES TO PUBLIC;
    ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
    """)
