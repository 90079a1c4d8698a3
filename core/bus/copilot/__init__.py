"""The copilot in Redis."""
