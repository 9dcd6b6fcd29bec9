"""Campaigns and youth works that bind needs, teams and dates."""
