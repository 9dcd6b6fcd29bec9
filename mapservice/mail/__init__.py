"""Mail to those who have an account: queued with what it tells of, sent by the worker."""
