"""Agents' sessions with the copilot, its turns, and the posts that it makes."""
