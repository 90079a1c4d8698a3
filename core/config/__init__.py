"""Settings: read from the environment once, checked at the start."""
