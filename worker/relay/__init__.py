"""Stage: what happened is told to those who listen."""
