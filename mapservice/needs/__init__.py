"""Needs: one kind of help wanted at an address, and its states."""
