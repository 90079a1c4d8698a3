"""End-to-end round trips through real processes."""
