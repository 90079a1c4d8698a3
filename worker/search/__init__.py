"""Stage: makes what was written searchable."""
