"""People in hardship, published as cells of at least k households."""
