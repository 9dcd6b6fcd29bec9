"""Measurements of the whole: `make bench`. They give ratios of one run, and no test reads them."""
