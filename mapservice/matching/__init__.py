"""Teams matched to the needs near them: candidates, solver, assignments."""
