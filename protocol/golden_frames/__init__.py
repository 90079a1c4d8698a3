"""Golden frames by area, for protocol.golden."""
