"""What the copilot of agents is asked and does with the answers. Pure: no clock, no store, no provider."""
