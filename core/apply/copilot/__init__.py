"""Questions of agents to the copilot."""
