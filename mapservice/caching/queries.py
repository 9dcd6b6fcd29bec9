"""The versions of the public layers as SQL, and what may be done to them."""

VERSIONS = "SELECT pub.versions(:layers)"

WITHDRAWN = """
    SELECT coalesce(json_agg(w.code ORDER BY w.code), '[]')::text FROM (
      SELECT code FROM pub.withdrawal WHERE withdrawn_at > :since
      UNION
      SELECT code FROM pub.need WHERE public_until > :since AND public_until <= now()
    ) AS w"""

FOLD = "SELECT core.fold_changes()"
FORGET = "SELECT core.forget_withdrawals()"
RENEW = "SELECT core.renew_epoch()"
