"""Work that nobody asks for at the moment it is due."""
