"""The lists of the districts come in: a file is read, mapped, tried, committed, maybe undone."""
