"""Whose turn it is, what failed and what was set aside, as SQL."""

ENSURE = """
INSERT INTO core.worker_job (name, done_at) VALUES (:name, '-infinity') ON CONFLICT DO NOTHING"""

# The job's row is its lock: held to the end of the transaction by the one worker that does it.
# (The office role may call no advisory lock function: deploy/database.sql.) Whoever waited out a
# commit in between sees the new `done_at`: the condition is checked again on the locked row.
CLAIM = """
SELECT name FROM core.worker_job
WHERE name = :name AND done_at <= clock_timestamp() - make_interval(secs => :every)
  AND set_aside_at IS NULL AND (try_after IS NULL OR try_after <= clock_timestamp())
FOR UPDATE SKIP LOCKED"""

DONE = """
UPDATE core.worker_job SET done_at = clock_timestamp(),
  failures = 0, last_error = NULL, failed_at = NULL, try_after = NULL WHERE name = :name"""

# Tried again after 2, 10, 50, 250 seconds.
FAILED = """
UPDATE core.worker_job SET failures = failures + 1, last_error = :code,
  failed_at = clock_timestamp(),
  try_after = clock_timestamp() + make_interval(secs => 2 * 5 ^ least(failures, 3)),
  set_aside_at = CASE WHEN failures + 1 >= :most THEN clock_timestamp() END
WHERE name = :name
RETURNING failures, set_aside_at IS NOT NULL AS set_aside"""

# Of a job set aside: when to look whether somebody asked for it again.
SECONDS_TO_GO = """
SELECT CASE WHEN set_aside_at IS NOT NULL THEN :look_again
  ELSE greatest(CASE WHEN done_at > '-infinity' THEN
      extract(epoch FROM done_at + make_interval(secs => :every) - clock_timestamp()) END,
    extract(epoch FROM try_after - clock_timestamp()), 0) END
FROM core.worker_job WHERE name = :name"""

TRY_AGAIN = """
UPDATE core.worker_job SET failures = 0, try_after = NULL, set_aside_at = NULL
WHERE name = :name AND set_aside_at IS NOT NULL RETURNING name"""

# Never done yet is null here.
STANDING = """
SELECT name, nullif(done_at, '-infinity') AS done_at, failures, last_error, failed_at, try_after,
  set_aside_at FROM core.worker_job ORDER BY name"""

NOW = "SELECT clock_timestamp()"

# Today in Việt Nam where the job was not done this year, else nothing.
NEW_YEAR = """
SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM core.worker_job
WHERE name = :name AND done_at < date_trunc('year', now(), 'Asia/Ho_Chi_Minh')"""

# When a job was last done, within its own run.
DONE_AT = "SELECT nullif(done_at, '-infinity') FROM core.worker_job WHERE name = :name"
