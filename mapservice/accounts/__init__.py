"""Organisations of the union, their territories, the people who sign in, and their rights."""
