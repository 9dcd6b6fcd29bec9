"""Public indicators: sums of what the read model holds."""
