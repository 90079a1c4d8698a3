"""Routes: health, the audit log and the whole installation."""
