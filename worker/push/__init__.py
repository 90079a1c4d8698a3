"""Push messages to browsers that may be closed."""
