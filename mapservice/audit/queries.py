"""What the trail and its chain are asked."""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB


def current_actor() -> ColumnElement[UUID | None]:
    """Who acts in this transaction (the setting `mapservice.actor`); null for the system."""
    return cast(func.nullif(func.current_setting("mapservice.actor", True), ""), Uuid)


def act_as(actor_id: UUID) -> Select[tuple[str]]:
    """Name the actor of this transaction: what is recorded is this account's act."""
    return select(func.set_config("mapservice.actor", str(actor_id), True))


# One event for each of :ids, as the account that acts in this transaction.
RECORD_MANY = text("""
    INSERT INTO core.audit_event (actor_id, action, table_name, record_id, detail)
    SELECT CAST(nullif(current_setting('mapservice.actor', true), '') AS uuid), :action, :table,
           id, :detail
    FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS given (id, position)
    ORDER BY position""").bindparams(bindparam("detail", type_=JSONB(none_as_null=True)))

# What a seal's hash covers of an event `e`, as text; its UTF-8 bytes are hashed. Built of
# PostgreSQL's own functions only: a forger who replaces core.seal_audit does not deceive us.
CANONICAL = """jsonb_build_array(e.id, (extract(epoch FROM e.at) * 1000000)::bigint,
  e.actor_id, e.action, e.table_name, e.record_id, e.reason, e.detail)::text"""

# Both sides are read once; a nested loop would look up each of a million events by itself.
READ_ONCE = "SELECT set_config('enable_nestloop', 'off', true)"

# Every seal in order, with its event where there is one.
CHAIN = f"""
SELECT s.position, s.event_id, s.event_at, s.hash,
       CASE WHEN e.id IS NOT NULL THEN {CANONICAL} END AS event
FROM core.audit_seal AS s
LEFT JOIN core.audit_event AS e ON e.id = s.event_id AND e.at = s.event_at
ORDER BY s.position"""

# The end as the sealer left it, and the seconds since it last had nothing more to do.
HEAD = """
SELECT position, hash, extract(epoch FROM clock_timestamp() - caught_up_at) AS seconds
FROM core.audit_head"""

# Of the events that wait for their seal: how many, how many of them older than :seconds, and
# the oldest. What the sealer could not yet see when it last caught up is not late.
WAITING = """
SELECT count(*) AS events, min(e.id) FILTER (WHERE late) AS first_late,
       count(*) FILTER (WHERE late) AS late
FROM core.audit_unsealed AS u
JOIN core.audit_event AS e ON e.id = u.event_id AND e.at = u.event_at
CROSS JOIN LATERAL (SELECT u.event_at < clock_timestamp() - make_interval(secs => :seconds)
  AND NOT EXISTS (SELECT FROM core.audit_head AS h
    WHERE h.caught_up_at >= clock_timestamp() - make_interval(secs => :seconds)) AS late) AS l"""

# In one snapshot every event either waits for its seal or has it.
UNCHAINED = """
SELECT e.id FROM core.audit_event AS e
LEFT JOIN core.audit_seal AS s ON s.event_id = e.id
LEFT JOIN core.audit_unsealed AS u ON u.event_id = e.id
WHERE s.event_id IS NULL AND u.event_id IS NULL ORDER BY e.id LIMIT :most"""

LOST = """
SELECT u.event_id FROM core.audit_unsealed AS u
LEFT JOIN core.audit_event AS e ON e.id = u.event_id AND e.at = u.event_at
WHERE e.id IS NULL ORDER BY u.event_id LIMIT :most"""

# Which event's seal would follow the hash :before, and where that seal stands now.
FOLLOWS = f"""
SELECT e.id AS event_id, s.position FROM core.audit_event AS e
JOIN core.audit_seal AS s
  ON s.hash = sha256(CAST(:before AS bytea) || convert_to({CANONICAL}, 'UTF8'))
ORDER BY s.position LIMIT 1"""

# The months that still have a partition, as their first day.
MONTHS = """
SELECT to_date(right(c.relname, 7), 'YYYY_MM') AS month
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'core.audit_event'::regclass AND c.relname ~ '_[0-9]{4}_[0-9]{2}$'
ORDER BY 1"""

DROPPED = """
SELECT d.month, d.events, d.last_position, d.last_hash, s.hash AS sealed_hash,
       d.dropped_at < d.month + interval '13 months' AS early
FROM core.audit_dropped AS d LEFT JOIN core.audit_seal AS s ON s.position = d.last_position
ORDER BY d.month"""

SEAL = "SELECT core.seal_audit(:most)"
MAKE_MONTHS = "SELECT core.make_audit_months()"
DROP_EXPIRED = "SELECT month, events FROM core.drop_expired_audit()"
