"""Whose turn it is, as SQL."""

ENSURE = """
INSERT INTO core.worker_job (name, done_at) VALUES (:name, '-infinity') ON CONFLICT DO NOTHING"""

# The job's row is its lock: held to the end of the transaction by the one worker that does it.
# (The office role may call no advisory lock function: deploy/database.sql.)
CLAIM = """
SELECT name FROM core.worker_job
WHERE name = :name AND done_at <= clock_timestamp() - make_interval(secs => :every)
FOR UPDATE SKIP LOCKED"""

DONE = "UPDATE core.worker_job SET done_at = clock_timestamp() WHERE name = :name"

SECONDS_TO_GO = """
SELECT CASE WHEN done_at > '-infinity' THEN
  extract(epoch FROM done_at + make_interval(secs => :every) - clock_timestamp()) ELSE 0 END
FROM core.worker_job WHERE name = :name"""

# Today in Việt Nam where the job was not done this year, else nothing.
NEW_YEAR = """
SELECT (now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date FROM core.worker_job
WHERE name = :name AND done_at < date_trunc('year', now(), 'Asia/Ho_Chi_Minh')"""
