"""Admin units of every era, the crosswalk between them, and finding a unit from an address."""
