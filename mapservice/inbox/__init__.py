"""What the public sends: offers of help and suggested addresses, moderated in the office."""
