"""Addresses: places and people that need support."""
