"""Whole round trips through real processes."""
