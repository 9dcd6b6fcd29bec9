"""Photos: re-encoded, without metadata, within limits; shown to whom the record is shown."""
