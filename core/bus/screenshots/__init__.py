"""Screenshots between servers and workers."""
