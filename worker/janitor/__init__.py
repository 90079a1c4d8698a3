"""Stage: deletes what is expired, dead or left over."""
