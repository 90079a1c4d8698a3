"""Agents' sessions with the copilot, the posts that it makes, and how it writes."""
