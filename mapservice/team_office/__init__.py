"""The office's pages of teams: where teams, their assignments and their sealed contact meet."""
