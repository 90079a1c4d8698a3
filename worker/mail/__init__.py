"""Stage: sends queued mail."""
