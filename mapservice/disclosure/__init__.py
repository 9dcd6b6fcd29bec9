"""Who may see what of a person; the only place that decrypts."""
