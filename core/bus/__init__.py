"""Redis: every key, the command stream, rooms, presence, leases and limits."""
