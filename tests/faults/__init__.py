"""Real processes hurt by real signals, and what must hold all the same."""
