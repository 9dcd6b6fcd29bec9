"""The public map without a signal: what a device keeps of it, and the worker that keeps it."""
