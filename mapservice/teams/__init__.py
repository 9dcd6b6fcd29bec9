"""Volunteer teams: skills, base, capacity, availability."""
