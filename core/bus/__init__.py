"""Redis: key names, the command stream, rooms, presence, heartbeats and rate limits."""
