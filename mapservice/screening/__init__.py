"""Free text that may name a person: found, shown, ticked."""
