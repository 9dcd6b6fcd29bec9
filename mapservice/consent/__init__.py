"""Consent of people in hardship: who agreed to what, for how long, and what goes when it ends."""
