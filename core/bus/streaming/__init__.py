"""The ephemeral lane of running turns, of the assistant and of the copilot."""
