"""Needs and addresses whose word is no longer fresh, as SQL."""

# Whoever is being edited at this moment (SKIP LOCKED) comes with the next run.
EXPIRE_NEEDS = """
WITH due AS (
  SELECT n.id FROM core.need AS n JOIN core.address AS a ON a.id = n.address_id
  WHERE n.status = 'published' AND a.assured_until < now()
  ORDER BY n.id LIMIT :most FOR UPDATE OF n SKIP LOCKED)
UPDATE core.need AS n SET status = 'expired', version = n.version + 1,
  status_reason = CASE n.nature WHEN 'person' THEN 'assurance_ended' ELSE :reason END
FROM due WHERE n.id = due.id RETURNING n.id"""

EXPIRE_ADDRESSES = """
WITH due AS (
  SELECT a.id FROM core.address AS a
  WHERE a.status = 'published' AND a.assured_until < now()
  ORDER BY a.id LIMIT :most FOR UPDATE SKIP LOCKED)
UPDATE core.address AS a SET status = 'expired',
  status_reason = CASE a.nature WHEN 'person' THEN 'assurance_ended' ELSE :reason END,
  version = a.version + 1, updated_at = now()
FROM due WHERE a.id = due.id RETURNING a.id"""
