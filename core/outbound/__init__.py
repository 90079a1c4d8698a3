"""Requests to addresses that a user chose: vetted, and bounded in size and time."""
