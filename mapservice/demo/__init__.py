"""A synthetic, reproducible province to try the product with; never in a production database."""
