"""The way of a record to the map: submit, return, verify, publish, re-assure, withdraw, merge."""
