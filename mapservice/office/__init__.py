"""The office's frame: its menu, what waits for whom, lists of everything, history of a record."""
