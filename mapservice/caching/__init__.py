"""Answers of the public layers that are kept: versions, tags, compressed bodies."""
