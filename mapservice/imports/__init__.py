"""The lists of the districts come in: a file is read, mapped, tried, committed and, if need be, undone."""
