"""Search over messages, visitors and notes."""
