"""Routes about the assistant."""
