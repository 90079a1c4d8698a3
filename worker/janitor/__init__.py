"""Stage: what is deleted or forgotten in time."""
