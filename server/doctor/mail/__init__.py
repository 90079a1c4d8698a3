"""Examines the mail server, and what DNS publishes about it."""
