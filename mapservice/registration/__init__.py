"""Registering an address with its needs: one page, saved while typing, nothing lost."""
